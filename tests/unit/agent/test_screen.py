"""The document of the operator's screen: complete, small, and right in every figure."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acting import after, last, played, rebooted
from bartack.events import Json, canonical
from bartack.identify import Scan
from bartack.kiosk.document import SHOWN_RECENT, ScreenSettings, Shown, screen_document
from bartack.projection import State
from bartack.reference import Reference
from bartack.station import Decision, turn
from bartack.station.asking import NEEDS
from bartack.wire import Row
from random_acts import acts, checks, ways
from sewing import (
    FLOOR,
    OPERATIONS,
    SUPERVISOR,
    at_station,
    badge,
    bundle,
    bundle_rows,
    card,
    floor,
    moment,
    press,
)

LARGEST_BYTES = 8192

SHIFT: list[Row] = [
    {"start": "08:00", "end": "17:00", "break_start": "10:00;12:30", "break_end": "10:15;13:15",
     "target_percent": "65"},
]  # fmt: skip
"""Nine hours from 02:00 UTC, an hour of them breaks: 480 minutes, as in the field's vectors."""

GUARANTEES: list[Row] = [{"from": "2026-01-01", "period": "day", "per_hour": "65"}]

Document = dict[str, Json]


def working(**tables: list[Row]) -> Reference:
    return floor(**{"shifts": SHIFT, "guarantees": GUARANTEES, **tables})


def shown(state: State, now_s: int = 0, answered: Decision | None = None) -> Document:
    """The document at a second of the shift, after an answer."""
    with_answer = Shown(7, answered.feedback if answered else None, True, 3, ("disk",))
    return screen_document(state, with_answer, moment(now_s), ScreenSettings(currency="BDT"))


def part(document: Document, name: str) -> Document:
    return cast(Document, document[name])


def rows(document: Document, name: str) -> list[Document]:
    return cast(list[Document], document[name])


# --- complete -------------------------------------------------------------------------------------

KEYS = {
    "": {"v", "number", "at", "place", "timezone", "language", "numerals", "currency", "link",
         "alarms", "operator", "result", "bundle", "today", "guarantee", "standard", "asks",
         "calls", "recent", "choices"},
    "place": {"site", "line", "station"},
    "link": {"online", "unsent"},
    "operator": {"operator", "name", "since"},
    "result": {"outcome", "reason", "flags", "details", "bundle", "operation", "pieces", "at"},
    "bundle": {"bundle", "order", "style", "size", "colour", "pieces", "operation",
               "operation_name", "rate", "unit"},
    "today": {"pieces", "earned", "predicted", "target", "target_now", "efficiency",
              "attended_min", "off_min", "disputed", "held"},
    "guarantee": {"period", "earned", "guaranteed", "make_up"},
    "asks": {"command", "needs", "by_badge", "step", "steps", "choices"},
    "choices": {"reasons", "faults", "help"},
}  # fmt: skip
RECENT = {"seq", "at", "kind", "bundle", "operation", "pieces", "earned", "state", "reason", "can"}
STATES = {"counted", "voided", "disputed", "held", "refused"}
KINDS = {"done", "held", "refused", "void", "offstandard", "defect", "repair"}


def check(document: Document) -> None:
    """What the page relies on, whatever happened before."""
    assert set(document) == KEYS[""]
    for name, keys in KEYS.items():
        if name and document[name] is not None:
            assert set(part(document, name)) == keys
    assert len(canonical(document)) <= LARGEST_BYTES
    assert len(rows(document, "recent")) <= SHOWN_RECENT
    seqs = [cast(int, it["seq"]) for it in rows(document, "recent")]
    assert seqs == sorted(seqs, reverse=True)
    for it in rows(document, "recent"):
        assert set(it) == RECENT
        assert it["state"] in STATES
        assert it["kind"] in KINDS
    standard = part(document, "standard")
    expected = {"on"} if standard["on"] else {"on", "code", "name", "since", "approved"}
    assert set(standard) == expected
    if document["operator"] is None:
        assert not document["recent"]
        assert document["guarantee"] is None
        assert part(document, "today")["pieces"] == 0


@settings(max_examples=40, deadline=None)
@given(acts, ways, checks, st.sampled_from(["refuse", "hold"]))
def test_a_screen_is_complete_and_small_whatever_happens(
    scans: list[Scan], way: str, level: str, unknown: str
) -> None:
    """Every state of every shift has a whole document, as JSON of at most 8 KB."""
    state = at_station(working(), pay_on=way, order=level, unknown_bundle=unknown)
    for number, decision in enumerate(played(state, *scans, every_s=10)):
        document = shown(decision.state, 10 * number + 1, decision)
        check(document)
        asking = decision.state.asking
        assert (document["asks"] is None) is (asking is None)
        if document["asks"] is not None:
            assert part(document, "asks")["needs"] in NEEDS[str(part(document, "asks")["command"])]
        recent = {it["seq"]: it for it in rows(document, "recent")}
        undone = [seq for seq, it in recent.items() if "undo" in cast(list[Json], it["can"])]
        for seq in undone:
            undo = last(decision.state, press("undo", seq=cast(int, seq)), from_s=10 * number + 2)
            assert [event.type for event in undo.events] == ["work.voided"]


def test_an_empty_station_has_a_screen() -> None:
    """Without reference data, operator or answer everything is there, empty."""
    document = shown(at_station(Reference()))
    check(document)
    assert [document[it] for it in ("operator", "result", "bundle", "guarantee", "asks")] == [
        None
    ] * 5
    assert (document["number"], document["alarms"], document["currency"]) == (7, ["disk"], "BDT")
    assert document["link"] == {"online": True, "unsent": 3}
    assert part(document, "today")["efficiency"] is None
    assert part(document, "today")["target"] is None


def test_a_floor_with_long_lists_keeps_within_its_size() -> None:
    """Twelve reasons, thirty faults and sixty operations, named in Bengali, are no larger."""
    name = "সেলাই খোলা"
    reasons = [{**FLOOR["reasons"][2], "code": f"R{it:02}", "name": name} for it in range(12)]
    faults = [{"code": f"F{it:02}", "name": name} for it in range(30)]
    operations = [{**OPERATIONS[0], "operation": f"OP{it}", "seq": str(it + 1), "name": name}
                  for it in range(60)]  # fmt: skip
    known = working(reasons=reasons, faults=faults, operations=operations)
    scans = [*(bundle(it, "OP1") for it in range(1, 8)), press("help", "mechanic")]
    decision = last(at_station(known), badge(), *scans, card("operation"))
    document = shown(decision.state, 60, decision)
    check(document)
    assert len(cast(list[Json], part(document, "asks")["choices"])) == 60


# --- who, what, which language --------------------------------------------------------------------


def test_the_screen_speaks_the_operators_language() -> None:
    """The language follows the badge and goes back to the station's when nobody is there."""
    state = after(at_station(working()), badge())
    assert (shown(state)["language"], shown(at_station())["language"]) == ("bn", "en")
    assert part(shown(state), "operator") == {
        "operator": "E1",
        "name": "Asha",
        "since": moment().at,
    }


def test_the_bundle_is_shown_with_its_rate_and_unit() -> None:
    """What one piece, or a dozen, of this operation pays, with every digit it has."""
    decision = last(at_station(working()), badge(), bundle(1))
    document = part(shown(decision.state, 5, decision), "bundle")
    assert document == {
        "bundle": "B000001", "order": "4711", "style": "S1", "size": "M", "colour": "red",
        "pieces": 12, "operation": "OP310", "operation_name": "Hem", "rate": "0.45",
        "unit": "piece",
    }  # fmt: skip
    dozen: list[Row] = [{**OPERATIONS[0], "rate": "14.40", "unit": "dozen"}]
    decision = last(at_station(working(operations=dozen)), badge(), bundle(1))
    document = part(shown(decision.state, 5, decision), "bundle")
    assert (document["rate"], document["unit"]) == ("14.4", "dozen")


# --- figures --------------------------------------------------------------------------------------


def test_the_target_is_of_working_time() -> None:
    """480 minutes at 65 % of 0.50: 624 for the shift, as the field's vector has it."""
    document = part(shown(after(at_station(working()), badge())), "today")
    assert (document["target"], document["target_now"]) == (624, 0)


@pytest.mark.parametrize(
    ("minute", "target"),
    [(60, 78), (120, 156), (127, 156), (135, 156), (195, 234), (270, 331), (300, 331), (315, 331),
     (375, 409), (539, 622)],
)  # fmt: skip
def test_the_target_of_now_stands_still_in_breaks(minute: int, target: int) -> None:
    """1.3 pieces for each minute worked; none for the quarter from 10:00 and from 12:30."""
    state = after(at_station(working()), badge())
    assert part(shown(state, minute * 60), "today")["target_now"] == target


def test_there_is_no_target_outside_a_shift_or_without_its_percent() -> None:
    """Where nobody has said what is to be reached nothing is shown."""
    state = after(at_station(working()), badge())
    assert part(shown(state, 9 * 3600), "today")["target"] is None
    without: list[Row] = [{"start": "08:00", "end": "17:00"}]
    state = after(at_station(working(shifts=without)), badge())
    assert part(shown(state, 60), "today")["target"] is None


def test_efficiency_is_of_the_time_attended() -> None:
    """Twenty minutes produced in 48 attended are 41.7 %, as 200 in 480 are."""
    known = working(bundles=bundle_rows(1, pieces=40))
    state = after(at_station(known), badge(), bundle(1))
    document = part(shown(state, 48 * 60), "today")
    assert (document["efficiency"], document["attended_min"]) == ("41.7", 48)
    assert (document["pieces"], document["earned"]) == (40, "18.00")


def test_a_session_before_counts_into_the_day() -> None:
    """Attendance is that of all sessions of the day, with the one that runs."""
    state = after(at_station(working()), badge(), bundle(1), card("sign-out"), every_s=600)
    state = after(state, badge(), from_s=3600)
    document = part(shown(state, 3600 + 600), "today")
    assert (document["attended_min"], document["earned"]) == (30, "5.40")
    assert document["efficiency"] == "20.0"


def test_the_forecast_goes_on_as_it_went() -> None:
    """5.40 in the first half hour of 480 minutes makes 86.40; before a quarter no guess is made."""
    state = after(at_station(working()), badge(), bundle(1))
    assert part(shown(state, 14 * 60 + 59), "today")["predicted"] is None
    assert part(shown(state, 30 * 60), "today")["predicted"] == "86.40"
    end = part(shown(state, 9 * 3600 - 1), "today")
    assert end["predicted"] == end["earned"] == "5.40"
    assert part(shown(state, 9 * 3600), "today")["predicted"] is None


def test_the_guarantee_bar_runs_with_the_session() -> None:
    """65 for each hour that runs or ran, without breaks; make-up is what is missing."""
    state = after(at_station(working()), badge(), bundle(1))
    assert shown(state, 3600)["guarantee"] == {
        "period": "day", "earned": "5.40", "guaranteed": "65.00", "make_up": "59.60",
    }  # fmt: skip
    at_once = part(shown(state, 5), "guarantee")
    assert (at_once["guaranteed"], at_once["make_up"]) == ("0.09", "0.00")
    in_break = [part(shown(state, 60 * it), "guarantee")["guaranteed"] for it in (120, 127, 135)]
    assert in_break == ["130.00"] * 3
    signed_out = after(state, card("sign-out"), from_s=3600)
    assert shown(signed_out, 3700)["guarantee"] is None
    back = after(signed_out, badge(), from_s=7200)
    assert part(shown(back, 7200), "guarantee")["guaranteed"] == "65.00"


def test_disputed_pieces_held_bundles_and_lost_time_are_shown() -> None:
    """What does not count yet has figures of its own."""
    state = after(at_station(working(), unknown_bundle="hold"), badge(), bundle(99))
    state = after(state, card("off-start", "NF"), from_s=60)
    document = shown(state, 60 + 600)
    assert (part(document, "today")["held"], part(document, "today")["off_min"]) == (1, 10)
    assert part(document, "standard") == {
        "on": False, "code": "NF", "name": "No feeding", "since": moment(60).at, "approved": None,
    }  # fmt: skip
    approved = after(state, badge(SUPERVISOR), from_s=700)
    assert part(shown(approved, 700), "standard")["approved"] is True
    capped = turn(approved, moment(60 + 1800)).state
    assert part(shown(capped, 7200), "standard") == {"on": True}
    assert part(shown(capped, 7200), "today")["off_min"] == 30
    assert part(shown(capped, 7200), "today")["earned"] == "30.00"
    other = after(state, badge("AA00000002"), from_s=700)
    assert part(shown(other, 700), "today")["held"] == 0


# --- the last five --------------------------------------------------------------------------------


def test_undo_is_offered_as_long_as_it_is_possible() -> None:
    """After a quarter of an hour, or once undone, only the dispute is left."""
    state = after(at_station(working()), badge(), bundle(1), bundle(2), card("undo"))
    newest, older = rows(shown(state, 60), "recent")
    assert (newest["state"], newest["can"]) == ("voided", ["dispute"])
    assert (older["state"], older["can"]) == ("counted", ["undo", "dispute"])
    assert older["earned"] == "5.40"
    (_, late) = rows(shown(state, 5 + 901), "recent")
    assert late["can"] == ["dispute"]
    disputed = after(state, press("dispute", seq=cast(int, older["seq"])), from_s=70)
    assert rows(shown(disputed, 80), "recent")[1]["state"] == "disputed"
    assert "dispute" not in cast(list[Json], rows(shown(disputed, 80), "recent")[1]["can"])


def test_only_ones_own_scans_are_shown() -> None:
    """Whoever signs in sees nothing of whoever was there before."""
    state = after(at_station(working()), badge(), bundle(1), badge("AA00000002"))
    document = shown(state, 60)
    assert (document["recent"], part(document, "today")["earned"]) == ([], "0.00")


def test_after_a_restart_the_running_time_off_is_not_guessed() -> None:
    """Over a restart lost time shows nothing rather than a time of another clock."""
    state = after(at_station(working()), badge(), card("off-start", "MT"))
    document = screen_document(state, Shown(), rebooted(moment(600)), ScreenSettings())
    assert part(document, "today")["off_min"] == 0
    assert part(document, "today")["attended_min"] == 10
