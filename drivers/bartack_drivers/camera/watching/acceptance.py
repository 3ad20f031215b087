"""When a text that was read in pictures is believed. Pure.

A wrong text is worse than none. Codes with much redundancy are believed at once, the others when
two different pictures agree within a short time; what follows no pattern of the factory, and what
only costly stages of decoding made out, needs two as well.

Evidence: part of an ITF label passes for a short one in both engines; Code 128's checksum lets
wrong texts through under heavy wrinkles, and a pattern stops them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bartack_drivers.camera.decoding.codes import Code

AGREE_S: Final = 1.5
"""Pictures that agree are no further apart."""

_MATRIX: Final = frozenset({"qr", "datamatrix"})


@dataclass(frozen=True, slots=True)
class Rules:
    """``patterns``: how this factory's labels read; ``itf_digits`` and ``code39_chars``: lengths
    that such labels have, any where empty; ``quick_stages``: the stages of decoding that are not
    known for wrong texts."""

    quick_stages: frozenset[str]
    patterns: tuple[re.Pattern[str], ...] = ()
    itf_digits: tuple[int, ...] = ()
    code39_chars: tuple[int, ...] = ()


def pictures_needed(code: Code, rules: Rules) -> int:
    """In how many pictures a code must be seen; 0: it is not believed at all."""
    lengths = {"itf": rules.itf_digits, "code39": rules.code39_chars}.get(code.symbology, ())
    if lengths and len(code.text) not in lengths:
        return 0
    fits = not rules.patterns or any(it.fullmatch(code.text) for it in rules.patterns)
    strong = code.symbology in _MATRIX or (code.symbology == "code128" and fits)
    return 1 if strong and code.stage in rules.quick_stages else 2


class Votes:
    """The pictures in which texts were seen that are not yet believed."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._seen_s: dict[str, list[float]] = {}

    def __bool__(self) -> bool:
        """Whether a text waits for another picture."""
        return bool(self._seen_s)

    def forget_old(self, now_s: float) -> None:
        recent = {
            text: [at_s for at_s in seen if now_s - at_s <= AGREE_S]
            for text, seen in self._seen_s.items()
        }
        self._seen_s = {text: seen for text, seen in recent.items() if seen}

    def believe(self, code: Code, now_s: float) -> bool:
        """Count the picture of ``now_s``, each picture having a time of its own, for a code."""
        needed = pictures_needed(code, self._rules)
        if needed == 0:
            return False
        seen = self._seen_s.setdefault(code.text, [])
        if now_s not in seen:
            seen.append(now_s)
        if len(seen) < needed:
            return False
        del self._seen_s[code.text]
        return True
