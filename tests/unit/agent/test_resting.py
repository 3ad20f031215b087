"""Neighbours that see the same tag: one of them takes it, and both know which."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bartack.arbitration import TAKEN_AGAIN_S, TAKEN_LASTS_S, WAIT_S
from bartack.events import Place
from bartack.presence import PresenceSettings
from bartack.resting import Arrived, Departed, Resting, RestingSettings
from bartack.wire import Claim, parse_claim
from bartack_drivers.base import Read

TAG = "3074257BF7194E4000001A85"
SETTINGS = RestingSettings(PresenceSettings(arrive_reads=1, depart_s=3.0), near_antennas=(1,))


class Station:
    """A station with one bench on a line whose messages may be late or lost."""

    def __init__(self, name: str, *, session: bool = True) -> None:
        self.place = Place("dhk1", "l03", name)
        self.session = session
        self.said: list[Claim] = []
        self.resting = Resting({"bench": SETTINGS}, self.place, self.said.append)
        self.found: list[Arrived | Departed] = []

    def sees(self, now_s: float, rssi_dbm: float = -50.0, antenna: int = 1) -> None:
        read = Read("epc", TAG, now_s, rssi_dbm=rssi_dbm, antenna=antenna)
        arrived = self.resting.read("bench", read)
        if arrived is not None:
            self.resting.contend(arrived, now_s, session=self.session)

    def turn(self, now_s: float) -> None:
        self.found += self.resting.turn(now_s, frozenset())

    @property
    def took(self) -> int:
        return sum(isinstance(item, Arrived) for item in self.found)


def exchange(stations: Sequence[Station], now_s: float) -> None:
    """Deliver what everybody said to everybody, as the broker does, until nobody answers."""
    while any(station.said for station in stations):
        for sender in stations:
            said = list(sender.said)
            sender.said.clear()
            for claim in said:
                topic = f"bartack/v1/dhk1/l03/{sender.place.station}/claim"
                for hearer in stations:
                    hearer.resting.heard(parse_claim(hearer.place, topic, claim.payload()), now_s)


def run(stations: Sequence[Station], start_s: float, end_s: float) -> None:
    for tenth in range(round(start_s * 10), round(end_s * 10) + 1):
        exchange(stations, tenth / 10)
        for station in stations:
            station.turn(tenth / 10)
        exchange(stations, tenth / 10)


@given(
    rssi=st.lists(st.integers(-80, -30), min_size=2, max_size=4),
    sessions=st.lists(st.booleans(), min_size=4, max_size=4),
    delays=st.lists(st.floats(0, 1.0), min_size=4, max_size=4),
)
def test_exactly_one_takes_it_within_two_seconds(
    rssi: list[int], sessions: list[bool], delays: list[float]
) -> None:
    """Whoever sees it first and however strongly, one station takes it and the others do not."""
    stations = [Station(f"st0{n}", session=sessions[n]) for n in range(len(rssi))]
    for tenth in range(35):
        now_s = tenth / 10
        for station, level, delay_s in zip(stations, rssi, delays, strict=False):
            if now_s >= delay_s:
                station.sees(now_s, level)
        run(stations, now_s, now_s)
        if now_s >= max(delays[: len(rssi)]) + WAIT_S + 0.2:
            assert sum(station.took for station in stations) == 1
    winner = next(n for n, station in enumerate(stations) if station.took)
    assert sessions[winner] or not any(sessions[: len(rssi)])


def test_the_signed_in_station_goes_before_the_stronger_signal() -> None:
    """A tag read through the wall is stronger at times; nobody sews there."""
    empty, busy = Station("st01", session=False), Station("st02")
    empty.sees(0.0, -35.0)
    busy.sees(0.5, -60.0)
    run([empty, busy], 0.0, 2.0)
    assert (empty.took, busy.took) == (0, 1)


def test_the_bench_antenna_goes_before_the_stronger_signal() -> None:
    """An antenna that looks at the aisle does not take what lies on a neighbour's bench."""
    far, near = Station("st01"), Station("st02")
    far.sees(0.0, -35.0, antenna=2)
    near.sees(0.0, -60.0, antenna=1)
    run([far, near], 0.0, 2.0)
    assert (far.took, near.took) == (0, 1)


def test_who_took_it_keeps_it() -> None:
    """A station that sees it later, however strongly, is told that it is taken."""
    first, later = Station("st02", session=False), Station("st01")
    for tenth in range(120):
        first.sees(tenth / 10)
        if tenth > 50:
            later.sees(tenth / 10, -30.0)
        run([first, later], tenth / 10, tenth / 10)
    assert (first.took, later.took) == (1, 0)


def test_alone_it_decides_as_before() -> None:
    """A station that hears nobody takes what it sees."""
    alone = Station("st01", session=False)
    alone.sees(0.0, -75.0, antenna=4)
    run([alone], 0.0, WAIT_S + 0.2)
    assert alone.took == 1


def test_a_bundle_that_moves_on_is_taken_by_the_next() -> None:
    """When it left the first bench, the second one, which saw it all along, takes it."""
    first, second = Station("st01"), Station("st02")
    for tenth in range(100):
        if tenth < 30:
            first.sees(tenth / 10, -40.0)
        second.sees(tenth / 10, -55.0)
        run([first, second], tenth / 10, tenth / 10)
    assert [type(item) for item in first.found] == [Arrived, Departed]
    assert [type(item) for item in second.found] == [Arrived]


def test_a_holder_that_falls_silent_holds_nothing_for_ever() -> None:
    """A station that lost power with a bundle on its bench does not block the line."""
    first, second = Station("st01"), Station("st02")
    first.sees(0.0, -40.0)
    run([first, second], 0.0, 2.0)
    for half in range(4, round(2 * (TAKEN_LASTS_S + 8))):
        second.sees(half / 2, -55.0)
        run([second], half / 2, half / 2)
    assert second.took == 1


def test_after_a_restart_it_is_still_held() -> None:
    """The station that took it says so again, and does not take it twice."""
    first, second = Station("st01"), Station("st02")
    first.resting.resume(("bench", TAG), 0.0, bundle=True)
    for tenth in range(60):
        first.sees(tenth / 10, -60.0)
        second.sees(tenth / 10, -30.0)
        run([first, second], tenth / 10, tenth / 10)
    assert (first.took, second.took) == (0, 0)


def test_what_was_taken_alone_is_held_when_neighbours_are_back() -> None:
    """A station that took it without a link keeps it from those that see it later."""
    first, second = Station("st02", session=False), Station("st01")
    first.resting.read("bench", Read("epc", TAG, 0.0, rssi_dbm=-70.0, antenna=1))
    first.resting.hold("bench", TAG)
    for tenth in range(60):
        first.sees(tenth / 10)
        second.sees(tenth / 10, -30.0)
        run([first, second], tenth / 10, tenth / 10)
    assert second.took == 0


def test_a_badge_is_no_business_of_the_neighbours() -> None:
    """Whose badge rests on a pad is not told to the line, also after a restart."""
    station = Station("st01")
    station.resting.resume(("bench", "62E3086CED"), 0.0, bundle=False)
    for second in range(30):
        station.turn(float(second))
    assert station.said == []
    assert [type(item) for item in station.found] == [Departed]


def test_a_departure_that_was_not_saved_comes_again() -> None:
    """What is not on disk as gone is missed once more."""
    station = Station("st01")
    station.resting.resume(("bench", TAG), 0.0, bundle=True)
    station.turn(5.0)
    station.resting.resume(("bench", TAG), 5.0, bundle=True)
    station.turn(7.0)
    station.turn(9.0)
    assert [type(item) for item in station.found] == [Departed, Departed]


def test_a_holder_says_so_again_while_it_holds() -> None:
    """Neighbours that were started later learn of it in time."""
    station = Station("st01")
    for second in range(round(TAKEN_AGAIN_S) * 3):
        station.sees(float(second))
        station.turn(float(second))
    assert sum(claim.state == "taken" for claim in station.said) >= 3
