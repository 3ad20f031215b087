"""What was finished, counted once: a piece is worth each operation a single time.

Two stations that were cut off from each other can both claim the same work; ``settlement`` says
which claim stands, whatever the order in which they arrive, so a total never depends on the
network. What an event voids counts no more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from bartack.events import Event
from bartack_hub.board.shifts import LinePlan, Shift, shift_at
from bartack_hub.settlement import Claim, Key, Work, claim_of, settle, voided_by

SPARK_BARS: Final = 20
SPARK_STEP_S: Final = 180
"""A sparkline is the last hour in steps of three minutes; the newest is not over yet."""

SAM_MAX: Final = Decimal(1000)
"""Minutes a piece. A claim beyond this is a mistake and is not shown as production."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A claim, and what it is worth where it stands."""

    claim: Claim
    moment: datetime
    line: str
    style: str
    minutes: Decimal


@dataclass(slots=True)
class Tally:
    """The sums of one line in one shift."""

    output: Counter[int] = field(default_factory=Counter)
    """Finished pieces by bucket."""
    minutes: Decimal = Decimal(0)
    """Minutes produced: pieces times SAM over every operation."""
    stations: Counter[str] = field(default_factory=Counter)
    """Pieces by station, at whatever operation."""
    unrouted: Counter[str] = field(default_factory=Counter)
    """Pieces of styles without a route, whose last operation is therefore unknown."""


class Credits:
    """All claims, and the sums of those that stand. Single-threaded."""

    def __init__(self, plans: Mapping[str, LinePlan]) -> None:
        self._plans = plans
        self._routes: dict[str, str] = {}
        self._claimed: dict[Work, dict[Key, Credit]] = defaultdict(dict)
        self._standing: dict[Work, frozenset[Credit]] = {}
        self._disputed: dict[Work, Mapping[Claim, Claim]] = {}
        self._works: dict[Key, Work] = {}
        self._voided: dict[tuple[Key, str], datetime] = {}
        """Claims that were voided, by which station, and when; that may come before the claim."""
        self._tallies: dict[tuple[str, datetime], Tally] = defaultdict(Tally)
        self._recent: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)

    def set_routes(self, routes: Mapping[str, str]) -> None:
        """Say which operation is the last of each style; it makes the line's output.

        Sums are made anew when that changed.
        """
        if routes == self._routes:
            return
        self._routes = dict(routes)
        self._recount()

    def take(self, event: Event) -> None:
        """Count a ``work.done``; a later word on the very same event replaces an earlier one.

        Raises ``ValueError`` if it cannot be counted as production.
        """
        credit = _credit(event)
        key, work = (event.log, event.seq), credit.claim.work
        self._works[key] = work
        self._claimed[work][key] = credit
        self._settle(work)

    def void(self, event: Event, moment: datetime) -> None:
        """Count no more what a ``work.voided`` of ``moment`` names."""
        key = voided_by(event)
        if key is None:
            return
        self._voided[key, event.station] = moment
        if key in self._works:
            self._settle(self._works[key])

    def disputed(self, line: str) -> list[tuple[Credit, Claim]]:
        """The claims of a line that do not stand, each with the one that keeps it out."""
        return [
            (credit, rival)
            for work, disputed in self._disputed.items()
            for claim, rival in disputed.items()
            if (credit := self._claimed[work][claim.log, claim.seq]).line == line
        ]

    def tally(self, line: str, shift: Shift) -> Tally:
        return self._tallies.get((line, shift.start), Tally())

    def spark(self, line: str, station: str, now: datetime) -> list[int]:
        """Pieces of a station in the last ``SPARK_BARS`` steps; the last one is still running."""
        recent = self._recent.get((line, station), Counter())
        last = _slot(now)
        return [recent[slot] for slot in range(last - SPARK_BARS + 1, last + 1)]

    def forget(self, before: datetime) -> None:
        """Drop works whose claims are all older, so that memory stays bounded."""
        for work, claims in list(self._claimed.items()):
            if all(credit.moment < before for credit in claims.values()):
                del self._claimed[work], self._standing[work]
                self._disputed.pop(work, None)
                for key in claims:
                    del self._works[key]
        self._voided = {
            void: moment
            for void, moment in self._voided.items()
            if moment >= before or void[0] in self._works
        }
        self._recount()

    def _settle(self, work: Work) -> None:
        claims = {
            credit.claim: credit
            for key, credit in self._claimed[work].items()
            if (key, credit.claim.station) not in self._voided
        }
        settlement = settle(claims)
        before = self._standing.get(work, frozenset())
        after = frozenset(claims[claim] for claim in settlement.standing)
        for credit in before - after:
            self._book(credit, -1)
        for credit in after - before:
            self._book(credit, 1)
        self._standing[work] = after
        self._disputed.pop(work, None)
        if settlement.disputed:
            self._disputed[work] = settlement.disputed

    def _recount(self) -> None:
        self._tallies.clear()
        self._recent.clear()
        for standing in self._standing.values():
            for credit in standing:
                self._book(credit, 1)

    def _book(self, credit: Credit, sign: int) -> None:
        claim, pieces = credit.claim, sign * credit.claim.pieces
        plan = self._plans.get(credit.line)
        if plan is not None:
            shift = shift_at(plan, credit.moment)
            tally = self._tallies[credit.line, shift.start]
            tally.minutes += sign * credit.minutes
            tally.stations[claim.station] += pieces
            last_operation = self._routes.get(credit.style)
            if last_operation is None:
                tally.unrouted[credit.style] += pieces
            elif last_operation == claim.operation:
                tally.output[shift.bucket_of(credit.moment)] += pieces
        self._recent[credit.line, claim.station][_slot(credit.moment)] += pieces


def routes_of(operations: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Each style's last operation: the one with the highest ``seq``.

    Raises ``ValueError`` naming the style and operation whose ``seq`` is not a whole number.
    """
    last: dict[str, tuple[int, str]] = {}
    for row in operations:
        style, operation = str(row["style"]), str(row["operation"])
        try:
            place = (int(str(row["seq"])), operation)
        except ValueError as error:
            raise ValueError(f"operations: {style} {operation}: seq is no whole number") from error
        last[style] = max(last.get(style, place), place)
    return {style: operation for style, (_, operation) in last.items()}


def moment_of(event: Event) -> datetime:
    """The event's wall time. Raises ``ValueError`` for a date that does not exist."""
    moment = datetime.fromisoformat(event.at).astimezone(UTC)
    if not 2000 <= moment.year < 2200:
        raise ValueError(f"{event.at} is not a plausible time")
    return moment


def _credit(event: Event) -> Credit:
    claim = claim_of(event)
    try:
        sam = Decimal(event.text("sam") or "0")
    except InvalidOperation as error:
        raise ValueError("sam: not a decimal number") from error
    if not (sam.is_finite() and 0 <= sam <= SAM_MAX):
        raise ValueError(f"sam: not between 0 and {SAM_MAX} minutes")
    style = event.text("style")
    moment = moment_of(replace(event, at=claim.at))
    return Credit(claim, moment, event.line, style, minutes=claim.pieces * sam)


def _slot(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=SPARK_STEP_S)
