"""Simulated readers: what they send, byte for byte, on a pseudo-terminal that can be unplugged."""
