"""What operators are used to do beside plain sewing, as small values. Pure.

Each act has a name; ``honest`` and ``tricks`` say how it is carried out, ``truth`` what must come
of it. An operator deals acts from a shuffled deck, so that a short run too sees all of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HONEST: Final = (
    "split",
    "undo",
    "undo_two",
    "undo_part",
    "share",
    "share_and_think_better",
    "defect",
    "fault_of_others",
    "mended_by_others",
    "found_by_others",
    "found_down_the_line",
    "recounted_after_faults",
    "waiting_for_work",
    "meeting",
    "machine_down",
    "approved_by_card",
    "call_help",
    "pause",
    "change_of_mind",
    "dispute",
    "miscount",
    "other_operation",
    "other_station",
    "forget_to_sign_out",
    "unknown_bundle",
    "held_and_taken_back",
    "held_and_disputed",
    "held_of_other_style",
    "held_of_other_line",
    "corrected_away",
    "ticket_lost",
    "start_and_finish",
    "start_and_go_on",
    "hand_in_coupons",
    "hand_in_unknown",
    "come_in_turn",
    "repair_is_paid",
    "repair_is_unpaid",
    "tag_for_ticket",
    "corrected_with_faults",
)
"""A bundle in two parts, a mis-scan taken back, work with a neighbour, faults and repairs, by
oneself, by others and down the line, time off standard with and without approval, a call, a
sign-out, a dispute, a number that a supervisor puts right, work at another operation or station,
work on a bundle that is not known yet, work at tables where other scans or repairs pay, in turn or
by a tag, and a number put right of work with faults."""

SLIPS: Final = (
    "odd_pieces",
    "odd_partner",
    "nobodys_badge",
    "odd_cards",
    "answer_by_card",
    "needless_supervisor",
    "off_twice",
    "nothing_to_take_back",
    "dispute_of_credit",
    "no_such_fault",
    "recount_too_many",
    "new_command",
    "forgotten_question",
    "walk_off",
    "stay_past_the_shift",
    "half_a_badge",
    "strange_tag",
)
"""Cards and badges in the wrong place, a number that cannot be, a second time of what is done once,
a question that nobody answers, a sign-out that is forgotten, and a badge or tag that says too
little."""

TRICKS: Final = (
    "scan_twice",
    "scan_elsewhere",
    "steal",
    "other_line",
    "miscopy",
    "counterfeit",
    "skip_steps",
    "lend_badge",
    "two_badges",
    "claim_idle_time",
    "claim_and_be_caught",
    "approve_own_time",
    "sew_off_standard",
    "hoard",
    "held_by_two",
    "held_unlearnt",
    "take_begun",
    "correct_alone",
    "supervisor_sews",
    "come_too_early",
    "rest_past_the_cap",
)

LONG: Final = ("walk_off", "rest_past_the_cap", "stay_past_the_shift", "recounted_after_faults")
"""Acts that wait for long between their steps: people begin the day with them."""

ALL: Final = HONEST + SLIPS + TRICKS
"""What field studies tell of: repeats, other people's work, forged labels, skipped operations, a
friend's badge, alone and beside one's own, idle time that nobody approved or oneself, sewing in
such time, coupons saved up and scanned at once, one coupon at two stations before anybody knows it,
what somebody else has begun, a correction by who is to be corrected, and time off standard that
nobody ends."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Acts that occur, and how often after a bundle one of them does, from 0 to 1."""

    acts: tuple[str, ...] = ()
    rate: float = 0.0


PLAIN: Final = Habits()
"""Sewing and the ordinary mistakes, nothing else."""

HABITS: Final[Mapping[str, Habits]] = MappingProxyType(
    {
        "plain": PLAIN,
        "honest": Habits(HONEST + SLIPS, 0.2),
        "mixed": Habits(ALL, 0.2),
        "dishonest": Habits(TRICKS, 0.4),
    }
)
"""Lines of people by name."""


def deck(habits: Habits, seed: str, place: int, places: int) -> Iterator[str]:
    """Acts without end, if there are any: each once before one comes again.

    ``place`` is the operator's on a line of so many ``places``. All shuffle the same deck and begin
    in different places, evenly apart, so that together they are through it early; ``Company`` says
    what others were sooner with.
    """
    if not habits.acts:
        return
    rng = random.Random(f"{seed}/deck")
    acts = list(habits.acts)
    begin = place * len(acts) // places
    while True:
        rng.shuffle(acts)
        yield from _from(acts, begin)


def _from(acts: Sequence[str], place: int) -> Sequence[str]:
    turn = place % len(acts)
    return [*acts[turn:], *acts[:turn]]
