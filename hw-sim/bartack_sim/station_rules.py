"""In what the station files of one line differ, so that one run sees stations of several kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PayOn = Literal["finish", "start_finish", "start", "batch"]
"""Which scan pays."""

Rework = Literal["by_fault", "paid", "unpaid"]
"""What repairs pay."""

Table = Literal[
    "start_finish", "start", "batch", "order", "paid", "unpaid", "idle", "shift_end", "few_bits"
]
"""What a line may have a table of its own for, where nobody sits: a way of paying, skipped
operations refused, repairs that pay always or never, sessions that end by themselves when nobody
acts or when the shift is over, and readers that show less of a badge's number, and tags."""

PAY_TABLES: Final[tuple[Table, ...]] = ("start_finish", "start", "batch")

TABLES: Final[tuple[Table, ...]] = (
    *PAY_TABLES,
    "order",
    "paid",
    "unpaid",
    "idle",
    "shift_end",
    "few_bits",
)

IDLE_MIN: Final = 1
"""After so many minutes without an act a session ends where that is the setting."""


@dataclass(frozen=True, slots=True)
class StationRules:
    """Settings of one station file that acts depend on; those named here are a plain station's."""

    unknown_bundle: Literal["refuse", "hold"] = "refuse"
    badge_elsewhere: Literal["flag", "close"] = "flag"
    assignment: Literal["refuse", "flag"] = "refuse"
    pay_on: PayOn = "finish"
    rework: Rework = "by_fault"
    refuses_skipped: bool = False
    sign_out_by_badge: bool = False
    sign_out_after_min: int = 0
    sign_out_at_shift_end: bool = False
    few_bits: bool = False
    """Its badge reader shows 24 bits of a number, and a reader of tags stands beside it."""


PLAIN_RULES: Final = StationRules()

_BY_TURNS: Final = (
    PLAIN_RULES,
    StationRules(unknown_bundle="hold", badge_elsewhere="close"),
    StationRules(badge_elsewhere="close", assignment="flag"),
)


_AT_TABLES: Final[dict[Table, StationRules]] = {
    "start_finish": StationRules(pay_on="start_finish", sign_out_by_badge=True),
    "start": StationRules(pay_on="start"),
    "batch": StationRules(pay_on="batch", unknown_bundle="hold"),
    "order": StationRules(assignment="flag", refuses_skipped=True),
    "paid": StationRules(rework="paid"),
    "unpaid": StationRules(rework="unpaid"),
    "idle": StationRules(sign_out_after_min=IDLE_MIN),
    "shift_end": StationRules(sign_out_at_shift_end=True),
    "few_bits": StationRules(few_bits=True),
}


def table_rules(kind: Table) -> StationRules:
    """The rules of a table of that kind."""
    return _AT_TABLES[kind]


def rules_at(place: int, seed: int) -> StationRules:
    """The rules of a line's station by its place: kinds take turns, and the seed says who begins.

    Any three stations side by side hold every kind.
    """
    return _BY_TURNS[(place + seed) % len(_BY_TURNS)]
