"""A refusal must say what it is about: which operation is missing, and whose badges look alike."""

from __future__ import annotations

from typing import Any

import pytest

from bartack_sim.explained import explain
from bartack_sim.lamps import Lamp
from bartack_sim.truth import Intent, Want

LOG = "9f" * 16


def wrong(reason: str, code: str, told: str, **said: Any) -> tuple[str, ...]:
    """What is found where ``told`` is refused and ``reason`` was meant."""
    meant = Intent("tb01", "E1", "false", "0000AB", code=code, wants=(Want("refused", reason),))
    event = {
        "type": "scan.refused",
        "log": LOG,
        "seq": 1,
        "station": "tb01",
        "operator": None,
        "source": "scan",
        "label": "0000AB",
        "reason": told,
        **said,
    }
    return explain([meant], {0: Lamp("refused", told, LOG, 1)}, [event]).wrong


@pytest.mark.parametrize(
    ("reason", "code", "right", "false"),
    [
        ("missing_previous", "OP310", {"missing": "OP310"}, {"missing": "OP320"}),
        ("ambiguous_badge", "E1,E2", {"operators": ["E1", "E2"]}, {"operators": ["E1", "E3"]}),
    ],
)
def test_a_refusal_that_names_somebody_or_something_else_is_found(
    reason: str, code: str, right: dict[str, Any], false: dict[str, Any]
) -> None:
    """The right answer about another operation, or other people, is wrong, and so is silence."""
    assert not wrong(reason, code, reason, **right)
    assert wrong(reason, code, reason, **false)
    assert wrong(reason, code, reason)


@pytest.mark.parametrize("reason", ["unknown_tag", "no_operator", "missing_previous"])
def test_another_refusal_than_the_right_one_is_found(reason: str) -> None:
    """Where a badge is not told apart, a tag is nobody's or nobody is signed in, nothing else."""
    assert wrong(reason, "OP310", "already_done")
