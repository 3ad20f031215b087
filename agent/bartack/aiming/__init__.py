"""Aiming help: looks through a camera and tells a technician how to place it.

``eye`` turns a camera into a stream of judged pictures, ``gauges`` words their figures, ``server``
shows them to browsers on this machine. Needs the extra ``camera``.
"""
