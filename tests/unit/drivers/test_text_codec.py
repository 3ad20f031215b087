"""The text codec: labels come out as they were printed, whatever the line around them."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.base import VALUE_MAX_CHARS
from bartack_drivers.codecs.text import ENDINGS, Ending, LineFormat, LineFrame, TextCodec

labels = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40
).filter(lambda text: not text.isspace())
endings = st.sampled_from([ending for ending in get_args(Ending) if ENDINGS[ending]])
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\r\n\t]C0B01\x00\xe4"), max_size=60
).map(bytes)
formats = st.builds(
    LineFormat,
    st.sampled_from(get_args(Ending)),
    prefix=st.sampled_from(["", "*", "\x02"]),
    trailer=st.sampled_from(["", "#"]),
    aim=st.booleans(),
    line_max_bytes=st.integers(1, 20),
)


def texts(line_format: LineFormat, data: bytes) -> list[str]:
    frames = TextCodec(line_format).feed(data)
    return [frame.text for frame in frames if isinstance(frame, LineFrame)]


@given(printed=st.lists(labels, max_size=5), ending=endings)
def test_labels_come_out_as_printed(printed: list[str], ending: Ending) -> None:
    """Every label is read as it is, inner and outer spaces included, with any ending."""
    end = ENDINGS[ending][0]
    data = b"".join(label.encode() + end for label in printed)
    assert texts(LineFormat(ending), data) == printed
    assert texts(LineFormat("crlf" if ending == "crlf" else "auto"), data) == printed


@given(
    printed=st.lists(labels, max_size=5), ends=st.lists(st.sampled_from(["\r", "\n", "\r\n", "\t"]))
)
def test_auto_takes_any_ending(printed: list[str], ends: list[str]) -> None:
    """With suffix auto each label may end in CR, LF, CR LF or Tab, and empty lines are nothing."""
    pairs = zip(printed, ends, strict=False)
    data = "".join(label + end for label, end in pairs).encode()
    codec = TextCodec(LineFormat())
    assert codec.feed(data) == [LineFrame(label) for label in printed[: len(ends)]]
    assert codec.counters.discarded_bytes == 0


@given(line_format=formats, data=noise, cuts=st.lists(st.integers(0, 60)))
def test_the_way_bytes_are_cut_does_not_matter(
    line_format: LineFormat, data: bytes, cuts: list[int]
) -> None:
    """Any split of the bytes gives the same lines and the same counts."""
    whole, pieces = TextCodec(line_format), TextCodec(line_format)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    found = [frame for piece in split for frame in pieces.feed(piece)]
    assert whole.feed(data) == found
    assert whole.flush() == pieces.flush()
    assert whole.counters == pieces.counters


@given(line_format=formats, pieces=st.lists(noise, max_size=4))
def test_every_byte_is_accounted_for(line_format: LineFormat, pieces: list[bytes]) -> None:
    """Any bytes are in good lines, or counted as discarded, or held; and no more than a line is."""
    codec = TextCodec(line_format)
    found = []
    for piece in pieces:
        found += codec.feed(piece)
        assert codec.held_bytes <= line_format.line_max_bytes + 1
    counters = codec.counters
    fed = sum(map(len, pieces))
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == fed
    assert counters.good_frames == len(found)


def test_prefix_aim_identifier_and_trailer_are_removed() -> None:
    """What the scanner adds is removed; what is printed stays."""
    line_format = LineFormat(prefix="\x02", trailer="#", aim=True)
    codec = TextCodec(line_format)
    assert codec.feed(b"\x02]C0 B 1##\r]Q1\x02B2#\rB3\r") == [
        LineFrame(" B 1#", "code128"),
        LineFrame("B2", "qr"),
        LineFrame("B3"),
    ]


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [
        *[("]A0", "code39"), ("]C1", "code128"), ("]E0", "ean13"), ("]E4", "ean8")],
        *[("]I0", "itf"), ("]Q3", "qr"), ("]d2", "datamatrix"), ("]X0", None)],
    ],
)
def test_aim_identifiers_are_named(identifier: str, symbology: str | None) -> None:
    """An AIM identifier names the symbology and is never part of the label."""
    codec = TextCodec(LineFormat(aim=True))
    assert codec.feed(f"{identifier}5901234123457\r".encode()) == [
        LineFrame("5901234123457", symbology, gs1=identifier in {"]C1", "]Q3", "]d2"})
    ]


def test_without_aim_an_identifier_is_part_of_the_label() -> None:
    """Nothing is taken off a label that was not configured to be."""
    assert texts(LineFormat(), b"]C0B1\r") == ["]C0B1"]


def test_an_oversized_line_is_discarded_up_to_its_end() -> None:
    """A line that is too long is no label, nor is its tail; the next line is read."""
    codec = TextCodec(LineFormat(line_max_bytes=8))
    reads = [frame for _ in range(50) for frame in codec.feed(b"0123456789")]
    assert codec.held_bytes <= 8
    reads += codec.feed(b"tail\rB000123\r")
    assert reads == [LineFrame("B000123")]
    assert codec.counters.discarded_bytes == 505


def test_a_label_longer_than_any_value_is_discarded() -> None:
    """A label with more characters than a value may have is noise."""
    longest = b"A" * VALUE_MAX_CHARS
    assert texts(LineFormat(), longest + b"A\r" + longest + b"\r") == [longest.decode()]


def test_bytes_that_are_not_utf8_are_read_in_the_configured_encoding() -> None:
    """UTF-8 where it can be, else the encoding; what is in neither is counted and gone."""
    assert texts(LineFormat(), "März শার্ট\r".encode() + b"M\xe4rz\r") == ["März শার্ট", "März"]
    assert texts(LineFormat(encoding="gbk"), "衬衫\r".encode("gbk")) == ["衬衫"]
    codec = TextCodec(LineFormat(encoding="ascii"))
    assert codec.feed(b"M\xe4rz\rB1\r") == [LineFrame("B1")]
    assert codec.counters.discarded_bytes == 5


@pytest.mark.parametrize("line", [b"\x00\x1b[2J", b"B1\x00", b"   ", b"\x1d\x1d", b"\x80\x81"])
def test_control_characters_are_line_noise(line: bytes) -> None:
    """A line with control characters that no label has, or with nothing to see, is no read."""
    codec = TextCodec(LineFormat())
    assert codec.feed(line + b"\r") == []
    assert codec.counters.discarded_bytes == len(line) + 1


def test_separators_of_gs1_messages_stay() -> None:
    """The group separator is part of a GS1 label."""
    assert texts(LineFormat(), b"0104012345123456\x1d10A\r") == ["0104012345123456\x1d10A"]


def test_without_an_ending_a_flush_ends_the_label() -> None:
    """With suffix none a label ends with the pause after it, whatever its length."""
    codec = TextCodec(LineFormat("none", line_max_bytes=8))
    assert codec.feed(b"B000") + codec.feed(b"123") == []
    assert codec.flush() == [LineFrame("B000123")]
    assert codec.feed(b"too long by far") + codec.flush() == []
    assert codec.feed(b"B000124") + codec.flush() == [LineFrame("B000124")]
