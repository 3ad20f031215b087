"""JPEG pictures out of a ``multipart/x-mixed-replace`` stream, as network cameras send it.

Cameras differ, and none is trusted: a part may or may not say its length, and may lie; the boundary
of the header may have dashes and quotes that the lines between parts have not, or the other way
round. So the first line that can be the delimiter is taken to be it, with the dashes it has.

Source: RFC 2046, section 5.1; RFC 9110, section 5; cameras' own habits.
"""

from __future__ import annotations

import re
from typing import Final

from bartack_drivers.codecs.framing import Tally

LINE_MAX_BYTES: Final = 1024
HEADER_LINES_MAX: Final = 32
PICTURE_MAX_BYTES: Final = 8 * 2**20
"""Longest picture; a camera of 12 megapixels sends about half of it."""

JPEG_START: Final = b"\xff\xd8"

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
_LENGTH: Final = re.compile(rb"content-length\s*:\s*(\d{1,9})\s*", re.IGNORECASE)
_AFTER_DELIMITER: Final = b"\r\n- \t"


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header names; empty where it names none."""
    found = _BOUNDARY.search(content_type)
    text = (found.group(1) or found.group(2) or "") if found else ""
    return text.encode("latin-1", "replace")


class MultipartCodec(Tally):
    """Bytes of the body in, JPEG pictures out. Every byte fed is counted, and few are held.

    A part that is no JPEG, too long, or has a head without end, is discarded. A picture counts with
    the delimiter and head before it.
    """

    def __init__(self, boundary: bytes = b"") -> None:
        """``boundary`` as ``boundary_of`` gives it; without one the first line with dashes is."""
        super().__init__()
        self._token = boundary.strip(b"-")
        self._delimiter = b""
        self._held = bytearray()
        self._searched = 0
        self._taken = 0
        """Bytes of the part of now that are no longer held and not yet counted."""
        self._lines = 0
        self._length: int | None = None
        self._step = self._first_line
        self._pictures: list[bytes] = []

    @property
    def held_bytes(self) -> int:
        return len(self._held) + self._taken

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in pieces of any size and return the pictures they complete."""
        self._held += data
        while self._step():
            pass
        pictures, self._pictures = self._pictures, []
        return pictures

    def flush(self) -> list[bytes]:
        """The stream ended: a part without end is no picture."""
        self._take(len(self._held))
        self._give_up()
        self._step = self._next_delimiter if self._delimiter else self._first_line
        return []

    # --- steps: each returns whether there may be more to do with what is held ------------------

    def _first_line(self) -> bool:
        """Lines until one can be the delimiter."""
        line = self._line()
        if line is None:
            return False
        bare = line.strip(b"-")
        dashed = line.startswith(b"--") and bool(bare)
        if bare == self._token if self._token else dashed:
            self._delimiter = line if line == self._token else line.removesuffix(b"--")
            self._begin_head()
        else:
            self._give_up()
        return True

    def _rest_of_delimiter(self) -> bool:
        if self._line() is None:
            return False
        self._begin_head()
        return True

    def _head(self) -> bool:
        line = self._line()
        if line is None:
            return False
        self._lines += 1
        if not line:
            self._step, self._searched = self._body, 0
        elif line == self._delimiter:
            self._begin_head()
        elif self._lines > HEADER_LINES_MAX:
            self._skip()
        elif found := _LENGTH.fullmatch(line):
            length = int(found.group(1))
            self._length = length if length <= PICTURE_MAX_BYTES else None
        return True

    def _body(self) -> bool:
        """A body ends after the length that its head says, or before a delimiter inside of that."""
        length = self._length
        longest = PICTURE_MAX_BYTES + len(self._delimiter) + 2
        most = longest if length is None else length
        end = self._delimiter_within(most)
        if end is not None:
            self._finish(end - (self._held[end - 1 : end] == b"\r"))
        elif length is not None and len(self._held) >= length:
            self._finish(length)
        elif len(self._held) >= most:
            self._skip()
        else:
            return False
        return True

    def _after_body(self) -> bool:
        """The delimiter should follow at once."""
        self._take(len(self._held) - len(self._held.lstrip(b"\r\n")))
        if len(self._held) <= len(self._delimiter):
            return False
        if self._held.startswith(self._delimiter) and (
            self._held[len(self._delimiter)] in _AFTER_DELIMITER
        ):
            self._step = self._rest_of_delimiter
        else:
            self._skip()
        return True

    def _next_delimiter(self) -> bool:
        """Discard up to the next delimiter."""
        at = self._delimiter_within(len(self._held))
        spare = len(self._delimiter) + 1
        self._take(max(0, len(self._held) - spare) if at is None else at + 1)
        self._give_up()
        self._searched = 0
        if at is not None:
            self._step = self._rest_of_delimiter
        return at is not None

    # --- what the steps share -------------------------------------------------------------------

    def _begin_head(self) -> None:
        self._lines, self._length = 0, None
        self._step = self._head

    def _finish(self, end: int) -> None:
        body = bytes(self._held[:end])
        self._take(end)
        if body.startswith(JPEG_START):
            self._pictures.append(body)
            self._count(self._taken)
            self._taken = 0
        else:
            self._give_up()
        self._step = self._after_body

    def _skip(self) -> None:
        self._give_up()
        self._searched = 0
        self._step = self._next_delimiter

    def _line(self) -> bytes | None:
        """Take the next line without its ending; one that is too long is discarded.

        None where its end has not arrived.
        """
        while True:
            end = self._held.find(b"\n", 0, LINE_MAX_BYTES)
            if end >= 0:
                line = bytes(self._held[:end])
                self._take(end + 1)
                return line.rstrip(b"\r \t")
            if len(self._held) < LINE_MAX_BYTES:
                return None
            self._take(LINE_MAX_BYTES)
            self._give_up()

    def _delimiter_within(self, most: int) -> int | None:
        """Where in the first ``most`` bytes a line break stands before a whole delimiter."""
        wanted = b"\n" + self._delimiter
        start = self._searched
        # One byte more than that tells whether the delimiter ends there.
        while (at := self._held.find(wanted, start, max(0, most - 1))) >= 0:
            after = at + len(wanted)
            if after >= len(self._held):
                self._searched = at
                return None
            if self._held[after] in _AFTER_DELIMITER:
                return at
            start = at + 1
        # What may be the beginning of one is looked at again when more has come.
        self._searched = max(start, len(self._held) - len(wanted))
        return None

    def _take(self, count: int) -> None:
        del self._held[:count]
        self._taken += count

    def _give_up(self) -> None:
        self._discarded_bytes += self._taken
        self._taken = 0
