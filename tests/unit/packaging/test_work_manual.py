"""docs/work.md: every refusal has its advice, and what it shows of cards and money is so."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import get_args

import pytest

from bartack.identify import Scan
from bartack.projection import State
from bartack.reasons import Flag, Info, Refused
from bartack.station import Decision, decide
from bartack.station.asking import WAITS_MS
from bartack.wire import Row
from bartack_hub.tickets.cards import SUBJECTS, Pieces, card_labels
from sewing import (
    FLOOR,
    MECHANIC,
    OPERATIONS,
    SUPERVISOR,
    at_station,
    badge,
    bundle,
    card,
    floor,
    moment,
)
from source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "work.md").read_text(encoding="utf-8")
PARTNER = "AA00000002"
RATES: list[Row] = [{**row, "rate": "0.60"} for row in OPERATIONS]


def test_every_refusal_stands_in_the_table_once() -> None:
    """No reason that a station can refuse for is without advice, and none is made up."""
    table = PAGE.partition("## Refusals")[2]
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \| (.+) \|$", table, re.M)
    assert [reason for reason, _, _ in rows] == list(get_args(Refused))


def test_every_code_on_the_page_is_one_of_the_station() -> None:
    """Answers are called by the codes that the console, the languages and the events use."""
    steps = PAGE.partition("## Cards, step by step")[2].partition("## ")[0]
    answers = re.findall(r"^\|[^|]+\|[^|]+\| .*?`([a-z_]+)`", steps, re.M)
    assert answers
    assert set(answers) <= {*get_args(Info), *get_args(Refused), *get_args(Flag)}


def test_every_card_on_the_page_can_be_printed() -> None:
    """Cards are named as they are printed, with the codes of the tests' own floor."""
    tables = {name: [*FLOOR[name]] for name in ("faults", "reasons", "operations")}
    printed = {it.name.removeprefix("CMD-") for it in card_labels(SUBJECTS, Pieces(), tables)}
    named = set(re.findall(r"\b([A-Z]{3,}(?:-[A-Z]{3,})*(?:-[A-Za-z0-9_]+)?)\b", PAGE))
    assert named - printed == {"OWNER"}  # any of the cards of whose fault it was


def shown(start: State, *scans: Scan) -> State:
    """What a row of scans leads to, ten seconds apart and after all that was before."""
    for number, scan in enumerate(scans):
        start = decide(start, scan, moment(60 * start.head.seq + 10 * number)).state
    return start


STEPS = [
    (["UNDO"], "undone"),
    (["SPLIT", "PIECES-5", "ticket"], None),
    (["SHARED", "partner", "ticket"], None),
    (["DISPUTE"], "disputed"),
    (["OPERATION-OP320"], "operation_set"),
    (["DEFECT", "ticket", "FAULT-F01", "PIECES-2", "OWNER-operator"], "defect_noted"),
    (["OFF-START", "REASON-NF"], "offstandard_waiting"),
    (["REASON-NF"], "offstandard_waiting"),
    (["REASON-MT"], "offstandard_started"),
    (["REASON-MT", "OFF-END"], "offstandard_ended"),
    (["REASON-MT", "ticket"], None),
    (["HELP-mechanic"], "help_called"),
    (["HELP-mechanic", "mechanic"], "help_answered"),
    (["HELP-mechanic", "HELP-ANSWER"], "help_answered"),
    (["REASON-NF", "supervisor"], "offstandard_approved"),
    (["REASON-NF", "APPROVE", "supervisor"], "offstandard_approved"),
    (["REASON-NF", "REJECT", "supervisor"], "offstandard_rejected"),
    (["CORRECT", "supervisor", "ticket", "PIECES-3", "REASON-miscount"], "corrected"),
    (["SPLIT", "CANCEL"], "cancelled"),
    (["SIGN-OUT"], "signed_out"),
    (["SIGN-OUT", "supervisor"], "signed_in"),
]


def step(name: str) -> Scan:
    badges = {"partner": PARTNER, "supervisor": SUPERVISOR, "mechanic": MECHANIC}
    if name in badges:
        return badge(badges[name])
    if name == "ticket":
        return bundle(2)
    whole = ("OFF-START", "OFF-END", "HELP-ANSWER", "SIGN-OUT")
    command, _, argument = (name, "", "") if name in whole else name.partition("-")
    return card(command.lower(), argument)


@pytest.mark.parametrize(("names", "answer"), STEPS, ids=["·".join(names) for names, _ in STEPS])
def test_the_steps_of_the_page_lead_where_it_says(names: list[str], answer: str | None) -> None:
    """Shown in the order of the page, the cards end in the answer that stands beside them."""
    decision = Decision(shown(at_station(), badge(), bundle(1)))
    for number, name in enumerate(names):
        decision = decide(decision.state, step(name), moment(200 + 10 * number))
        told = decision.feedback
        assert told is not None
        assert told.outcome != "refused"
    assert told is not None
    assert told.reason == answer
    assert told.outcome == ("ok" if answer is None else "info")


def test_a_command_is_forgotten_when_the_page_says() -> None:
    """Thirty seconds after the last answer nothing is asked any more."""
    assert WAITS_MS == 30_000
    assert "forgets itself 30 seconds after" in PAGE


def earned(state: State, operator: str) -> Fraction:
    return sum(
        (it.earned for (who, _), it in state.accounts.items() if who == operator), Fraction(0)
    )


def row_of(text: str) -> tuple[Fraction, Fraction]:
    found = re.search(rf"^\| [^|]*{text}[^|]*\| ([0-9.]+) \| ([0-9.]+) \|$", PAGE, re.M)
    assert found, text
    return Fraction(found[1]), Fraction(found[2])


def test_the_money_of_the_example_is_what_a_station_books() -> None:
    """Eton's rule as the page works it through, played with its own numbers."""
    state = at_station(floor(operations=RATES))
    faulty = [card("defect"), bundle(1), card("fault", "F01"), card("pieces", "2")]

    def both(state: State) -> tuple[Fraction, Fraction]:
        return earned(state, "E1"), earned(state, "E2")

    state = shown(state, badge(), bundle(1))
    assert both(state) == row_of("Rahima sews")
    before = state
    cutting = shown(state, *faulty, card("owner", "cutting"), card("repair"), bundle(1))
    state = shown(state, *faulty, card("owner", "operator"))
    assert both(state) == row_of("OWNER-operator")
    own = shown(state, card("repair"), bundle(1))
    assert both(own) == row_of("Rahima repairs")
    other = shown(state, badge(PARTNER), card("repair"), bundle(1))
    assert both(other) == row_of("Shilpi repairs them")
    assert both(cutting) == (Fraction("7.20"), Fraction(0)), "found and repaired alone"
    helped = shown(
        before, *faulty, card("owner", "cutting"), badge(PARTNER), card("repair"), bundle(1)
    )
    assert both(helped) == (Fraction("7.20"), Fraction("1.20"))
