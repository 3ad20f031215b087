"""Names of ports: those that stay, over trees of links as udev lays them out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bartack_drivers.ports import cameras, keyboard_like, serial_ports, stable_name


@dataclass
class Machine:
    """A tree of devices, links and sysfs entries."""

    root: Path

    @property
    def dev(self) -> Path:
        return self.root / "dev"

    @property
    def sys(self) -> Path:
        return self.root / "sys"

    def node(self, name: str) -> Path:
        node = self.dev / name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        return node

    def link(self, path: str, node: str) -> str:
        link = self.dev / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(self.dev / node)
        return str(link)

    def usb(self, kind: str, node: str, socket: str, serial: str = "") -> None:
        """A CH340 adapter in a USB socket, with the entries that sysfs has for it."""
        device = self.sys / "devices/usb1" / socket
        port = device / f"{socket}:1.0" / node
        port.mkdir(parents=True)
        (device / f"{socket}:1.0" / "bInterfaceNumber").write_text("00\n")
        for name, text in {
            "idVendor": "1a86",
            "idProduct": "7523",
            "product": "USB Serial",
        }.items():
            (device / name).write_text(f"{text}\n")
        if serial:
            (device / "serial").write_text(f"{serial}\n")
        entry = self.sys / "class" / kind / node
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(port)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def names(machine: Machine) -> list[str]:
    return [port.name for port in serial_ports(machine.dev, machine.sys)]


def test_a_device_with_a_name_of_its_own_is_named_by_it(machine: Machine) -> None:
    """By id where there is a link by id; USB ids and product come from sysfs."""
    machine.node("ttyUSB0")
    by_id = machine.link("serial/by-id/usb-1a86_USB_Serial_77-if00-port0", "ttyUSB0")
    machine.link("serial/by-path/pci-0-usb-0:1:1.0-port0", "ttyUSB0")
    machine.usb("tty", "ttyUSB0", "1-1", serial="77")
    (port,) = serial_ports(machine.dev, machine.sys)
    assert port.name == by_id
    assert port.device == str(machine.dev / "ttyUSB0")
    assert (port.usb, port.product) == ("1a86:7523", "USB Serial")


@pytest.mark.parametrize("has_sysfs", [True, False])
def test_two_alike_are_named_by_their_sockets(machine: Machine, has_sysfs: bool) -> None:
    """Two identical adapters share one name by id, which leads to either: neither is named so."""
    paths = []
    for number in (0, 1):
        machine.node(f"ttyUSB{number}")
        link = f"serial/by-path/pci-0-usb-0:1.{number}:1.0-port0"
        paths.append(machine.link(link, f"ttyUSB{number}"))
        if has_sysfs:
            machine.usb("tty", f"ttyUSB{number}", f"1-1.{number}")
    machine.link("serial/by-id/usb-1a86_USB_Serial-if00-port0", "ttyUSB1")
    assert names(machine) == paths


def test_an_adapter_of_another_kind_keeps_its_name(machine: Machine) -> None:
    """A device without a name by id takes no name from devices that are not like it."""
    for number in (0, 1):
        machine.node(f"ttyUSB{number}")
    machine.usb("tty", "ttyUSB0", "1-1", serial="77")
    machine.usb("tty", "ttyUSB1", "1-2")
    by_id = machine.link("serial/by-id/usb-1a86_USB_Serial_77-if00-port0", "ttyUSB0")
    assert names(machine) == [by_id, str(machine.dev / "ttyUSB1")]


def test_of_two_names_by_path_the_older_is_taken(machine: Machine) -> None:
    """New systems make a second link by path; old ones have only the first."""
    machine.node("ttyACM0")
    machine.link("serial/by-path/pci-0-usbv2-0:1:1.0", "ttyACM0")
    older = machine.link("serial/by-path/pci-0-usb-0:1:1.0", "ttyACM0")
    assert names(machine) == [older]


def test_a_link_that_leads_nowhere_names_nothing(machine: Machine) -> None:
    """What a pulled device left behind is no port."""
    machine.link("serial/by-id/usb-gone-if00-port0", "ttyUSB7")
    assert names(machine) == []


def test_ports_without_a_chip_and_consoles_are_left_out(machine: Machine) -> None:
    """The kernel names ttyS ports that are not there, and one may carry the console."""
    for number, kind in enumerate(("4", "0", "4")):
        machine.node(f"ttyS{number}")
        entry = machine.sys / f"class/tty/ttyS{number}"
        entry.mkdir(parents=True)
        (entry / "type").write_text(f"{kind}\n")
    console = machine.sys / "class/tty/console"
    console.mkdir()
    (console / "active").write_text("tty0 ttyS2\n")
    assert names(machine) == [str(machine.dev / "ttyS0")]


def test_a_kernel_name_is_replaced_and_a_chosen_name_kept(machine: Machine) -> None:
    """A port given as ttyUSB0 gets the name that stays; a link stays as it was given."""
    machine.node("ttyUSB0")
    by_id = machine.link("serial/by-id/usb-1a86_USB_Serial_77-if00-port0", "ttyUSB0")
    chosen = machine.link("badge-reader", "ttyUSB0")
    for given, name in {str(machine.dev / "ttyUSB0"): by_id, chosen: chosen}.items():
        assert stable_name(given, machine.dev, machine.sys) == name


def test_what_types_and_what_sees_is_listed(machine: Machine) -> None:
    """Keyboard-like devices and cameras, by id or else by path, each once."""
    for node in ("input/event0", "input/event3", "input/event4", "video0", "video1"):
        machine.node(node)
    by_id = machine.link("input/by-id/usb-Sycreader_RFID-event-kbd", "input/event3")
    machine.link("input/by-path/pci-0-usb-0:1:1.0-event-kbd", "input/event3")
    machine.link("input/by-id/usb-Mouse-event-mouse", "input/event4")
    by_path = machine.link("input/by-path/platform-i8042-serio-0-event-kbd", "input/event0")
    camera = machine.link("v4l/by-id/usb-Cam-video-index0", "video0")
    machine.link("v4l/by-id/usb-Cam-video-index1", "video1")
    machine.usb("input", "event3", "1-3")
    found = keyboard_like(machine.dev, machine.sys)
    assert [port.name for port in found] == [by_path, by_id]
    assert [port.usb for port in found] == ["", "1a86:7523"]
    assert [port.name for port in cameras(machine.dev, machine.sys)] == [camera]


def test_a_machine_without_anything_has_no_ports(machine: Machine) -> None:
    """Missing folders are no error."""
    assert serial_ports(machine.dev, machine.sys) == []
    assert keyboard_like(machine.dev, machine.sys) == []
    assert cameras(machine.dev, machine.sys) == []
