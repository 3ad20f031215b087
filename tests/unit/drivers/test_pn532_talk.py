"""What the pn532 driver says to its chip, and what it takes for a badge."""

from __future__ import annotations

from bartack_drivers.base import Read
from bartack_drivers.readers.pn532 import RANDOM_NUMBER, RANDOM_SHOWN_S
from bartack_drivers.registry import DRIVERS
from bartack_sim.devices.pn532 import ACK, FIRMWARE, SYNTAX_ERROR, Pn532, frame
from unit.drivers.talking import Room, talk

CARD = "5CBBE5D5"
CARD_FRAME = bytes.fromhex("00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 5C BB E5 D5 FD 00")
WAKE = "55 55 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
SAM = "00 00 FF 03 FD D4 14 01 17 00"
SEARCH_ENDS = "00 00 FF 06 FA D4 32 05 01 00 01 F3 00"
SEARCH = "00 00 FF 04 FC D4 4A 01 00 E1 00"


def room(**options: object) -> Room:
    return Room(talk("pn532", **options), Pn532())


def shown(it: Room, value: str, duration_s: float = 1.0) -> list[str]:
    it.device.place(value)
    values = it.values(duration_s)
    it.device.remove(value)
    return values


def test_a_sleeping_chip_is_woken_and_set_up_once() -> None:
    """The first thing sent wakes the chip; when it reads, it is only asked for cards."""
    it = room()
    it.reads(2.0)
    assert it.said[0].startswith(bytes.fromhex(WAKE))
    assert it.times_said(SAM) == it.times_said(SEARCH_ENDS) == 1
    assert it.times_said(SEARCH) >= 5
    assert it.conversation.trouble == ""


def test_a_card_that_lies_there_is_read_again_and_again() -> None:
    """Each search that finds the card is a read; none comes when it is gone."""
    it = room()
    assert len(shown(it, CARD, 2.0)) >= 5
    it.reads(0.5)
    assert it.reads(2.0) == []


def test_the_pause_between_searches_is_set() -> None:
    """``poll_ms`` is the time from an answer to the next search."""
    slow, quick = room(poll_ms=1000), room(poll_ms=50)
    assert len(shown(quick, CARD, 3.0)) > 4 * len(shown(slow, CARD, 3.0)) > 0


def test_what_nobody_asked_for_is_read() -> None:
    """A list of cards counts unasked as well, merged with an ACK or split from it."""
    conversation = talk("pn532")
    assert conversation.feed(ACK + CARD_FRAME, 1.0) == [Read("iso14443", CARD, 1.0)]
    assert conversation.feed(ACK + CARD_FRAME[:9], 2.0) == []
    assert conversation.feed(CARD_FRAME[9:], 2.1) == [Read("iso14443", CARD, 2.1)]


def test_a_random_number_is_no_badge() -> None:
    """A 4-byte number beginning with 08 is not read; a technician is told why, for a while."""
    it = room()
    assert shown(it, "08A1B2C3") == []
    assert it.conversation.trouble == RANDOM_NUMBER
    it.reads(RANDOM_SHOWN_S + 1.0)
    assert it.conversation.trouble == ""
    assert set(shown(it, "08A1B2C3D4E5F6")) == {"08A1B2C3D4E5F6"}


def test_a_badge_ends_the_complaint() -> None:
    """The next good card is read, and nothing is complained of any more."""
    it = room()
    shown(it, "08A1B2C3")
    assert set(shown(it, CARD)) == {CARD}
    assert it.conversation.trouble == ""


def test_a_chip_that_lost_power_is_woken_again() -> None:
    """After a power failure that the port does not show, cards are read within 5 s."""
    it = room()
    it.device.place(CARD)
    it.reads(2.0)
    it.is_on = False
    assert it.reads(4.0) == []
    it.device.power_up()
    it.is_on = True
    assert CARD in it.values(5.0)
    assert it.conversation.trouble == ""


def test_a_chip_that_does_not_hear_is_reported_and_still_read() -> None:
    """With a broken send line the trouble is told and what comes is read."""
    it = room()
    it.hears = False
    it.reads(6.0)
    assert "does not answer when asked to wake up" in it.conversation.trouble
    assert it.conversation.feed(CARD_FRAME, it.now_s) == [Read("iso14443", CARD, it.now_s)]
    it.hears = True
    it.reads(4.0)
    assert it.conversation.trouble == ""


def test_a_late_first_answer_is_enough() -> None:
    """An adapter that takes 1.5 s for the first answer is no trouble."""
    conversation = talk("pn532")
    conversation.outgoing(0.0)
    for tenth in range(16):
        conversation.idle(tenth / 10)
        conversation.outgoing(tenth / 10)
    conversation.feed(ACK + frame(0x15), 1.55)
    assert bytes.fromhex(SEARCH_ENDS) in conversation.outgoing(1.55)
    assert conversation.trouble == ""


def test_a_refusal_is_told() -> None:
    """A chip that calls a command wrong is reported, and asked again later."""
    conversation = talk("pn532")
    conversation.outgoing(0.0)
    conversation.feed(ACK + SYNTAX_ERROR, 0.1)
    assert "refuses to wake up" in conversation.trouble
    assert conversation.outgoing(0.5) == b""
    assert bytes.fromhex(SAM) in conversation.outgoing(2.0)
    conversation.feed(ACK + frame(0x15), 2.1)
    assert conversation.trouble == ""


def test_a_search_of_somebody_else_is_ended() -> None:
    """A chip that searches without end for another program is taken over."""
    it = room()
    it.device.hear(bytes.fromhex(WAKE + SAM + SEARCH), 0.0)
    assert set(shown(it, CARD, 2.0)) == {CARD}
    assert it.conversation.trouble == ""


def test_the_probe_knows_a_version() -> None:
    """Detection believes an answer with the version, and neither an ACK nor an echo."""
    (probe,) = DRIVERS["pn532"].probes
    assert probe.answers(ACK + frame(0x03, FIRMWARE))
    assert not probe.answers(ACK)
    assert not probe.answers(probe.request)
