"""What the broker holds of a station's work, and what the station hears of others."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack import wire
from bartack.clock import Clock
from bartack.events import Event, Moment, Place
from bartack.health import Health, LedgerHealth
from bartack.inputs import Heard
from bartack.ledger import Ledger, LedgerReader
from bartack.line_news import LARGE_BYTES, LineNews
from bartack.mqtt import Connection, Message, Note, Up
from bartack.own_credits import credit_slots, session_of
from bartack.own_faults import faults_of
from bartack.projection import Rules, State
from bartack.publisher import Publisher
from bartack.station import decide
from sewing import BOOT, OPERATIONS, OPERATORS, PLACE, badge, bundle, bundle_rows, signed, table

FIRST_S = 2 * 3600
"""The stations' day begins at two in the morning, UTC."""


class LineClock(Clock):
    """A clock that stands still until it is told that time passes."""

    def __init__(self) -> None:
        self.boot = BOOT
        self.passed_s = 0.0
        self.is_set = True

    def now(self) -> Moment:
        seconds = FIRST_S + int(self.passed_s)
        day, seconds = divmod(seconds, 86_400)
        hours, minutes = divmod(seconds // 60, 60)
        at = f"2026-11-{21 + day:02d}T{hours:02d}:{minutes:02d}:{seconds % 60:02d}.000Z"
        return Moment(at, "synced" if self.is_set else "unsynced", BOOT, int(self.passed_s * 1000))

    def mono_s(self) -> float:
        return self.passed_s


class Broker(Connection):
    """A connection to a broker that holds what is retained; it answers when it is let."""

    def __init__(self, clock: LineClock) -> None:
        self.notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self.retained: dict[str, bytes] = {}
        self.unanswered: dict[int, tuple[str, bytes]] = {}
        self.sent_s: dict[str, list[float]] = defaultdict(list)
        self.subscribed: list[str] = []
        self.is_up = False
        self._clock = clock
        self._mid = 0

    def start(self) -> None:
        return

    def stop(self, timeout_s: float = 2.0) -> None:
        return

    def cut(self) -> None:
        return

    def subscribe(self, *filters: str) -> None:
        self.subscribed += filters

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        if not self.is_up:
            return None
        self._mid += 1
        self.unanswered[self._mid] = (topic, payload)
        self.sent_s[topic].append(self._clock.passed_s)
        return self._mid

    def take(self, news: LineNews) -> None:
        """Take what is on its way, and answer it."""
        for mid, (topic, payload) in list(self.unanswered.items()):
            self.retained[topic] = payload
            if not payload:
                del self.retained[topic]
            del self.unanswered[mid]
            assert news.answered(mid, 0)


class Bench:
    """A real ledger and the news of it, without the threads around them."""

    def __init__(self, folder: Path) -> None:
        self.clock = LineClock()
        self.broker = Broker(self.clock)
        self.ledger = Ledger(folder / "ledger.db", max_mb=64)
        rows = {"operators": OPERATORS, "operations": OPERATIONS, "bundles": bundle_rows(2000)}
        for name, known in rows.items():
            self.ledger.store_reference(table(name, known))
        self.state: State = self.ledger.load(Rules(PLACE, "OP310", "Asia/Dhaka"))
        self.health = Health(self.clock.mono_s, LedgerHealth(self.state), 0)
        self.reader = LedgerReader(folder / "ledger.db")
        self.news = LineNews(self.broker, PLACE, self.clock, self.health)

    def close(self) -> None:
        self.reader.__exit__()
        self.ledger.close()

    def scan(self, *bundles: int) -> None:
        """Sign in if nobody is, and credit these bundles, all in one commit."""
        state, events = self.state, list[Event]()
        for scan in [badge()] * (state.session is None) + [bundle(number) for number in bundles]:
            decision = decide(state, scan, self.clock.now())
            state = decision.state
            events += decision.events
        if events:
            self.ledger.commit(events, state, signed(state))
        self.state = state
        self.health.ledger = LedgerHealth(state)

    def link(self, *, up: bool, max_bytes: int = wire.CREDITS_MAX_BYTES) -> None:
        if self.broker.is_up:
            self.broker.is_up = False
            self.broker.unanswered.clear()
            self.news.unlinked()
        self.broker.is_up = up
        self.health.report_link(connected=up)
        if up:
            self.news.linked(max_bytes)

    def turn(self) -> None:
        self.news.tell(self.reader)
        assert len(self.broker.unanswered) <= 1
        self.broker.take(self.news)

    def settle(self) -> None:
        """Let time pass until nothing more is to be told."""
        for _ in range(60):
            self.turn()
            self.clock.passed_s += 0.1

    def expected(self) -> dict[str, bytes]:
        lists = credit_slots(self.state, self.clock.now().at)
        told = {wire.credits_topic(PLACE, slot): item.payload() for slot, item in lists.items()}
        told[wire.session_topic(PLACE)] = session_of(self.state).payload()
        told[wire.rework_topic(PLACE)] = faults_of(self.state).payload()
        return told


@contextmanager
def new_bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            yield bench
        finally:
            bench.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with new_bench() as ready:
        yield ready


steps = st.lists(
    st.one_of(
        st.tuples(st.just("scan"), st.integers(1, 40)),
        st.tuples(st.just("turn"), st.just(0)),
        st.tuples(st.just("wait_s"), st.sampled_from([0, 1, 600, 3600, 9 * 3600])),
        st.tuples(st.just("link"), st.integers(0, 1)),
        st.tuples(st.just("wipe"), st.just(0)),
        st.tuples(st.just("old"), st.integers(0, 23)),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_the_broker_ends_with_what_the_state_says(acts: list[tuple[str, int]]) -> None:
    """Whatever happens to link and broker, and whatever it held before, in the end it holds the
    credits of the last day, the faults and the session; no topic was told twice in a second."""
    with new_bench() as bench:
        for act, number in acts:
            match act:
                case "scan":
                    bench.scan(number)
                case "turn":
                    bench.turn()
                case "wait_s":
                    bench.clock.passed_s += number
                case "link":
                    bench.link(up=bool(number))
                case "wipe":  # a broker that forgets everything ends its links
                    bench.link(up=False)
                    bench.broker.retained.clear()
                case "old":
                    topic = wire.credits_topic(PLACE, f"{number:02d}")
                    bench.broker.retained[topic] = b'{"v":1,"hour":"2026-11-01T00Z"}'
                    bench.link(up=True)
                    for held, payload in bench.broker.retained.items():
                        if bench.news.is_own(held):
                            bench.news.found(held, payload)
        old = [topic for topic in bench.broker.retained if topic not in bench.expected()]
        bench.link(up=True)
        for topic in old:
            bench.news.found(topic, bench.broker.retained[topic])
        bench.broker.sent_s.clear()
        bench.settle()
        assert bench.broker.retained == bench.expected()
        for times in bench.broker.sent_s.values():
            assert all(after - before >= 0.99 for before, after in pairwise(times))


def test_the_first_change_goes_out_at_once_and_the_rest_together(bench: Bench) -> None:
    """A neighbour hears of a credit without delay; a burst after it is one message a second."""
    bench.scan()
    bench.link(up=True)
    bench.settle()
    topic = wire.credits_topic(PLACE, "02")
    for number in range(1, 21):
        bench.scan(number)
        bench.turn()
        assert topic in bench.broker.retained
        bench.clock.passed_s += 0.1
    bench.settle()
    assert bench.broker.retained == bench.expected()
    assert len(bench.broker.sent_s[topic]) in (2, 3)


def test_a_list_goes_when_its_day_is_over(bench: Bench) -> None:
    """A station where nothing happens takes back what it told a day ago."""
    bench.scan(1)
    bench.link(up=True)
    bench.settle()
    assert wire.credits_topic(PLACE, "02") in bench.broker.retained
    bench.clock.passed_s += 24 * 3600
    bench.settle()
    assert set(bench.broker.retained) == {wire.session_topic(PLACE), wire.rework_topic(PLACE)}


def test_events_that_were_pruned_meanwhile_are_not_missed(bench: Bench) -> None:
    """Credits whose events the ledger has forgotten are found in the state."""
    bench.scan(1)
    bench.link(up=True)
    bench.settle()
    bench.link(up=False)
    bench.scan(*range(2, 10))
    bench.ledger.acknowledge(bench.state.head.seq, keep_events=1)
    bench.link(up=True)
    bench.settle()
    assert bench.broker.retained == bench.expected()


def test_a_list_that_may_have_ended_the_link_gets_shorter(bench: Bench) -> None:
    """A broker that drops the link at large messages ends up with the newest credits."""
    bench.scan(*range(1, 1001))
    topic = wire.credits_topic(PLACE, "02")
    for _ in range(12):
        bench.link(up=True)
        for _ in range(3):
            bench.news.tell(bench.reader)
            if any(len(payload) > 5000 for _, payload in bench.broker.unanswered.values()):
                break
            bench.broker.take(bench.news)
    held = wire.parse_credits(PLACE, topic, bench.broker.retained[topic])
    assert held.truncated
    assert held.credits[0].bundle == "B001000"
    assert len(held.credits) >= 20
    assert len(bench.broker.retained[topic]) > LARGE_BYTES // 4


def test_a_broker_that_takes_small_messages_gets_small_ones(bench: Bench) -> None:
    """What the broker said of its largest packet is kept to from the start."""
    bench.scan(*range(1, 500))
    bench.link(up=True, max_bytes=3000)
    bench.settle()
    assert max(map(len, bench.broker.retained.values())) <= 3000


def test_a_moved_station_takes_back_what_it_told(bench: Bench) -> None:
    """Nothing of it stays at its old line, and its own line is told all the same."""
    old = replace(PLACE, line="l02")
    bench.broker.retained[wire.session_topic(old)] = b"{}"
    bench.broker.retained[wire.rework_topic(old)] = b"{}"
    bench.broker.retained[wire.credits_topic(old, "13")] = b"{}"
    bench.news.stood_at(["l02", "l03"])
    bench.scan(1)
    bench.link(up=True)
    bench.settle()
    assert bench.broker.retained == bench.expected()
    sent = len(bench.broker.sent_s[wire.session_topic(old)])
    bench.link(up=True)
    bench.settle()
    assert len(bench.broker.sent_s[wire.session_topic(old)]) == sent


def test_a_refusal_is_nobodys_alarm(bench: Bench) -> None:
    """A broker with an older ACL refuses the lists; the station goes on."""
    bench.scan(1)
    bench.link(up=True)
    for _ in range(4):
        bench.news.tell(bench.reader)
        for mid in list(bench.broker.unanswered):
            del bench.broker.unanswered[mid]
            assert bench.news.answered(mid, 0x87)
    assert bench.broker.unanswered == {}
    assert bench.news.silent_s(bench.clock.passed_s) == 0
    assert not bench.news.answered(4711, 0)


def test_a_broker_that_owes_an_answer_is_noticed(bench: Bench) -> None:
    """For how long nothing was answered is told to whoever watches the link."""
    bench.link(up=True)
    bench.news.tell(bench.reader)
    bench.clock.passed_s += 7
    assert bench.news.silent_s(bench.clock.passed_s) == 7
    bench.link(up=False)
    assert bench.news.silent_s(bench.clock.passed_s) == 0


# --- what is heard --------------------------------------------------------------------------------


class Once(threading.Event):
    """Lets a loop turn once."""

    def __init__(self) -> None:
        super().__init__()
        self._turned = False

    def is_set(self) -> bool:
        before, self._turned = self._turned, True
        return before


def heard(bench: Bench, *told: tuple[Place, str, bytes]) -> list[Heard]:
    """What reaches the core when these arrive at topics of those stations."""
    publisher = Publisher(
        *(bench.broker, lambda: LedgerReader(bench.ledger.path), PLACE, bench.clock),
        *(bench.health, "test", 120.0),
    )
    found: list[Heard] = []
    publisher.to_core = found.append
    bench.broker.is_up = True
    bench.broker.notes.put(Up(20))
    for place, leaf, payload in told:
        topic = f"bartack/v1/{place.site}/{place.line}/{place.station}/{leaf}"
        bench.broker.notes.put(Message(topic, payload, 1))
    publisher.run(Once())
    return found


NEIGHBOUR = replace(PLACE, station="st08")
CREDIT = wire.NeighbourCredit(
    *("st08", "B000001", "OP310", "E1", 1, 12), "2026-11-21T02:00:00.000Z", 7
)
LIST = wire.newest_first("st08", CREDIT.hour, [CREDIT])
SESSION = wire.NeighbourSession("st08", "E1", "2026-11-21T02:00:00.000Z")
NOTICES = wire.Notices(
    (wire.Notice("9f" * 16, 7, "stands", "st08", "E2", CREDIT.at, "B000001", "OP310"),)
)


def test_what_neighbours_and_the_hub_tell_reaches_the_core(bench: Bench) -> None:
    """Lists and sessions of other stations and the station's own notices, each as a value."""
    told = [
        (NEIGHBOUR, "credits/02", LIST.payload()),
        (NEIGHBOUR, "session", SESSION.payload()),
        (PLACE, "notices", NOTICES.payload()),
    ]
    assert heard(bench, *told) == [LIST, SESSION, NOTICES]
    wanted = {wire.credits_filter(PLACE), wire.sessions_filter(PLACE), wire.notices_topic(PLACE)}
    assert wanted <= set(bench.broker.subscribed)


def test_what_is_not_for_the_core_does_not_reach_it(bench: Bench) -> None:
    """Its own words that come back, other lines, and rubbish."""
    told = [
        (PLACE, "credits/02", LIST.payload()),
        (PLACE, "session", SESSION.payload()),
        (NEIGHBOUR, "notices", NOTICES.payload()),
        (replace(NEIGHBOUR, line="l04"), "credits/02", LIST.payload()),
        (NEIGHBOUR, "credits/03", LIST.payload()),
        (NEIGHBOUR, "credits", LIST.payload()),
        (NEIGHBOUR, "session", b"\xff"),
        (PLACE, "notices", b"[]"),
    ]
    assert heard(bench, *told) == []


def test_a_list_of_another_day_is_as_good_as_none(bench: Bench) -> None:
    """It replaces what was heard of that hour before; without a set clock it is believed."""
    told = (NEIGHBOUR, "credits/02", LIST.payload())
    bench.clock.passed_s = 24 * 3600 + 1
    assert heard(bench, told) == [wire.NeighbourCredits("st08", "02", "", ())]
    bench.clock.is_set = False
    assert heard(bench, told) == [LIST]
