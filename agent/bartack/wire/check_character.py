"""The check character at the end of a printed label: ISO/IEC 7064, MOD 37,36. Pure.

It is made by the hub that prints a label and checked by the station that reads it. Letters and
digits count, small letters as capitals; whatever else stands between them is skipped. The system
finds every single wrong letter or digit wherever it stands, the check character included, and
all swaps of two that stand side by side but for a few: see ``docs/tickets.md``.

Source: ISO/IEC 7064:2003, hybrid system MOD 37,36, as ISAN and GRid use it.
"""

from __future__ import annotations

from typing import Final

CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHECK_SEPARATOR: Final = "-"

_MODULUS: Final = len(CHARACTERS)
_VALUES: Final = {character: value for value, character in enumerate(CHARACTERS)} | {
    character.lower(): value for value, character in enumerate(CHARACTERS)
}


def check_character(text: str) -> str:
    """The character that makes ``text`` valid when it is put at its end."""
    return CHARACTERS[(1 - _product(text)) % _MODULUS]


def with_check_character(text: str) -> str:
    """The label for ``text``: itself, the separator and its check character."""
    return text + CHECK_SEPARATOR + check_character(text)


def is_check_valid(label: str) -> bool:
    """Whether the last letter or digit of ``label`` is the check character of those before it."""
    values = [_VALUES[character] for character in label if character in _VALUES]
    if len(values) < 2:
        return False
    before = "".join(CHARACTERS[value] for value in values[:-1])
    return CHARACTERS[values[-1]] == check_character(before)


def _product(text: str) -> int:
    """What is carried over from the characters of ``text`` to the check character, from 1 to 36."""
    product = _MODULUS
    for character in text:
        value = _VALUES.get(character)
        if value is not None:
            product = 2 * ((product + value) % _MODULUS or _MODULUS) % (_MODULUS + 1)
    return product
