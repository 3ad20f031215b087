"""From frames to reads: confirmation of badges, pauses between labels, lines that are badges."""

from __future__ import annotations

from typing import Any

from bartack_drivers.base import Counters, Read
from bartack_drivers.conversation import Conversation
from bartack_drivers.em4100 import SUCCESSION_MAX_S
from bartack_drivers.readers.text import PAUSE_S
from bartack_drivers.registry import check_options, find_driver

ONE = b"\x0262E3086CED08\x03"
OTHER = b"\x0201026F6C3A3A\x03"


def talk(driver: str, **options: object) -> Conversation[Any]:
    """The conversation of a driver with these options and else its defaults."""
    row = find_driver(driver)
    assert row.converse is not None
    complete, mistakes = check_options(row, options)
    assert mistakes == []
    return row.converse(complete)


def badges(decoder: Conversation[Any], data: bytes, now_s: float = 0.0) -> list[str]:
    return [read.value for read in decoder.feed(data, now_s)]


def test_an_id_counts_after_two_identical_frames() -> None:
    """The second identical frame is a read, and so is every further one."""
    decoder = talk("rdm6300")
    assert decoder.feed(ONE, 1.0) == []
    assert decoder.feed(ONE, 1.1) == [Read("em4100", "62E3086CED", 1.1)]
    assert badges(decoder, ONE + ONE, 1.2) == ["62E3086CED"] * 2


def test_another_badge_between_breaks_the_succession() -> None:
    """Frames confirm one another only when no other good frame came between."""
    assert badges(talk("rdm6300"), ONE + OTHER + ONE + OTHER) == []


def test_a_bad_frame_between_does_not_break_the_succession() -> None:
    """Noise between two identical frames takes nothing from them."""
    assert badges(talk("rdm6300"), ONE + ONE.replace(b"08\x03", b"FF\x03") + ONE) == ["62E3086CED"]


def test_frames_far_apart_do_not_confirm_one_another() -> None:
    """Two frames with a long pause between are two ghosts, also for a badge seen before."""
    decoder = talk("rdm6300")
    assert badges(decoder, ONE, 0.0) == []
    assert badges(decoder, ONE, SUCCESSION_MAX_S + 0.1) == []
    assert badges(decoder, ONE, 2 * SUCCESSION_MAX_S + 0.1) == ["62E3086CED"]
    assert badges(decoder, ONE, 9 * SUCCESSION_MAX_S) == []


def test_a_frame_interrupted_for_seconds_is_one_frame() -> None:
    """The halves of a frame belong together however long the pause between them."""
    decoder = talk("rdm6300", confirm=1)
    assert decoder.feed(ONE[:7], 0.0) + decoder.idle(5.0) == []
    assert badges(decoder, ONE[7:], 9.0) == ["62E3086CED"]
    assert decoder.counters.good_frames == 1


def test_confirm_sets_how_many_frames_it_takes() -> None:
    """``confirm`` identical frames make the first read."""
    assert badges(talk("rdm6300", confirm=3), ONE * 4) == ["62E3086CED"] * 2


def test_a_pause_ends_a_label_where_nothing_else_does() -> None:
    """With suffix none the label is read once the line was silent for the pause."""
    decoder = talk("text", suffix="none")
    assert decoder.feed(b"B000", 1.0) + decoder.idle(1.0 + PAUSE_S / 2) == []
    assert decoder.feed(b"123", 1.1) + decoder.idle(1.15) == []
    assert decoder.idle(1.1 + PAUSE_S) == [Read("barcode", "B000123", 1.1 + PAUSE_S)]
    assert decoder.idle(9.0) == []


def test_bytes_that_waited_are_not_taken_for_two_labels() -> None:
    """Only silence that was found ends a label; late bytes still belong to it."""
    decoder = talk("text", suffix="none")
    assert decoder.feed(b"B000", 1.0) + decoder.feed(b"123", 3.0) == []
    assert [read.value for read in decoder.idle(3.2)] == ["B000123"]


def test_a_pause_ends_nothing_where_an_ending_is_configured() -> None:
    """A line interrupted for seconds is one line."""
    decoder = talk("text")
    assert decoder.feed(b"B000", 0.0) + decoder.idle(60.0) == []
    assert decoder.feed(b"123\r", 61.0) == [Read("barcode", "B000123", 61.0)]


def test_lines_of_a_badge_reader_are_badges() -> None:
    """With a form of badge numbers, each line is the badge that its number means."""
    decoder = talk("text", badge_form="8H10D", prefix="*")
    assert decoder.feed(b"*0040856634\r\n", 1.0) == [Read("em4100", "026F6C3A", 1.0)]
    assert decoder.trouble == ""


def test_a_line_of_another_form_is_told_and_is_no_badge() -> None:
    """Ten digits may be another badge in another form: no read, counted, and said aloud."""
    decoder = talk("text", badge_form="8H10D")
    assert badges(decoder, b"01026F6C3A\r") == []
    assert decoder.trouble == (
        "the reader sends '01026F6C3A', which is not of the form 8H10D; see docs/readers/hid.md"
    )
    assert decoder.counters == Counters(good_frames=0, discarded_bytes=11)
    assert badges(decoder, b"9" * 200 + b"\r") == []
    assert len(decoder.trouble) < 150


def test_a_badge_ends_the_trouble_with_the_form() -> None:
    """The trouble is over when a line of the form comes; noise says nothing about the form."""
    decoder = talk("text", badge_form="8H10D")
    assert badges(decoder, b"123\r\x00\r") == []
    assert decoder.trouble
    assert badges(decoder, b"0040856634\r") == ["026F6C3A"]
    assert decoder.trouble == ""
