"""MJPEG streams as cameras send them: pictures out of any bytes, and every byte counted."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.multipart import (
    HEADER_LINES_MAX,
    JPEG_START,
    LINE_MAX_BYTES,
    PICTURE_MAX_BYTES,
    MultipartCodec,
    boundary_of,
)

BOUNDARY = b"frame"
jpegs = st.binary(max_size=200).map(lambda body: JPEG_START + body + b"\xff\xd9")
cuts = st.lists(st.integers(0, 4000), max_size=20)


def part(jpeg: bytes, delimiter: bytes, *, length: int | None, newline: bytes) -> bytes:
    said = [] if length is None else [b"Content-Length: %d" % length]
    head = newline.join([delimiter, b"Content-Type: image/jpeg", *said, b"", b""])
    return head + jpeg + newline


def fed(codec: MultipartCodec, stream: bytes, places: list[int]) -> list[bytes]:
    """Feed a stream cut at ``places`` and hold the codec to its law after each piece."""
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    pictures: list[bytes] = []
    for start, end in pairwise(edges):
        pictures += codec.feed(stream[start:end])
        counters = codec.counters
        assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == end
    return pictures


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Parts, good and bad, and junk between them."""
    pieces = draw(
        st.lists(
            st.one_of(
                jpegs.map(lambda it: part(it, b"--frame", length=len(it), newline=b"\r\n")),
                jpegs.map(lambda it: part(it, b"--frame", length=None, newline=b"\r\n")),
                jpegs.map(lambda it: part(it, b"--frame", length=7, newline=b"\n")),
                jpegs.map(lambda it: part(it, b"--frame", length=0, newline=b"\r\n")),
                jpegs.map(lambda it: part(it, b"--frame", length=10**6, newline=b"\r\n")),
                st.sampled_from([b"--frame", b"--frame--\r\n", b"\r\n", b"\r\n--fram", b"\n\n"]),
                st.binary(max_size=60),
            ),
            max_size=8,
        )
    )
    return b"".join(pieces)


class TestAnyStream:
    """What holds for every stream."""

    @given(streams(), cuts)
    def test_pieces_do_not_matter(self, stream: bytes, places: list[int]) -> None:
        """However a stream arrives, the same pictures come out and the same bytes are discarded."""
        whole, cut = MultipartCodec(BOUNDARY), MultipartCodec(BOUNDARY)
        assert fed(cut, stream, places) == fed(whole, stream, [])
        assert cut.counters == whole.counters

    @given(st.binary(max_size=2000), st.binary(max_size=8), cuts)
    def test_any_bytes_are_pictures_or_counted(
        self, stream: bytes, boundary: bytes, places: list[int]
    ) -> None:
        """Garbage raises nothing, and at the stream's end no byte is unaccounted for."""
        codec = MultipartCodec(boundary)
        pictures = fed(codec, stream, places) + codec.flush()
        assert all(picture.startswith(JPEG_START) for picture in pictures)
        assert codec.held_bytes == 0
        assert codec.good_bytes + codec.counters.discarded_bytes == len(stream)

    @given(st.lists(jpegs.filter(lambda it: b"\n--" not in it), min_size=1, max_size=5), cuts)
    @pytest.mark.parametrize("has_length", [True, False])
    @pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
    def test_pictures_come_out_as_they_went_in(
        self, has_length: bool, newline: bytes, pictures: list[bytes], places: list[int]
    ) -> None:
        """With lengths and without, every picture whose end is known comes out whole."""
        if newline == b"\n":
            # A carriage return before a bare line feed may be either's.
            pictures = [picture.replace(b"\r", b"r") for picture in pictures]
        stream = b"".join(
            part(it, b"--frame", length=len(it) if has_length else None, newline=newline)
            for it in pictures
        )
        codec = MultipartCodec(BOUNDARY)
        assert fed(codec, stream + b"--frame" + newline, places) == pictures
        assert codec.counters.discarded_bytes == 0


class TestCamerasHabits:
    """What real cameras do to the standard."""

    PICTURE = JPEG_START + b"picture" * 20 + b"\xff\xd9"

    @pytest.mark.parametrize(
        ("content_type", "delimiter"),
        [
            ("multipart/x-mixed-replace; boundary=frame", b"--frame"),
            ('multipart/x-mixed-replace; boundary="frame"', b"--frame"),
            ("multipart/x-mixed-replace;boundary=--frame", b"--frame"),
            ("multipart/x-mixed-replace; boundary=--frame", b"----frame"),
            ("multipart/x-mixed-replace; Boundary = frame ; x=y", b"--frame"),
            ("multipart/x-mixed-replace; boundary=frame", b"frame"),
            ("multipart/x-mixed-replace", b"--what it likes"),
        ],
    )
    def test_boundaries_with_and_without_dashes(self, content_type: str, delimiter: bytes) -> None:
        """Dashes and quotes may stand in the header, between the parts, in both or in neither."""
        for length in (None, len(self.PICTURE)):
            stream = part(self.PICTURE, delimiter, length=length, newline=b"\r\n") * 3
            codec = MultipartCodec(boundary_of(content_type))
            assert fed(codec, stream + delimiter + b"\r\n", []) == [self.PICTURE] * 3

    def test_a_length_that_is_too_long_costs_no_picture(self) -> None:
        """A delimiter inside of a part's length ends the part."""
        stream = part(self.PICTURE, b"--frame", length=9999, newline=b"\r\n") * 3
        assert fed(MultipartCodec(BOUNDARY), stream, []) == [self.PICTURE] * 2

    def test_a_picture_with_its_length_need_not_wait_for_the_next(self) -> None:
        """Where the length is said, a picture is there with its last byte."""
        stream = part(self.PICTURE, b"--frame", length=len(self.PICTURE), newline=b"\r\n")
        assert fed(MultipartCodec(BOUNDARY), stream[:-2], []) == [self.PICTURE]

    def test_no_newline_between_picture_and_delimiter(self) -> None:
        """A delimiter that follows a picture at once is one."""
        stream = part(self.PICTURE, b"--frame", length=len(self.PICTURE), newline=b"\r\n")[:-2]
        assert fed(MultipartCodec(BOUNDARY), stream * 3, []) == [self.PICTURE] * 3

    @pytest.mark.parametrize(
        "hostile",
        [
            b"--frame\r\n" + b"x" * (3 * LINE_MAX_BYTES) + b"\r\n\r\n",
            b"--frame\r\n" + b"a: b\r\n" * (HEADER_LINES_MAX + 5) + b"\r\n",
            b"--frame\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
            b"--frame\r\nContent-Length: -5\r\n\r\n\r\n",
            b"--frame\r\nContent-Length: 99999999999999\r\n\r\n\r\n",
            b"\x00" * 5000 + b"\r\n",
        ],
    )
    def test_what_is_no_picture_is_discarded_and_the_next_one_found(self, hostile: bytes) -> None:
        """After heads without end, lengths that are none and parts that are no picture."""
        good = part(self.PICTURE, b"--frame", length=len(self.PICTURE), newline=b"\r\n")
        codec = MultipartCodec(BOUNDARY)
        pictures = fed(codec, good + hostile + good * 2, [])
        assert pictures == [self.PICTURE] * 3
        assert codec.counters.discarded_bytes > 0

    def test_a_part_without_end_is_let_go(self) -> None:
        """A camera that never ends a picture fills no memory, and is read when it does again."""
        codec = MultipartCodec(BOUNDARY)
        good = part(self.PICTURE, b"--frame", length=None, newline=b"\r\n")
        tracemalloc.start()
        codec.feed(b"--frame\r\n\r\n" + JPEG_START)
        for _ in range(3 * PICTURE_MAX_BYTES // 2**20):
            codec.feed(bytes(2**20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * PICTURE_MAX_BYTES
        assert codec.counters.discarded_bytes > 2 * PICTURE_MAX_BYTES
        assert codec.feed(b"\r\n" + good * 2) == [self.PICTURE]
