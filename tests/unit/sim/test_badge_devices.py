"""Simulated badge readers beside the RDM6300: what they send, once or again, and what they hear."""

from __future__ import annotations

import random

import pytest

from bartack_sim.devices.device import Device
from bartack_sim.devices.wire import make_device

DRIVERS = ("id12la", "em18", "parallax28140", "stx_len", "gwiot7941w")

SENT = {
    "id12la": ("01026F6C3A", b"\x0201026F6C3A3A\r\n\x03"),
    "em18": ("4500C5D1E9", b"4500C5D1E9B8"),
    "parallax28140": ("0F0184F07A", b"\n0F0184F07A\r"),
    "stx_len": ("2E00B6D7B5", bytes.fromhex("02 0A 02 2E 00 B6 D7 B5 F2 03")),
}


@pytest.mark.parametrize("driver", SENT)
def test_a_card_is_sent_as_the_sheet_shows(driver: str) -> None:
    """The published example of each reader, byte for byte."""
    value, frame = SENT[driver]
    device = make_device(driver)
    device.place(value)
    assert device.turn(1.0) == [frame]


@pytest.mark.parametrize("driver", ["id12la", "em18", "stx_len"])
def test_a_card_that_stays_is_sent_once(driver: str) -> None:
    """Only a card that comes again is sent again."""
    value, frame = SENT[driver]
    device = make_device(driver)
    device.place(value)
    assert [device.turn(turn) for turn in range(3)] == [[frame], [], []]
    device.remove(value)
    device.place(value)
    assert device.turn(4.0) == [frame]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("value", ["", "12", "no card", "62E3086CED62E3086CED62E308"])
def test_what_is_no_card_is_refused(driver: str, value: str) -> None:
    """A value that the reader cannot read is a mistake of who shows it."""
    with pytest.raises(ValueError, match=r"hexadecimal|needed"):
        make_device(driver).place(value)


@pytest.mark.parametrize("driver", ["id12la", "em18", "stx_len"])
def test_a_spoilt_frame_differs_in_its_checksum_only(driver: str) -> None:
    """The fault strikes where it says."""
    device, frame = make_device(driver), SENT[driver][1]
    for seed in range(20):
        spoilt = device.spoil(frame, random.Random(seed))
        assert spoilt != frame
        assert len(spoilt) == len(frame)
        assert spoilt[: len(frame) - 6] == frame[: len(frame) - 6]


def test_a_kind_can_be_given() -> None:
    """A card of any kind can be shown to a reader that tells kinds."""
    device = make_device("stx_len")
    device.place("30:E004015012345678")
    assert device.turn(1.0) == [bytes.fromhex("02 0D 30 E0 04 01 50 12 34 56 78 80 03")]


def asked(device: Device, *pieces: str) -> list[bytes]:
    return [answer for piece in pieces for answer in device.hear(bytes.fromhex(piece), 1.0)]


def test_a_7941w_answers_what_it_is_asked() -> None:
    """With a card its number, without one status 80; in pieces, among noise or two at once."""
    device = make_device("gwiot7941w")
    failed = bytes.fromhex("CD DC 00 80 00 80")
    assert asked(device, "AB BA 00 10 00 10") == [failed]
    device.place("DEADBEEF")
    uid = bytes.fromhex("CD DC 00 81 04 DE AD BE EF A7")
    assert asked(device, "AB BA 00 10 00 10 AB BA 00 15 00 15") == [uid, failed]
    assert asked(device, "FF AB", "BA 00 10", "00 10") == [uid]
    device.remove("DEADBEEF")
    assert asked(device, "AB BA 00 10 00 10") == [failed]


@pytest.mark.parametrize("request_", ["AB BA 00 10 00 11", "AB BA 01 10 00 11"])
def test_a_7941w_does_not_answer_what_is_not_for_it(request_: str) -> None:
    """A wrong XOR and another address are met with silence."""
    assert asked(make_device("gwiot7941w"), request_) == []
