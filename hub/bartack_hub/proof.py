"""Proof over all stations: every hash, link and signed head, and the first thing that breaks. Pure.

It shows that records were not altered, dropped, slipped in or put in another order after a
station wrote them. It does not show that the sewing was done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bartack.events import EventError, Head, first_break, parse_event
from bartack.heads import is_genuine
from bartack_hub.store import Chain


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold. ``seq`` is the first event concerned, None for the log."""

    line: str
    station: str
    log: str
    seq: int | None
    what: str

    def __str__(self) -> str:
        where = f"{self.line} {self.station} log {self.log}"
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked and what was found. It is ``good`` when nothing was.

    ``unsigned`` counts events that hold but came after the last head their station signed: of the
    last seconds, or of a station that died before it could sign.
    """

    logs: int
    events: int
    unsigned: int
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        return not self.findings


def prove(
    chains: Iterable[Chain], trusted: Collection[tuple[str, str]], set_aside: Mapping[str, int]
) -> Proof:
    """Check every chain. ``set_aside`` counts contradicting events by log: a cloned ledger."""
    logs = events = unsigned = 0
    findings: list[Finding] = []
    for chain in chains:
        state, signed = chain.state, chain.signed
        end, broken = _follow(chain)
        logs, events = logs + 1, events + end
        found: list[tuple[int | None, str]] = [broken] if broken else []
        if signed is not None and (state.station, signed.key) not in trusted:
            what = (
                f"its key is replaced: {signed.key} is not known as this station's; if a person "
                f"vouches for it: bartack-hub trust {state.station} {signed.key}"
            )
            found.append((None, what))
        if count := set_aside.get(state.log, 0):
            found.append((None, f"cloned or tampered: {count} events contradict the committed"))
        unsigned += max(0, end - (signed.head.seq if signed else 0))
        findings += [Finding(state.line, state.station, state.log, *item) for item in found]
    return Proof(logs, events, unsigned, tuple(findings))


def _follow(chain: Chain) -> tuple[int, tuple[int, str] | None]:
    """The last seq up to which everything holds, and what breaks after it."""
    signed = chain.signed
    if signed is not None and not is_genuine(signed):
        return 0, (signed.head.seq, f"the signature at seq {signed.head.seq} is forged")
    head = Head(chain.state.log)
    for body in chain.events:
        try:
            event = parse_event(body)
        except EventError as error:
            return head.seq, (head.seq + 1, f"seq {head.seq + 1} is altered: {error}")
        if broken := first_break([event], head):
            return head.seq, (event.seq, broken)
        if signed is not None and signed.head.seq == event.seq and signed.head != event.head:
            other = f"seq {event.seq} is not the event that the station signed"
            return head.seq, (event.seq, other)
        head = event.head
    if signed is not None and signed.head.seq > head.seq:
        cut = f"cut off after seq {head.seq}: the station signed seq {signed.head.seq}"
        return head.seq, (head.seq + 1, cut)
    return head.seq, None
