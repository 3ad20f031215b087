"""What rests on a reader arrives once and departs once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartack.presence import (
    TRACKS_MAX,
    Presence,
    PresenceSettings,
    departed,
    not_arrived,
    remembered,
    seen,
    waited,
)
from bartack_drivers.base import Read

SETTINGS = PresenceSettings(arrive_reads=3, arrive_s=2.0, depart_s=6.0, rssi_min_dbm=-60.0)


def tag(mono_s: float, rssi_dbm: float | None = -50.0, value: str = "E2") -> Read:
    return Read("epc", value, mono_s, rssi_dbm=rssi_dbm)


def play(
    reads: list[Read], presence: Presence | None = None, until_s: float = 0.0
) -> tuple[Presence, list[tuple[float, str]]]:
    """Feed reads at their times, a look for departures each 0.5 s between; what came and went."""
    presence, found = presence or Presence(), []
    turn_s = 0.0
    for read in [*reads, None]:
        end_s = read.mono_s if read else until_s
        while turn_s <= end_s:
            presence, gone = departed(presence, "bench", turn_s, SETTINGS)
            found += [(turn_s, "gone")] * len(gone)
            turn_s += 0.5
        if read is not None:
            presence, best = seen(presence, "bench", read, SETTINGS)
            found += [(read.mono_s, "here")] if best else []
    return presence, found


@given(gaps=st.lists(st.floats(0.01, 5.9), min_size=1, max_size=60))
def test_a_tag_with_dropouts_arrives_once_and_never_departs(gaps: list[float]) -> None:
    """However unevenly it is seen, a tag that is never missed for ``depart_s`` is there."""
    times, now_s = [0.0, 0.1, 0.2], 0.2
    for gap in gaps:
        now_s += gap
        times.append(now_s)
    _, found = play([tag(at_s) for at_s in times])
    assert found == [(0.2, "here")]


def test_what_is_missed_for_long_has_departed_and_may_come_again() -> None:
    """Gone after ``depart_s`` without a read, and not a moment before; then a new arrival."""
    first, again = [tag(0.1 * n) for n in range(5)], [tag(20 + 0.1 * n) for n in range(5)]
    _, found = play(first + again, until_s=40.0)
    assert [what for _, what in found] == ["here", "gone", "here", "gone"]
    assert 6.4 <= found[1][0] <= 7.0


def test_a_weak_tag_of_a_neighbour_never_arrives() -> None:
    """Reads below the window count for nothing, however many there are."""
    assert play([tag(0.05 * n, -70.0) for n in range(200)])[1] == []


def test_a_hand_over_the_bench_takes_nothing_away() -> None:
    """What is there stays there with a weaker signal, down to the slack."""
    reads = [tag(0.1 * n) for n in range(3)] + [tag(1.0 + 0.5 * n, -67.0) for n in range(40)]
    assert play(reads)[1] == [(0.2, "here")]


def test_rare_reads_are_no_arrival() -> None:
    """A tag carried past is seen once in a while: that is not resting."""
    assert play([tag(1.5 * n) for n in range(20)])[1] == []


def test_the_strongest_read_speaks_for_the_tag() -> None:
    """Neighbours compare the best that each of them saw."""
    presence = Presence()
    for read in (tag(0.0, -55.0), tag(0.1, -41.0)):
        presence, _ = seen(presence, "bench", read, SETTINGS)
    assert seen(presence, "bench", tag(0.2, -58.0), SETTINGS)[1] == tag(0.1, -41.0)


def test_a_restart_in_between_is_no_second_arrival() -> None:
    """What was there before the restart is there after it; if it left meanwhile, it is missed."""
    before = remembered(Presence(), ("bench", "E2"), 0.0)
    stays, found = play([tag(0.1 * n) for n in range(30)], before)
    assert stays.present("bench", "E2")
    assert found == []
    assert play([], before, until_s=9.0)[1] == [(6.0, "gone")]


def test_a_reader_that_is_away_misses_nothing() -> None:
    """That an unplugged reader sees nothing is no departure."""
    presence, _ = play([tag(0.1 * n) for n in range(3)])
    presence = waited(presence, "bench", 100.0)
    assert departed(presence, "bench", 105.9, SETTINGS)[1] == ()
    assert departed(presence, "bench", 106.0, SETTINGS)[1] == ("E2",)


def test_an_arrival_that_was_not_saved_comes_again() -> None:
    """The next reads of a tag whose arrival is not on disk are an arrival."""
    presence, _ = play([tag(0.1 * n) for n in range(3)])
    presence = not_arrived(presence, "bench", "E2")
    assert play([tag(1 + 0.1 * n) for n in range(3)], presence)[1] == [(1.2, "here")]


def test_strangers_do_not_push_out_what_is_there() -> None:
    """However many tags pass by, few are remembered and those that rest stay."""
    presence, _ = play([tag(0.1 * n) for n in range(3)])
    for number in range(3 * TRACKS_MAX):
        presence, _ = seen(presence, "bench", tag(1.0, value=f"{number:08X}"), SETTINGS)
    assert len(presence.tracks) <= TRACKS_MAX
    assert presence.present("bench", "E2")
