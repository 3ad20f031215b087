"""Wire protocol of scanners and badge readers that type like a keyboard, as Linux gives it.

An input device is read as ``struct input_event``: seconds and microseconds as native longs, type
and code of 16 bits, value of 32 bits, all in the machine's own byte order. A key that goes down
has value 1; 0 is up, 2 is autorepeat. Keys are places on the keyboard, not characters: they are
read as a US keyboard, which the reader has to be set to.

Enter and Tab end a line. Keys pressed with Ctrl, Alt or Meta are commands to a computer (some
scanners send LF as Ctrl+Shift+J) and print nothing. A line is discarded to its end where part of
it is missing or cannot be read: after half a second without a key, where the kernel says that it
dropped events, and for keys that a US keyboard does not have.

The time is the kernel's, told with each key: keys that waited while this computer was busy stay
together, however late they are read.

Source: Linux ``input-event-codes.h`` and ``Documentation/input``; USB HID usage tables 1.21.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.framing import NO_FRAME, Found, NoFrame, Tally
from bartack_drivers.codecs.text import Line, LineFormat, StrangeFrame

EVENT: Final = struct.Struct("@llHHi")
"""One event: 24 bytes, or 16 for a 32-bit program."""

PAUSE_S: Final = 0.5
"""Longest pause inside a line. Scanners need 1 to 20 ms for a key."""

_SYN, _KEY = 0x00, 0x01
_TYPES: Final = frozenset({_SYN, _KEY, 0x02, 0x03, 0x04, 0x05, 0x11, 0x12, 0x14, 0x15, 0x16})
"""Types of event: besides keys, for example scan codes (04) and lamps (11)."""

_CODE_MAX: Final = 0x2FF
_SYN_DROPPED: Final = 3
_US_PER_S: Final = 1_000_000
_TIME_MAX_S: Final = 1 << 33

_ENDS: Final = frozenset({28, 96, 15})
"""Enter, Enter of the keypad, Tab."""

_SHIFTS: Final = frozenset({42, 54})
_COMMANDS: Final = frozenset({29, 97, 56, 100, 125, 126})
"""Ctrl, Alt and Meta, left and right."""

_SPOILERS: Final = frozenset({14, 111, 86, 89, 124})
"""Backspace and Delete, and printing keys that a US keyboard does not have."""


def _keys(first: int, plain: str, shifted: str) -> dict[int, tuple[str, str]]:
    return {first + at: pair for at, pair in enumerate(zip(plain, shifted, strict=True))}


_CHARACTERS: Final = MappingProxyType(
    {
        **_keys(2, "1234567890-=", "!@#$%^&*()_+"),
        **_keys(16, "qwertyuiop[]", "QWERTYUIOP{}"),
        **_keys(30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        **_keys(43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        57: (" ", " "),
        # The keypad. Whether num lock is on is the console's business, not the reader's.
        **_keys(71, "789-456+1230.", "789-456+1230."),
        55: ("*", "*"),
        98: ("/", "/"),
        117: ("=", "="),
        121: (",", ","),
    }
)
"""What a key prints without and with shift, by its code."""


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event of an input device; ``time_s`` is the kernel's."""

    time_s: float
    type: int
    code: int
    value: int


def dropped(time_s: float) -> bytes:
    """The event that says: what came before this time is not known."""
    seconds, rest_s = divmod(time_s, 1.0)
    return EVENT.pack(int(seconds), int(rest_s * _US_PER_S), _SYN, _SYN_DROPPED, 0)


class KeyboardCodec(Tally):
    """Events in, lines out. Every byte fed is in a good line, discarded, or still held.

    The event of a key that prints belongs to its line, all others stand for themselves. Where
    ``ends_by_pause`` is set a pause ends a line, as does Enter; else a pause discards it.
    """

    def __init__(
        self,
        line_format: LineFormat,
        *,
        ends_by_pause: bool = False,
        event: struct.Struct = EVENT,
    ) -> None:
        super().__init__()
        self._format = line_format
        self._ends_by_pause = ends_by_pause
        self._event = event
        self._held = b""
        self._line = bytearray()
        self._spoilt = False
        self._key_s = -math.inf
        self._shifts: set[int] = set()
        self._commands: set[int] = set()

    @property
    def held_bytes(self) -> int:
        """Bytes of a line that is not ended, and of an event that is not whole."""
        return len(self._held) + len(self._line) * self._event.size

    def feed(self, data: bytes) -> list[Line]:
        """Take bytes in pieces of any size and return the lines they complete."""
        lines: list[Line] = []
        data = self._held + data
        at, end = 0, len(data)
        while at < end:
            found = _cut(data, at, self._event)
            if found is None:
                break
            if isinstance(found, Found):
                lines += self._hear(found.frame)
                at += found.length
            else:
                self._spoil()
                self._discarded_bytes += 1
                at += 1
        self._held = data[at:]
        return lines

    def flush(self) -> list[Line]:
        """No key for a while: ends the line where that is how lines end.

        Where it is not, the next key tells by its time whether the line goes on.
        """
        return list(self._end()) if self._ends_by_pause else []

    def _hear(self, event: InputEvent) -> Iterator[Line]:
        if event.type == _SYN and event.code == _SYN_DROPPED:
            self._spoil()
            self._shifts.clear()
            self._commands.clear()
            self._key_s = event.time_s
        if event.type == _KEY:
            _track(self._shifts, event, _SHIFTS)
            _track(self._commands, event, _COMMANDS)
            if event.value == 1 and not self._commands:
                yield from self._press(event)
                return
        self._good_bytes += self._event.size

    def _press(self, event: InputEvent) -> Iterator[Line]:
        if not 0.0 <= event.time_s - self._key_s <= PAUSE_S:
            yield from self._pause()
        self._key_s = event.time_s
        characters = _CHARACTERS.get(event.code)
        if characters is not None:
            self._line += characters[bool(self._shifts)].encode()
            if self._spoilt or len(self._line) > self._format.line_max_bytes:
                self._spoil()
            return
        self._good_bytes += self._event.size
        if event.code in _SPOILERS:
            self._spoil()
        elif event.code in _ENDS:
            yield from self._end()

    def _pause(self) -> Iterator[Line]:
        if not self._ends_by_pause:
            self._spoil()
        yield from self._end()

    def _end(self) -> Iterator[Line]:
        """End the line; an Enter with nothing before it is nothing: some readers begin with it."""
        line, spoilt = bytes(self._line), self._spoilt
        size = len(line) * self._event.size
        self._line.clear()
        self._spoilt = False
        frame = self._format.frame(line) if line and not spoilt else None
        if frame is None or isinstance(frame, StrangeFrame):
            self._discarded_bytes += size
        else:
            self._count(size)
        if frame is not None:
            yield frame

    def _spoil(self) -> None:
        """What was typed since the last line's end, and what comes before the next, is no line."""
        self._spoilt = True
        self._discarded_bytes += len(self._line) * self._event.size
        self._line.clear()


def _track(pressed: set[int], event: InputEvent, keys: frozenset[int]) -> None:
    if event.code in keys:
        (pressed.add if event.value else pressed.discard)(event.code)


def _cut(data: bytes, at: int, event: struct.Struct) -> Found[InputEvent] | NoFrame | None:
    """Judge the bytes from ``at`` on. A kernel gives whole events; anything else may not."""
    if len(data) - at < event.size:
        return None
    seconds, microseconds, kind, code, value = event.unpack_from(data, at)
    if not (0 <= seconds < _TIME_MAX_S and 0 <= microseconds < _US_PER_S):
        return NO_FRAME
    if kind not in _TYPES or code > _CODE_MAX or (kind == _KEY and not 0 <= value <= 2):
        return NO_FRAME
    return Found(InputEvent(seconds + microseconds / _US_PER_S, kind, code, value), event.size)
