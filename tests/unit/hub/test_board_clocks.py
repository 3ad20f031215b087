"""Times of scans from before the clock was set: put right once that is possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bartack.events import Event, Head, Moment, seal
from bartack_hub.board.clocks import WAITING_MAX, Clocks
from unit.hub.ledgers import BOOT, LOG, PLACE

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def event(seq: int, mono_ms: int, off: timedelta, synced: bool, boot: str = BOOT) -> Event:
    """An event at a true time of START + mono_ms, labelled by a clock that is ``off``."""
    at = (START + timedelta(milliseconds=mono_ms) + off).isoformat(timespec="milliseconds")
    moment = Moment(at.replace("+00:00", "Z"), "synced" if synced else "unsynced", boot, mono_ms)
    sealed = seal(Head(LOG), PLACE, moment, "work.done", "scan", {"pieces": 1})
    return replace(sealed, seq=seq)


def true_label(mono_ms: int) -> str:
    at = (START + timedelta(milliseconds=mono_ms)).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


@given(
    st.lists(st.integers(0, 10**8), min_size=1, max_size=30, unique=True),
    st.integers(-(10**7), 10**7),
    st.integers(0, 29),
)
def test_every_event_of_a_boot_ends_with_its_true_time(
    times_ms: list[int], off_s: int, synced_from: int
) -> None:
    """Two weeks back or ahead: after the first synchronised event all labels are true."""
    times_ms.sort()
    synced_from = min(synced_from, len(times_ms) - 1)
    clocks, shown = Clocks(), dict[int, str]()
    for seq, mono_ms in enumerate(times_ms):
        synced = seq >= synced_from
        off = timedelta(0) if synced else timedelta(seconds=off_s)
        for item in clocks.take(event(seq, mono_ms, off, synced)):
            shown[item.seq] = item.at
    assert shown == {seq: true_label(mono_ms) for seq, mono_ms in enumerate(times_ms)}


def test_another_boot_proves_nothing() -> None:
    """Milliseconds of one boot say nothing of another's."""
    clocks = Clocks()
    wrong = event(1, 5000, timedelta(days=-14), synced=False)
    list(clocks.take(wrong))
    other = event(2, 100, timedelta(0), synced=True, boot="another-boot")
    assert list(clocks.take(other)) == [other]


def test_what_waits_is_bounded() -> None:
    """A station that never meets a time server costs only so much memory."""
    clocks = Clocks()
    for seq in range(WAITING_MAX + 10):
        list(clocks.take(event(seq, seq, timedelta(days=-1), synced=False)))
    put_right = list(clocks.take(event(10**6, 10**6, timedelta(0), synced=True)))
    assert len(put_right) == WAITING_MAX + 1
