"""Simulated readers that are talked to over a serial line keep to their data sheets."""

from __future__ import annotations

import random

import pytest

from bartack_sim.devices import gm65, pn532, ssi

WAKE = b"\x55\x55" + bytes(14)
SAM = bytes.fromhex("00 00 FF 03 FD D4 14 01 17 00")
SEARCH = bytes.fromhex("00 00 FF 04 FC D4 4A 01 00 E1 00")
SEARCH_ENDS = bytes.fromhex("00 00 FF 06 FA D4 32 05 01 00 01 F3 00")
CARD = bytes.fromhex("00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 5C BB E5 D5 FD 00")
NO_CARD = bytes.fromhex("00 00 FF 03 FD D5 4B 00 E0 00")


def test_a_pn532_sleeps_until_it_is_woken() -> None:
    """A command without the waking bytes before it is lost; with them it is obeyed."""
    chip = pn532.Pn532()
    assert chip.hear(SAM, 0.0) == []
    assert chip.hear(WAKE + SAM, 1.0) == [pn532.ACK, pn532.frame(0x15)]
    chip.power_up()
    assert chip.hear(SAM, 2.0) == []


def test_a_pn532_searches_without_end_unless_told_otherwise() -> None:
    """A search waits for a card until an ACK ends it; with retries set it ends by itself."""
    chip = pn532.Pn532()
    chip.hear(WAKE + SAM, 0.0)
    assert chip.hear(SEARCH, 1.0) == [pn532.ACK]
    chip.place("5CBBE5D5")
    assert chip.turn(2.0) == [CARD]
    chip.remove("5CBBE5D5")
    assert chip.hear(SEARCH + pn532.ACK, 3.0) == [pn532.ACK]
    chip.place("5CBBE5D5")
    assert chip.turn(4.0) == []
    chip.remove("5CBBE5D5")
    chip.hear(SEARCH_ENDS, 5.0)
    assert chip.hear(SEARCH, 6.0) == [pn532.ACK, NO_CARD]


def test_a_pn532_says_when_a_command_is_none() -> None:
    """A command it does not know is answered with the error frame, a damaged one not at all."""
    chip = pn532.Pn532()
    chip.hear(WAKE + SAM, 0.0)
    unknown = pn532.frame(0xEE, sender=0xD4)
    assert chip.hear(unknown, 1.0) == [pn532.ACK, pn532.SYNTAX_ERROR]
    assert chip.hear(chip.spoil(SEARCH, random.Random(1)), 2.0) == []


def test_an_ssi_scanner_sends_a_label_until_it_is_acknowledged() -> None:
    """Sent at once, again after 2 s and 4 s with the bit that says so, and then given up."""
    scanner = ssi.SsiScanner(packeted="true")
    scanner.place("A1")
    sent = [frame for tenth in range(100) for frame in scanner.turn(100.0 + tenth / 10)]
    assert [frame[3] for frame in sent] == [0, 1, 1]
    scanner.place("B2")
    assert len(scanner.turn(200.0)) == 1
    scanner.hear(ssi.packet(0xD0, source=4), 200.1)
    assert scanner.turn(203.0) == []


def test_an_ssi_scanner_forgets_its_packets() -> None:
    """Bare text comes from the factory and after a power failure, unless set for ever."""
    scanner = ssi.SsiScanner()
    for status, label in ((0, b"A1\r"), (8, ssi.packet(0xF3, b"\x03A1"))):
        scanner.hear(b"\x00", 100.0)
        set_packets = ssi.packet(0xC6, b"\xff\xee\x01", status, source=4)
        assert scanner.hear(set_packets, 100.1) == [ssi.packet(0xD0)]
        scanner.power_up()
        scanner.place("A1")
        assert scanner.turn(101.0) == [label]


def test_an_ssi_scanner_loses_what_wakes_it() -> None:
    """A packet to a sleeping engine is lost, the next one is heard; a damaged one is refused."""
    scanner = ssi.SsiScanner()
    enable = ssi.packet(0xE9, source=4)
    assert scanner.hear(enable, 100.0) == []
    assert scanner.hear(enable, 100.1) == [ssi.packet(0xD0)]
    assert scanner.hear(enable[:-1] + b"\x00", 100.2) == [ssi.packet(0xD1, b"\x01")]


def test_a_gm65_answers_only_what_is_right() -> None:
    """A wrong CRC gets no answer, AB CD in its place does, half a command is dropped."""
    module = gm65.Gm65()
    model = bytes.fromhex("7E 00 07 01 00 E0 01 11 F3")
    assert module.hear(model, 0.0) == [gm65.answer(b"\x05")]
    assert module.hear(model[:-1] + b"\x00", 1.0) == []
    trigger = bytes.fromhex("7E 00 08 01 00 02 01 AB CD")
    assert module.hear(trigger, 2.0) == [bytes.fromhex("02 00 00 01 00 33 31")]
    assert module.hear(model[:5], 3.0) == []
    assert module.hear(model, 4.0) == [gm65.answer(b"\x05")]


def test_a_gm65_scans_on_command_when_it_is_set_so() -> None:
    """In command mode a label counts only after a trigger, and one."""
    module = gm65.Gm65(mode="command")
    module.place("A1")
    assert module.turn(0.0) == []
    module.hear(bytes.fromhex("7E 00 08 01 00 02 01 AB CD"), 1.0)
    module.place("A1")
    assert module.turn(2.0) == [b"A1\r"]


def test_settings_that_are_none_are_told() -> None:
    """A device cannot be set up with what it does not have, nor shown what it cannot read."""
    with pytest.raises(ValueError, match="tail"):
        gm65.Gm65(tail="etx")
    with pytest.raises(ValueError, match="symbology"):
        ssi.SsiScanner(symbology="runes")
    with pytest.raises(ValueError, match="bytes in hex"):
        pn532.Pn532().place("5CBB")
