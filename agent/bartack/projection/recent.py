"""The last things that happened to people here, newest first. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bartack.projection.state import RECENT_KEPT, Credit, Recent, State


def remembered(state: State, recent: Recent) -> State:
    return replace(state, recent=with_recent(state.recent, recent))


def with_recent(before: Iterable[Recent], recent: Recent) -> tuple[Recent, ...]:
    return (recent, *before)[:RECENT_KEPT]


def marked(state: State, credit: Credit, mark: str) -> State:
    if credit.log != state.head.log:
        return state
    recent = tuple(replace(it, state=mark) if it.seq == credit.seq else it for it in state.recent)
    return replace(state, recent=recent)
