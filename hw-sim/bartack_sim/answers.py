"""Which lamp answers what was just shown, as a person at the desk would take it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from bartack_sim.lamps import Lamp
from bartack_sim.truth import Intent

_NOISE = frozenset({"unknown_badge", "ambiguous_badge"})
"""Refusals of what a spoilt frame of the badge reader said."""


def answer_to(intent: Intent) -> Callable[[Lamp], bool]:
    """Whether a lamp answers this: it says what is right, refuses, or asks for the next card."""
    right = {(want.outcome, want.reason) for want in intent.wants}

    def mine(lamp: Lamp) -> bool:
        if (lamp.outcome, lamp.reason) in right:
            return lamp.bundle in (None, intent.bundle) or intent.bundle is None
        # The station asks only whom it has just read, so a question is an answer too; but not to
        # who sits down, and may see what came late for whoever sat here before.
        asks = lamp.outcome == "info" and (lamp.reason or "").startswith("need_")
        asks = asks and intent.kind != "badge"
        return asks or (lamp.outcome == "refused" and lamp.reason not in _NOISE)

    return mine
