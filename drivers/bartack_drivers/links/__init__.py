"""The ways to devices: serial ports, TCP connections, input devices, recorded bytes."""

from __future__ import annotations

from pathlib import Path

from bartack_drivers.links.input_device import InputLink
from bartack_drivers.links.recorded import SCHEME as REPLAY
from bartack_drivers.links.recorded import ReplayLink
from bartack_drivers.links.serial_port import SerialLink
from bartack_drivers.links.source import Link, WireSource
from bartack_drivers.links.tcp import SCHEME, TcpLink

__all__ = ["InputLink", "Link", "TcpLink", "WireSource", "open_wire"]


def open_wire(port: str, baudrate: int) -> Link:
    """Open a serial port, the connection ``tcp://host:port``, or the recording ``replay:FILE``.

    Raises a ``DeviceError`` that says why it could not be opened.
    """
    if port.startswith(REPLAY):
        return ReplayLink(Path(port.removeprefix(REPLAY)))
    return TcpLink(port) if port.startswith(SCHEME) else SerialLink(port, baudrate)
