"""What can happen to a line, as rules in any order, and the laws that hold all the while.

``Shifts`` has stations that own their card, and holds them to the whole promise: what was counted
is in the ledger or at the hub at all times, and once the link works again the hub has exactly what
the operators are owed. ``CopiedCards`` adds cloned cards and cards put back from an older image.
Where their branches disagree nobody can settle it here; the hub must keep to one and show the rest.
``LostStores`` adds a hub whose store is lost, or put back from an older backup.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bartack.events import Event, Head, Place, first_break, parse_event
from bartack.identify import Scan
from bartack.mqtt import NO_SUBSCRIBER, Message
from bartack.projection import replay
from bartack.wire import Watermark, ack_topic
from faults.model import BUNDLES, Broker, Counted, Hub, Killed, LineClock, Station, tables
from sewing import badge, bundle

PLACES = (Place("dhk1", "l03", "st07"), Place("dhk1", "l03", "st08"))
STATIONS_MAX = 4
DRAIN_ROUNDS = 12

ANY = st.integers(0, 1000)
DEATHS = st.sampled_from([Killed.NEVER] * 8 + [Killed.BEFORE_COMMIT, Killed.AFTER_COMMIT])
NUMBERS = st.lists(st.integers(1, BUNDLES), min_size=1, max_size=5)
SCANS = st.one_of(
    st.builds(
        bundle, st.integers(1, BUNDLES + 1), st.sampled_from(["", "", "OP310", "OP320", "OP999"])
    ),
    st.sampled_from(
        [badge(), badge("AA00000002"), badge("UNKNOWN"), Scan("unknown", "?", "scanner")]
    ),
)


class Shifts(RuleBasedStateMachine):
    """Stations that nobody copied."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="bartack-model-")
        self.clock = LineClock()
        self.broker = Broker()
        self.hub = Hub(self.new_file("hub"), self.broker)
        self.stations: list[Station] = []
        self.histories: dict[str, list[list[Event]]] = defaultdict(list)
        self.committed: dict[tuple[str, int], Event] = {}
        self.files = 0
        for place in PLACES:
            station = Station(self.new_file(place.station), place, self.broker, self.clock)
            station.learn(tables())
            self.stations.append(station)
            self.histories[station.log].append(station.history)

    def new_file(self, name: str) -> Path:
        return Path(self.folder.name) / f"{name}.db"

    def station(self, index: int) -> Station:
        return self.stations[index % len(self.stations)]

    # --- on the floor -------------------------------------------------------------------------

    @initialize(numbers=NUMBERS, how_far=st.integers(0, 5))
    def a_shift_begins(self, numbers: list[int], how_far: int) -> None:
        for index in range(len(PLACES)):
            self.link_comes_up(index, 20)
            self.scan(index, [badge()], Killed.NEVER)
        self.bundles_are_finished(0, numbers, how_far)

    @rule(index=ANY, numbers=NUMBERS, how_far=st.integers(0, 5))
    def bundles_are_finished(self, index: int, numbers: list[int], how_far: int) -> None:
        """One after the other, as on most of a day."""
        for number in numbers:
            self.scan(index, [bundle(number)], Killed.NEVER, how_far)

    @rule(
        index=ANY,
        scans=st.lists(SCANS, min_size=1, max_size=4),
        killed=DEATHS,
        how_far=st.integers(0, 5),
        is_lost=st.sampled_from([False, False, False, True]),
    )
    def scan(
        self,
        index: int,
        scans: Sequence[Scan],
        killed: Killed,
        how_far: int = 1,
        is_lost: bool = False,
    ) -> None:
        """Scans, and as much of their way to the hub and back as nothing holds up."""
        station = self.station(index)
        counted: Counted = station.counted.copy()
        expected = [counted.scan(scan) for scan in scans]
        seen = station.scan(scans, killed)
        if killed is not Killed.BEFORE_COMMIT:
            station.counted = counted
        assert seen == ([] if killed is not Killed.NEVER else expected)
        way = (
            station.publish,
            station.link.answer_all,
            self.broker.wipe if is_lost else lambda: self.hub_collects_all(Killed.NEVER),
            lambda: self.a_watermark_arrives(index, 0),
            station.settle,
        )
        for stage in way[:how_far]:
            stage()

    @rule(index=ANY)
    def station_is_killed(self, index: int) -> None:
        self.station(index).kill()

    @rule(index=ANY)
    def station_prunes(self, index: int) -> None:
        self.station(index).settle()

    @rule(seconds=st.floats(1, 200))
    def time_passes(self, seconds: float) -> None:
        self.clock.passed_s += seconds

    # --- between station and broker -----------------------------------------------------------

    @rule(index=ANY, window=st.integers(1, 20))
    def link_comes_up(self, index: int, window: int) -> None:
        station = self.station(index)
        station.link.come_up(window)
        station.publish()

    @rule(index=ANY)
    def link_goes_down(self, index: int) -> None:
        self.station(index).link.go_down()

    @rule(index=ANY, is_answered=st.booleans())
    def station_publishes(self, index: int, is_answered: bool) -> None:
        station = self.station(index)
        station.publish()
        if is_answered:
            station.link.answer_all()
            station.publish()

    @rule(index=ANY, which=ANY, reason=st.sampled_from([0, 0, 0, NO_SUBSCRIBER, 0x87]))
    def broker_answers(self, index: int, which: int, reason: int) -> None:
        self.station(index).link.answer(which, reason)

    @rule(index=ANY, which=ANY)
    def a_watermark_arrives(self, index: int, which: int) -> None:
        """The newest, or any that ever was; often enough, none at all."""
        station = self.station(index)
        topic = ack_topic(station.place)
        known = self.broker.watermarks.get(topic, [])
        if known and station.link.is_up:
            station.link.notes.put(Message(topic, known[-1 - which % len(known)], 0))
            station.publish()

    @rule(index=ANY, through=st.integers(0, 12))
    def a_watermark_of_another_log_arrives(self, index: int, through: int) -> None:
        station = self.station(index)
        payload = Watermark("ab" * 16, through).payload()
        station.link.notes.put(Message(ack_topic(station.place), payload, 0))
        station.publish()

    # --- between broker and hub ---------------------------------------------------------------

    @rule(killed=DEATHS)
    def hub_collects_all(self, killed: Killed) -> None:
        self.hub_collects([*range(len(self.broker.for_hub))], True, killed)

    @rule(which=st.lists(ANY, min_size=1, max_size=4), is_last_copy=st.booleans(), killed=DEATHS)
    def hub_collects(self, which: list[int], is_last_copy: bool, killed: Killed) -> None:
        """Some messages in any order, some of them twice; kept for later or not."""
        held = self.broker.for_hub
        if not held:
            return
        chosen = [held[index % len(held)] for index in which]
        if is_last_copy and killed is Killed.NEVER:
            held[:] = [message for message in held if message not in chosen]
        self.hub.collect(chosen, killed)

    @rule(which=ANY)
    def broker_loses_a_message(self, which: int) -> None:
        if self.broker.for_hub:
            self.broker.for_hub.pop(which % len(self.broker.for_hub))

    @rule()
    def broker_is_wiped(self) -> None:
        self.broker.wipe()

    @rule()
    def hub_is_killed(self) -> None:
        self.hub.restart()

    # --- the laws -----------------------------------------------------------------------------

    @invariant()
    def the_laws_hold(self) -> None:
        """All of them, about whatever was written since they were last looked at."""
        if self.hub.is_changed:
            self.the_hub_keeps_its_ledgers()
        self.no_station_runs_ahead_of_the_hub()
        self.everything_counted_is_kept()
        self.the_state_is_what_the_events_say()
        self.hub.is_changed = False
        for station in self.stations:
            station.is_changed = False

    def changed_stations(self) -> list[Station]:
        return [station for station in self.stations if station.is_changed]

    def the_hub_keeps_its_ledgers(self) -> None:
        """Each (log, seq) once and for ever, gapless to the watermark, no work counted twice."""
        events = [parse_event(body) for body in self.hub.store.read.canonical_events()]
        committed = {(event.log, event.seq): event for event in events}
        assert len(committed) == len(events)
        assert self.committed.items() <= committed.items(), "the hub changed what was committed"
        self.committed = committed
        for state in self.hub.store.read.logs():
            chain = [event for event in events if event.log == state.log]
            assert first_break(chain[: state.through], Head(state.log)) is None
            assert len(chain) >= state.through
            assert (state.log, state.through + 1) not in committed, "the watermark lags"
            times = Counter(paid(event) for event in chain if event.type == "work.done")
            assert max(times.values(), default=1) == 1, f"counted twice: {times.most_common(1)}"

    def no_station_runs_ahead_of_the_hub(self) -> None:
        """Nothing is acknowledged at a station that the hub has not committed."""
        for station in self.stations:
            state = self.hub.store.read.log(station.log)
            through = state.through if state else 0
            assert station.ledger.acked <= station.health.link.acked <= through
            assert station.through <= through

    def everything_counted_is_kept(self) -> None:
        """Each event of a card is in its ledger or at the hub, as it was."""
        for station in self.changed_stations():
            lived = {event.seq: event for event in station.history}
            kept = {event.seq: event for event in station.kept()}
            assert lived.items() >= kept.items()
            for seq in lived.keys() - kept.keys():
                assert self.committed.get((station.log, seq)) == lived[seq], "forgotten"

    def the_state_is_what_the_events_say(self) -> None:
        """What a station knows, in memory and on disk, is the replay of all its events."""
        for station in self.changed_stations():
            state = station.state
            lived = replay(state.rules, state.reference, station.log, station.history)
            assert state == lived == station.ledger.load(state.rules)

    def drain(self) -> None:
        """Everything works again, for long enough."""
        self.hub.restart()
        for _ in range(DRAIN_ROUNDS):
            self.clock.passed_s += 130.0
            for station in self.stations:
                if not station.link.is_up:
                    station.link.come_up(window=20)
                station.publish()
                station.link.answer_all()
            held = list(self.broker.for_hub)
            self.broker.for_hub.clear()
            self.hub.collect(held, Killed.NEVER)
            for station in self.stations:
                topic = ack_topic(station.place)
                for payload in self.broker.watermarks.get(topic, []):
                    station.link.notes.put(Message(topic, payload, 0))
                station.publish()
                station.settle()

    def check_after_draining(self) -> None:
        """The hub has what the model says, to the piece."""
        self.the_laws_hold()
        for station in self.stations:
            if station.is_only_copy:
                assert station.ledger.acked == station.state.head.seq, "the backlog did not drain"
                assert self.counted_at_hub(station.log) == station.counted.pieces
                assert "hub_ahead" not in station.health.alarms()
                aside = [
                    row for row in self.hub.store.read.set_aside() if row["log"] == station.log
                ]
                assert not aside, "set aside without a cause"

    def counted_at_hub(self, log: str) -> dict[tuple[str, str], int]:
        done = (event for event in self.committed.values() if event.type == "work.done")
        return {paid(event): event.number("pieces") for event in done if event.log == log}

    def teardown(self) -> None:
        try:
            self.drain()
            self.check_after_draining()
        finally:
            self.close()

    def close(self) -> None:
        for station in self.stations:
            station.stop()
        self.hub.store.close()
        self.folder.cleanup()


class CopiedCards(Shifts):
    """Stations whose cards are cloned, or put back from an older image."""

    @initialize()
    def cards_are_backed_up(self) -> None:
        for index in range(len(PLACES)):
            self.card_is_backed_up(index)

    @rule(index=ANY, place=st.sampled_from(PLACES))
    def card_is_cloned(self, index: int, place: Place) -> None:
        """The copy runs beside the original; as another station only while it is empty."""
        if len(self.stations) < STATIONS_MAX:
            self.files += 1
            original = self.station(index)
            # A card with events of one station is refused by an agent of another.
            place = original.place if original.state.head.seq else place
            other = original.clone(self.new_file(f"clone{self.files}"), place)
            self.stations.append(other)
            self.histories[other.log].append(other.history)

    @rule(index=ANY)
    def card_is_backed_up(self, index: int) -> None:
        self.files += 1
        station = self.station(index)
        station.backup = station.copy_card(self.new_file(f"backup{self.files}"))

    @precondition(lambda self: any(station.backup for station in self.stations))
    @rule(index=ANY, numbers=NUMBERS, is_linked=st.booleans())
    def older_card_is_put_back(self, index: int, numbers: list[int], is_linked: bool) -> None:
        """And work goes on with it, before the hub's watermark is heard or after."""
        backed_up = [station for station in self.stations if station.backup]
        station = backed_up[index % len(backed_up)]
        if station.backup:
            station.restore(station.backup)
            self.histories[station.log].append(station.history)
            at = self.stations.index(station)
            if is_linked:
                self.link_comes_up(at, 20)
                self.a_watermark_arrives(at, 0)
            self.bundles_are_finished(at, numbers, how_far=0)

    @invariant()
    def the_laws_hold(self) -> None:
        super().the_laws_hold()
        self.the_hub_keeps_to_one_branch()

    def the_hub_keeps_to_one_branch(self) -> None:
        """What the hub has of a log was lived by one card; branches are never merged."""
        for log, histories in self.histories.items():
            chain = [event for event in self.committed.values() if event.log == log]
            lived = [{event.seq: event.hash for event in history} for history in histories]
            assert not chain or any(
                all(card.get(event.seq) == event.hash for event in chain) for card in lived
            ), "events of two cards were merged"

    def check_after_draining(self) -> None:
        super().check_after_draining()
        for station in self.stations:
            is_counted = all(
                self.committed.get((event.log, event.seq)) == event for event in station.history
            )
            assert (
                is_counted or self.hub.noticed(station) or "hub_ahead" in station.health.alarms()
            ), "work of a copied card is not counted and nobody is told"


class LostStores(Shifts):
    """A hub whose store is lost now and then; of that, what the stations pruned stays missing."""

    def __init__(self) -> None:
        super().__init__()
        self.backup: Path | None = None

    @rule()
    def store_is_backed_up(self) -> None:
        self.files += 1
        self.backup = self.new_file(f"store{self.files}")
        self.hub.back_up(self.backup)

    @rule()
    def store_is_lost(self) -> None:
        self.hub.lose(self.backup)
        self.committed = {}
        self.hub.is_changed = True

    def no_station_runs_ahead_of_the_hub(self) -> None:
        """It does until it is asked again; draining shows that it hears."""

    def everything_counted_is_kept(self) -> None:
        """What a ledger holds is what was lived there; what it pruned was confirmed once."""
        for station in self.changed_stations():
            lived = {event.seq: event for event in station.history}
            kept = {event.seq: event for event in station.kept()}
            assert lived.items() >= kept.items()

    def the_hub_keeps_its_ledgers(self) -> None:
        """Each (log, seq) once; up to the watermark nothing is missing that was not told."""
        events = [parse_event(body) for body in self.hub.store.read.canonical_events()]
        committed = {(event.log, event.seq): event for event in events}
        assert len(committed) == len(events)
        assert self.committed.items() <= committed.items(), "the hub changed what was committed"
        self.committed = committed
        told = {chain.state.log: chain.missing for chain in self.hub.store.read.chains()}
        for state in self.hub.store.read.logs():
            here = {seq for log, seq in committed if log == state.log}
            gone = set(range(1, state.through + 1)) - here
            assert gone <= {n for first, last in told[state.log] for n in range(first, last + 1)}
            assert len(gone) == state.missing

    def check_after_draining(self) -> None:
        """The hub has all that any station still holds, as it was."""
        self.the_laws_hold()
        for station in self.stations:
            assert station.ledger.acked == station.state.head.seq, "the backlog did not drain"
            for event in station.kept():
                assert self.committed.get((event.log, event.seq)) == event
            assert set(station.health.alarms()) <= {"events_missing"}


def paid(event: Event) -> tuple[str, str]:
    return event.text("bundle"), event.text("operation")
