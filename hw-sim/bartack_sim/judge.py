"""Compares the truth, the lamps that operators saw and what the hub committed. Pure.

Lost: a green lamp whose event the hub does not have. Doubled: pieces of a bundle credited more than
once at an operation and not disputed, or one event committed twice. Wrong: a credit that no truth
explains, a green lamp that says something other than the truth or the commit, or a red lamp
"already done" for work that nobody credited. ``conduct`` judges what habits add.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bartack_sim.lamps import Lamp
from bartack_sim.truth import PAYING, Intent

_STRIKES = {
    "work.voided": "voids",
    "work.disputed": "work",
    "work.contested": "work",
    "work.settled": "work",
}
"""Events about a credit, and the field that numbers it; the last two let it stand again."""


class Claim(NamedTuple):
    """Who did what where: what truth, lamp and credit must agree on."""

    station: str
    operator: str | None
    bundle: str | None
    operation: str | None
    pieces: int | None


@dataclass(frozen=True, slots=True)
class Credit:
    """One ``work.done`` event that the hub has committed, from piece ``first`` on.

    One that does not stand was taken back, or is disputed.
    """

    log: str
    seq: int
    claim: Claim
    first: int = 1
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """The five numbers, and a sentence for each thing found."""

    acknowledged: int
    committed: int
    lost: int
    doubled: int
    wrong: int
    findings: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled or wrong, and something was acknowledged at all."""
        return self.acknowledged > 0 and not (self.lost or self.doubled or self.wrong)

    def numbers(self) -> dict[str, int]:
        names = ("acknowledged", "committed", "lost", "doubled", "wrong")
        return {name: getattr(self, name) for name in names}

    def with_more(self, lost: Sequence[str], wrong: Sequence[str]) -> Verdict:
        """The verdict with further findings."""
        return replace(
            self,
            lost=self.lost + len(lost),
            wrong=self.wrong + len(wrong),
            findings=(*self.findings, *lost, *wrong),
        )

    def sentence(self) -> str:
        """The verdict for a person."""
        if not self.acknowledged:
            return "Nothing was acknowledged, so nothing is proven."
        said = f"{self.acknowledged} green lamps, {self.committed} credits at the hub: "
        if self.clean:
            return said + "nothing lost, nothing doubled, nothing wrong."
        return said + f"{self.lost} lost, {self.doubled} doubled, {self.wrong} wrong."


def read_events(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The events in the output of ``bartack-hub export --format jsonl``.

    Raises ``ValueError`` that names the line when one is not an event.
    """
    events = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            if event["type"] == "work.done":
                _claimed(event)
            elif event["type"] in _STRIKES:
                _struck(event)
            _key(event)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"export line {number} is no event: {error!r}") from error
        events.append(event)
    return events


def read_export(lines: Iterable[str]) -> list[Credit]:
    """The credits in the output of ``bartack-hub export``; raises as ``read_events``."""
    return credits_of(read_events(lines))


def credits_of(events: Sequence[Mapping[str, Any]]) -> list[Credit]:
    """Every credit, and whether it stands at the end."""
    fallen: set[tuple[str, int]] = set()
    for event in sorted((it for it in events if it["type"] in _STRIKES), key=_key):
        if event["type"] in ("work.voided", "work.disputed"):
            fallen.add(_struck(event))
        else:
            fallen.discard(_struck(event))
    return [
        Credit(*_key(it), _claimed(it), it.get("first", 1), _key(it) not in fallen)
        for it in events
        if it["type"] == "work.done"
    ]


def _key(event: Mapping[str, Any]) -> tuple[str, int]:
    return event["log"], event["seq"]


def _claimed(event: Mapping[str, Any]) -> Claim:
    names = ("station", "operator", "bundle", "operation", "pieces")
    return Claim(*(event[name] for name in names))


def _struck(event: Mapping[str, Any]) -> tuple[str, int]:
    """The credit that an event is about."""
    return event.get("of_log") or event["log"], event[_STRIKES[event["type"]]]


def judge(
    truth: Iterable[Intent], lamps: Mapping[str, Sequence[Lamp]], credits: Sequence[Credit]
) -> Verdict:
    """The verdict over one run; ``lamps`` are by station."""
    truth = tuple(truth)
    meant = {
        Claim(i.station, i.operator, i.bundle, i.operation, pieces)
        for i in truth
        if i.kind in PAYING
        for pieces in i.pieces_right
    }
    green = {
        (lamp.log, lamp.seq): _claim(station, lamp)
        for station, shown in lamps.items()
        for lamp in shown
        if lamp.outcome == "ok"
    }
    known = {(credit.log, credit.seq): credit.claim for credit in credits}
    lost = [
        f"lost: {_named(key)}, green for {claim}, is not committed"
        for key, claim in green.items()
        if key not in known
    ]
    doubled = _doubled(credits)
    wrong = [
        *(
            f"wrong: {_named(k)} credits {c}, meant by nobody"
            for k, c in known.items()
            if c not in meant
        ),
        *(
            f"wrong: {_named(k)} was green for {c}, meant by nobody"
            for k, c in green.items()
            if c not in meant
        ),
        *(
            f"wrong: {_named(key)} was green for {claim} and committed as {known[key]}"
            for key, claim in green.items()
            if key in known and known[key] != claim
        ),
        *_denied(truth, lamps, credits),
    ]
    return Verdict(
        acknowledged=len(green),
        committed=len(credits),
        lost=len(lost),
        doubled=len(doubled),
        wrong=len(wrong),
        findings=(*lost, *doubled, *wrong),
    )


def _doubled(credits: Sequence[Credit]) -> list[str]:
    events = Counter((credit.log, credit.seq) for credit in credits)
    standing: dict[tuple[str | None, str | None], list[range]] = defaultdict(list)
    again: list[tuple[str | None, str | None]] = []
    for credit in {(it.log, it.seq): it for it in credits if it.stands}.values():
        work = credit.claim.bundle, credit.claim.operation
        pieces = range(credit.first, credit.first + (credit.claim.pieces or 0))
        if any(_overlap(pieces, other) for other in standing[work]):
            again.append(work)
        standing[work].append(pieces)
    findings = [
        f"doubled: {_named(key)} is committed {count} times"
        for key, count in events.items()
        for _ in range(count - 1)
    ]
    findings += [
        f"doubled: bundle {bundle} operation {operation} is credited again"
        for bundle, operation in again
    ]
    return findings


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _denied(
    truth: Iterable[Intent], lamps: Mapping[str, Sequence[Lamp]], credits: Sequence[Credit]
) -> list[str]:
    """Work that a station called done already although the hub has no credit for it.

    What is held has none yet, and perhaps never will.
    """
    done = {(c.claim.bundle, c.claim.operation) for c in credits}
    done |= {(it.bundle, it.operation) for it in truth if it.kind == "held"}
    denied = {
        (station, lamp.bundle, lamp.operation)
        for station, shown in lamps.items()
        for lamp in shown
        if lamp.reason == "already_done" and lamp.bundle is not None and lamp.operation is not None
    }
    return [
        f"wrong: {station} called bundle {bundle} operation {operation} done, nobody credited it"
        for station, bundle, operation in sorted(denied, key=str)
        if (bundle, operation) not in done
    ]


def _claim(station: str, lamp: Lamp) -> Claim:
    return Claim(station, lamp.operator, lamp.bundle, lamp.operation, lamp.pieces)


def _named(key: tuple[str | None, int | None]) -> str:
    log, seq = key
    return f"event {log}/{seq}"
