"""In what the station files of one line differ, so that one run sees stations of several kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

PayOn = Literal["finish", "start_finish", "start", "batch"]
"""Which scan pays."""

TABLES: Final[tuple[PayOn, ...]] = ("start_finish", "start", "batch")
"""Ways of paying for which a line may have a table of its own, where nobody sits."""


@dataclass(frozen=True, slots=True)
class StationRules:
    """Settings of one station file that acts depend on; those named here are a plain station's."""

    unknown_bundle: Literal["refuse", "hold"] = "refuse"
    badge_elsewhere: Literal["flag", "close"] = "flag"
    assignment: Literal["refuse", "flag"] = "refuse"
    pay_on: PayOn = "finish"
    sign_out_by_badge: bool = False


PLAIN_RULES: Final = StationRules()

_BY_TURNS: Final = (
    PLAIN_RULES,
    StationRules(unknown_bundle="hold", badge_elsewhere="close"),
    StationRules(badge_elsewhere="close", assignment="flag"),
)


_AT_TABLES: Final[dict[PayOn, StationRules]] = {
    "start_finish": StationRules(pay_on="start_finish", sign_out_by_badge=True),
    "batch": StationRules(pay_on="batch", unknown_bundle="hold"),
}


def table_rules(pay_on: PayOn) -> StationRules:
    """The rules of a table where scans pay that way."""
    return _AT_TABLES.get(pay_on, StationRules(pay_on=pay_on))


def rules_at(place: int, seed: int) -> StationRules:
    """The rules of a line's station by its place: kinds take turns, and the seed says who begins.

    Any three stations side by side hold every kind.
    """
    return _BY_TURNS[(place + seed) % len(_BY_TURNS)]
