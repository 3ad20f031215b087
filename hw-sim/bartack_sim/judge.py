"""Compares the truth, the lamps that operators saw and what the hub committed. Pure.

Lost: a green lamp whose event the hub does not have. Doubled: a bundle's operation credited more
than once, or one event committed twice. Wrong: a credit that no truth explains, a green lamp that
says something other than the truth or the commit, or a red lamp "already done" for work that
nobody credited.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bartack_sim.lamps import Lamp
from bartack_sim.truth import PAYING, Intent


class Claim(NamedTuple):
    """Who did what where: what truth, lamp and credit must agree on."""

    station: str
    operator: str | None
    bundle: str | None
    operation: str | None
    pieces: int | None


@dataclass(frozen=True, slots=True)
class Credit:
    """One ``work.done`` event that the hub has committed."""

    log: str
    seq: int
    claim: Claim


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

    def sentence(self) -> str:
        """The verdict for a person."""
        if not self.acknowledged:
            return "Nothing was acknowledged, so nothing is proven."
        said = f"{self.acknowledged} green lamps, {self.committed} credits at the hub: "
        if self.clean:
            return said + "nothing lost, nothing doubled, nothing wrong."
        return said + f"{self.lost} lost, {self.doubled} doubled, {self.wrong} wrong."


def read_export(lines: Iterable[str]) -> list[Credit]:
    """The credits in the output of ``bartack-hub export --format jsonl``.

    Raises ``ValueError`` that names the line when one is not an event.
    """
    credits = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            if event["type"] == "work.done":
                names = ("station", "operator", "bundle", "operation", "pieces")
                claim = Claim(*(event[name] for name in names))
                credits.append(Credit(event["log"], event["seq"], claim))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"export line {number} is no event: {error!r}") from error
    return credits


def judge(
    truth: Iterable[Intent], lamps: Mapping[str, Sequence[Lamp]], credits: Sequence[Credit]
) -> Verdict:
    """The verdict over one run; ``lamps`` are by station."""
    meant = {
        Claim(i.station, i.operator, i.bundle, i.operation, i.pieces)
        for i in truth
        if i.kind in PAYING
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
        *_denied(lamps, credits),
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
    distinct = {(credit.log, credit.seq): credit.claim for credit in credits}
    work = Counter((claim.bundle, claim.operation) for claim in distinct.values())
    findings = [
        f"doubled: {_named(key)} is committed {count} times"
        for key, count in events.items()
        for _ in range(count - 1)
    ]
    findings += [
        f"doubled: bundle {bundle} operation {operation} is credited {count} times"
        for (bundle, operation), count in work.items()
        for _ in range(count - 1)
    ]
    return findings


def _denied(lamps: Mapping[str, Sequence[Lamp]], credits: Sequence[Credit]) -> list[str]:
    """Work that a station called done already although the hub has no credit for it."""
    done = {(c.claim.station, c.claim.bundle, c.claim.operation) for c in credits}
    denied = {
        (station, lamp.bundle, lamp.operation)
        for station, shown in lamps.items()
        for lamp in shown
        if lamp.reason == "already_done" and lamp.bundle is not None and lamp.operation is not None
    }
    return [
        f"wrong: {station} called bundle {bundle} operation {operation} done, nobody credited it"
        for station, bundle, operation in sorted(denied - done, key=str)
    ]


def _claim(station: str, lamp: Lamp) -> Claim:
    return Claim(station, lamp.operator, lamp.bundle, lamp.operation, lamp.pieces)


def _named(key: tuple[str | None, int | None]) -> str:
    log, seq = key
    return f"event {log}/{seq}"
