"""What lamps and buzzer do for each kind of answer: steps with their lamps and seconds. Pure.

Any two kinds differ in rhythm alone, of light and of sound, so that neither colour blindness nor
noise makes one look or sound like another. A pulse is short or long: at most 0.2 s or at least
0.35 s. Nothing flashes more than three times, and all is over within 1.5 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from bartack.events import Json
from bartack_drivers.feedback.lamp_names import DARK, Lamp

Answer = Literal["counted", "flagged", "info", "asks", "held", "refused", "ledger_unavailable"]


@dataclass(frozen=True, slots=True)
class Step:
    """These lamps, and no others, for so many seconds."""

    lit: frozenset[Lamp]
    for_s: float


def answer_of(document: Mapping[str, Json]) -> Answer:
    """The kind of an answer, from its document as on the console."""
    reason = document.get("reason")
    if reason == "ledger_unavailable":
        return "ledger_unavailable"
    if document.get("outcome") == "refused":
        return "refused"
    if document.get("outcome") == "ok":
        return "flagged" if document.get("flags") else "counted"
    if reason == "held":
        return "held"
    return "asks" if str(reason).startswith("need_") else "info"


def _on(for_s: float, *lit: Lamp) -> Step:
    return Step(frozenset(lit), for_s)


def _off(for_s: float) -> Step:
    return Step(DARK, for_s)


PATTERNS: Final[Mapping[Answer, tuple[Step, ...]]] = MappingProxyType(
    {
        "counted": (_on(0.1, "green", "buzzer"), _on(0.7, "green")),
        "flagged": (
            *(_on(0.1, "green", "buzzer"), _on(0.05, "green"), _off(0.15)),
            *(_on(0.4, "green", "amber", "buzzer"), _on(0.3, "green", "amber")),
        ),
        "info": (
            *(_on(0.1, "green", "buzzer"), _on(0.1, "green"), _off(0.2)),
            *(_on(0.1, "green", "buzzer"), _on(0.1, "green")),
        ),
        "asks": (
            *(_on(0.1, "amber", "buzzer"), _on(0.05, "amber"), _off(0.2)),
            *(_on(0.1, "amber", "buzzer"), _on(0.05, "amber"), _off(0.2)),
            *(_on(0.1, "amber", "buzzer"), _on(0.05, "amber")),
        ),
        "held": (
            *(_on(0.4, "amber", "buzzer"), _on(0.1, "amber"), _off(0.15)),
            *(_on(0.15, "amber"), _off(0.15), _on(0.15, "amber")),
        ),
        "refused": (_on(0.45, "red", "buzzer"), _off(0.2), _on(0.45, "red", "buzzer")),
        "ledger_unavailable": (
            *(_on(0.4, "red", "amber", "buzzer"), _off(0.15)),
            *(_on(0.1, "red", "amber", "buzzer"), _off(0.15)),
            _on(0.4, "red", "amber", "buzzer"),
        ),
    }
)

MEANINGS: Final[Mapping[Answer, str]] = MappingProxyType(
    {
        "counted": "the pieces are counted",
        "flagged": "counted and marked for a look (too fast, a step missing)",
        "info": "done, such as signed in or out, started, undone, called",
        "asks": "the station waits for the next card",
        "held": "saved, not counted yet",
        "refused": "not counted",
        "ledger_unavailable": "nothing can be saved; stop and call for help",
    }
)

SHORT_MAX_S: Final = 0.2
LONG_MIN_S: Final = 0.35


def rhythm(answer: Answer, *, sound: bool) -> str:
    """The pulses of a pattern as letters, ``s`` for short and ``L`` for long, colours left out."""
    pulses: list[float] = [0.0]
    for step in PATTERNS[answer]:
        if ("buzzer" in step.lit) if sound else step.lit - {"buzzer"}:
            pulses[-1] += step.for_s
        else:
            pulses.append(0.0)
    return "".join("L" if pulse_s >= LONG_MIN_S else "s" for pulse_s in pulses if pulse_s)


def markdown() -> str:
    """The table of the documentation."""
    rows = ["| answer | lamps | light | sound | s |", "|---|---|---|---|---|"]
    words = {"s": "short", "L": "long"}
    for answer, steps in PATTERNS.items():
        lit = sorted({lamp for step in steps for lamp in step.lit} - {"buzzer"})
        light, sound = (
            ", ".join(words[pulse] for pulse in rhythm(answer, sound=of_sound))
            for of_sound in (False, True)
        )
        name = f"`{answer}`: {MEANINGS[answer]}"
        total_s = sum(step.for_s for step in steps)
        rows.append(f"| {name} | {' + '.join(lit)} | {light} | {sound} | {total_s:.2f} |")
    return "\n".join(rows)
