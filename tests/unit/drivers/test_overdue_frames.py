"""What looks like the beginning of a frame and never ends holds a good frame back for a moment."""

from __future__ import annotations

import pytest

from bartack_drivers.conversation import OVERDUE_S
from unit.drivers.talking import talk

FRAMES = {
    "r200": "BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E",
    "r2000": "A0 13 01 89 04 30 00 E2 00 30 16 66 13 01 21 15 50 74 EF 45 BF",
    "uhfreader18": "13 00 01 03 01 0C 00 00 00 00 00 00 00 00 00 00 03 13 3F 39",
    "uhf_prime": "CF 00 00 01 12 00 FD 8A 01 00 0C E2 80 69 15 00 00 40 20 ED 96 48 B3 50 57",
    "thingmagic": "FF 28 22 00 00 10 00 1B 01 FF 01 01 C4 11 0E 16 40 00 00 01 27 00 00 05 00 00 "
    "0F 00 80 30 00 00 00 00 00 00 00 00 00 00 00 15 45 E9 4A 56 1D",
    "pn532": "00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 5C BB E5 D5 FD 00",
}
BEGINNINGS = {
    "r200": "BB 02 22 00 7D",
    "r2000": "A0 5E 01 89",
    "uhfreader18": "70 00 01 01 02 3E",
    "uhf_prime": "CF 00 00 01 44 00 FD 8A 01 00 3E",
    "thingmagic": "FF FE 22 00",
    "pn532": "00 00 FF FE 02 D5",
}
every_reader = pytest.mark.parametrize("driver", FRAMES)


@every_reader
def test_a_frame_behind_the_beginning_of_another_is_soon_read(driver: str) -> None:
    """In silence it is read when the other is overdue, and once."""
    conversation, frame = talk(driver), bytes.fromhex(FRAMES[driver])
    assert conversation.feed(bytes.fromhex(BEGINNINGS[driver]), 0.0) == []
    assert conversation.feed(frame, 0.1) == []
    assert conversation.due_s <= OVERDUE_S
    assert len(conversation.idle(OVERDUE_S)) == 1
    assert conversation.idle(9.0) == []


@every_reader
def test_a_frame_is_soon_read_while_bytes_trickle(driver: str) -> None:
    """It is read when the other is overdue also where the line is never silent."""
    conversation, frame = talk(driver), bytes.fromhex(FRAMES[driver])
    conversation.feed(bytes.fromhex(BEGINNINGS[driver]) + frame, 0.0)
    assert conversation.feed(b"\x55", OVERDUE_S - 0.1) == []
    assert len(conversation.feed(b"\x55", OVERDUE_S)) == 1


@every_reader
def test_a_frame_that_was_interrupted_is_read(driver: str) -> None:
    """Half a frame with no other in it may still go on after 2 s."""
    frame = bytes.fromhex(FRAMES[driver])
    for cut in range(1, len(frame)):
        conversation = talk(driver)
        assert conversation.feed(frame[:cut], 0.0) == []
        for tenth in range(1, 20):
            assert conversation.idle(tenth / 10) == []
        assert len(conversation.feed(frame[cut:], 2.0)) == 1
