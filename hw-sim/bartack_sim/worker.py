"""An operator at a desk: tap a badge, show a ticket or card, sew, read the lamp.

What is meant goes on record before the hand moves, with the answers that are right. Waiting for a
lamp takes as long as it does for a person, whatever the speed; sewing and resting are shortened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from bartack_sim.answers import answer_to
from bartack_sim.bench import Bench
from bartack_sim.books import Books
from bartack_sim.cards import card
from bartack_sim.company import Company, Desk
from bartack_sim.doubt import answers_only, by_itself, closed_meanwhile
from bartack_sim.lamps import Lamp, LampFile
from bartack_sim.line import Bundle, sewing_s
from bartack_sim.rules import SIGNED_IN, finish
from bartack_sim.seat import Seat
from bartack_sim.truth import Intent, Kind, Want

SETTLE_S = 3.0
"""How long one stays off the reader before showing the same thing again: beyond any debouncing."""

BADGES_APART_S = 0.7
"""Two badges within half a second were shown together."""

_NEVER_HERE = frozenset({"wrong_line", "wrong_operation", "not_assigned"})
"""Refusals that showing the ticket again does not cure: the bundle is laid aside."""


Meaning = tuple[int, Callable[[Lamp], bool]]
"""An intent's number, and whether a lamp answers it."""


class GaveUpError(Exception):
    """An act did not go on as it should: the operator begins anew and sews."""


class NotNowError(Exception):
    """What the act needs is not there; nothing was shown yet."""


class Worker:
    """One operator, in one thread. ``act`` is the habit that is being carried out."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.station = seat.station
        self.operation = seat.station.operation.code
        self.operator = seat.station.sewer.code
        self.act = ""
        self.finished: list[Bundle] = []
        self.in_hand: list[Bundle] = []
        """Bundles of the own operation that an act has not scanned yet."""
        self.paid: list[Bundle] = []
        """Of the finished ones those whose green lamp was seen."""
        self.touched: set[str] = set()
        """Bundles that faults were found in, or that were corrected."""
        self.is_off = False
        """Off standard, until work counts or the session ends."""
        self.asked = False
        """The station has a question open, by the last lamp."""
        self.begun_at: set[str] = set()
        """Tables where a bundle is begun that one has not finished."""
        self.waiting: Literal["nothing", "something", "unknown"] = "nothing"
        """Whether a claim or a call waits for a supervisor's or mechanic's badge here."""
        self._shown_s: dict[tuple[str, str], float] = {}
        self._begun = True
        company = seat.company
        self.desk = company.desks[seat.station.code] if company else None

    @property
    def company(self) -> Company:
        """The others; only acts ask for it."""
        if self.seat.company is None:
            raise NotNowError
        return self.seat.company

    @property
    def books(self) -> Books | None:
        return self.seat.company.books if self.seat.company else None

    # --- one thing at a time -----------------------------------------------------------------

    def intent(self, kind: Kind, text: str, *wants: Want) -> Intent:
        return Intent(self.station.code, self.operator, kind, text, act=self.act, wants=wants)

    def work_intent(
        self, kind: Kind, bundle: Bundle, operation: str = "", part: int | None = None
    ) -> Intent:
        """A ticket that is shown for its work, or for ``part`` of its pieces."""
        operation = operation or self.operation
        wants: tuple[Want, ...] = ()
        if self.books is not None:
            wants = finish(
                self.books.left(self.station.code, bundle.code, operation, bundle.pieces),
                may=self.company.counts(self.station, self.seat.station, operation),
                signed_in=self.books.is_surely_signed_in(self.station.code, self.operator),
                part=part,
            )
        return replace(
            self.intent(kind, bundle.ticket_text(operation), *wants),
            bundle=bundle.code,
            operation=operation,
            pieces=part or bundle.pieces,
        )

    def step(self, intent: Intent, lines: tuple[str, ...] = ()) -> Lamp:
        """Show a card or ticket of an act; raises ``GaveUpError`` unless the first want is met."""
        lamp = self.attempt(intent, lines)
        return self._as_wanted(intent, lamp)

    def card(self, command: str, argument: str, reason: str) -> Lamp:
        """Show a command card; ``reason`` is the news that must come of it."""
        return self.step(self.intent("card", card(command, argument), Want("info", reason)))

    def turned_down(self, text: str, reason: str) -> Lamp:
        """Show a card that must be refused for that reason, and changes nothing."""
        return self.step(self.intent("card", text, Want("refused", reason)))

    def disagree(self, kind: str) -> Lamp:
        """Dispute the last answer here, which was of that kind."""
        intent = self.intent("dispute", card("DISPUTE"), Want("info", "disputed"))
        return self.step(replace(intent, code=kind))

    def tap(self, intent: Intent) -> Lamp:
        """Hold the badge to the reader that the intent names; as ``step``."""
        self.rest_until_fresh(intent.text)
        lamp = self._tapped(intent, answer_to(intent))
        return self._as_wanted(intent, lamp)

    def tap_with(self, others: Sequence[Intent], last: Intent) -> None:
        """Hold several badges to the reader at once; ``last`` gets the answer, as in ``step``."""
        for intent in (*others, last):
            self.rest_until_fresh(intent.text)
        bench, lamps = self._here()
        lamps.poll()
        for intent in others:
            self.seat.record(intent)
        number = self.seat.record(last)
        badges = list(dict.fromkeys(it.text for it in (*others, last)))
        bench.tap_together(badges)
        self._shown_s |= dict.fromkeys(((last.station, it) for it in badges), time.monotonic())
        self._as_wanted(last, self._lamp([(number, answer_to(last))], 3.0))

    def attempt(self, intent: Intent, lines: tuple[str, ...] = ()) -> Lamp | None:
        """Show something that may well be refused."""
        self.rest_until_fresh(intent.text)
        if intent.operator == self.operator and self.may_be_signed_out():
            absent = Want("refused", "no_operator")
            intent = replace(intent, wants=tuple(dict.fromkeys((*intent.wants, absent))))
        lamp = self.present(intent, answer_to(intent), lines)
        self.put_down(intent, lamp)
        return lamp

    def put_down(self, intent: Intent, lamp: Lamp | None) -> None:
        """Enter into the books what a ticket has counted, or may have."""
        if lamp is not None and lamp.outcome == "ok":
            self.is_off = False
        if self.books is not None:
            self.books.enter(intent, lamp)

    # --- the trade ---------------------------------------------------------------------------

    def take(self) -> Bundle:
        """The next bundle, in hand; raises ``NotNowError`` when none waits."""
        bundle = self.seat.work.take(self.operation)
        if bundle is None:
            raise NotNowError
        self.in_hand.append(bundle)
        return bundle

    def take_coupons(self) -> Bundle:
        """The next bundle that has a coupon for each operation; as ``take``."""
        bundle = self.company.take_coupons(self.operation)
        if bundle is None:
            raise NotNowError
        self.in_hand.append(bundle)
        return bundle

    def untouched(self) -> Bundle:
        """The last bundle that was paid here and that nothing has happened to since."""
        found = [it for it in self.paid if it.code not in self.touched]
        if not found:
            raise NotNowError
        self.touched.add(found[-1].code)
        return found[-1]

    def pass_on(self, bundle: Bundle) -> None:
        """An act is done with a bundle: the next operator gets it."""
        self.in_hand.remove(bundle)
        self.seat.work.pass_on(bundle, self.operation)

    def put_back(self) -> None:
        """Nothing was shown of what is in hand: it waits again."""
        for bundle in reversed(self.in_hand):
            self.company.put_back(bundle, self.operation)
        self.in_hand.clear()

    def recover(self) -> None:
        """After an act that went wrong: sign out and in, then scan what is in hand."""
        if self.seat.stop.is_set():
            return
        with self.at_desk():
            self.leave()
            self.badge_in()
        for bundle in [*self.in_hand]:
            self.in_hand.remove(bundle)
            self.rest_until_fresh(bundle.ticket_text(self.operation))
            self.hand_in(bundle)

    def leave(self) -> None:
        """Sign out here, if anybody is signed in."""
        wants = Want("info", "signed_out"), Want("refused", "no_operator")
        intent = self.intent("leave", card("SIGN-OUT"), *wants)
        self.rest_until_fresh(intent.text)
        self.signed_in("")
        if self.present(intent, answer_to(intent)) is not None:
            self.signed_in(None)

    def sew(self, bundle: Bundle) -> None:
        seconds = sewing_s(self.seat.station, bundle, self.seat.rng)
        if self._begun:
            # Mid-shift: the first bundle lies half sewn under the needle.
            seconds *= self.seat.rng.uniform(0.05, 0.6)
            self._begun = False
        self.rest(seconds / self.seat.speed)

    def hand_in(self, bundle: Bundle, first: Kind = "work") -> None:
        """Show the ticket until the station says that the work is on its books."""
        kind = first
        while not self.seat.stop.is_set():
            with self.at_desk():
                lamp = self.show(bundle, kind)
            kind = "again"
            if lamp is None:
                self.rest(self.seat.bench.tickets.settle_s)
                continue
            if lamp.outcome == "ok" or lamp.reason == "already_done":
                self.finished.append(bundle)
                if first == "work" and lamp.outcome == "ok":
                    self.paid.append(bundle)
                self.seat.work.pass_on(bundle, self.operation)
                return
            if lamp.reason in _NEVER_HERE:
                self.seat.work.lay_aside(bundle, self.station.code, str(lamp.reason))
                return
            if lamp.reason == "no_operator":
                with self.at_desk():
                    self.badge_in()
            self.rest(SETTLE_S)

    def show(self, bundle: Bundle, kind: Kind, badged: bool = True) -> Lamp | None:
        intent = self.work_intent(kind, bundle)
        if not badged:
            intent = replace(intent, operator=None)
            intent = replace(intent, wants=(Want("refused", "no_operator"),) if self.books else ())
        lines = (f"{bundle.order} {bundle.style} {bundle.size} {bundle.colour}",)
        lamp = self.present(
            intent,
            # A scan that noise has spoilt is refused without a bundle.
            lambda lamp: (
                lamp.bundle == bundle.code or (lamp.outcome == "refused" and lamp.bundle is None)
            ),
            lines,
        )
        self.put_down(intent, lamp)
        return lamp

    def badge_in(self) -> None:
        """Tap, and once more when nothing is said; a scan will tell the rest."""
        wants = SIGNED_IN if self.books is not None else ()
        intent = self.intent("badge", self.seat.station.sewer.badge, *wants)
        for _ in range(2):
            self.signed_in("")
            if self._tapped(intent, self._is_my_sign_in) is not None:
                self.signed_in(self.operator)
                return
            if self.seat.stop.is_set():
                return

    def may_be_signed_out(self) -> bool:
        """A visitor may have signed in here meanwhile, and out."""
        where = self.station.code
        return self.books is not None and not self.books.is_surely_signed_in(where, self.operator)

    def _is_my_sign_in(self, lamp: Lamp) -> bool:
        return lamp.operator == self.operator and lamp.reason != "signed_out"

    def signed_in(self, operator: str | None) -> None:
        """Put down who is signed in here; an empty text where nobody can know."""
        self.is_off = False
        if self.books is not None:
            self.books.sign(self.station.code, operator)

    # --- hands and eyes ----------------------------------------------------------------------

    @contextmanager
    def at_desk(self) -> Iterator[None]:
        """Nobody else acts at the desk meanwhile."""
        if self.desk is None:
            yield
            return
        with self.desk.hands:
            yield

    @contextmanager
    def visiting(self, desk: Desk) -> Iterator[None]:
        """Sit at somebody else's desk; the own one must be free."""
        own, self.desk, self.station = self.desk, desk, desk.station
        try:
            with desk.hands:
                yield
        finally:
            self.desk, self.station = own, self.seat.station

    def present(
        self, intent: Intent, mine: Callable[[Lamp], bool], lines: tuple[str, ...] = ()
    ) -> Lamp | None:
        if self.seat.stop.is_set():  # what was shown last may not be read yet
            return None
        bench, lamps = self._here()
        lamps.poll()
        plain, meanings = self._recorded(intent, mine)
        bench.tickets.present(intent.text, lines)
        lamp = self._lamp(meanings, bench.tickets.patience_s)
        bench.tickets.withdraw()
        self._shown_s[intent.station, intent.text] = time.monotonic()
        if plain is not None:
            self.put_down(plain, lamp)
        return lamp

    def rest(self, seconds: float) -> None:
        self.seat.stop.wait(seconds)

    def rest_until_fresh(self, text: str) -> None:
        """Wait until this was off the reader for so long that it counts anew."""
        shown_s = self._shown_s.get((self.station.code, text))
        if shown_s is not None:
            self.rest(max(0.0, shown_s + SETTLE_S - time.monotonic()))

    def _tapped(self, intent: Intent, mine: Callable[[Lamp], bool]) -> Lamp | None:
        if self.seat.stop.is_set():
            return None
        bench, lamps = self._here()
        lamps.poll()
        _, meanings = self._recorded(intent, mine)
        bench.tap(intent.text)
        self._shown_s[intent.station, intent.text] = time.monotonic()
        return self._lamp(meanings, 3.0)

    def _recorded(
        self, intent: Intent, mine: Callable[[Lamp], bool]
    ) -> tuple[Intent | None, list[Meaning]]:
        """Put on record what is meant, and what it means to a station that forgot its question."""
        meant = (self.seat.record(intent), mine)
        forgetful = self.asked and self.books is not None and not self.books.calm
        plain = by_itself(self.company, self.station, intent) if forgetful else None
        if plain is None and self.seat.company is not None and intent.kind != "badge":
            plain = closed_meanwhile(self.company, self.station, intent)
        if plain is None:
            return None, [meant]
        return plain, [(self.seat.record(plain), answers_only(plain, intent)), meant]

    def _lamp(self, meanings: Sequence[Meaning], patience_s: float) -> Lamp | None:
        """The first lamp that answers, or None when patience or the shift is over."""
        _, lamps = self._here()
        deadline = time.monotonic() + patience_s
        while True:
            for lamp in (it for it in lamps.poll() if not it.is_notice):
                for number, mine in meanings:
                    if mine(lamp):
                        self._hear(number, lamp)
                        return lamp
            if time.monotonic() >= deadline or self.seat.stop.wait(0.03):
                return None

    def _hear(self, number: int, lamp: Lamp) -> None:
        self.seat.answered(number, lamp)
        if lamp.outcome != "refused":
            asks = (lamp.reason or "").startswith("need_") or lamp.reason == "shared_set"
            self.asked = lamp.outcome == "info" and asks

    def _here(self) -> tuple[Bench, LampFile]:
        if self.desk is None:
            return self.seat.bench, self.seat.lamps
        return self.desk.bench, self.desk.lamps

    def _as_wanted(self, intent: Intent, lamp: Lamp | None) -> Lamp:
        want = intent.wants[0]
        if lamp is None or (lamp.outcome, lamp.reason) != (want.outcome, want.reason):
            raise GaveUpError
        return lamp
