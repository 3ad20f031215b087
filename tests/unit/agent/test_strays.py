"""Bundles of other lines that were shown on this one: what they are, and what work on them is."""

from __future__ import annotations

import pytest

from acting import account, after, answer, last, only, types
from bartack.identify import Scan
from bartack.reference import Reference, with_table
from bartack.station import learn
from bartack.wire import STRAYS
from sewing import at_station, badge, bundle, bundle_rows, floor, moment, table

FAR = {**bundle_rows(31, line="l99")[30], "tag": "E2801160", "rates": "OP310=1.50"}
"""A bundle that only another line's stations know."""


def told(known: Reference | None = None, *rows: dict[str, str], version: int = 7) -> Reference:
    """The line's reference data once the hub has told of bundles of others."""
    return with_table(known or floor(), table(STRAYS, rows, version))


@pytest.mark.parametrize(
    ("level", "outcome", "reason"),
    [("refuse", "refused", "wrong_line"), ("flag", "ok", None), ("off", "ok", None)],
)
def test_a_bundle_of_another_line_is_unknown_until_the_hub_tells_whose_it_is(
    level: str, outcome: str, reason: str | None
) -> None:
    """First nobody here knows it; then it is judged as a bundle of another line, by setting."""
    before = at_station(line=level)
    assert answer(last(before, badge(), bundle(31))) == ("refused", "unknown_bundle")
    known = at_station(told(None, FAR), line=level)
    decision = last(known, badge(), bundle(31))
    assert answer(decision) == (outcome, reason)
    (event,) = decision.events
    assert event.fields.get("flags") == (["wrong_line"] if level == "flag" else None)
    if level == "refuse":
        assert event.text("expected_line") == "l99"


@pytest.mark.parametrize("level", ["refuse", "flag"])
def test_held_work_on_a_bundle_of_another_line_comes_to_an_end(level: str) -> None:
    """What waited for its bundle is refused or credited as soon as the hub tells whose it is."""
    state = after(at_station(unknown_bundle="hold", line=level), badge(), bundle(31))
    assert len(state.held) == 1
    decision = learn(state, told(state.reference, FAR), moment(60))
    assert not decision.state.held
    if level == "refuse":
        event = only(decision, "scan.refused")
        assert (event.text("reason"), event.number("resolves")) == ("wrong_line", state.head.seq)
        assert account(decision.state).pieces == 0
    else:
        assert only(decision, "work.done").fields["flags"] == ["wrong_line"]
        assert account(decision.state).pieces == 12


def test_the_tag_of_a_bundle_of_another_line_is_known_too() -> None:
    """A tag counts like the ticket of its bundle, whichever line the bundle is of."""
    tag = Scan("tag", "e2801160", "antenna")
    assert answer(last(at_station(), badge(), tag)) == ("refused", "unknown_tag")
    assert answer(last(at_station(told(None, FAR)), badge(), tag)) == ("refused", "wrong_line")


def test_a_bundle_of_another_line_pays_its_own_rate() -> None:
    """Where it is credited, its own rate holds, and the event names the version of all bundles."""
    event = only(last(at_station(told(None, FAR), line="off"), badge(), bundle(31)), "work.done")
    assert (event.text("rate"), event.text("rate_version")) == ("1.50", "bundles:7")


def test_the_lines_own_bundles_go_before_those_of_others() -> None:
    """A bundle that was given to this line meanwhile is this line's, whatever was told before."""
    known = told(floor(bundle_rows(40)), FAR)
    assert answer(last(at_station(known), badge(), bundle(31))) == ("ok", None)


def test_what_was_credited_is_paid_anew_when_the_bundles_rate_changes() -> None:
    """A rate that comes late re-rates work on a bundle of another line as on any."""
    state = after(at_station(told(None, FAR), line="off"), badge(), bundle(31))
    dearer = told(state.reference, {**FAR, "rates": "OP310=2.00"}, version=8)
    decision = learn(state, dearer, moment(60))
    event = only(decision, "work.rerated")
    assert (event.text("rate_was"), event.text("rate")) == ("1.50", "2.00")
    assert types(learn(decision.state, told(dearer), moment(70))) == []
