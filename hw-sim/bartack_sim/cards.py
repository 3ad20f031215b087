"""What is printed on tickets and command cards, and how a forger gets it wrong. Pure.

Each text ends in a check character of ISO/IEC 7064, MOD 37,36, over its letters and digits. It is
worked out here from the standard's recursion and not by the product's own code, so that a mistake
in either would show.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_M = 36


def check_character(text: str) -> str:
    """The check character of a text: P(1) = M; S = P + a, P' = 2 (S mod M, or M) mod (M + 1)."""
    product = _M
    for character in text.upper():
        if character not in ALPHABET:
            continue
        remainder = (product + ALPHABET.index(character)) % _M
        product = 2 * (remainder or _M) % (_M + 1)
    # The last sum, check character included, is 1 modulo M.
    return ALPHABET[(_M + 1 - product) % _M]


def checked(text: str) -> str:
    """The text as it is printed."""
    return f"{text}-{check_character(text)}"


def miscopied(text: str) -> str:
    """The text with another check character than its own, as somebody writes who makes one up."""
    right = ALPHABET.index(check_character(text))
    return f"{text}-{ALPHABET[(right + 7) % _M]}"


def card(command: str, argument: str = "") -> str:
    """A command card, such as ``card("PIECES", "5")``."""
    return checked(f"CMD-{command}-{argument}" if argument else f"CMD-{command}")
