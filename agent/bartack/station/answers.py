"""What a decision is made of: the events to commit and the answer to show afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from immutables import Map

from bartack.events import Event, Json, Moment, seal
from bartack.identify import Scan
from bartack.projection import State, apply
from bartack.reasons import Flag, Info, Refused

Outcome = Literal["ok", "refused", "info"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the operator is told once the event is on disk. ``seq`` is None if nothing was saved.

    ``flags`` mark what counted but is odd. ``details`` fill the sentence of the reason, such as
    who has done the work already.
    """

    at: str
    outcome: Outcome
    reason: str | None
    log: str
    seq: int | None
    operator: str | None = None
    bundle: str | None = None
    operation: str | None = None
    pieces: int | None = None
    flags: tuple[str, ...] = ()
    details: Mapping[str, Json] = field(default_factory=Map)

    def document(self) -> dict[str, Json]:
        """As in the JSON Lines of the console."""
        return {
            "at": self.at,
            "outcome": self.outcome,
            "reason": self.reason,
            "log": self.log,
            "seq": self.seq,
            "operator": self.operator,
            "bundle": self.bundle,
            "operation": self.operation,
            "pieces": self.pieces,
            **({"flags": [*self.flags]} if self.flags else {}),
            **({"details": dict(self.details)} if self.details else {}),
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What a scan leads to: the next state, the events to commit, what to show afterwards."""

    state: State
    events: tuple[Event, ...] = ()
    feedback: Feedback | None = None

    def record(self, now: Moment, type_: str, source: str, fields: Mapping[str, Json]) -> Decision:
        """The decision with one more event, sealed after those before it and applied."""
        event = seal(self.state.head, self.state.rules.place, now, type_, source, fields)
        return replace(self, state=apply(self.state, event), events=(*self.events, event))

    def and_then(self, later: Decision) -> Decision:
        """What ``later`` decided on this one's state, with the events of both."""
        return replace(
            later,
            events=self.events + later.events,
            feedback=later.feedback or self.feedback,
        )

    def info(self, now: Moment, reason: Info, **details: Json) -> Decision:
        """The decision with an answer that counts nothing."""
        return replace(self, feedback=info(self.state, now, reason, **details))


def source_of(scan: Scan) -> str:
    """Where an event of this scan came from."""
    if scan.manual:
        return "manual"
    return "presence" if scan.presence else "scan"


def origin(state: State, scan: Scan) -> dict[str, Json]:
    """Fields that say how it came here: the reader, and who pressed or entered it by hand."""
    fields: dict[str, Json] = {"reader": scan.reader}
    session = state.session
    if session is not None and (scan.manual or session.by):
        fields["by"] = session.by or session.operator
    return fields


def operator_of(state: State) -> str | None:
    return state.session.operator if state.session else None


def name_of(state: State, operator: str) -> str:
    """What an operator is called; the id where nobody of that id is known."""
    known = state.reference.operators.get(operator)
    return known.name if known else operator


def refuse(state: State, scan: Scan, now: Moment, reason: Refused, **detail: Json) -> Decision:
    """The scan changes nothing, and that is an event too."""
    operator = operator_of(state)
    fields: dict[str, Json] = {
        "reason": reason,
        "label": scan.label,
        "operator": operator,
        "bundle": scan.bundle or None,
        "operation": scan.operation or None,
        **origin(state, scan),
        **detail,
    }
    decision = Decision(state).record(now, "scan.refused", source_of(scan), fields)
    head, operation = decision.state.head, fields["operation"]
    light = Feedback(
        at=now.at,
        outcome="refused",
        reason=reason,
        log=head.log,
        seq=head.seq,
        operator=operator,
        bundle=scan.bundle or None,
        operation=operation if isinstance(operation, str) else None,
        details=Map({name: value for name, value in detail.items() if name != "operation"}),
    )
    return replace(decision, feedback=light)


def info(state: State, now: Moment, reason: Info, **details: Json) -> Feedback:
    """An answer that counts nothing; the details bundle, operation and pieces stand in front."""
    bundle, operation, pieces = (
        details.pop("bundle", None),
        details.pop("operation", None),
        details.pop("pieces", None),
    )
    operator = details.pop("operator", operator_of(state))
    return Feedback(
        now.at,
        "info",
        reason,
        state.head.log,
        state.head.seq,
        operator if isinstance(operator, str) else None,
        bundle if isinstance(bundle, str) else None,
        operation if isinstance(operation, str) else None,
        pieces if isinstance(pieces, int) else None,
        details=Map(details),
    )


def counted(
    state: State, now: Moment, credited: Mapping[str, Json], flags: tuple[Flag, ...]
) -> Feedback:
    """The green answer to work that was credited; ``credited`` are the fields of its event."""
    operator, bundle, operation, pieces = (
        credited[name] for name in ("operator", "bundle", "operation", "pieces")
    )
    return Feedback(
        now.at,
        "ok",
        None,
        state.head.log,
        state.head.seq,
        str(operator),
        str(bundle),
        str(operation),
        pieces if isinstance(pieces, int) else None,
        flags,
    )
