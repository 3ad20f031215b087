"""The judge of habits finds every planted fault of a lamp, an event, a mark or a sum.

A short history of four acts is written by hand, with the numbers that the rules of the floor give.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pytest

from bartack_sim.conduct import Witnesses, judge_all, undisputed
from bartack_sim.explained import explain
from bartack_sim.judge import Verdict
from bartack_sim.lamps import Lamp
from bartack_sim.line import plan_line
from bartack_sim.reckoning import earned_by_truth
from bartack_sim.truth import Intent, Kind, Want

LINE = plan_line(seed=1, stations=3, minutes=30.0)
FIRST, SECOND = LINE.stations[:2]
LOG, OTHER_LOG = "9f" * 16, "a0" * 16
RATES = {operation.code: operation.rate for operation in LINE.route}
MINUTE_MS = 60_000
OK = Want("ok", None, 10)


@dataclass
class History:
    """A run as its witnesses would tell it; ``act`` adds one scan and what came of it."""

    truth: list[Intent] = field(default_factory=list)
    answers: dict[int, Lamp] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    earned: dict[str, Fraction] = field(default_factory=dict)
    off: str = "0"

    def act(self, intent: Intent, event: dict[str, Any]) -> None:
        want = intent.wants[0]
        log = LOG if intent.station == FIRST.code else OTHER_LOG
        seq = 1 + sum(it["log"] == log for it in self.events)
        number = len(self.events)
        common = {
            "log": log,
            "seq": seq,
            "station": intent.station,
            "operator": intent.operator,
            "at": f"2026-11-21T02:{number:02d}:00.000Z",
            "clock": "synced",
            "boot": "b1",
            "mono_ms": 1_000_000 + number * 10 * MINUTE_MS,
            "source": "scan",
            "label": intent.text,
        }
        self.events.append(common | event)
        self.answers[len(self.truth)] = Lamp(
            want.outcome,
            want.reason,
            log,
            seq,
            intent.operator,
            intent.bundle,
            intent.operation,
            want.pieces,
        )
        self.truth.append(intent)

    def judge(self, imported: frozenset[str] = frozenset()) -> Verdict:
        lamps: dict[str, list[Lamp]] = {FIRST.code: [], SECOND.code: []}
        for number, lamp in self.answers.items():
            lamps[self.truth[number].station].append(lamp)
        rows = [{"operator": who, "earned": str(money)} for who, money in self.earned.items()]
        accounts = [
            {"operator": who, "earned": str(money), "off_earned": self.off, "attended_ms": 0}
            for who, money in self.earned.items()
        ]
        states = {FIRST.code: {"work": rows, "accounts": accounts}}
        seen = Witnesses(self.truth, self.answers, lamps, self.events, states, imported)
        return judge_all(LINE, 1.0, seen, order=False, calm=True)


def intent(kind: Kind, text: str, *wants: Want, bundle: int = 0) -> Intent:
    known = Intent(FIRST.code, FIRST.sewer.code, kind, text, wants=wants)
    code = f"B{bundle:06d}" if bundle else None
    return replace(known, bundle=code, operation=FIRST.operation.code if bundle else None)


def paid(bundle: int, pieces: int = 10, **more: Any) -> dict[str, Any]:
    return {
        "type": "work.done",
        "bundle": f"B{bundle:06d}",
        "operation": FIRST.operation.code,
        "first": 1,
        "pieces": pieces,
        "rate": str(RATES[FIRST.operation.code]),
        **more,
    }


def history() -> History:
    """Work; work that is taken back; a fault and no repair; a claim that a supervisor approves."""
    told, operation = History(), FIRST.operation.code
    told.act(
        intent("badge", FIRST.sewer.badge, Want("info", "signed_in")),
        {"type": "session.opened", "badge": FIRST.sewer.badge},
    )
    told.act(intent("work", "B000001", OK, bundle=1), paid(1))
    told.act(intent("work", "B000002", OK, bundle=2), paid(2))
    told.act(
        intent("undo", "CMD-UNDO", Want("info", "undone", 10), bundle=2),
        {"type": "work.voided", "voids": 3, "of_log": LOG, "bundle": "B000002",
         "operation": operation, "pieces": 10},
    )  # fmt: skip
    defect = intent("defect", "CMD-OWNER-operator", Want("info", "defect_noted", 2), bundle=1)
    told.act(
        replace(defect, code="operator", pieces=2),
        {**paid(1, 2), "type": "defect.found", "owner": FIRST.sewer.code,
         "owner_kind": "operator", "deducted": True},
    )  # fmt: skip
    told.act(
        replace(intent("off", "CMD-OFF", Want("info", "offstandard_waiting")), code="MB"),
        {
            "type": "offstandard.started",
            "code": "MB",
            "pay": "time",
            "rate_per_hour": "60.00",
            "cap_ms": 30 * MINUTE_MS,
            "needs_approval": True,
        },
    )
    told.act(
        replace(intent("verdict", "80", Want("info", "offstandard_approved")), other="S1"),
        {"type": "offstandard.approved", "start": 6, "by": "S1"},
    )
    told.act(
        intent("card", "CMD-OFF-END", Want("info", "offstandard_ended")),
        {"type": "offstandard.ended", "code": "MB", "start": 6, "off_ms": 20 * MINUTE_MS},
    )
    told.earned = {FIRST.sewer.code: 8 * Fraction(RATES[operation])}
    told.off = "20"
    return told


def test_a_history_by_the_rules_is_clean() -> None:
    """What the rules give is what the judge expects: ten pieces less two faulty ones are paid."""
    verdict = history().judge()
    assert verdict.findings == ()
    assert verdict.clean


def test_approved_time_is_paid_and_nothing_else() -> None:
    """Twenty approved minutes at 60 an hour are 20; without the approval they are nothing."""
    told = history()
    explained = explain(told.truth, told.answers, told.events)
    assert earned_by_truth(LINE, explained, ()).off == {FIRST.sewer.code: Fraction(20)}
    rest = [it for it in told.events if it["type"] != "offstandard.approved"]
    alone = explain(told.truth, told.answers, rest)
    assert not earned_by_truth(LINE, alone, ()).off


@pytest.mark.parametrize(
    ("owner", "finder", "mender", "sewer_pieces", "other_pieces"),
    [
        ("operator", 0, 1, 8, 2),
        ("operator", 1, 0, 10, 0),
        ("operator", 1, 1, 8, 0),
        ("previous", 0, 1, 10, 2),
        ("previous", 1, 0, 12, 0),
        ("previous", 1, 1, 10, 0),
    ],
)
def test_a_repair_pays_by_fault_and_finder(
    owner: str, finder: int, mender: int, sewer_pieces: int, other_pieces: int
) -> None:
    """Ten pieces of the first of two people, two of them faulty: one's own fault is lost until one
    repairs it oneself, any other repair is paid, unless nobody else has seen the fault."""
    people, told = (FIRST.sewer.code, SECOND.sewer.code), History()
    told.act(intent("work", "B000001", OK, bundle=1), paid(1))
    found = intent("defect", "CMD-OWNER", Want("info", "defect_noted", 2), bundle=1)
    told.act(
        replace(found, operator=people[finder], code=owner, pieces=2),
        {"type": "defect.found", "bundle": "B000001", "pieces": 2},
    )
    mended = intent("repair", "B000001", Want("info", "repaired", 2), bundle=1)
    told.act(
        replace(mended, operator=people[mender], pieces=2),
        {"type": "work.repaired", "defect": 2, "bundle": "B000001", "pieces": 2},
    )
    explained = explain(told.truth, told.answers, told.events)
    earned = earned_by_truth(LINE, explained, ()).pieces
    rate = Fraction(RATES[FIRST.operation.code])
    assert [earned[it] for it in people] == [sewer_pieces * rate, other_pieces * rate]


def held() -> History:
    """Work on a bundle that is not known, and the credit for it that the station gives later."""
    told, label, operation = History(), "B800001", FIRST.operation.code
    meant = intent("held", label, Want("info", "held"), bundle=800_001)
    told.act(
        replace(meant, pieces=10, later=(OK,)),
        {"type": "work.held", "bundle": label, "operation": operation},
    )
    credit = told.events[0] | paid(800_001) | {"seq": 2, "resolves": 1, "mono_ms": 1_000_001}
    told.events.append(credit | {"worked_at": told.events[0]["at"]})
    told.earned = {FIRST.sewer.code: 10 * Fraction(RATES[operation])}
    return told


def test_held_work_is_paid_once_its_bundle_is_known() -> None:
    """The whole bundle is paid as of the scan; what nobody has imported is not, and no fault."""
    imported = frozenset({"B800001"})
    assert held().judge(imported).findings == ()
    told = held()
    del told.events[1]
    told.earned = {}
    assert told.judge().wrong == 0
    assert told.judge(imported).wrong == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"operator": SECOND.sewer.code},
        {"pieces": 9},
        {"worked_at": "2026-11-21T03:00:00.000Z"},
        {"resolves": 7},
        {"type": "scan.refused", "reason": "unknown_bundle"},
        {"flags": ["too_fast"]},
    ],
)
def test_held_work_that_is_paid_wrongly_is_found(fields: dict[str, Any]) -> None:
    """Another operator, number or time, no held work at all, or a mark for being quick: wrong."""
    told = held()
    told.events[1].update(fields)
    assert told.judge(frozenset({"B800001"})).wrong > 0


def test_a_forged_ticket_that_was_held_is_never_paid() -> None:
    """A credit for a held label that must count nothing is wrong."""
    told = held()
    told.truth[0] = replace(told.truth[0], kind="false")
    assert told.judge().wrong > 0


@pytest.mark.parametrize(("reason", "wrong"), [("elsewhere", 0), ("signed_out", 1)])
def test_who_was_signed_out_from_elsewhere_cannot_know_it(reason: str, wrong: int) -> None:
    """A refusal is no fault while a badge that was shown elsewhere has ended the session here."""
    told = history()
    told.act(intent("work", "B000003", OK, bundle=3), {"type": "scan.refused", "reason": "x"})
    told.answers[len(told.truth) - 1] = Lamp("refused", "no_operator", LOG, 9)
    told.events[-1] |= {"reason": "no_operator"}
    end = told.events[-1] | {"type": "session.closed", "reason": reason, "source": "station"}
    told.events.append(end)
    told.events[-2]["seq"], told.events[-1]["seq"] = 10, 9
    told.answers[len(told.truth) - 1] = Lamp("refused", "no_operator", LOG, 10)
    explained = explain(told.truth, told.answers, told.events)
    assert len(explained.wrong) == wrong


def begun() -> History:
    """A bundle is begun; the ticket of the next one ends it and begins that one; a clerk enters a
    coupon."""
    told, operation = History(), FIRST.operation.code
    started = {"type": "work.started", "operation": operation, "pieces": 10}
    told.act(
        intent("begin", "B000001", Want("info", "started", 10), bundle=1),
        {**started, "bundle": "B000001"},
    )
    told.act(
        replace(intent("work", "B000002", OK, bundle=1), pieces=10),
        {**paid(1), "label": "B000001", "worked_ms": 10 * MINUTE_MS},
    )
    told.events.append(told.events[-1] | {**started, "bundle": "B000002", "seq": 3})
    told.events[-1] |= {"label": "B000002"}
    told.act(
        replace(intent("entered", "B000003", OK, bundle=3), code="E903"),
        {**paid(3), "source": "manual", "by": "E903"},
    )
    told.earned = {FIRST.sewer.code: 20 * Fraction(RATES[operation])}
    return told


def test_work_by_other_scan_modes_is_clean() -> None:
    """What is begun pays with the scan that ends it; the next start needs no lamp of its own."""
    assert begun().judge().findings == ()


@pytest.mark.parametrize(
    "fault",
    [
        lambda told: told.events[0].update(pieces=9),
        lambda told: told.events[1].update(worked_ms=1),
        lambda told: told.events[2].update(label="B000009"),
        lambda told: told.events[3].update(by="E904"),
        lambda told: told.events[3].update(source="scan"),
    ],
)
def test_a_planted_fault_of_a_scan_mode_is_found(fault: Callable[[History], None]) -> None:
    """A start of other pieces or that nobody meant, a wrong duration, another clerk: wrong."""
    told = begun()
    fault(told)
    assert told.judge().wrong > 0


def _changed(number: int, **fields: Any) -> Callable[[History], None]:
    return lambda told: told.events[number].update(fields)


def _unmeant(number: int) -> Callable[[History], None]:
    def change(told: History) -> None:
        told.answers.pop(number)
        told.truth[number] = replace(told.truth[number], wants=())

    return change


def _seen(number: int, outcome: str, reason: str) -> Callable[[History], None]:
    def change(told: History) -> None:
        told.answers[number] = replace(told.answers[number], outcome=outcome, reason=reason)

    return change


@pytest.mark.parametrize(
    "fault",
    [
        _changed(1, rate="0.01"),
        _changed(1, pieces=9),
        _changed(1, operator=SECOND.sewer.code),
        _changed(1, flags=["too_fast"]),
        _changed(2, mono_ms=1_000_001 + 10 * MINUTE_MS),  # too fast, and not marked
        _changed(3, voids=2),
        _changed(4, deducted=False),
        _changed(4, pieces=3),
        _changed(4, owner=SECOND.sewer.code),
        _changed(4, owner_kind="machine"),
        _changed(6, by="S2"),
        _unmeant(0),
        _unmeant(3),
        _unmeant(5),
        _unmeant(6),
        _seen(2, "refused", "already_done"),
        _seen(5, "info", "offstandard_started"),
    ],
)
def test_a_planted_fault_is_found(fault: Callable[[History], None]) -> None:
    """A changed rate, number, owner, mark or approver, an act that nobody meant, an answer that is
    not right: each is wrong."""
    told = copy.deepcopy(history())
    fault(told)
    assert told.judge().wrong > 0


def test_a_lamp_without_its_event_is_lost() -> None:
    """News that a station gave and never committed is lost."""
    told = history()
    told.events = [it for it in told.events if it["type"] != "work.voided"]
    assert told.judge().lost == 1


@pytest.mark.parametrize("number", [1, 3, 4])
def test_an_act_whose_lamp_nobody_saw_is_explained(number: int) -> None:
    """The event of a scan that went without an answer is still what was meant."""
    told = history()
    del told.answers[number]
    assert told.judge().findings == ()


def test_a_sum_that_a_station_shows_wrongly_is_found() -> None:
    """Earnings in the state topic, by operation and in all, are compared to the last place told."""
    told = history()
    told.earned[FIRST.sewer.code] += Fraction(1, 10**6)
    assert told.judge().wrong == 2


def test_the_first_claim_is_paid_and_the_second_disputed() -> None:
    """Pieces that two stations credited are paid once; a dispute that is missing is doubled."""
    told = history()
    second = replace(
        intent("part", "B000001", OK, bundle=1),
        station=SECOND.code,
        operator=SECOND.sewer.code,
    )
    told.act(second, paid(1))
    assert undisputed(told.events)
    assert told.judge().doubled == 1
    dispute = {**told.events[-1], "type": "work.disputed", "seq": 2, "source": "station"}
    told.events.append({**dispute, "work": 1, "of_log": OTHER_LOG})
    assert not undisputed(told.events)
    assert told.judge().findings == ()


def corrected_away() -> History:
    """Work that a supervisor takes away altogether; somebody else's begun bundle is refused; held
    work is disputed and then taken back."""
    told, operation = History(), FIRST.operation.code
    told.act(intent("work", "B000001", OK, bundle=1), paid(1))
    nothing = intent("correct", "CMD-REASON", Want("info", "corrected", 0), bundle=1)
    told.act(
        replace(nothing, pieces=0, code="wrong_bundle", by="S1"),
        {"type": "work.voided", "voids": 1, "of_log": LOG, "bundle": "B000001", "pieces": 0,
         "operation": operation, "source": "correction", "reason": "wrong_bundle", "by": "S1"},
    )  # fmt: skip
    begun_by = Want("refused", "already_started")
    told.act(
        replace(intent("false", "B000002", begun_by, bundle=2), other=SECOND.sewer.code),
        {"type": "scan.refused", "reason": "already_started", "done_by": SECOND.sewer.code},
    )
    told.act(
        intent("held", "B800001", Want("info", "held"), bundle=800_001),
        {"type": "work.held", "bundle": "B800001", "operation": operation},
    )
    told.act(
        replace(intent("dispute", "CMD-DISPUTE", Want("info", "disputed")), code="held"),
        {"type": "scan.disputed", "of": 4, "kind": "held"},
    )
    undo = intent("undo", "CMD-UNDO", Want("info", "undone", 0), bundle=800_001)
    told.act(
        replace(undo, code="held"),
        {"type": "work.voided", "voids": 4, "bundle": "B800001", "operation": operation,
         "pieces": 0, "reason": "undo"},
    )  # fmt: skip
    return told


def test_what_is_taken_away_pays_nothing_and_is_clean() -> None:
    """Nobody earned anything, and each answer and event is right."""
    assert corrected_away().judge(frozenset({"B800001"})).findings == ()


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        (1, {"by": "S2"}),
        (1, {"reason": "miscount"}),
        (1, {"source": "scan"}),
        (2, {"done_by": FIRST.sewer.code}),
        (4, {"kind": "done"}),
        (5, {"pieces": 10}),
        (5, {"voids": 1, "bundle": "B000001"}),
    ],
)
def test_a_planted_fault_of_what_is_taken_away_is_found(
    number: int, fields: dict[str, Any]
) -> None:
    """Another supervisor or reason, another who has begun it, another thing disputed or undone."""
    told = corrected_away()
    told.events[number].update(fields)
    assert told.judge().wrong > 0


@pytest.mark.parametrize(("of", "clean"), [("defect.charged", True), ("defect.found", False)])
def test_a_dispute_may_meet_a_notice_and_no_fault_of_ones_own(of: str, clean: bool) -> None:
    """What another desk found is told by a light of its own, and is the last answer then."""
    told = History()
    told.act(intent("work", "B000001", OK, bundle=1), paid(1))
    told.events.append({**told.events[-1], "type": of, "seq": 2, "source": "station", "defect": 1})
    told.act(
        replace(intent("dispute", "CMD-DISPUTE", Want("info", "disputed")), code="done"),
        {"type": "scan.disputed", "of": 2, "kind": "defect"},
    )
    found = explain(told.truth, told.answers, told.events).wrong
    assert (not any("not the last answer" in it for it in found)) is clean
