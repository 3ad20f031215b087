"""The keyboard codec: what a reader types is one line or none, whatever comes between."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.keyboard import EVENT, PAUSE_S, KeyboardCodec, dropped
from bartack_drivers.codecs.text import BadgeFrame, Line, LineFormat, LineFrame, StrangeFrame

WIDE = struct.Struct("<qqHHi")
NARROW = struct.Struct("<iiHHi")
ENTER, KEYPAD_ENTER, TAB, SHIFT, RIGHT_SHIFT, CTRL, ALT, BACKSPACE = 28, 96, 15, 42, 54, 29, 56, 14
SYN, KEY, MSC = 0, 1, 4

DIGITS = dict(zip("1234567890", range(2, 12), strict=True))
LETTERS = {
    **dict(zip("QWERTYUIOP", range(16, 26), strict=True)),
    **dict(zip("ASDFGHJKL", range(30, 39), strict=True)),
    **dict(zip("ZXCVBNM", range(44, 51), strict=True)),
}
KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
SIGNS = {
    **{"-": (12, 0), "_": (12, 1), "=": (13, 0), "+": (13, 1), "[": (26, 0), "{": (26, 1)},
    **{"]": (27, 0), "}": (27, 1), ";": (39, 0), ":": (39, 1), "'": (40, 0), '"': (40, 1)},
    **{"`": (41, 0), "~": (41, 1), "\\": (43, 0), "|": (43, 1), ",": (51, 0), "<": (51, 1)},
    **{".": (52, 0), ">": (52, 1), "/": (53, 0), "?": (53, 1), " ": (57, 0)},
    **{sign: (2 + at, 1) for at, sign in enumerate("!@#$%^&*()")},
}


def key_of(character: str) -> tuple[int, int]:
    """Code and shift of a character on a US keyboard, from the kernel's table of codes."""
    if character in DIGITS:
        return DIGITS[character], 0
    if character.upper() in LETTERS:
        return LETTERS[character.upper()], int(character.isupper())
    return SIGNS[character]


class Typist:
    """Writes events with a clock that goes on by 4 ms a key."""

    def __init__(self, layout: struct.Struct = WIDE, now_ms: int = 90_000) -> None:
        self.layout = layout
        self.now_ms = now_ms

    def event(self, kind: int, code: int, value: int) -> bytes:
        seconds, rest = divmod(self.now_ms, 1000)
        return self.layout.pack(seconds, rest * 1000, kind, code, value)

    def press(self, code: int, *modifiers: int) -> bytes:
        """The key with its modifiers goes down, repeats once, and comes up."""
        self.now_ms += 4
        down = b"".join(self.event(KEY, modifier, 1) for modifier in modifiers)
        up = b"".join(self.event(KEY, modifier, 0) for modifier in modifiers)
        scan = self.event(MSC, 4, 0x70000 + code)
        sync = self.event(SYN, 0, 0)
        return (
            down
            + (scan + self.event(KEY, code, 1) + sync)
            + self.event(KEY, code, 2)
            + (scan + self.event(KEY, code, 0) + up + sync)
        )

    def type(self, text: str, end: int | None = ENTER) -> bytes:
        keys = [key_of(character) for character in text]
        typed = b"".join(self.press(code, *[SHIFT] * shift) for code, shift in keys)
        return typed if end is None else typed + self.press(end)

    def wait(self, seconds: float) -> bytes:
        self.now_ms += round(seconds * 1000)
        return b""


def lines(data: bytes, line_format: LineFormat | None = None) -> list[Line]:
    return KeyboardCodec(line_format or LineFormat()).feed(data)


def labels(*texts: str) -> list[Line]:
    return [LineFrame(text) for text in texts]


printable = "".join(chr(code) for code in range(32, 127))
texts = st.text(st.sampled_from(printable), min_size=1, max_size=20).filter(
    lambda text: not text.isspace()
)


@given(typed=st.lists(texts, max_size=3), end=st.sampled_from([ENTER, KEYPAD_ENTER, TAB]))
def test_what_is_typed_is_read(typed: list[str], end: int) -> None:
    """Every printable ASCII character comes out as it was typed on a US keyboard."""
    typist = Typist()
    assert lines(b"".join(typist.type(text, end) for text in typed)) == labels(*typed)


def test_a_repeated_key_is_one_key() -> None:
    """Only the press counts: releases and autorepeat print nothing, equal keys in a row do."""
    assert lines(Typist().type("0027314141")) == labels("0027314141")


@pytest.mark.parametrize("layout", [WIDE, NARROW])
def test_events_of_either_word_size_are_read(layout: struct.Struct) -> None:
    """A 64-bit program is given events of 24 bytes, a 32-bit program of 16."""
    codec = KeyboardCodec(LineFormat(), event=layout)
    assert codec.feed(Typist(layout).type("B000123-OP310")) == labels("B000123-OP310")
    assert codec.held_bytes == codec.counters.discarded_bytes == 0


def test_the_native_event_is_the_kernels() -> None:
    """Events are as long as this machine's kernel makes them for this program."""
    assert EVENT.size == 2 * struct.calcsize("@l") + 8


def test_keypad_digits_are_digits() -> None:
    """Some badge readers type on the keypad."""
    typist = Typist()
    keys = b"".join(typist.press(KEYPAD[digit]) for digit in "0123456789")
    assert lines(keys + typist.press(KEYPAD_ENTER)) == labels("0123456789")


def test_either_shift_counts_and_only_while_it_is_down() -> None:
    """Shift changes the keys that are pressed while it is down, and no others."""
    typist = Typist()
    shifted = typist.press(LETTERS["A"], RIGHT_SHIFT) + typist.press(LETTERS["A"], SHIFT)
    assert lines(shifted + typist.type("a")) == labels("AAa")


def test_keys_with_ctrl_or_alt_print_nothing() -> None:
    """A scanner may send LF as Ctrl+Shift+J after Enter: the next line has no J before it."""
    typist = Typist()
    data = typist.type("B1") + typist.press(LETTERS["J"], CTRL, SHIFT)
    data += typist.press(LETTERS["Q"], ALT) + typist.type("B2")
    assert lines(data) == labels("B1", "B2")


def test_a_lonely_enter_is_nothing() -> None:
    """Some readers press Enter when they are plugged in."""
    typist = Typist()
    codec = KeyboardCodec(LineFormat())
    assert codec.feed(typist.press(ENTER) + typist.press(TAB)) == []
    assert codec.counters.discarded_bytes == 0
    assert codec.feed(typist.type("B1")) == labels("B1")


def test_half_a_scan_does_not_join_the_next() -> None:
    """What was typed before a pause is discarded, and the line after it is read whole."""
    typist = Typist()
    codec = KeyboardCodec(LineFormat())
    data = typist.type("00408", end=None) + typist.wait(PAUSE_S + 0.01) + typist.type("0040856634")
    assert codec.feed(data) == labels("0040856634")
    assert codec.counters.discarded_bytes == 5 * WIDE.size


def test_an_enter_after_a_pause_ends_nothing() -> None:
    """Half a scan is not made whole by an Enter that comes much later."""
    typist = Typist()
    assert lines(typist.type("00408", None) + typist.wait(2.0) + typist.press(ENTER)) == []


def test_keys_that_are_read_late_stay_together() -> None:
    """Pauses are told by the kernel's time: a busy computer breaks no line."""
    data = Typist().type("B000123")
    codec = KeyboardCodec(LineFormat())
    assert codec.feed(data[:240]) + codec.flush() + codec.feed(data[240:]) == labels("B000123")


def test_a_slow_reader_is_read() -> None:
    """Keys with a pause shorter than the limit are one line."""
    typist = Typist()
    data = b"".join(typist.type(digit, None) + typist.wait(PAUSE_S - 0.1) for digit in "123")
    assert lines(data + typist.press(ENTER)) == labels("123")


def test_dropped_events_discard_the_line() -> None:
    """Where the kernel dropped events nobody knows which: the line is no read, the next is."""
    typist = Typist()
    data = (
        typist.type("B0", None) + typist.event(SYN, 3, 0) + typist.type("123") + typist.type("B2")
    )
    assert lines(data) == labels("B2")


def test_a_scan_that_was_half_typed_at_the_start_is_no_label() -> None:
    """Who opens a device in mid-scan hears its second half; half a second later all is known."""
    typist = Typist()
    typist.type("B000")
    start = dropped(typist.now_ms / 1000)
    data = start + typist.type("123") + typist.wait(1.0) + typist.type("B000124")
    assert lines(data) == labels("B000124")
    typist = Typist()
    assert lines(dropped(typist.now_ms / 1000) + typist.wait(0.6) + typist.type("B1")) == labels(
        "B1"
    )


def test_dropped_events_release_all_keys() -> None:
    """The release of shift may have been among what was dropped."""
    typist = Typist()
    data = typist.event(KEY, SHIFT, 1) + typist.event(KEY, CTRL, 1) + typist.event(SYN, 3, 0)
    data += typist.wait(1.0) + typist.type("b1")
    assert lines(data) == labels("b1")


@pytest.mark.parametrize("code", [BACKSPACE, 111, 86])
def test_keys_that_a_us_keyboard_has_not_discard_the_line(code: int) -> None:
    """A line that was corrected, or typed on another layout, is not what its keys say."""
    typist = Typist()
    data = typist.type("B1", None) + typist.press(code) + typist.type("2") + typist.type("B3")
    assert lines(data) == labels("B3")


def test_a_line_without_end_is_discarded_and_not_held() -> None:
    """A stuck key fills no memory, and what it ends in is no label."""
    typist = Typist()
    codec = KeyboardCodec(LineFormat(line_max_bytes=8))
    assert codec.feed(typist.type("a" * 100, None)) == []
    assert codec.held_bytes == 0
    assert codec.feed(typist.type("B1") + typist.type("B2")) == labels("B2")


def test_a_finished_line_means_what_the_format_says() -> None:
    """Prefix, AIM identifier and badge numbers are read as on a serial line."""
    typist = Typist()
    assert lines(typist.type("*]C0B1"), LineFormat(prefix="*", aim=True)) == [
        LineFrame("B1", "code128")
    ]
    badges = typist.type("0040856634") + typist.type("123")
    codec = KeyboardCodec(LineFormat(badge_form="8H10D"))
    assert codec.feed(badges) == [BadgeFrame("026F6C3A"), StrangeFrame("123")]
    assert codec.counters.good_frames == 1
    assert codec.counters.discarded_bytes == 3 * WIDE.size


def test_a_pause_ends_a_line_where_it_is_told_to() -> None:
    """A reader without Enter: each line is read after a pause, whenever it is looked at."""
    typist = Typist()
    codec = KeyboardCodec(LineFormat(), ends_by_pause=True)
    assert codec.feed(typist.type("B1", None)) == []
    assert codec.flush() == labels("B1")
    late = typist.type("B2", None) + typist.wait(2.0) + typist.type("B3", None)
    assert codec.feed(late) + codec.flush() == labels("B2", "B3")


@given(noise=st.binary(min_size=1, max_size=30), at=st.integers(0, 3))
def test_bytes_that_are_no_event_spoil_their_line_only(noise: bytes, at: int) -> None:
    """Foreign bytes never make another label of a line, unless they look like events."""
    typist = Typist()
    before, after = typist.type("B00", None), typist.type("123")
    typist.wait(1.0)
    data = before + noise + after + typist.type("B2") + typist.wait(1.0) + typist.type("B3")
    found = lines(data)
    assert found[-1] == LineFrame("B3")
    if not noise.count(0):
        assert set(found) <= {LineFrame("B2"), LineFrame("B3")}


streams = st.lists(
    st.binary(max_size=60)
    | st.builds(lambda text, now: Typist(now_ms=now).type(text), texts, st.integers(0, 10**7)),
    max_size=4,
).map(b"".join)


@given(data=streams, cuts=st.lists(st.integers(0, 2000)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same lines and the same counts."""
    whole, pieces = KeyboardCodec(LineFormat()), KeyboardCodec(LineFormat())
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [line for piece in split for line in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good lines, or stand for themselves, or are discarded or held."""
    codec = KeyboardCodec(LineFormat())
    codec.feed(data)
    assert codec.good_bytes + codec.counters.discarded_bytes + codec.held_bytes == len(data)
