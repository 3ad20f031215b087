"""Events in the bytes of SQLite's write-ahead log, found without SQLite. Pure.

SQLite believes a log up to the first frame whose checksum does not fit, and says nothing of what
comes after: one flipped bit near its beginning would silently undo every commit since the last
checkpoint. Each event proves itself by its hash, and its page is written again by every later
commit until it is full, so nearly all can still be found.

File format: sqlite.org, "Database File Format", sections 1.5, 1.6, 2.1 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bartack.events import Event, EventError, parse_event

_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24
_PAGE_BYTES: Final = 4096
"""SQLite's own choice since 2016; the size that the log's header tells is not believed."""

_TABLE_LEAF: Final = 0x0D
_TEXT: Final = 13
"""Serial types from here on that are odd are text of (type - 13) / 2 bytes."""


def events_in(log_file: bytes) -> Iterator[Event]:
    """Every event with a good hash in a frame that was committed; many stand there repeatedly."""
    seen: set[bytes] = set()
    for page in _committed_pages(log_file):
        for body in _texts(page):
            if body in seen:
                continue
            seen.add(body)
            try:
                yield parse_event(body)
            except EventError:
                continue  # a row of another table, or a damaged one


def _committed_pages(log_file: bytes) -> Iterator[bytes]:
    """Pages of frames that a commit follows in the same run of the log."""
    step = _FRAME_HEADER_BYTES + _PAGE_BYTES
    starts = range(_HEADER_BYTES, len(log_file) - step + 1, step)
    waiting: list[bytes] = []
    salt = b""
    for start in starts:
        header = log_file[start : start + _FRAME_HEADER_BYTES]
        if header[8:16] != salt:
            # An older run, left over from before the log was begun anew; or a flipped bit.
            waiting, salt = [], header[8:16]
        waiting.append(log_file[start + _FRAME_HEADER_BYTES : start + step])
        if header[4:8] != b"\0\0\0\0":  # the size of the file after a commit
            yield from waiting
            waiting = []


def _texts(page: bytes) -> Iterator[bytes]:
    """The second column of every row that is an integer key and a text within the page."""
    if page[0] != _TABLE_LEAF:
        return
    for number in range(int.from_bytes(page[3:5], "big")):
        pointer = page[8 + 2 * number : 10 + 2 * number]
        try:
            at = int.from_bytes(pointer, "big")
            size, at = _varint(page, at)
            _, at = _varint(page, at)  # the key
            record = page[at : at + size]
            header_size, at = _varint(record, 0)
            key_type, at = _varint(record, at)
            text_type, at = _varint(record, at)
        except IndexError:
            continue
        is_row = key_type == 0 and at == header_size and text_type >= _TEXT and text_type % 2
        text = record[at : at + (text_type - _TEXT) // 2]
        if is_row and at + len(text) == size:
            yield text


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A big-endian base-128 number of up to nine bytes, and where it ends. ``IndexError``."""
    value = 0
    for count in range(9):
        byte = data[at + count]
        if count == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    raise IndexError
