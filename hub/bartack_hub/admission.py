"""What of a batch is new, what was there already, and what cannot be true. Pure.

The rule of the ledger: each (log, seq) once, every event linked to the one before it. An event
that contradicts what is committed comes from a tampered ledger, a cloned card or a forger; it is
kept aside for a person and never merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bartack.events import NO_HASH, Event
from bartack.heads import SignedHead, is_genuine


@dataclass(frozen=True, slots=True)
class Link:
    """What binds a committed event to its neighbours."""

    hash: str
    prev: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An event that cannot be true beside what is committed, and why. ``kind`` is a code."""

    event: Event
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Admission:
    """``repeated`` counts events that were committed before."""

    new: tuple[Event, ...]
    repeated: int
    contradictions: tuple[Contradiction, ...]


def admit(events: Iterable[Event], committed: Mapping[int, Link], through: int = 0) -> Admission:
    """Judge consecutive events of one log against the committed ones of that log.

    ``committed`` must hold what is there from one before the first to one after the last. An
    event that builds on one set aside is set aside with it. Up to the watermark ``through`` there
    may be a run that its station told missing: it is filled up to the committed event that follows
    it or not at all, or a copied card could put its own branch there.
    """
    links = dict(committed)
    new: list[Event] = []
    contradictions: list[Contradiction] = []
    set_aside: set[str] = set()
    repeated = 0
    for event in events:
        known = links.get(event.seq)
        if known is not None and known.hash == event.hash:
            repeated += 1
            continue
        found = _contradiction(event, links, set_aside)
        if found is not None:
            contradictions.append(found)
            set_aside.add(event.hash)
        else:
            new.append(event)
            links[event.seq] = Link(event.hash, event.prev)
    late = [event for event in new if event.seq <= through]
    if late and (contradictions or late[-1].seq + 1 not in links):
        reason = "lies in a run that was told missing and does not lead to what follows it"
        new = [event for event in new if event.seq > through]
        contradictions += [
            Contradiction(event, "in_missing", f"seq {event.seq}: {reason}") for event in late
        ]
    return Admission(tuple(new), repeated, tuple(contradictions))


def doubt_of(
    signed: SignedHead, known: SignedHead | None, committed_hash: str
) -> tuple[str, str] | None:
    """Why a station's signed head is not to be believed, as code and reason; None if it is.

    ``known`` is the log's last believed head, ``committed_hash`` that of the event at its seq.
    """
    seq = signed.head.seq
    if not is_genuine(signed):
        return "bad_signature", f"the head at seq {seq} is not signed by key {signed.key}"
    if known is not None and known.key != signed.key:
        return "other_key", f"signed by key {signed.key}; this log's is {known.key}"
    if signed.head.hash != committed_hash:
        return "other_head", f"the station signed another event at seq {seq} than is committed"
    return None


def _contradiction(
    event: Event, links: Mapping[int, Link], set_aside: set[str]
) -> Contradiction | None:
    seq = event.seq
    if seq in links:
        return Contradiction(
            event, "other_hash", f"seq {seq}: another event of this number is committed"
        )
    if event.prev in set_aside:
        return Contradiction(
            event, "broken_link", f"seq {seq}: builds on seq {seq - 1}, which was set aside"
        )
    before, after = links.get(seq - 1), links.get(seq + 1)
    if (seq == 1 and event.prev != NO_HASH) or (before and before.hash != event.prev):
        return Contradiction(
            event, "broken_link", f"seq {seq}: does not carry the hash of seq {seq - 1}"
        )
    if after and after.prev != event.hash:
        return Contradiction(
            event, "broken_link", f"seq {seq + 1} is committed and does not carry its hash"
        )
    return None
