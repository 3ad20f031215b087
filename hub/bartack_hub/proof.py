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
        found: list[tuple[int | None, str]] = []
        end, good = _follow(chain, found)
        logs, events = logs + 1, events + good
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


def _follow(chain: Chain, found: list[tuple[int | None, str]]) -> tuple[int, int]:
    """The last seq up to which everything holds, and how many events do; adds what does not."""
    signed = chain.signed
    if signed is not None and not is_genuine(signed):
        found.append((signed.head.seq, f"the signature at seq {signed.head.seq} is forged"))
        return 0, 0
    head, good = Head(chain.state.log), 0
    for body in chain.events:
        try:
            event = parse_event(body)
        except EventError as error:
            found.append((head.seq + 1, f"seq {head.seq + 1} is altered: {error}"))
            return head.seq, good
        if (head.seq + 1, event.seq - 1) in chain.missing:
            found.append((head.seq + 1, _missing(head.seq + 1, event.seq - 1)))
            head = Head(event.log, event.seq - 1, event.prev)
        if broken := first_break([event], head):
            found.append((event.seq, broken))
            return head.seq, good
        if signed is not None and signed.head.seq == event.seq and signed.head != event.head:
            found.append((event.seq, f"seq {event.seq} is not the event that the station signed"))
            return head.seq, good
        head, good = event.head, good + 1
    if signed is not None and signed.head.seq > head.seq:
        cut = f"cut off after seq {head.seq}: the station signed seq {signed.head.seq}"
        found.append((head.seq + 1, cut))
    return head.seq, good


def _missing(first: int, last: int) -> str:
    return (
        f"seq {first} to {last} are missing: an earlier store had confirmed them, and the station "
        "no longer had them when this one asked"
    )
