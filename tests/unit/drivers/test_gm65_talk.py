"""What the gm65 driver says to its module, and how it keeps its settings."""

from __future__ import annotations

import pytest

from bartack_drivers.base import Read
from bartack_drivers.readers.gm65 import PAUSE_S, WAITS_FOR_COMMANDS
from bartack_drivers.registry import DRIVERS
from bartack_sim.devices.gm65 import Gm65, answer, crc
from unit.drivers.talking import Room, talk

DONE = bytes.fromhex("02 00 00 01 00 33 31")
WRITE, SAVE = "7E 00 08", "7E 00 09"
FACTORY_MODE = 0xD4


def room(module: Gm65 | None = None, **options: object) -> Room:
    return Room(talk("gm65", **options), module or Gm65())


def zone(module: Gm65, address: int) -> int:
    """What the module tells of a zone."""
    body = bytes([7, 1]) + address.to_bytes(2) + b"\x01"
    (told,) = module.hear(b"\x7e\x00" + body + crc(body), 1000.0)
    return told[4]


def module_of(it: Room) -> Gm65:
    assert isinstance(it.device, Gm65)
    return it.device


def shown(it: Room, value: str, duration_s: float = 0.5) -> list[str]:
    it.device.place(value)
    return it.values(duration_s)


def test_the_module_is_muted_and_else_left() -> None:
    """By default only the sound goes; what is right already is not written, nothing is saved."""
    it = room()
    it.reads(10.0)
    assert zone(module_of(it), 0x00) == FACTORY_MODE & ~0x40
    assert zone(module_of(it), 0x60) == 0x01
    assert it.times_said(WRITE) == 1
    assert it.times_said(SAVE) == 0
    assert it.conversation.trouble == ""


def test_the_settings_are_what_the_options_say() -> None:
    """Mode, lights, sound and tail are set, and other bits of their zones are kept."""
    it = room(mode="sensing", light="off", aim_light="always", beep=True, tail="crlf")
    it.reads(2.0)
    assert zone(module_of(it), 0x00) == 0x80 | 0x40 | 0x20 | 0x03
    assert zone(module_of(it), 0x0E) == 0x04
    assert zone(module_of(it), 0x60) == 0x21
    assert shown(it, "B000123") == ["B000123"]


def test_settings_are_saved_once_when_asked() -> None:
    """``save`` writes the flash once, after the settings were found to be right."""
    it = room(save=True)
    it.reads(10.0)
    assert module_of(it).saves == 1
    it.device.power_up()
    it.forget()
    it.reads(10.0)
    assert it.times_said(WRITE) == it.times_said(SAVE) == 0


def test_a_module_that_lost_power_is_set_up_again() -> None:
    """Within 5 s of a power failure the settings are as they shall be."""
    it = room(Gm65(mode="command"), mode="continuous")
    it.reads(2.0)
    assert shown(it, "B000001") == ["B000001"]
    it.is_on = False
    it.reads(6.0)
    assert "does not answer when asked to tell its settings" in it.conversation.trouble
    it.device.power_up()
    it.is_on = True
    it.reads(4.0)
    assert shown(it, "B000002") == ["B000002"]
    assert it.conversation.trouble == ""


def test_labels_come_while_settings_are_asked() -> None:
    """Labels at any moment of the talk are read, each once."""
    it = room()
    values = [value for number in range(50) for value in shown(it, f"B{number:06}", 0.13)]
    assert values == [f"B{number:06}" for number in range(50)]


def test_a_module_that_does_not_hear_is_reported_and_still_read() -> None:
    """With a broken send line the trouble is told and labels are read."""
    it = room(Gm65(tail="crlf"))
    it.hears = False
    it.reads(3.0)
    assert "does not answer when asked to tell its settings" in it.conversation.trouble
    assert shown(it, "B000123") == ["B000123"]


def test_a_module_that_waits_for_commands_is_reported() -> None:
    """With ``mode`` left alone, a module that scans on command only is told of."""
    it = room(Gm65(mode="command"))
    it.reads(2.0)
    assert it.conversation.trouble == WAITS_FOR_COMMANDS


def test_a_module_without_a_tail_is_read_by_its_pauses() -> None:
    """With ``tail = "none"`` the tail goes and a pause ends a label."""
    it = room(tail="none")
    it.reads(2.0)
    assert zone(module_of(it), 0x60) & 0x01 == 0
    conversation = talk("gm65", tail="none")
    assert conversation.feed(DONE + b"B000123", 1.0) + conversation.idle(1.05) == []
    assert conversation.idle(1.0 + PAUSE_S) == [Read("barcode", "B000123", 1.0 + PAUSE_S)]


def test_an_answer_that_comes_twice_changes_no_other_setting() -> None:
    """Answers do not say what they answer; a late one is not taken for another zone's."""
    conversation = talk("gm65")
    asked = conversation.outgoing(0.0)
    assert asked.startswith(bytes.fromhex("7E 00 07 01 00 00 02"))
    conversation.feed(answer(b"\x94\x00"), 0.1)
    asked = conversation.outgoing(0.1)
    assert asked.startswith(bytes.fromhex("7E 00 07 01 00 60 03"))
    conversation.feed(answer(b"\x94\x00"), 0.2)
    assert conversation.outgoing(0.2) == b""
    conversation.feed(answer(b"\x01\x00\x00"), 0.3)
    assert conversation.outgoing(0.3) == b""


def test_a_setting_that_does_not_stay_is_reported() -> None:
    """A module that says it was done and keeps its setting is told of, and never saved."""
    conversation = talk("gm65", save=True)
    said = b""
    for hundredth in range(2000):
        now_s = hundredth / 100
        asked = conversation.outgoing(now_s)
        said += asked
        if asked[2:3] == b"\x07":
            conversation.feed(answer(b"\xd4" + bytes(asked[6] - 1)), now_s)
        elif asked:
            conversation.feed(DONE, now_s)
    assert "does not keep its setting of mode and lights" in conversation.trouble
    assert bytes.fromhex(SAVE) not in said


@pytest.mark.parametrize("encoding", ["gbk", "big5"])
def test_the_encoding_is_for_what_is_not_utf_8(encoding: str) -> None:
    """A label is read as UTF-8 where it can be, else in ``encoding``."""
    it = room(Gm65(encoding=encoding), encoding=encoding)
    it.reads(1.0)
    assert shown(it, "褲子-12" if encoding == "big5" else "裤子-12")[0].endswith("子-12")


def test_the_probe_knows_a_model() -> None:
    """Detection believes an answer of one byte, and neither an echo nor text."""
    (probe,) = DRIVERS["gm65"].probes
    assert probe.request == bytes.fromhex("7E 00 07 01 00 E0 01 11 F3")
    assert probe.answers(answer(b"\x05"))
    assert not probe.answers(probe.request)
    assert not probe.answers(b"B000123\r")
