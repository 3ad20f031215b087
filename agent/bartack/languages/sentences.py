"""Puts values into the sentences of a language. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bartack.languages.values import (
    NOT_KNOWN,
    Numerals,
    harmless,
    in_native_digits,
    isolated,
    turns,
)

Direction = Literal["ltr", "rtl"]

ENGLISH: Final = "en"
LANGUAGES: Final = ("en", "bn", "hi", "si", "ta", "vi", "tr", "ur", "ar")
"""ISO 639-1 codes, as in the column ``language`` of operators.csv."""

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")

NUMBERS: Final = frozenset(
    {"pieces", "pieces_left", "done_at", "time", "minutes", "unsent", "bundles"}
)
"""Placeholders in the numerals of the setting. Ids stay as they are printed on the ticket."""

_STANDS_IN: Final = {"done_name": "done_by"}
"""A colleague whose name this station does not know is told by id."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "ur"})


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of one language by key."""

    code: str
    texts: Mapping[str, str]

    @property
    def direction(self) -> Direction:
        """As the ``dir`` attribute of HTML wants it."""
        return "rtl" if self.code in _RIGHT_TO_LEFT else "ltr"

    def sentence(self, key: str, values: Mapping[str, str | int], numerals: Numerals) -> str:
        """The text of ``key`` with its placeholders filled; never raises.

        A value that is not given shows as ``NOT_KNOWN``, a key that has no text as itself.
        """

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name not in values:
                name = _STANDS_IN.get(name, name)
            text = harmless(str(values[name])) if name in values else NOT_KNOWN
            if name in NUMBERS and numerals == "native":
                text = in_native_digits(text, self.code)
            return isolated(text) if self.direction == "rtl" or turns(text) else text

        return PLACEHOLDER.sub(filled, self.texts.get(key, key))


@dataclass(frozen=True, slots=True)
class Languages:
    """All languages, and how numbers are written in them."""

    by_code: Mapping[str, Language]
    numerals: Numerals = "latn"

    def of(self, code: str) -> Language:
        """The language of a code such as ``bn`` or ``bn-BD``; English where there is none."""
        primary = re.split("[-_]", code, maxsplit=1)[0].lower()
        return self.by_code.get(primary, self.by_code[ENGLISH])

    def sentence(self, language: str, key: str, /, **values: str | int) -> str:
        """The text of ``key`` in the language with the values put in. Never raises."""
        return self.of(language).sentence(key, values, self.numerals)
