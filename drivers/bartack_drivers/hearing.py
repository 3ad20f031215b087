"""Which drivers understand what a port was heard to send. Nothing is sent here, nothing waits.

What was heard is played to each driver's own conversation. Those that make sense of it are
compared by how strict their protocols are: frames with a checksum prove more than the fixed form
of a badge number, and that more than a line of text, which nearly anything can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bartack_drivers.driver import Driver
from bartack_drivers.registry import check_options

Heard = Sequence[tuple[float, bytes]]
"""What came and when, in monotonic seconds; empty bytes where the line was found silent."""

_UNDERSTOOD_LEAST: Final = {True: 0.5, False: 0.8}
"""The share of the bytes that must be in good frames, with and without a checksum: among noise
now and then a few bytes happen to be one."""

_Rank = tuple[bool, bool, int, int]


def bytes_of(heard: Heard) -> bytes:
    """All that came, one after the other."""
    return b"".join(data for _, data in heard)


def listening_rates(drivers: Iterable[Driver]) -> list[int]:
    """The baud rates at which these drivers' devices may be heard, the usual ones first."""
    rates = {rate for driver in drivers for rate in driver.heard_at}
    usual = [rate for rate in (9600, 115200, 57600, 2400, 38400) if rate in rates]
    return usual + sorted(rates.difference(usual))


def best_fits(heard: Heard, drivers: Iterable[Driver]) -> list[Driver]:
    """The drivers that understand best what was heard; several where nothing tells them apart."""
    ranks = {driver.name: (_rank(heard, driver), driver) for driver in drivers}
    fits = [(rank, driver) for rank, driver in ranks.values() if rank is not None]
    best = max((rank for rank, _ in fits), default=None)
    return [driver for rank, driver in fits if rank == best]


def _rank(heard: Heard, driver: Driver) -> _Rank | None:
    """How well a driver understands it, larger is better; None: not at all."""
    data = bytes_of(heard)
    if driver.converse is None or not driver.heard_at or not data:
        return None
    conversation = driver.converse(check_options(driver, {})[0])
    for now_s, part in heard:
        if part:
            conversation.feed(part, now_s)
        else:
            conversation.idle(now_s)
    good_bytes = conversation.codec.good_bytes
    if not conversation.counters.good_frames:
        return None
    if good_bytes < _UNDERSTOOD_LEAST[driver.has_checksum] * len(data):
        return None
    has_form = driver.has_checksum or "barcode" not in driver.media
    claim = 0 if driver.claims is None else 1 if driver.claims(data) else -1
    return driver.has_checksum, has_form, good_bytes, claim
