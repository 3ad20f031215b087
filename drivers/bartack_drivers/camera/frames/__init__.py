"""Pictures of a camera as they come: the newest one, from a device, a stream or files.

``opening`` opens whatever a port names; ``newest`` drains it on a thread of its own.
"""
