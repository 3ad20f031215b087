"""What may come of held work: one credit or one refusal, as meant, and nothing by guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bartack_sim.held import unresolved, wrongly_resolved
from bartack_sim.reckoning import beaten
from bartack_sim.truth import Intent, Want

LOG, OTHER = "9f" * 16, "a0" * 16
BUNDLE, OPERATION, LABEL = "B800001", "OP310", "B800001-OP310-7"
SCANNED, KNOWN = "2026-11-21T02:00:00.000Z", "2026-11-21T02:05:00.000Z"
PAID, REFUSED = Want("ok", None, 12), Want("refused", "wrong_operation")


def event(type_: str, seq: int, at: str = SCANNED, log: str = LOG, **more: Any) -> dict[str, Any]:
    same = {"station": "st01", "operator": "E1", "bundle": BUNDLE, "operation": OPERATION}
    common = {"type": type_, "log": log, "seq": seq, "at": at, "clock": "synced", "label": LABEL}
    return {**common, **same, **more}


HELD = event("work.held", 1)
CREDIT = event("work.done", 2, KNOWN, pieces=12, resolves=1, worked_at=SCANNED)
REFUSAL = event("scan.refused", 2, KNOWN, reason="wrong_operation", resolves=1)


def found(events: Sequence[dict[str, Any]], *later: Want) -> list[str]:
    """The findings where such things may come of the held scan."""
    meant = Intent("st01", "E1", "held", LABEL, BUNDLE, OPERATION, 12, later=later)
    pairs = [(it, meant) for it in events if it["type"] == "work.held"]
    return wrongly_resolved(pairs, events)


def test_held_work_comes_to_what_may_come_of_it() -> None:
    """A credit where it is to be paid, a refusal where it turns out to be wrong."""
    assert not found([HELD, CREDIT], PAID)
    assert not found([HELD, REFUSAL], REFUSED)
    assert not found([HELD], PAID)


@pytest.mark.parametrize(
    ("events", "later"),
    [
        ([HELD, CREDIT], ()),
        ([HELD, CREDIT], (REFUSED,)),
        ([HELD, REFUSAL], (PAID,)),
        ([HELD, REFUSAL | {"reason": "not_assigned"}], (REFUSED,)),
        ([HELD, CREDIT | {"pieces": 11}], (PAID,)),
        ([HELD, CREDIT | {"worked_at": KNOWN}], (PAID,)),
        ([HELD, CREDIT, CREDIT | {"seq": 3}], (PAID,)),
        ([CREDIT], (PAID,)),
    ],
)
def test_what_else_comes_of_held_work_is_found(
    events: list[dict[str, Any]], later: tuple[Want, ...]
) -> None:
    """Paid by guess or twice, refused for no cause or another one, of other pieces or time."""
    assert found(events, *later)


def test_work_that_was_taken_back_is_never_paid() -> None:
    """An undo before the bundle is known ends it: a credit afterwards is wrong, and none is due."""
    undo = event("work.voided", 2, voids=1, pieces=0)
    assert found([HELD, undo, CREDIT | {"seq": 3}], PAID)
    assert not found([HELD, undo], PAID)
    assert not unresolved([HELD, undo], {BUNDLE})
    assert unresolved([HELD], {BUNDLE})
    assert not unresolved([HELD, REFUSAL], {BUNDLE})
    assert not unresolved([HELD], set())


def test_done_already_needs_somebody_who_is_paid() -> None:
    """Where two held one coupon, one of them has a credit if the other is refused."""
    done = Want("refused", "already_done")
    refusal = REFUSAL | {"reason": "already_done"}
    assert found([HELD, refusal], done)
    assert not found([HELD, refusal, event("work.done", 1, log=OTHER, pieces=12)], done)


def test_held_work_is_first_by_when_it_was_scanned() -> None:
    """Two stations hold one coupon and are told of the bundle in the other order: whoever scanned
    first stands."""
    early = event("work.done", 9, KNOWN, worked_at=SCANNED, pieces=12)
    late = event("work.done", 3, "2026-11-21T02:04:00.000Z", OTHER, pieces=12)
    assert beaten([late, early]) == {(OTHER, 3): (LOG, 9)}
