"""The udev rules: every line is one that udev understands, and every reader of the docs is named.

The check of the syntax is our own, because Debian 12 has no ``udevadm verify``. Where there is
one, it has to agree.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_tree import REPOSITORY

RULES = REPOSITORY / "systemd" / "91-bartack.rules"
DOCS = REPOSITORY / "docs"

ASKED = {"ACTION", "SUBSYSTEM", "KERNEL", "DRIVER", "ATTR", "ATTRS", "ENV", "TAG"}
GIVEN = {"ENV", "ATTR", "GROUP", "MODE", "TAG", "GOTO", "LABEL"}
WITH_NAME = {"ATTR", "ATTRS", "ENV"}
"""Keys that stand before braces with a name, ``ATTR{idVendor}``; all others stand alone."""

TERM = re.compile(r'([A-Z]+)(?:\{(\w+)\})?(==|!=|=|\+=|-=)"([^"]*)"')
USB_ID = re.compile(r"`([0-9a-f]{4}):([0-9a-f]{4})`")


def lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def mistakes(text: str) -> Iterator[str]:
    """What udev would not understand, or not as it is meant."""
    labels: list[str] = []
    waiting: set[str] = set()
    for line in lines(text):
        for term in line.split(", "):
            found = TERM.fullmatch(term)
            if found is None:
                yield f"{line}: {term!r} is no term"
                continue
            key, name, operator, value = found.groups()
            known = ASKED if operator in {"==", "!="} else GIVEN
            if key not in known or bool(name) != (key in WITH_NAME):
                yield f"{line}: {key}{operator} is not known"
            if key == "GOTO":
                waiting.add(value)
            if key == "LABEL":
                labels.append(value)
                waiting.discard(value)
    yield from (f"GOTO {label}: no such label follows" for label in waiting)
    if len(set(labels)) != len(labels):
        yield "a label stands twice"


def marked(mark: str) -> set[tuple[str, str]]:
    """Vendor and product of the lines that mark a device with ``mark``."""
    pattern = r'ATTRS?\{idVendor\}=="(\w+)", ATTRS?\{\w+\}=="([\w ]+)", ENV\{' + mark + r'\}="1"'
    return set(re.findall(pattern, RULES.read_text(encoding="ascii")))


def usb_ids(page: Path) -> set[tuple[str, str]]:
    return set(USB_ID.findall(page.read_text(encoding="utf-8")))


def test_every_line_is_understood() -> None:
    """Keys, operators and values are of udev's grammar, and each jump has its target."""
    text = RULES.read_text(encoding="ascii")
    assert list(mistakes(text)) == []
    assert len(list(lines(text))) > 20


@pytest.mark.parametrize(
    "line",
    [
        *(
            'ATTR{idVendor}="1a86" ENV{X}="1"',
            'ATTR{idVendor}=="1a86", ENV{X}=1',
            'GRUOP="dialout"',
        ),
        *('KERNEL="event*"', 'GOTO="nowhere"', 'ENV=="1"', 'MODE{x}="0660"', 'GROUP=="dialout"'),
        'LABEL="a"\nLABEL="a"',
    ],
)
def test_a_planted_mistake_is_found(line: str) -> None:
    """The check bites."""
    assert list(mistakes(line))


def test_udev_agrees_where_it_can_be_asked(tmp_path: Path) -> None:
    """``udevadm verify`` finds nothing; our group is unknown to it where it is not installed."""
    copy = tmp_path / RULES.name
    copy.write_text(RULES.read_text(encoding="ascii").replace('GROUP="bartack"', 'GROUP="root"'))
    program = shutil.which("udevadm", path="/usr/bin:/bin:/usr/sbin:/sbin")
    if program is None or not knows_verify(program):
        assert list(mistakes(copy.read_text(encoding="ascii"))) == []
        return
    result = subprocess.run(
        [program, "verify", "--resolve-names=never", copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def knows_verify(program: str) -> bool:
    help_text = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return " verify " in help_text.stdout


def test_every_keyboard_of_the_docs_is_the_stations() -> None:
    """Each reader that the page lists is marked as one, and no other is."""
    page = DOCS / "readers" / "hid.md"
    assert "`13ba` *Barcode Reader*" in page.read_text(encoding="utf-8")
    assert marked("BARTACK_READER") == usb_ids(page) | {("13ba", "Barcode Reader")}


def test_every_adapter_of_the_docs_is_left_alone() -> None:
    """Each serial adapter that the installation names is kept from other programs."""
    assert marked("BARTACK_PORT") == usb_ids(DOCS / "install.md")


def test_no_id_of_the_docs_is_without_a_rule() -> None:
    """Whatever page names a USB id, a rule has it."""
    known = marked("BARTACK_PORT") | marked("BARTACK_READER")
    assert {pair for page in DOCS.rglob("*.md") for pair in usb_ids(page)} <= known


def test_a_device_is_a_port_or_a_keyboard() -> None:
    """A scanner has another id for each of its modes."""
    assert not marked("BARTACK_PORT") & marked("BARTACK_READER")


def test_the_rules_come_after_those_that_they_undo() -> None:
    """udev reads rules by name: brltty's are called 85-brltty or 90-brltty-device."""
    assert RULES.name > "90-brltty-device.rules"


def test_the_group_of_the_keyboards_is_made() -> None:
    """The group that may read them is that of the service, which has no other right to them."""
    assert 'ENV{BARTACK_READER}=="1", GROUP="bartack", MODE="0640"' in RULES.read_text()
    unit = (REPOSITORY / "systemd" / "bartack.service").read_text(encoding="utf-8")
    assert "\nGroup=bartack\n" in unit
    assert "\nDeviceAllow=char-input r\n" in unit


def test_the_installation_copies_the_rules() -> None:
    """The page of the installation installs this file, by its name."""
    page = (DOCS / "install.md").read_text(encoding="utf-8")
    assert f"cp systemd/{RULES.name} /etc/udev/rules.d/" in page
