"""Badge readers from bytes to reads, with injected time: pauses, kinds of card, polling."""

from __future__ import annotations

from typing import Any

import pytest

from bartack_drivers.base import Read
from bartack_drivers.conversation import Conversation
from bartack_drivers.em4100 import SUCCESSION_MAX_S
from bartack_drivers.readers.em18 import PAUSE_S
from bartack_drivers.readers.gwiot7941w import BETWEEN_POLLS_S, SILENT_S
from bartack_drivers.readers.stx_len import TROUBLE_S
from bartack_drivers.registry import check_options, find_driver
from bartack_sim.devices.gwiot7941w import READ_EM4100, READ_UID, Gwiot7941w, reply
from bartack_sim.devices.stx_len import frame as card_frame


def talk(driver: str, **options: object) -> Conversation[Any]:
    """The conversation of a driver with these options and else its defaults."""
    row = find_driver(driver)
    assert row.converse is not None
    complete, mistakes = check_options(row, options)
    assert mistakes == []
    return row.converse(complete)


class TestOnlyTalking:
    """ID-12LA, EM-18 and Parallax 28140."""

    def test_one_frame_is_enough_for_a_reader_that_sends_one(self) -> None:
        """An ID-12LA sends a badge once; that frame is the read."""
        talked = talk("id12la").feed(b"\x0201026F6C3A3A\r\n\x03", 1.0)
        assert talked == [Read("em4100", "01026F6C3A", 1.0)]

    def test_halves_of_two_badges_are_not_joined(self) -> None:
        """The rest of a frame that did not come for seconds is not taken from the next one."""
        listener = talk("id12la")
        assert listener.feed(b"\x0201026F", 0.0) + listener.idle(5.0) == []
        assert listener.feed(b"6C3A3A\r\n\x03", 9.0) == []

    def test_an_em18_is_read_when_the_line_fell_silent(self) -> None:
        """The pause behind the twelve characters ends them, and no sooner moment does."""
        listener = talk("em18")
        assert listener.feed(b"4500C5", 1.0) + listener.idle(1.05) == []
        assert listener.feed(b"D1E9B8", 1.06) + listener.idle(1.1) == []
        assert listener.due_s == pytest.approx(1.06 + PAUSE_S)
        assert listener.idle(1.2) == [Read("em4100", "4500C5D1E9", 1.2)]
        assert listener.idle(9.0) == []

    def test_badges_that_waited_while_the_computer_was_busy_are_all_read(self) -> None:
        """Two frames found at once are two reads."""
        listener = talk("em18")
        listener.feed(b"4500C5D1E9B8307E4DE5C224", 1.0)
        assert [read.value for read in listener.idle(2.0)] == ["4500C5D1E9", "307E4DE5C2"]

    def test_a_frame_without_a_checksum_must_come_twice(self) -> None:
        """A Parallax frame alone is no read; repeated, it is one each time."""
        listener = talk("parallax28140")
        assert listener.feed(b"\n0F0184F07A\r", 1.0) == []
        assert listener.feed(b"\n0F0184F07B\r", 1.1) == []
        assert listener.feed(b"\n0F0184F07A\r", 1.2) == []
        assert listener.feed(b"\n0F0184F07A\r", 1.3) == [Read("em4100", "0F0184F07A", 1.3)]
        assert listener.feed(b"\n0F0184F07A\r", 1.4 + SUCCESSION_MAX_S) == []

    @pytest.mark.parametrize(
        ("driver", "frame"),
        [("rdm6300", b"\x0201026F6C3A3A\x03"), ("parallax28140", b"\n01026F6C3A\r")],
    )
    def test_a_frame_that_was_held_back_confirms(self, driver: str, frame: bytes) -> None:
        """The second of two frames counts also when half of it comes 2 s late."""
        listener = talk(driver)
        assert listener.feed(frame + frame[:5], 1.0) + listener.idle(2.9) == []
        assert listener.feed(frame[5:], 3.1) == [Read("em4100", "01026F6C3A", 3.1)]


class TestKindsOfCard:
    """What a 7941E says of a card decides what is read."""

    @pytest.mark.parametrize("kind", [0x02, 0x11])
    def test_five_bytes_of_an_em4100(self, kind: int) -> None:
        """EM4100 cards, and T5567 cards that are written as one, give their ten digits."""
        listener = talk("stx_len")
        number = bytes.fromhex("2E00B6D7B5")
        assert listener.feed(card_frame(kind, number), 1.0) == [Read("em4100", "2E00B6D7B5", 1.0)]
        assert listener.trouble == ""

    @pytest.mark.parametrize("kind", [0x01, 0x03, 0x20, 0x21, 0x50])
    @pytest.mark.parametrize("uid", ["6B3D12D6", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6A7B8C9"])
    def test_the_uid_of_an_iso14443_card(self, kind: int, uid: str) -> None:
        """The UID is read as it is sent, whatever its length."""
        listener = talk("stx_len")
        assert listener.feed(card_frame(kind, bytes.fromhex(uid)), 1.0) == [
            Read("iso14443", uid, 1.0)
        ]
        assert listener.trouble == ""

    @pytest.mark.parametrize(
        ("kind", "name"),
        [(0x10, "HID"), (0x22, "FeliCa"), (0x30, "ISO 15693"), (0x51, "kind 51"), (0, "kind 00")],
    )
    def test_a_card_of_another_kind_is_told(self, kind: int, name: str) -> None:
        """Such a card gives no read; the technician is told its kind and what to use instead."""
        listener = talk("stx_len")
        assert listener.feed(card_frame(kind, b"\x01\x02\x03\x04\x05"), 1.0) == []
        assert f"({name}) was shown; use EM4100" in listener.trouble
        assert listener.counters.good_frames == 1

    def test_a_number_of_an_unknown_length_is_told(self) -> None:
        """An EM4100 card without its version byte is no ten digits: nothing is made up."""
        listener = talk("stx_len")
        assert listener.feed(card_frame(0x02, b"\x00\xb6\xd7\xb5"), 1.0) == []
        assert "(EM4100) with a number of an unknown length was shown: 00B6D7B5" in listener.trouble

    def test_the_trouble_goes_with_a_card_that_is_read(self) -> None:
        """The next good card clears it."""
        listener = talk("stx_len")
        good = card_frame(0x02, b"\x2e\x00\xb6\xd7\xb5")
        assert len(listener.feed(card_frame(0x30, bytes(range(8))) + good, 1.0)) == 1
        assert listener.trouble == ""

    def test_the_trouble_goes_after_a_while(self) -> None:
        """A card that was taken away is no trouble any more."""
        listener = talk("stx_len")
        listener.feed(card_frame(0x30, bytes(range(8))), 1.0)
        assert listener.outgoing(1.0 + TROUBLE_S / 2) == b""
        assert listener.trouble
        assert listener.outgoing(1.0 + TROUBLE_S) == b""
        assert listener.trouble == ""

    def test_confirm_counts_cards_of_any_kind(self) -> None:
        """With ``confirm`` at 2 the second identical frame is the read."""
        listener = talk("stx_len", confirm=2)
        frame = card_frame(0x01, b"\x6b\x3d\x12\xd6")
        assert listener.feed(frame, 1.0) == []
        assert listener.feed(frame, 1.1) == [Read("iso14443", "6B3D12D6", 1.1)]


class Bench:
    """A 7941W and the driver that asks it, in a time of their own."""

    def __init__(self, **options: object) -> None:
        self.reader = Gwiot7941w()
        self.host = talk("gwiot7941w", **options)
        self.powered = True
        self.requests: list[bytes] = []
        self.now_s = 0.0

    def run(self, duration_s: float) -> list[Read]:
        """Let time go on; what was read meanwhile."""
        reads: list[Read] = []
        for _ in range(round(duration_s / 0.05)):
            self.now_s += 0.05
            request = self.host.outgoing(self.now_s)
            self.requests += [request] if request else []
            answers = self.reader.hear(request, self.now_s) if request and self.powered else []
            if answers:
                reads += self.host.feed(b"".join(answers), self.now_s)
            else:
                reads += self.host.idle(self.now_s)
        return reads


class TestPolling:
    """The 7941W is asked, again and again, and never for more than a number."""

    def test_both_kinds_of_card_are_read(self) -> None:
        """An EM4100 and a MIFARE card that lie there are both read, in turn."""
        bench = Bench()
        bench.reader.place("2E00B6D7B5")
        bench.reader.place("04A1B2C3D4E5F6")
        found = {(read.medium, read.value) for read in bench.run(2.0)}
        assert found == {("em4100", "2E00B6D7B5"), ("iso14443", "04A1B2C3D4E5F6")}
        assert bench.host.trouble == ""

    @pytest.mark.parametrize(
        ("cards", "asked"),
        [
            (["em4100"], {READ_EM4100}),
            (["iso14443"], {READ_UID}),
            (["iso14443", "em4100"], {READ_UID, READ_EM4100}),
        ],
    )
    def test_only_for_the_configured_cards_is_asked(
        self, cards: list[str], asked: set[int]
    ) -> None:
        """``cards`` says which two commands are sent; no other ever is."""
        bench = Bench(cards=cards)
        bench.reader.place("2E00B6D7B5")
        bench.run(30.0)
        assert bench.reader.asked == asked

    def test_it_is_asked_no_more_often_than_it_takes(self) -> None:
        """With a card or without, questions keep their distance."""
        bench = Bench()
        bench.run(10.0)
        assert 20 <= len(bench.requests) <= 10.0 / BETWEEN_POLLS_S + 1

    def test_no_card_is_no_trouble(self) -> None:
        """A reader that finds nothing answers, and all is well."""
        bench = Bench()
        assert bench.run(5.0) == []
        assert bench.host.trouble == ""
        assert bench.host.counters.bad_checksums == 0

    def test_a_silent_reader_is_told_and_asked_on(self) -> None:
        """No answer is reported; the questions go on, seldom; the answer clears the report."""
        bench = Bench()
        bench.powered = False
        bench.run(20.0)
        assert bench.host.trouble.startswith("the reader does not answer when asked to look for")
        assert len(bench.requests) <= 2 * 20.0 / SILENT_S + 2
        bench.powered = True
        bench.reader.place("2E00B6D7B5")
        assert bench.run(5.0)
        assert bench.host.trouble == ""

    def test_a_reply_that_was_not_asked_for_counts(self) -> None:
        """A reader that another program asks is read all the same."""
        host = talk("gwiot7941w")
        assert host.feed(reply(0x81, b"\xde\xad\xbe\xef"), 1.0) == [
            Read("iso14443", "DEADBEEF", 1.0)
        ]

    @pytest.mark.parametrize(
        "data", [b"", b"\x01", b"\0\0\0\0\0", b"\x01" * 6, b"\x01" * 10], ids=len
    )
    def test_only_numbers_of_cards_are_read(self, data: bytes) -> None:
        """A reply without a number, of zeros or of an odd length is no card; and 80 never is."""
        host = talk("gwiot7941w")
        assert len(host.feed(reply(0x81, data), 1.0)) == (1 if len(data) == 10 else 0)
        assert host.feed(reply(0x80, data), 1.1) == []

    def test_an_unknown_status_is_told(self) -> None:
        """A status that nobody describes is reported with its code, and cleared by a known one."""
        host = talk("gwiot7941w")
        host.outgoing(0.0)
        assert host.feed(reply(0x8F, b"\xde\xad\xbe\xef"), 0.1) == []
        assert "unknown status 8F" in host.trouble
        host.outgoing(1.0)
        host.feed(reply(0x80), 1.1)
        assert host.trouble == ""

    def test_the_probe_knows_the_reader_from_an_echo(self) -> None:
        """Only a whole reply with its checksum proves the reader."""
        (probe,) = find_driver("gwiot7941w").probes
        assert probe.answers(b"\0" + reply(0x80))
        assert not probe.answers(probe.request)
        assert not probe.answers(reply(0x80)[:-1])
