"""The outbox: what may be sent, and that nothing is forgotten before the hub has it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bartack import outbox
from bartack.outbox import Outbox
from bartack.wire import BATCH_MAX_EVENTS


@dataclass
class World:
    """A ledger, a broker that loses things and a hub, as plain sets."""

    head: int = 0
    at_broker: dict[int, tuple[int, int]] = field(default_factory=dict)
    hub: set[int] = field(default_factory=set)
    now_s: float = 0.0
    next_mid: int = 1

    @property
    def watermark(self) -> int:
        through = 0
        while through + 1 in self.hub:
            through += 1
        return through


class Delivery(RuleBasedStateMachine):
    """Events are made, sent, lost, delivered twice and confirmed in every order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.box = Outbox(acked=0, sent=0)

    @rule(count=st.integers(1, 30))
    def scan(self, count: int) -> None:
        self.world.head += count

    @rule(window=st.integers(1, 20))
    def link_up(self, window: int) -> None:
        self.box = outbox.linked(self.box, window, self.world.now_s)

    @rule()
    def link_down(self) -> None:
        self.box = outbox.unlinked(self.box)

    @rule(batch=st.integers(1, 10))
    def send(self, batch: int) -> None:
        if self.box.may_send(self.world.head, self.world.now_s):
            first, last = self.box.sent + 1, min(self.box.sent + batch, self.world.head)
            self.world.at_broker[self.world.next_mid] = (first, last)
            self.box = outbox.departed(self.box, self.world.next_mid, last, self.world.now_s)
            self.world.next_mid += 1

    @rule(reason=st.sampled_from(["taken", "refused"]), index=st.integers(0, 30))
    def broker_answers(self, reason: str, index: int) -> None:
        mids = sorted(self.box.flights)
        if mids:
            mid = mids[index % len(mids)]
            if reason == "taken":
                self.box = outbox.taken(self.box, mid)
            else:
                self.world.at_broker.pop(mid, None)
                self.box = outbox.not_delivered(self.box, mid, 5.0, self.world.now_s)

    @rule(index=st.integers(0, 100))
    def hub_receives(self, index: int) -> None:
        mids = sorted(self.world.at_broker)
        if mids:
            first, last = self.world.at_broker[mids[index % len(mids)]]
            self.world.hub |= set(range(first, last + 1))

    @rule()
    def broker_is_wiped(self) -> None:
        self.world.at_broker.clear()

    @rule()
    def hub_confirms(self) -> None:
        self.box = outbox.confirmed(self.box, self.world.watermark, self.world.now_s)

    @rule(seconds=st.floats(0.1, 200))
    def time_passes(self, seconds: float) -> None:
        self.world.now_s += seconds
        self.box = outbox.impatient(self.box, self.world.now_s)

    @invariant()
    def nothing_is_forgotten_before_the_hub_has_it(self) -> None:
        assert self.box.acked <= self.world.watermark
        assert self.box.acked <= self.box.sent <= self.world.head
        assert self.box.sent - self.box.acked <= outbox.SPAN_MAX_EVENTS + 100

    def teardown(self) -> None:
        """Left alone with a working link, everything arrives."""
        world = self.world
        self.box = outbox.linked(self.box, 20, world.now_s)
        for _ in range(10_000):
            if self.box.acked == world.head:
                break
            world.now_s += 10.0
            self.box = outbox.impatient(self.box, world.now_s)
            if self.box.may_send(world.head, world.now_s):
                first, last = self.box.sent + 1, min(self.box.sent + 100, world.head)
                self.box = outbox.departed(self.box, world.next_mid, last, world.now_s)
                self.box = outbox.taken(self.box, world.next_mid)
                world.next_mid += 1
                world.hub |= set(range(first, last + 1))
            self.box = outbox.confirmed(self.box, world.watermark, world.now_s)
        assert self.box.acked == world.head, "the backlog did not drain"


Delivery.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestDelivery = Delivery.TestCase


def test_a_silent_link_is_called_stalled() -> None:
    """Connected but unanswered for longer than the limit is stalled; without mail it is not."""
    box = outbox.departed(outbox.linked(Outbox(0, 0), 10, 0.0), 1, 5, 0.0)
    assert not box.stalled(39.0, 40.0)
    assert box.stalled(41.0, 40.0)
    assert not outbox.taken(box, 1).stalled(1000.0, 40.0)


def test_a_hub_that_is_away_gets_a_probe_and_not_the_backlog_again() -> None:
    """Sent again without an answer, one batch goes out per patience, each half the last, and for a
    single event patience grows."""
    box = outbox.linked(Outbox(acked=0, sent=0), 20, 0.0)
    box = outbox.taken(outbox.departed(box, 1, 1000, 0.0), 1)
    now_s, sizes = 0.0, []
    while box.patience_s < outbox.CONFIRM_LONGEST_S:
        now_s += box.patience_s
        box = outbox.impatient(box, now_s)
        assert (box.sent, box.may_send(1000, now_s)) == (0, True)
        sizes.append(box.batch_events)
        box = outbox.taken(outbox.departed(box, len(sizes) + 1, box.batch_events, now_s), 2)
        box = outbox.taken(box, len(sizes) + 1)
        assert not box.may_send(1000, now_s)
    assert sizes == [50, 25, 12, 6, 3, 1, 1, 1, 1, 1]
    back = outbox.confirmed(box, 1, now_s)
    assert back.may_send(1000, now_s)
    assert (back.batch_events, back.patience_s) == (2, outbox.CONFIRM_FIRST_S)


def test_what_is_too_large_is_sent_smaller_and_at_once() -> None:
    """A broker that takes no message of this size gets half as much, from the watermark."""
    box = outbox.departed(outbox.linked(Outbox(acked=5, sent=5), 20, 0.0), 1, 105, 0.0)
    smaller = outbox.too_large(box, 1)
    assert (smaller.sent, smaller.batch_events) == (5, BATCH_MAX_EVENTS // 2)
    assert smaller.may_send(1000, 0.0)
    assert outbox.unlinked(box).batch_events == BATCH_MAX_EVENTS // 2
