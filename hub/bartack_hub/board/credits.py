"""What was finished, counted once: an operation on a bundle is worth its pieces a single time.

Two stations that were cut off from each other can both claim the same work. The claim with the
trusted clock and the earliest time stands, whatever the order in which claims arrive, so a total
never depends on the network.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from bartack.events import Event
from bartack_hub.board.shifts import LinePlan, Shift, shift_at

SPARK_BARS: Final = 20
SPARK_STEP_S: Final = 180
"""A sparkline is the last hour in steps of three minutes; the newest is not over yet."""

PIECES_MAX: Final = 100_000
SAM_MAX: Final = Decimal(1000)
"""Minutes a piece. A claim beyond these bounds is a mistake and is not shown as production."""

Work = tuple[str, str]
"""Bundle and operation."""


@dataclass(frozen=True, slots=True)
class Credit:
    """The claim that stands for one operation on one bundle."""

    claim: tuple[bool, str, str, int]
    moment: datetime
    line: str
    station: str
    style: str
    operation: str
    pieces: int
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
    """All standing claims and their sums. Single-threaded."""

    def __init__(self, plans: Mapping[str, LinePlan]) -> None:
        self._plans = plans
        self._routes: dict[str, str] = {}
        self._credits: dict[Work, Credit] = {}
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
        """Count a ``work.done``. Raises ``ValueError`` if it cannot be counted as production."""
        credit = _credit(event)
        work = (event.text("bundle"), event.text("operation"))
        standing = self._credits.get(work)
        if standing == credit or (standing is not None and _outweighs(standing, credit)):
            return
        self._book(credit, 1)
        if standing is not None:
            self._book(standing, -1)
        self._credits[work] = credit

    def tally(self, line: str, shift: Shift) -> Tally:
        return self._tallies.get((line, shift.start), Tally())

    def spark(self, line: str, station: str, now: datetime) -> list[int]:
        """Pieces of a station in the last ``SPARK_BARS`` steps; the last one is still running."""
        recent = self._recent.get((line, station), Counter())
        last = _slot(now)
        return [recent[slot] for slot in range(last - SPARK_BARS + 1, last + 1)]

    def forget(self, before: datetime) -> None:
        """Drop what is older, so that memory stays bounded."""
        self._credits = {w: c for w, c in self._credits.items() if c.moment >= before}
        self._recount()

    def _recount(self) -> None:
        self._tallies.clear()
        self._recent.clear()
        for credit in self._credits.values():
            self._book(credit, 1)

    def _book(self, credit: Credit, sign: int) -> None:
        pieces = sign * credit.pieces
        plan = self._plans.get(credit.line)
        if plan is not None:
            shift = shift_at(plan, credit.moment)
            tally = self._tallies[credit.line, shift.start]
            tally.minutes += sign * credit.minutes
            tally.stations[credit.station] += pieces
            last_operation = self._routes.get(credit.style)
            if last_operation is None:
                tally.unrouted[credit.style] += pieces
            elif last_operation == credit.operation:
                tally.output[shift.bucket_of(credit.moment)] += pieces
        self._recent[credit.line, credit.station][_slot(credit.moment)] += pieces


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


def _outweighs(standing: Credit, credit: Credit) -> bool:
    """Whether the standing claim stays; a later word on the very same event replaces it."""
    is_same_event = standing.claim[2:] == credit.claim[2:]
    return standing.claim <= credit.claim and not is_same_event


def _credit(event: Event) -> Credit:
    pieces = event.number("pieces")
    if not 0 < pieces <= PIECES_MAX:
        raise ValueError(f"pieces: {pieces} is not between 1 and {PIECES_MAX}")
    try:
        sam = Decimal(event.text("sam") or "0")
    except InvalidOperation as error:
        raise ValueError("sam: not a decimal number") from error
    if not (sam.is_finite() and 0 <= sam <= SAM_MAX):
        raise ValueError(f"sam: not between 0 and {SAM_MAX} minutes")
    return Credit(
        claim=(event.clock != "synced", event.at, event.log, event.seq),
        moment=moment_of(event),
        line=event.line,
        station=event.station,
        style=event.text("style"),
        operation=event.text("operation"),
        pieces=pieces,
        minutes=pieces * sam,
    )


def _slot(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=SPARK_STEP_S)
