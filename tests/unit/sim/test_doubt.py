"""What a ticket or badge means to a station that was killed in the middle of an act."""

from __future__ import annotations

import threading

import pytest

from bartack_sim.answers import answer_to
from bartack_sim.books import Books
from bartack_sim.cards import card, miscopied
from bartack_sim.company import Company
from bartack_sim.doubt import answers_only, by_itself
from bartack_sim.lamps import Lamp
from bartack_sim.line import Flow, plan_line
from bartack_sim.truth import Intent, Kind, Want

LINE = plan_line(seed=1, stations=2, minutes=10.0)
FIRST, SECOND = LINE.stations
BUNDLE = LINE.bundles[0]
OPERATION = FIRST.operation.code
TICKET = BUNDLE.ticket_text(OPERATION)
SUPERVISOR = LINE.staff["supervisor"]


@pytest.fixture
def company() -> Company:
    return Company(LINE, {}, Books(calm=False), Flow(LINE), threading.Lock())


def intent(kind: Kind, text: str, *wants: Want) -> Intent:
    return Intent(FIRST.code, FIRST.sewer.code, kind, text, wants=wants)


def test_a_ticket_by_itself_is_work(company: Company) -> None:
    """Shown as part of an act that was forgotten it may be paid whole, to who is signed in."""
    plain = by_itself(company, FIRST, intent("card", TICKET, Want("info", "need_fault")))
    assert plain is not None
    assert (plain.bundle, plain.operation, plain.operator) == (
        BUNDLE.code,
        OPERATION,
        FIRST.sewer.code,
    )
    assert Want("ok", None, BUNDLE.pieces) in plain.wants


def test_a_badge_by_itself_approves_or_signs_in(company: Company) -> None:
    """A supervisor's badge approves what waits; a colleague's opens a session."""
    approves = by_itself(company, FIRST, intent("card", SUPERVISOR.badge))
    assert approves is not None
    assert approves.wants == (Want("info", "offstandard_approved"),)
    assert approves.other == SUPERVISOR.code
    signs = by_itself(company, FIRST, intent("card", SECOND.sewer.badge))
    assert signs is not None
    assert (signs.kind, signs.operator) == ("badge", SECOND.sewer.code)


@pytest.mark.parametrize(
    "text",
    [FIRST.sewer.badge, card("PIECES", "5"), miscopied(f"{BUNDLE.code}-{OPERATION}"), "5901234"],
)
def test_what_means_nothing_by_itself_has_no_second_meaning(company: Company, text: str) -> None:
    """The own badge, a card with a value, a forged ticket and a foreign label excuse nothing."""
    assert by_itself(company, FIRST, intent("card", text)) is None


def test_a_lamp_answers_the_meaning_that_it_says(company: Company) -> None:
    """All pieces answer the ticket by itself, some of them the part, a refusal only what was
    meant."""
    part = intent("part", TICKET, Want("ok", None, 3))
    plain = by_itself(company, FIRST, part)
    assert plain is not None
    plainly = answers_only(plain, part)
    whole = Lamp("ok", bundle=BUNDLE.code, pieces=BUNDLE.pieces)
    assert plainly(whole)
    assert not plainly(Lamp("ok", bundle=BUNDLE.code, pieces=3))
    assert not plainly(Lamp("refused", "already_done", bundle=BUNDLE.code))


def test_a_question_that_should_not_come_is_an_answer() -> None:
    """A station that asks on where it must refuse has answered, and wrongly."""
    mine = answer_to(intent("card", card("PIECES", "0"), Want("refused", "bad_pieces")))
    assert mine(Lamp("info", "need_bundle"))
    assert mine(Lamp("refused", "bad_pieces"))
    assert not mine(Lamp("refused", "unknown_badge"))
    assert not mine(Lamp("info", "notice_stands"))


def test_a_question_to_who_sat_here_before_is_no_answer_to_a_badge() -> None:
    """A lamp that comes late, while somebody else sits down, is not taken for the sign-in's."""
    mine = answer_to(intent("badge", "163184FF27", Want("info", "signed_in")))
    assert not mine(Lamp("info", "need_pieces"))
    assert mine(Lamp("info", "signed_in"))
    assert mine(Lamp("refused", "two_badges"))
