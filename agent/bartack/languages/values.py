"""Makes values fit to stand in a sentence: harmless, short, with the right digits. Pure.

Names come from imported files, codes from whatever was scanned: either may hold characters that
hide, that turn the text around, or that pile up over it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Final, Literal

Numerals = Literal["native", "latn"]
"""``latn`` is 0 to 9 in every language; ``native`` is the digits of the language where it has any.
The names are those of Unicode's ``-u-nu-`` locale key."""

NATIVE_ZERO: Final[Mapping[str, int]] = MappingProxyType(
    {"ar": 0x0660, "bn": 0x09E6, "hi": 0x0966, "ur": 0x06F0}
)
"""The code point of 0 in a language's own digits, the other nine follow it.

From CLDR's ``otherNumberingSystems/native``: ar arab, bn beng, hi deva, ur arabext; it is latn for
en, si, tr and vi. Tamil has tamldec there, but is read with Latin digits today, which also are
CLDR's default for it: few operators could read a count in the old ones.
"""

NOT_KNOWN: Final = "–"
"""Stands for a value that is missing or empty."""

UNSEEN: Final = "\ufffd"
"""Stands for a character that has no picture of its own."""

VALUE_CHARACTERS_MAX: Final = 40
MARKS_MAX: Final = 4
"""Accents and vowel signs on one letter; no language here needs more."""

_JOINERS: Final = frozenset("\u200c\u200d")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def in_native_digits(text: str, language: str) -> str:
    """The text with 0 to 9 written in the language's own digits, if it has any."""
    zero = NATIVE_ZERO.get(language)
    if zero is None:
        return text
    return text.translate({ord("0") + digit: zero + digit for digit in range(10)})


def harmless(value: str) -> str:
    """The value as it can be seen, in NFC, in at most ``VALUE_CHARACTERS_MAX`` characters.

    Controls, formats and line ends become ``UNSEEN``. Joiners stay after a letter, for Sinhala,
    Bengali and Urdu names need them.
    """
    text = unicodedata.normalize("NFC", value[: VALUE_CHARACTERS_MAX + 1])
    if len(text) > VALUE_CHARACTERS_MAX:
        text = text[: VALUE_CHARACTERS_MAX - 1] + "…"
    return "".join(_seen(text)).strip() or NOT_KNOWN


def _seen(text: str) -> Iterator[str]:
    marks, after_letter = 0, False
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if category == "Zs":
            yield " "
        elif character in _JOINERS and after_letter:
            yield character
        elif category[0] == "C" or category in {"Zl", "Zp"} or marks > MARKS_MAX:
            marks = 0
            yield UNSEEN
        else:
            yield character
        after_letter = category[0] in "LM"


def isolated(text: str) -> str:
    """The text between Unicode's first-strong isolate and its end (UAX #9).

    An id keeps its order within a right-to-left sentence, and a name cannot disturb its neighbours.
    """
    return f"\u2068{text}\u2069"


def turns(text: str) -> bool:
    """Whether some of the text is written from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def local_hour(at: str, zone: tzinfo) -> str:
    """``hh:mm`` on the line's clock of an RFC 3339 time; ``NOT_KNOWN`` when it is none."""
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            return NOT_KNOWN
        return moment.astimezone(zone).strftime("%H:%M")
    except (ValueError, OverflowError):
        return NOT_KNOWN
