"""A sewing line as values: route, stations, operators with badges, bundles and their flow.

Pure and seeded: the same seed gives the same line. The line is mid-shift: work in progress waits
at every station, and the first operation has bundles enough for the whole run.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from bartack_sim.cards import checked
from bartack_sim.people import PEOPLE, STAFF, TWINS
from bartack_sim.station_rules import PLAIN_RULES, StationRules, Table, rules_at, table_rules

SITE = "dhk1"
LINE = "l03"
NEXT_LINE = "l04"
"""The line next door: its bundles are known to the office and not to this line's stations."""

STYLE = "ST2041"
RATE_PER_MINUTE = Decimal("1.35")
"""What a standard minute pays, in the site's currency; an operation's piece rate is SAM x this."""

PIECES_MIN, PIECES_MAX = 8, 20
BUNDLES_MAX = 20_000
_WAITING_PER_STATION = 6
_LATE = 60
_LATE_FROM = 800_000
_NEXT_DOOR = 60
_NEXT_DOOR_FROM = 900_000

_ROUTE = (
    ("OP310", "Attach placket", "0.52"),
    ("OP320", "Join shoulders", "0.46"),
    ("OP330", "Attach collar", "0.55"),
    ("OP340", "Top-stitch collar", "0.44"),
    ("OP350", "Attach sleeves", "0.58"),
    ("OP360", "Close side seams", "0.54"),
    ("OP370", "Hem bottom", "0.42"),
    ("OP380", "Tack side vents", "0.40"),
)
_ORDERS = ("PO-7712", "PO-7713", "PO-7720")
_SIZES = ("S", "M", "L", "XL")
_COLOURS = ("navy", "white", "bottle green", "maroon")


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of the route; ``sam`` in minutes a piece, ``rate`` in currency a piece."""

    style: str
    seq: int
    code: str
    name: str
    sam: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Sewer:
    """An operator: ``factor`` 1.0 sews at the standard minute, 1.2 a fifth faster."""

    code: str
    name: str
    badge: str
    language: str
    factor: float


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who does not sew: a supervisor, a mechanic or a clerk."""

    code: str
    name: str
    badge: str
    language: str
    role: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle of cut pieces. ``coupons`` prints one ticket for each operation."""

    code: str
    order: str
    style: str
    size: str
    colour: str
    pieces: int
    line: str
    coupons: bool

    def ticket_text(self, operation: str) -> str:
        """What the code on the ticket says that is scanned at this operation."""
        return checked(f"{self.code}-{operation}" if self.coupons else self.code)

    @property
    def tag(self) -> str:
        """The EPC of the tag that hangs on it where the line reads tags."""
        return f"E2801160{int(self.code[1:]):016X}"


@dataclass(frozen=True, slots=True)
class Station:
    """A place on the line: who sits there, what is sewn, and what reads the tickets."""

    code: str
    operation: Operation
    sewer: Sewer
    camera: bool
    rules: StationRules = PLAIN_RULES


@dataclass(frozen=True, slots=True)
class Line:
    """The whole line as it stands when the run begins; ``waiting`` is by operation code.

    ``late`` bundles are there, and the office has not imported them yet; ``next_door`` are those of
    another line. ``tables`` are stations where nobody sits; the clerk looks after them. On a
    ``varied`` line not everything pays alike. ``twins`` are two people whose badges' lowest 24 bits
    are the same. ``shift_ends`` are times at which tables that are set so send everybody home.
    """

    site: str
    code: str
    route: tuple[Operation, ...]
    stations: tuple[Station, ...]
    bundles: tuple[Bundle, ...]
    waiting: Mapping[str, tuple[Bundle, ...]]
    staff: Mapping[str, Colleague]
    late: tuple[Bundle, ...] = ()
    next_door: tuple[Bundle, ...] = ()
    tables: tuple[Station, ...] = ()
    varied: bool = False
    twins: tuple[Colleague, ...] = ()
    shift_ends: tuple[datetime, ...] = ()

    @property
    def places(self) -> tuple[Station, ...]:
        """Everything that has readers and an agent."""
        return (*self.stations, *self.tables)

    @property
    def has_tags(self) -> bool:
        """Whether a tag hangs on each bundle: there is a reader for them."""
        return any(it.rules.few_bits for it in self.places)

    def skills(self, station: Station) -> frozenset[str]:
        """Operations that who sits there has learnt: the own one, and one beside it."""
        codes = [operation.code for operation in self.route]
        place = codes.index(station.operation.code)
        beside = place + 1 if place + 1 < len(codes) else max(0, place - 1)
        return frozenset({codes[place], codes[beside]})


class Flow:
    """Where each bundle waits. Not thread-safe: whoever shares it guards it."""

    def __init__(self, line: Line) -> None:
        codes = [operation.code for operation in line.route]
        self._waiting = {code: deque(line.waiting[code]) for code in codes}
        self._next = dict(itertools.pairwise(codes))
        self._finished = 0

    @property
    def finished_pieces(self) -> int:
        """Pieces that left the last operation."""
        return self._finished

    def take(self, operation: str) -> Bundle | None:
        """The bundle that waits longest at this operation, or None when nothing waits."""
        queue = self._waiting[operation]
        return queue.popleft() if queue else None

    def put_back(self, bundle: Bundle, operation: str) -> None:
        """It waits there again, first of all."""
        self._waiting[operation].appendleft(bundle)

    def take_coupons(self, operation: str) -> Bundle | None:
        """The bundle with coupons that waits longest at this operation."""
        queue = self._waiting[operation]
        found = next((bundle for bundle in queue if bundle.coupons), None)
        if found is not None:
            queue.remove(found)
        return found

    def pass_on(self, bundle: Bundle, operation: str) -> None:
        """``bundle`` is done at ``operation``: it waits at the next one, or leaves the line."""
        following = self._next.get(operation)
        if following is None:
            self._finished += bundle.pieces
        else:
            self._waiting[following].append(bundle)


def plan_line(
    seed: int, stations: int, minutes: float, camera: bool = False, varied: bool = False
) -> Line:
    """A line of that many stations with work for ``minutes`` of its own time.

    With ``camera`` the last station reads its tickets with a camera; ``varied`` stations are set up
    differently, not everything pays alike, and there are bundles that nobody has imported. Raises
    ``ValueError`` for fewer than one or more than 99 stations.
    """
    if not 1 <= stations <= 99:
        raise ValueError(f"stations: {stations} is not between 1 and 99")
    rng = random.Random(seed)
    route = _route(stations)
    seats = _seats(route, stations)
    sewers = _sewers(rng, stations)
    places = tuple(
        Station(
            f"st{number:02d}",
            operation,
            sewer,
            camera and number == stations,
            rules_at(number, seed) if varied else PLAIN_RULES,
        )
        for number, (operation, sewer) in enumerate(zip(seats, sewers, strict=True), start=1)
    )
    bundles: list[Bundle] = []
    waiting: dict[str, tuple[Bundle, ...]] = {}
    for operation in reversed(route):
        need = sum(_need(place, minutes) for place in places if place.operation == operation)
        count = need if operation is route[0] else min(need, _queue_length(seats, operation))
        made = [_bundle(rng, len(bundles) + n) for n in range(min(count, _room(bundles)))]
        bundles.extend(made)
        waiting[operation.code] = tuple(made)
    known, ready = tuple(bundles), MappingProxyType(waiting)
    return Line(
        *(SITE, LINE, route, places, known, ready, _staff(rng)),
        late=_late(seed) if varied else (),
        next_door=_next_door(seed) if varied else (),
        varied=varied,
    )


def with_tables(line: Line, kinds: Sequence[Table], shift_ends: Sequence[datetime] = ()) -> Line:
    """The line with a table beside it for each of these kinds.

    Where skipped operations are refused the second one is done, if there is one.
    """
    clerk = line.staff["clerk"]
    nobody = Sewer(clerk.code, clerk.name, clerk.badge, clerk.language, 1.0)
    tables = tuple(
        Station(
            f"tb{number:02d}",
            line.route[min(int(kind == "order"), len(line.route) - 1)],
            nobody,
            False,
            table_rules(kind),
        )
        for number, kind in enumerate(kinds, start=1)
    )
    twins = _twins(line) if "few_bits" in kinds else ()
    return replace(line, tables=tables, twins=twins, shift_ends=tuple(shift_ends))


def _twins(line: Line) -> tuple[Colleague, ...]:
    """Two packers whose badges differ where a reader of 24 bits does not look."""
    low = int(line.staff["clerk"].badge, 16) + 1 & 0xFF_FFFF
    return tuple(
        Colleague(code, name, f"{high:04X}{low:06X}", language, "operator")
        for code, name, language, high in TWINS
    )


def target_pieces(line: Line, hours: float, speed: float) -> int:
    """What the line should finish in ``hours`` of wall time: 90 % of its narrowest operation."""
    capacity = [
        sum(s.sewer.factor for s in line.stations if s.operation == operation)
        * 60.0
        * hours
        * speed
        / float(operation.sam)
        for operation in line.route
    ]
    return max(1, math.floor(min(capacity) * 0.9))


def sewing_s(station: Station, bundle: Bundle, rng: random.Random) -> float:
    """Seconds of the line's time that this operator needs for this bundle, with variation."""
    standard_s = float(station.operation.sam) * 60.0 * bundle.pieces
    return standard_s / station.sewer.factor * rng.triangular(0.85, 1.3, 1.0)


def _route(stations: int) -> tuple[Operation, ...]:
    steps = _ROUTE[: min(stations, len(_ROUTE))]
    return tuple(
        Operation(
            STYLE,
            seq,
            code,
            name,
            Decimal(sam),
            (Decimal(sam) * RATE_PER_MINUTE).quantize(Decimal("0.0001")),
        )
        for seq, (code, name, sam) in enumerate(steps, start=1)
    )


def _seats(route: Sequence[Operation], stations: int) -> list[Operation]:
    """Which operation each station does, along the route; the narrowest gets the next seat."""
    seats = {operation.code: 1 for operation in route}
    for _ in range(stations - len(route)):
        narrowest = max(route, key=lambda operation: float(operation.sam) / seats[operation.code])
        seats[narrowest.code] += 1
    return [operation for operation in route for _ in range(seats[operation.code])]


def _sewers(rng: random.Random, count: int) -> list[Sewer]:
    people = rng.sample(PEOPLE, len(PEOPLE))
    badges = rng.sample(range(0x01_0000_0000, 0x7F_FFFF_FFFF), count)
    sewers = []
    for number, badge in enumerate(badges):
        name, language = people[number % len(people)]
        turn = number // len(people)
        sewers.append(
            Sewer(
                code=f"E{1001 + number * 7}",
                name=f"{name} {turn + 1}" if turn else name,
                badge=f"{badge:010X}",
                language=language,
                factor=round(rng.triangular(0.75, 1.3, 1.0), 2),
            )
        )
    return sewers


def _staff(rng: random.Random) -> Mapping[str, Colleague]:
    """One of each role; their badges are of a range that no operator's is of."""
    badges = rng.sample(range(0x80_0000_0000, 0x8F_FFFF_FFFF), len(STAFF))
    return MappingProxyType(
        {
            role: Colleague(f"E{901 + number}", name, f"{badge:010X}", language, role)
            for number, ((role, name, language), badge) in enumerate(
                zip(STAFF, badges, strict=True)
            )
        }
    )


def _bundle(rng: random.Random, made: int) -> Bundle:
    lay = made // 12
    return Bundle(
        code=f"B{made + 1:06d}",
        order=_ORDERS[lay // 16 % len(_ORDERS)],
        style=STYLE,
        size=_SIZES[lay % len(_SIZES)],
        colour=_COLOURS[lay // 4 % len(_COLOURS)],
        pieces=rng.randint(PIECES_MIN, PIECES_MAX),
        line=LINE,
        coupons=made % 3 == 0,
    )


def _late(seed: int) -> tuple[Bundle, ...]:
    """Their codes are behind those of every bundle that can be known."""
    rng = random.Random(f"{seed}/late")
    return tuple(_bundle(rng, _LATE_FROM + number) for number in range(_LATE))


def _next_door(seed: int) -> tuple[Bundle, ...]:
    """As ``_late``, behind those."""
    rng = random.Random(f"{seed}/next door")
    bundles = (_bundle(rng, _NEXT_DOOR_FROM + number) for number in range(_NEXT_DOOR))
    return tuple(replace(bundle, line=NEXT_LINE) for bundle in bundles)


def _need(station: Station, minutes: float) -> int:
    """Bundles this station can finish in that time, were all small and quickly sewn, and two."""
    quickest = float(station.operation.sam) * (PIECES_MIN + 2) * 0.85 / station.sewer.factor
    return math.ceil(minutes / quickest) + 2


def _queue_length(seats: Sequence[Operation], operation: Operation) -> int:
    return _WAITING_PER_STATION * seats.count(operation)


def _room(bundles: Sequence[Bundle]) -> int:
    return BUNDLES_MAX - len(bundles)
