"""Nobody takes back, or disputes as counted, what the station rightly did not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from bartack_sim.lamps import Lamp
from bartack_sim.second_thoughts import counted
from bartack_sim.truth import Intent, Want
from bartack_sim.worker import GaveUpError, Worker


@dataclass
class Answered:
    """A worker whose ticket gets this lamp."""

    lamp: Lamp

    def step(self, intent: Intent) -> Lamp:
        assert intent.wants[0].outcome == self.lamp.outcome
        return self.lamp


def test_a_ticket_that_was_paid_before_ends_the_act() -> None:
    """Done already is the right answer then, and what would be taken back is other work."""
    intent = Intent("st01", "E1", "work", "B000001")
    paid = Want("ok", None, 10), Lamp("ok", pieces=10)
    done = Want("refused", "already_done"), Lamp("refused", "already_done")
    for want, lamp in (paid, done):
        worker = cast(Worker, Answered(lamp))
        meant = Intent(*(intent.station, intent.operator, intent.kind, intent.text), wants=(want,))
        if lamp.outcome == "ok":
            assert counted(worker, meant) is lamp
        else:
            with pytest.raises(GaveUpError):
                counted(worker, meant)
