"""What a station knows: session, credits, totals by day, and all that is open. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from fractions import Fraction
from typing import Final, Literal

from immutables import Map

from bartack.events import Head, Place
from bartack.neighbours import Neighbours
from bartack.reference import Reference
from bartack.wire import NeighbourFaults

DAYS_KEPT: Final = 8
"""Days whose totals a station keeps; the others are in the events and at the hub."""

RECENT_KEPT: Final = 8

FAULTS_KEPT: Final = 64
"""Faults that are over and stay known, the last ones: no old message opens them again, and what
they took still counts."""

CHARGES_MAX: Final = 500
"""Open charges of a station; they are part of every commit, and a neighbour may lie."""

Level = Literal["off", "flag", "refuse"]
PayOn = Literal["finish", "start_finish", "start", "batch"]

Work = tuple[str, str]
"""Bundle and operation."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a station's file says about its work."""

    place: Place
    operation: str = ""
    """The operation sewn here when neither ticket nor card names one; empty when they must."""
    timezone: str = "UTC"
    day_starts: time = time(0)
    """When a day of work begins: what is done before counts to the day before."""
    pay_on: PayOn = "finish"
    unknown_bundle: Literal["refuse", "hold"] = "refuse"
    order: Level = "off"
    """What happens to work whose earlier operations are not done."""
    missing_max: int = 0
    """So many of them may be missing."""
    assignment: Level = "off"
    """What happens to work that the operator is not assigned to."""
    line: Level = "refuse"
    """What happens to a bundle of another line."""
    fast_percent: int = 20
    """Work in less than this part of its standard time is flagged; 0: never."""
    badge_elsewhere: Literal["off", "flag", "close"] = "close"
    """When somebody signs in who is signed in at another station of the line: the new session is
    marked, or the older one is closed."""
    sign_out_by_badge: bool = False
    """The badge that signed in signs out when it is shown again."""
    sign_out_after_min: int = 0
    """Minutes without an act after which a session ends; 0: never."""
    shift_ends: tuple[str, ...] = ()
    """Times of the factory's day, as hh:mm, at which sessions end."""
    undo_within_min: int = 15
    rework: Literal["by_fault", "paid", "unpaid"] = "by_fault"


@dataclass(frozen=True, slots=True)
class Session:
    """An operator signed in at this station.

    ``reader`` and ``label`` tell which badge rests on which reader, where that is what keeps the
    session open. ``boot`` and ``mono_ms`` are those of the sign-in; ``acted_boot`` and ``acted_ms``
    of the last act, or of the last start of the agent.
    ``by``: who enters work for the operator, in an office; empty where operators do it themselves.
    """

    operator: str
    opened_at: str
    reader: str = ""
    label: str = ""
    seq: int = 0
    boot: str = ""
    mono_ms: int = 0
    acted_boot: str = ""
    acted_ms: int = 0
    operation: str = ""
    """Chosen by an operation card, until the session ends."""
    by: str = ""
    badge_reader: str = ""
    """Where the badge was shown."""


@dataclass(frozen=True, slots=True)
class Sewn:
    """When somebody last finished work that they sewed here themselves."""

    operator: str
    boot: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class Resting:
    """A bundle that rests at this station, the reader that noticed it, and the event of that."""

    bundle: str
    reader: str
    seq: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Who was credited with which pieces of a bundle at an operation, when, by which event.

    Pieces ``first`` to ``first + pieces - 1``; ``earned`` is exact money, ``minutes`` are produced
    minutes. ``log`` names the log of ``seq``: work of a ledger that was replaced stays counted.
    ``disputed``: the hub found that another station did it before; it is not paid until settled.
    """

    operator: str
    pieces: int
    at: str
    seq: int
    log: str = ""
    first: int = 1
    earned: Fraction = Fraction(0)
    minutes: Fraction = Fraction(0)
    shares: tuple[tuple[str, int], ...] = ()
    disputed: bool = False
    contested: bool = False
    """Another station was credited with it later; this one stands."""

    @property
    def last(self) -> int:
        return self.first + self.pieces - 1

    def parts(self) -> tuple[tuple[str, Fraction], ...]:
        """Who gets which part of it: all of it the operator, where nobody shares."""
        total = sum(weight for _, weight in self.shares)
        if not total:
            return ((self.operator, Fraction(1)),)
        return tuple((operator, Fraction(weight, total)) for operator, weight in self.shares)


@dataclass(frozen=True, slots=True)
class Started:
    """Work that was begun here and not finished yet."""

    operator: str
    at: str
    seq: int
    boot: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class Held:
    """Work on a bundle that is not known yet; it counts once the bundle is. ``by``: the clerk who
    entered it, empty where the operator scanned it."""

    operator: str
    at: str
    seq: int
    label: str
    reader: str
    by: str = ""


FaultKey = tuple[str, int]
"""A fault anywhere on the line: the log and the event that found it."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Faulty pieces that were found here. ``owner``: who caused them, empty when nobody known did;
    ``earned`` was taken from them here. ``charged_at``: the neighbour that is to take it, because
    it credited the work; ``repaired_by`` is kept for it to hear, empty while the pieces wait.
    ``repaired_seq``: the event of the repair."""

    bundle: str
    operation: str
    fault: str
    pieces: int
    owner: str
    earned: Fraction
    minutes: Fraction
    finder: str = ""
    charged_at: str = ""
    repaired_by: str = ""
    repaired_seq: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a fault that a neighbour found has taken from an operator's work here.

    ``is_open`` until the pieces are repaired or the work is taken back; ``seq`` is the event.
    ``earned`` and ``minutes`` are 0 once they came back.
    """

    seq: int
    found_at: str
    bundle: str
    operation: str
    pieces: int
    owner: str
    earned: Fraction
    minutes: Fraction
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """The repair, here, of a fault that a neighbour found, by event ``seq``; told to it."""

    operator: str
    at: str
    seq: int


@dataclass(frozen=True, slots=True)
class OffStandard:
    """Time of an operator that is not sewing. ``approved`` None: nobody has said yet.

    ``ended_ms``: how long it was, None while it lasts. ``cap_ms`` 0: no cap.
    """

    operator: str
    code: str
    at: str
    boot: str
    mono_ms: int
    needs_approval: bool
    rate_per_hour: str
    cap_ms: int
    approved: bool | None = None
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call for help that nobody has answered."""

    operator: str
    kind: str
    at: str


@dataclass(frozen=True, slots=True)
class Recent:
    """One of the last things that happened to an operator here, for the screen.

    ``state``: counted, voided, disputed, held or refused.
    """

    seq: int
    operator: str
    at: str
    kind: str
    bundle: str = ""
    operation: str = ""
    pieces: int = 0
    earned: Fraction | None = None
    state: str = "counted"
    reason: str = ""
    disputed: bool = False
    """The operator does not agree with it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Work of one operator on one operation on one day. ``earned`` is not rounded."""

    pieces: int = 0
    scans: int = 0
    earned: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Day:
    """Totals of one day in the factory's time zone."""

    work: Map[tuple[str, str], Tally] = field(default_factory=Map)
    """By operator and operation."""
    hours: Map[str, int] = field(default_factory=Map)
    """Pieces by hour of the day, ``00`` to ``23``."""
    refusals: Map[str, int] = field(default_factory=Map)
    """Refused scans by reason."""
    seq: int = 0
    """The last event that counted here; days are forgotten by it, because dates may be wrong."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one operator did and earned here on one day of the factory.

    ``earned``: by pieces; ``off_earned``: for time off standard. ``disputed``: pieces that another
    station claims too; they are in none of the sums.
    """

    pieces: int = 0
    earned: Fraction = Fraction(0)
    minutes: Fraction = Fraction(0)
    attended_ms: int = 0
    off_ms: int = 0
    off_earned: Fraction = Fraction(0)
    disputed: int = 0
    faults: int = 0
    seq: int = 0
    """The last event that counted here."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A command that waits for what it still needs. Not in the ledger: nothing happened yet.

    ``given`` is what it has; ``manual``: it was begun on the screen.
    """

    command: str
    needs: str
    mono_ms: int
    given: Map[str, str] = field(default_factory=Map)
    manual: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Everything ``decide`` looks at."""

    rules: Rules
    head: Head
    reference: Reference = field(default_factory=Reference)
    session: Session | None = None
    sewn: Sewn | None = None
    credits: Map[Work, tuple[Credit, ...]] = field(default_factory=Map)
    """By bundle and operation, in the order of their pieces."""
    days: Map[str, Day] = field(default_factory=Map)
    """By ISO date."""
    accounts: Map[tuple[str, str], Account] = field(default_factory=Map)
    """By operator and ISO date."""
    resting: Map[str, Resting] = field(default_factory=Map)
    """By the tag's value."""
    started: Map[Work, Started] = field(default_factory=Map)
    held: Map[Work, Held] = field(default_factory=Map)
    defects: Map[int, Defect] = field(default_factory=Map)
    """By the event that found them."""
    charges: Map[FaultKey, Charge] = field(default_factory=Map)
    reports: Map[FaultKey, Report] = field(default_factory=Map)
    off: Map[int, OffStandard] = field(default_factory=Map)
    """Time off standard that lasts or waits for approval, by the event that began it."""
    calls: Map[int, Call] = field(default_factory=Map)
    recent: tuple[Recent, ...] = ()
    """Newest first."""
    asking: Asking | None = field(default=None, compare=False)
    neighbours: Neighbours = field(default_factory=Neighbours, compare=False)
    """What other stations of the line say. Not of this ledger, as reference data is not."""
    heeded_faults: Map[str, NeighbourFaults] = field(default_factory=Map, compare=False)
    """What neighbours told of faults, as far as everything that follows from it was decided."""

    def credit(self, seq: int, log: str = "") -> tuple[Work, Credit] | None:
        """The credit that an event made, if it still stands; slow, for what people look up."""
        wanted = log or self.head.log
        for work, credits in self.credits.items():
            for credit in credits:
                if (credit.seq, credit.log) == (seq, wanted):
                    return work, credit
        return None


def spots(state: State) -> tuple[tuple[str, str], ...]:
    """Where something rests, as reader and tag: bundles, and the badge of who is signed in."""
    bundles = tuple((rests.reader, label) for label, rests in state.resting.items())
    session = state.session
    badge = ((session.reader, session.label),) if session and session.label else ()
    return bundles + badge
