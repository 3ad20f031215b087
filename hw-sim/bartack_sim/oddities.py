"""Which marks work and sign-ins must bear: too fast, an operation skipped or not learnt, a badge in
use. Pure.

Reckoned from the order and times of what was committed, by the settings that the line's stations
have: work in less than a fifth of its standard time is too fast, a bundle that skipped an operation
of its route is marked, so is work that was not learnt where stations only mark it, and a badge that
is signed in at another station. What a neighbour did may or may not be known while it is fresh.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from bartack_sim.books import HEARD_S
from bartack_sim.configuration import FAST_PERCENT
from bartack_sim.explained import Event
from bartack_sim.line import Line
from bartack_sim.reference import sam

FOREVER_MS = 1 << 62


@dataclass(frozen=True, slots=True)
class Marks:
    """What must be marked, and what may be."""

    must: frozenset[str]
    may: frozenset[str]


def wrongly_marked(
    line: Line, speed: float, events: Sequence[Event], *, order: bool, calm: bool
) -> list[str]:
    """A finding for each credit or sign-in whose flags are not as they must be."""
    found = []
    fast = _too_fast(line, speed, events)
    looking = {it.code for it in line.places if order or it.rules.refuses_skipped}
    marks = _skipped(line, events, looking, calm=calm)
    marks |= _lent(line, events, calm=calm)
    unlearnt = _unlearnt(line, events)
    for event in events:
        if event["type"] not in ("work.done", "session.opened"):
            continue
        key = (event["log"], event["seq"])
        known = marks.get(key, Marks(frozenset(), frozenset()))
        must = known.must | ({"too_fast"} if key in fast else frozenset())
        must |= {"not_assigned"} if key in unlearnt else frozenset()
        may = must | known.may
        flags = set(event.get("flags", ()))
        if not must <= flags <= may:
            found.append(
                f"wrong: {event['station']} event {key} is marked {sorted(flags)},"
                f" it must be {sorted(must)} and may be {sorted(may)}"
            )
    return found


def paid_twice(events: Sequence[Event]) -> list[str]:
    """A finding for each credit of somebody whose time off standard went on meanwhile."""
    found = []
    off: dict[str, Event] = {}
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        log = event["log"]
        if event["type"] == "offstandard.started":
            off[log] = event
        elif event["type"] == "offstandard.ended":
            off.pop(log, None)
        elif event["type"] in ("work.done", "work.repaired"):
            own = log in off and event["operator"] == off[log]["operator"]
            if own and _is_of_now(event) and "reported_at" not in event:
                found.append(f"wrong: {event['station']} paid {event['type']} in time off standard")
    return found


def _too_fast(line: Line, speed: float, events: Sequence[Event]) -> set[tuple[str, int]]:
    minutes = {it.code: Decimal(sam(it, speed)) for it in line.route}
    last: dict[str, tuple[str, int]] = {}
    """Who last sewed at each log's station, and when that was."""
    signed_in: dict[str, str] = {}
    found = set()
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        log = event["log"]
        if event["type"] == "session.opened":
            signed_in[log] = event["operator"]
        if event["type"] != "work.done":
            continue
        standard_ms = minutes[event["operation"]] * event["pieces"] * 60_000
        operator, before_ms = last.get(log, ("", 0))
        limit_ms = standard_ms * FAST_PERCENT / 100
        if not _is_of_now(event) or event.get("by"):
            continue  # nor does a clerk sew what is entered
        if operator == event["operator"] and event["mono_ms"] - before_ms < limit_ms:
            found.add((log, event["seq"]))
        if signed_in.get(log) == event["operator"]:
            last[log] = (event["operator"], event["mono_ms"])
    return found


def _unlearnt(line: Line, events: Sequence[Event]) -> set[tuple[str, int]]:
    """Work of somebody who has not learnt it, where that is marked or a supervisor answers for it;
    who has no row among the skills may do anything."""
    skills = {it.sewer.code: line.skills(it) for it in line.stations}
    marking = {it.code for it in line.places if it.rules.assignment == "flag"}
    found = set()
    for event in events:
        if event["type"] != "work.done":
            continue
        everyone = {event["operator"], *(who for who, _ in event.get("shares", ()))}
        learnt = all(
            event["operation"] in skills.get(who, {event["operation"]}) for who in everyone
        )
        counts = event["station"] in marking or event.get("source") == "correction"
        if counts and not learnt:
            found.add((event["log"], event["seq"]))
    return found


def _skipped(
    line: Line, events: Sequence[Event], looking: Set[str], *, calm: bool
) -> dict[tuple[str, int], Marks]:
    """Pieces that are known to be done at each operation decide what is missing.

    Where skipped operations are refused instead of marked, such work must not be there at all: it
    bears no mark, and so is wrong.
    """
    route = [it.code for it in line.route]
    done: dict[tuple[str, str], list[Event]] = defaultdict(list)
    voids = {(it["log"], it["voids"]): it for it in events if it["type"] == "work.voided"}
    marks = {}
    for event in sorted(events, key=lambda it: (it["mono_ms"], it["log"], it["seq"])):
        if event["type"] != "work.done":
            continue
        first = int(event.get("first", 1))
        wanted = set(range(first, first + event["pieces"]))
        surely, perhaps = False, False
        for earlier in route[: route.index(event["operation"])]:
            others = done[event["bundle"], earlier]
            sure = [it for it in others if _is_known(it, event, voids, calm=calm)]
            known = {n for it in sure for n in _pieces(it)}
            told = {n for it in others for n in _pieces(it)}
            surely = surely or not wanted <= told
            perhaps = perhaps or not wanted <= known
        mark = frozenset({"missing_previous"})
        none: frozenset[str] = frozenset()
        if event["station"] in looking:
            marks[event["log"], event["seq"]] = Marks(
                mark if surely else none, mark if perhaps else none
            )
        done[event["bundle"], event["operation"]].append(event)
    return marks


def wrongly_closed(line: Line, events: Sequence[Event], *, calm: bool) -> list[str]:
    """A finding for each session that a newer one elsewhere should have closed and did not, or
    the other way round."""
    closing = _stations(line, "close")
    opened, ends = sessions(events)
    until_ms = {key: it["mono_ms"] for key, it in ends.items()}
    last_ms = max((it["mono_ms"] for it in events), default=0)
    found = []
    for session in opened:
        key = (session["log"], session["seq"])
        end_ms = until_ms.get(key, FOREVER_MS)
        newer = [
            it
            for it in opened
            if it["operator"] == session["operator"]
            and it["log"] != session["log"]
            and "by" not in it
            and session["mono_ms"] < it["mono_ms"] <= end_ms
        ]
        told = f"session {key[0]}/{key[1]} of {session['operator']}"
        closes = session["station"] in closing and "by" not in session
        if key in ends and ends[key]["reason"] == "elsewhere":
            if not (closes and newer):
                found.append(f"wrong: {told} was closed for one elsewhere, and there is none")
            continue
        before_ms = min(end_ms, last_ms)
        heard = [it for it in newer if _is_surely_heard(it, until_ms, before_ms)]
        if calm and closes and heard:
            found.append(f"wrong: {told} went on beside a newer one elsewhere")
    return found


def _is_surely_heard(session: Event, until_ms: dict[tuple[str, int], int], before_ms: int) -> bool:
    """Whether the line has heard of it in time: one that ends at once may never be told."""
    due_ms = session["mono_ms"] + HEARD_S * 1000
    lasted = until_ms.get((session["log"], session["seq"]), FOREVER_MS) >= due_ms
    return lasted and bool(due_ms < before_ms)


def _stations(line: Line, badge_elsewhere: str) -> set[str]:
    return {it.code for it in line.places if it.rules.badge_elsewhere == badge_elsewhere}


def sessions(events: Sequence[Event]) -> tuple[list[Event], dict[tuple[str, int], Event]]:
    """Every sign-in, and what ended it."""
    ordered = sorted(events, key=lambda it: (it["log"], it["seq"]))
    ends: dict[tuple[str, int], Event] = {}
    running: dict[str, Event] = {}
    for event in ordered:
        if event["type"] == "session.opened":
            running[event["log"]] = event
        elif event["type"] == "session.closed" and event["log"] in running:
            session = running.pop(event["log"])
            ends[session["log"], session["seq"]] = event
    return [it for it in ordered if it["type"] == "session.opened"], ends


def _lent(line: Line, events: Sequence[Event], *, calm: bool) -> dict[tuple[str, int], Marks]:
    """Sign-ins with a badge that is signed in at another station, where that is marked."""
    flagging = _stations(line, "flag")
    opened, ends = sessions(events)
    until_ms = {key: it["mono_ms"] for key, it in ends.items()}
    marks = {}
    opened = [it for it in opened if "by" not in it]  # a clerk enters who is somewhere else
    for event in opened:
        if event["station"] not in flagging:
            continue
        now_ms, news_ms = event["mono_ms"], event["mono_ms"] - HEARD_S * 1000
        others = [
            (it["mono_ms"], until_ms.get((it["log"], it["seq"]), FOREVER_MS))
            for it in opened
            if it["operator"] == event["operator"] and it["log"] != event["log"]
        ]
        must = calm and any(begin <= news_ms and end > now_ms for begin, end in others)
        may = any(begin <= now_ms and (end > news_ms or not calm) for begin, end in others)
        mark, none = frozenset({"badge_in_use"}), frozenset[str]()
        marks[event["log"], event["seq"]] = Marks(mark if must else none, mark if may else none)
    return marks


def wrongly_replaced(line: Line, events: Sequence[Event]) -> list[str]:
    """A finding for each supervisor or mechanic who was signed in in the place of somebody who
    works: their badges answer and approve, or are refused."""
    staff = {it.code for it in line.staff.values() if it.role != "clerk"}
    before: dict[str, Event] = {}
    found = []
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        last = before.get(event["log"], {})
        replaces = last.get("type") == "session.closed" and last.get("reason") == "replaced"
        if event["type"] == "session.opened" and event["operator"] in staff and replaces:
            found.append(f"wrong: {event['station']} signed in {event['operator']} in a seat")
        before[event["log"]] = event
    return found


def wrongly_timed(events: Sequence[Event]) -> list[str]:
    """A finding for each credit that does not tell how long its work took since it was begun, and
    for each sign-out by which attendance is booked that a clerk entered."""
    begun: dict[tuple[str, str, str], Event] = {}
    entered: dict[str, bool] = {}
    found = []
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        log, name = event["log"], f"{event['station']} event {event['log']}/{event['seq']}"
        match event["type"]:
            case "work.started":
                begun[log, event["bundle"], event["operation"]] = event
            case "work.done":
                start = begun.pop((log, event["bundle"], event["operation"]), None)
                took_ms = event["mono_ms"] - start["mono_ms"] if start is not None else None
                if event.get("worked_ms") != took_ms:
                    found.append(f"wrong: {name} took {event.get('worked_ms')} ms, not {took_ms}")
            case "session.opened":
                entered[log] = "by" in event
            case "session.closed" if ("attended_ms" in event) is entered.get(log, False):
                found.append(f"wrong: {name} books attendance of a clerk's entry, or none")
    return found


def _is_of_now(event: Event) -> bool:
    """What a supervisor puts right, or waited for its bundle, was not sewn just now."""
    return event.get("source") != "correction" and "resolves" not in event


def _pieces(event: Event) -> range:
    first = int(event.get("first", 1))
    return range(first, first + event["pieces"])


def _is_known(done: Event, now: Event, voids: dict[tuple[str, int], Event], *, calm: bool) -> bool:
    """Whether the station of ``now`` surely knows of the work, which stands."""
    if (done["log"], done["seq"]) in voids:
        return False
    age_ms = now["mono_ms"] - done["mono_ms"]
    return done["log"] == now["log"] or (calm and age_ms >= HEARD_S * 1000)
