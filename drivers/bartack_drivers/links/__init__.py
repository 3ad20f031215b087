"""The ways to devices: serial ports, TCP connections, input devices, recorded bytes."""

from __future__ import annotations

from bartack_drivers.links.input_device import InputLink
from bartack_drivers.links.recorded import SCHEME as REPLAY
from bartack_drivers.links.recorded import ReplayLink
from bartack_drivers.links.serial_port import SerialLink
from bartack_drivers.links.source import Link, WireSource
from bartack_drivers.links.tcp import SCHEME, TcpLink

__all__ = [
    "REPLAY",
    "InputLink",
    "Link",
    "ReplayLink",
    "TcpLink",
    "WireSource",
    "open_wire",
]


def open_wire(port: str, baudrate: int) -> Link:
    """Open a serial port, or the connection that ``tcp://host:port`` names.

    Raises a ``DeviceError`` that says why it could not be opened.
    """
    return TcpLink(port) if port.startswith(SCHEME) else SerialLink(port, baudrate)
