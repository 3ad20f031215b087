"""Judges each act by its answer, its event and its marks, and everyone's money. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bartack_sim.accounts import wrongly_summed
from bartack_sim.explained import Event, explain
from bartack_sim.held import unresolved, wrongly_resolved
from bartack_sim.judge import Verdict, credits_of, judge
from bartack_sim.lamps import Lamp
from bartack_sim.line import Line
from bartack_sim.line_faults import wrongly_told
from bartack_sim.oddities import (
    paid_twice,
    wrongly_closed,
    wrongly_marked,
    wrongly_replaced,
    wrongly_timed,
)
from bartack_sim.off_standard import wrongly_off
from bartack_sim.reckoning import beaten, differing, earned_by_events, earned_by_truth
from bartack_sim.rerating import not_rerated, wrongly_rerated
from bartack_sim.state_topics import earned_by_states, rounded_off
from bartack_sim.timed_out import wrongly_left, wrongly_timed_out
from bartack_sim.truth import Intent


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What is compared: the truth, the lamp of each intent, all lamps, events and states.

    ``states`` is empty where they are not to be compared, as over midnight. ``imported`` are the
    bundles that became known during the run; ``raised``: the office has raised a rate.
    """

    truth: Sequence[Intent]
    answers: Mapping[int, Lamp]
    lamps: Mapping[str, Sequence[Lamp]]
    events: Sequence[Event]
    states: Mapping[str, Mapping[str, Any]]
    imported: frozenset[str] = frozenset()
    raised: bool = False


def judge_all(line: Line, speed: float, seen: Witnesses, *, order: bool, calm: bool) -> Verdict:
    """The verdict over a run with habits. ``order``: the stations mark skipped operations."""
    explained = explain(seen.truth, seen.answers, seen.events, calm=calm)
    losers = beaten(seen.events)
    wrong = [*explained.wrong]
    wrong += wrongly_resolved(explained.pairs, seen.events)
    wrong += wrongly_marked(line, speed, seen.events, order=order, calm=calm)
    wrong += paid_twice(seen.events)
    wrong += wrongly_timed(seen.events)
    wrong += wrongly_off(seen.events, calm=calm)
    wrong += wrongly_timed_out(line, seen.events, calm=calm)
    wrong += wrongly_left(line, explained, seen.events)
    wrong += wrongly_replaced(line, seen.events)
    wrong += wrongly_told(explained, seen.events, calm=calm)
    wrong += wrongly_closed(line, seen.events, calm=calm)
    wrong += [f"wrong: not credited: {it}" for it in unresolved(seen.events, seen.imported)]
    wrong += wrongly_rerated(line, seen.events, raised=seen.raised)
    late = not_rerated(line, seen.events, raised=seen.raised)
    wrong += [f"wrong: not rated anew: {it}" for it in late]
    earned = earned_by_truth(line, explained, losers, raised=seen.raised)
    meant = earned.pieces
    wrong += differing("the hub's events", meant, earned_by_events(seen.events))
    if seen.states:
        told, within = earned_by_states(seen.states), rounded_off(seen.states)
        wrong += differing("the stations' states", meant, told, within)
        wrong += wrongly_summed(seen.states, earned, seen.events)
    verdict = judge(seen.truth, seen.lamps, credits_of(seen.events))
    return verdict.with_more(explained.lost, wrong)


def undisputed(events: Sequence[Event]) -> list[str]:
    """Work that somebody else was first with and that is not marked as disputed yet."""
    losers = beaten(events)
    standing = {(it.log, it.seq) for it in credits_of(events) if it.stands}
    return [f"{key} against {losers[key]}" for key in sorted(losers.keys() & standing)]
