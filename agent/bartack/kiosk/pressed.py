"""What the page may send: one act at a time, parsed strictly, and no faster than a hand.

A browser is as little to be trusted as a label: whatever does not parse is refused with a reason
that names the field.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

BODY_BYTES_MAX: Final = 512

Command = Literal[
    "undo",
    "split",
    "shared",
    "defect",
    "repair",
    "off-start",
    "off-end",
    "help",
    "help-answer",
    "sign-out",
    "dispute",
    "approve",
    "reject",
    "pieces",
    "fault",
    "owner",
    "reason",
    "operation",
    "correct",
    "cancel",
]


class BadPressError(Exception):
    """What came is no act. The text says which field is wrong and how."""


class Pressed(BaseModel):
    """An act: ``argument`` is an id, a code or a number; ``seq`` names a record of the ledger."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    command: Command
    argument: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$")] = ""
    seq: Annotated[int, Field(ge=0, lt=2**63)] | None = None


def parse(body: bytes) -> Pressed:
    """The act in a request's body. Raises ``BadPressError``."""
    try:
        return Pressed.model_validate_json(body)
    except ValidationError as error:
        raise BadPressError(
            "; ".join(
                f"{'.'.join(str(part) for part in found['loc']) or 'body'}: {found['msg']}"
                for found in error.errors(include_input=False, include_url=False)
            )
        ) from error


class Allowance:
    """How many acts may come: ``burst`` at once, then ``per_s`` a second.

    Not thread-safe; asked from one loop. Times are those of a monotonic clock, in seconds.
    """

    def __init__(self, burst: int, per_s: float, now_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._left = float(burst)
        self._at_s = now_s

    def take(self, now_s: float) -> bool:
        """Whether one more may come now; if so it is counted."""
        gained = max(0.0, now_s - self._at_s) * self._per_s
        self._left = min(float(self._burst), self._left + gained)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
