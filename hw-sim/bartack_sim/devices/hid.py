"""A scanner or badge reader that types like a keyboard, as Linux hands on its keys.

Each report of the device becomes events: a scan code (type 4) and the key (type 1) for each key
that changed, and a report's end (type 0). An event is 24 bytes on a 64-bit machine: seconds and
microseconds of 64 bits, type and code of 16, value of 32. Value 1 is down, 0 up. Capitals have
left shift in the same report. (Source: Linux ``input-event-codes.h``; USB HID usage tables.)
"""

from __future__ import annotations

import random
import string
import struct
import time
from collections.abc import Callable, Iterator

from bartack_sim.devices.device import Talker
from bartack_sim.devices.fifo import FifoPort

EXAMPLES = ("B000123-OP310", "0040856634", "Lot 7/8 (red): #4", "]C0ab_cd")
PORT = FifoPort

KEY_S = 0.006
"""From one key to the next; scanners need 1 to 20 ms."""

LEFT_SHIFT, LEFT_CTRL = 42, 29
SUFFIXES = {"cr": 28, "tab": 15, "none": None}
"""The key that ends a line: Enter, Tab, or none."""

_PLACES = {
    2: "1!2@3#4$5%6^7&8*9(0)-_=+",
    16: "qQwWeErRtTyYuUiIoOpP[{]}",
    30: "aAsSdDfFgGhHjJkKlL;:'\"`~",
    43: "\\|zZxXcCvVbBnNmM,<.>/?",
    57: " ",
}
KEYS = {
    character: (first + at // 2, bool(at % 2))
    for first, row in _PLACES.items()
    for at, character in enumerate(row)
}
"""Key and shift of each character on a US keyboard."""

FORMS: dict[str, Callable[[bytes], str]] = {
    "10H": lambda badge: badge.hex().upper(),
    "8H": lambda badge: badge[1:].hex().upper(),
    "6H": lambda badge: badge[2:].hex().upper(),
    "8H10D": lambda badge: f"{_number(badge[1:]):010d}",
    "10D-24": lambda badge: f"{_number(badge[2:]):010d}",
    "DEZ8": lambda badge: f"{_number(badge[2:]):08d}",
    "2H4H": lambda badge: f"{badge[2]:03d},{_number(badge[3:]):05d}",
    "4H4H": lambda badge: f"{_number(badge[1:3]):05d},{_number(badge[3:]):05d}",
    "12D": lambda badge: f"{_number(badge):012d}",
    "IK3": lambda badge: f"{_number(bytes(map(_mirrored, badge))):015d}",
}
"""What badge readers type for the five bytes of a badge, by the name of the form."""


def _number(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _mirrored(byte: int) -> int:
    return int(f"{byte:08b}"[::-1], 2)


def badge_text(badge: str, form: str) -> str:
    """What a reader set to ``form`` types for a badge of ten hex digits.

    Raises ``ValueError`` for anything else.
    """
    if len(badge) != 10 or not set(badge) <= set(string.hexdigits):
        raise ValueError(f"badge {badge!r}: ten hex digits are needed, such as 01026F6C3A")
    return FORMS[form](bytes.fromhex(badge))


def event(at_s: float, kind: int, code: int, value: int) -> bytes:
    """One event as a program on this machine reads it."""
    microseconds = round(at_s * 1_000_000)
    return struct.pack("@llHHi", *divmod(microseconds, 1_000_000), kind, code, value)


def stroke(at_s: float, *keys: int) -> bytes:
    """Keys that go down in one report and up in the next, half a key's time later."""
    typed = b""
    for value, then_s in ((1, at_s), (0, at_s + KEY_S / 2)):
        for key in keys:
            typed += event(then_s, 4, 4, 0x70000 + key) + event(then_s, 1, key, value)
        typed += event(then_s, 0, 0, 0)
    return typed


class Keyboard(Talker):
    """The reader: types each label or badge that it is shown once, one after the other."""

    turn_s = 0.02

    def __init__(self, form: str, suffix: str, prefix: str, *, lf: bool, stray_enter: bool) -> None:
        self._form = form
        self._suffix = SUFFIXES[suffix]
        self._prefix = prefix
        self._lf = lf
        self._stray_enter = stray_enter
        self._texts: list[str] = []
        self._typed: list[tuple[float, bytes]] = []
        self._free_s = 0.0

    def power_up(self) -> list[bytes]:
        """Some readers press Enter when they are plugged in."""
        self._texts.clear()
        self._typed.clear()
        return [stroke(time.monotonic(), 28)] if self._stray_enter else []

    def place(self, value: str) -> None:
        text = badge_text(value, self._form) if self._form else value
        if unknown := sorted(set(self._prefix + text) - KEYS.keys()):
            raise ValueError(f"{text!r}: {''.join(unknown)!r} is not on a US keyboard")
        self._texts.append(self._prefix + text)

    def remove(self, value: str) -> None:
        """It was typed when it was placed."""

    def turn(self, now_s: float) -> list[bytes]:
        """The scans whose last key is down by now, each whole."""
        for text in self._texts:
            self._free_s = max(now_s, self._free_s)
            scan = b"".join(self._scan(text))
            self._typed.append((self._free_s, scan))
        self._texts.clear()
        done = [scan for end_s, scan in self._typed if end_s <= now_s]
        self._typed = [(end_s, scan) for end_s, scan in self._typed if end_s > now_s]
        return done

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return frame

    def _scan(self, text: str) -> Iterator[bytes]:
        strokes = [[LEFT_SHIFT] * KEYS[it][1] + [KEYS[it][0]] for it in text]
        if self._suffix is not None:
            strokes.append([self._suffix])
        if self._lf:  # the way scanners type a control character
            strokes.append([LEFT_CTRL, LEFT_SHIFT, KEYS["j"][0]])
        for keys in strokes:
            yield stroke(self._free_s, *keys)
            self._free_s += KEY_S


def device(
    form: str = "",
    suffix: str = "cr",
    prefix: str = "",
    lf: str = "false",
    stray_enter: str = "false",
) -> Keyboard:
    """A scanner; or, with a form of badge numbers, a badge reader.

    ``suffix`` ends a line: cr (Enter), tab or none. ``lf``: a line feed follows it.
    ``stray_enter``: Enter is pressed when power comes.
    """
    if form and form not in FORMS:
        raise ValueError(f"form {form!r}: one of {', '.join(FORMS)}")
    if suffix not in SUFFIXES:
        raise ValueError(f"suffix {suffix!r}: one of {', '.join(SUFFIXES)}")
    return Keyboard(form, suffix, prefix, lf=lf == "true", stray_enter=stray_enter == "true")
