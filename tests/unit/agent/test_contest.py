"""Links that the broker ends: by accident, or because another machine has our name."""

from __future__ import annotations

from itertools import pairwise

from bartack.contest import (
    FORGOTTEN_S,
    PAUSE_LONGEST_S,
    SUSPICIOUS_ENDS,
    WITHIN_S,
    Contest,
    link_ended,
    not_made,
)


def ended(times: int, every_s: float = 1.0, contest: Contest | None = None) -> Contest:
    contest = contest or Contest()
    for number in range(times):
        contest = link_ended(contest, number * every_s, told=False)
    return contest


def test_a_link_lost_now_and_then_is_no_contest() -> None:
    """One end less than what is suspicious, or ends that lie far apart, change nothing."""
    assert not ended(SUSPICIOUS_ENDS - 1).is_on
    assert not ended(50, every_s=WITHIN_S).is_on


def test_links_ended_again_and_again_are_a_contest() -> None:
    """As many ends in a short time as no accident makes."""
    assert ended(SUSPICIOUS_ENDS).is_on


def test_a_broker_that_is_restarted_is_no_contest() -> None:
    """In between no link can be made, so nobody else has one either."""
    contest = Contest()
    for number in range(10):
        contest = not_made(link_ended(contest, float(number), told=False))
    assert not contest.is_on


def test_a_broker_that_says_so_is_believed_at_once() -> None:
    """The reason code of MQTT 5 needs no second time."""
    assert link_ended(Contest(), 0.0, told=True).is_on


def test_every_round_gives_way_for_longer() -> None:
    """The pause doubles from the first to the longest and never passes it."""
    rounds = [ended(SUSPICIOUS_ENDS + number) for number in range(40)]
    pauses = [contest.pause_s(1.0) for contest in rounds]
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert all(after >= before for before, after in pairwise(pauses))
    assert pauses[-1] == PAUSE_LONGEST_S


def test_the_other_one_gone_is_forgotten() -> None:
    """After a long time without an end the next one is an accident again."""
    contest = ended(10)
    assert not link_ended(contest, 10 + FORGOTTEN_S, told=False).is_on
