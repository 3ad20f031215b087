"""The ports of this machine by names that stay: serial ports, keyboard-like devices, cameras.

A kernel name such as ``ttyUSB0`` may mean another device after a restart. udev makes links beside
it: *by id* names the device, wherever it is plugged in; *by path* names the socket, whatever is
plugged in. Many adapters have no serial number, and two alike then share one by-id name, which
leads to either of them: such a device is named by its socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEV: Final = Path("/dev")
SYS: Final = Path("/sys")

_SERIAL_PATTERNS: Final = ("ttyUSB*", "ttyACM*", "ttyAMA*", "ttyS*")
_NO_UART: Final = "0"
"""What sysfs gives as the type of a port the kernel made a name for and found no chip behind."""


@dataclass(frozen=True, slots=True)
class DevicePort:
    """One port. ``name`` stays, ``device`` is what it leads to now.

    ``usb`` is vendor and product as ``1a86:7523``, ``product`` the device's own text; both empty
    where it is not on USB. An adapter's id tells nothing about the reader behind it.
    """

    name: str
    device: str
    usb: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class _Identity:
    """What the by-id name of a device is made of, as far as sysfs tells."""

    vendor: str = ""
    model: str = ""
    serial: str = ""
    interface: str = ""
    product: str = ""


def serial_ports(dev: Path = DEV, sys: Path = SYS) -> list[DevicePort]:
    """The serial ports that a reader may be at; not the console of this machine."""
    consoles = _text(sys / "class/tty/console/active").split()
    nodes = [
        node
        for pattern in _SERIAL_PATTERNS
        for node in sorted(dev.glob(pattern))
        if node.name not in consoles and _has_chip(node, sys)
    ]
    return _named(nodes, dev / "serial", "", sys / "class/tty")


def keyboard_like(dev: Path = DEV, sys: Path = SYS) -> list[DevicePort]:
    """Devices that type: keyboards, and readers and scanners that act as one."""
    return _linked(dev / "input", "-event-kbd", sys / "class/input")


def cameras(dev: Path = DEV, sys: Path = SYS) -> list[DevicePort]:
    """Cameras, each once: of a camera's video nodes the first gives pictures."""
    return _linked(dev / "v4l", "-video-index0", sys / "class/video4linux")


def stable_name(port: str, dev: Path = DEV, sys: Path = SYS) -> str:
    """The name that stays for a kernel name such as ``/dev/ttyUSB0``; any other as it is."""
    return next((it.name for it in serial_ports(dev, sys) if it.device == port), port)


def _linked(links: Path, ending: str, devices: Path) -> list[DevicePort]:
    nodes = {*_links(links / "by-id", ending), *_links(links / "by-path", ending)}
    return _named(sorted(nodes), links, ending, devices)


def _named(nodes: Sequence[Path], links: Path, ending: str, devices: Path) -> list[DevicePort]:
    by_id = _links(links / "by-id", ending)
    by_path = _links(links / "by-path", ending)
    identities = {node: _identity(devices / node.name) for node in nodes}
    # Of several devices with one by-id name only one has the link.
    shared = {it for node, it in identities.items() if node not in by_id and _is_usb(node, it)}
    ports = []
    for node, identity in identities.items():
        own = None if identity in shared else by_id.get(node)
        usb = f"{identity.vendor}:{identity.model}" if identity.vendor else ""
        name = own or by_path.get(node) or node
        ports.append(DevicePort(str(name), str(node), usb, identity.product))
    return ports


def _is_usb(node: Path, identity: _Identity) -> bool:
    return bool(identity.vendor) or node.name.startswith(("ttyUSB", "ttyACM"))


def _links(folder: Path, ending: str) -> dict[Path, Path]:
    """The shortest link to each node: newer systems make a second, longer one by path."""
    found: dict[Path, Path] = {}
    for link in sorted(folder.glob(f"*{ending}"), key=lambda it: (len(it.name), it.name)):
        if link.exists():
            found.setdefault(link.resolve(), link)
    return found


def _has_chip(node: Path, sys: Path) -> bool:
    if not node.name.startswith("ttyS"):
        return True
    return _text(sys / "class/tty" / node.name / "type") not in ("", _NO_UART)


def _identity(entry: Path) -> _Identity:
    """Walk up from a device's entry in sysfs to the USB device that it is part of."""
    interface = ""
    place = (entry / "device").resolve()
    for folder in (place, *place.parents):
        interface = interface or _text(folder / "bInterfaceNumber")
        if vendor := _text(folder / "idVendor"):
            model, product = _text(folder / "idProduct"), _text(folder / "product")
            return _Identity(vendor, model, _text(folder / "serial"), interface, product)
    return _Identity()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
