"""Every reason that the rules can give an operator, in one place. Pure.

Each has a sentence in every language of ``bartack.languages``, under ``key``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal["refused", "info", "flag"]

Refused = Literal[
    "no_operator",
    "unknown_code",
    "unknown_badge",
    "ambiguous_badge",
    "unknown_tag",
    "bad_check_digit",
    "unknown_bundle",
    "wrong_line",
    "wrong_operation",
    "already_done",
    "too_many_pieces",
    "bad_pieces",
    "missing_previous",
    "not_assigned",
    "wrong_card",
    "unknown_command",
    "unknown_fault",
    "unknown_reason",
    "nothing_to_undo",
    "nothing_to_dispute",
    "already_disputed",
    "already_started",
    "already_off_standard",
    "not_off_standard",
    "not_supervisor",
    "nothing_to_approve",
    "no_defect",
    "no_call",
    "two_badges",
    "ledger_unavailable",
]
"""Nothing was counted or changed; the sentence says what to do."""

Info = Literal[
    "signed_in",
    "already_signed_in",
    "signed_out",
    "started",
    "undone",
    "offstandard_started",
    "offstandard_waiting",
    "offstandard_ended",
    "offstandard_approved",
    "offstandard_rejected",
    "help_called",
    "help_answered",
    "disputed",
    "defect_noted",
    "repaired",
    "operation_set",
    "shared_set",
    "corrected",
    "cancelled",
    "notice_disputed",
    "notice_stands",
    "notice_fault",
    "held",
    "need_bundle",
    "need_pieces",
    "need_fault",
    "need_owner",
    "need_reason",
    "need_partner",
    "need_supervisor",
    "need_operation",
]
"""It is done and saved, but no pieces were counted by it; ``held`` and ``need_…`` wait for more."""

Flag = Literal["too_fast", "missing_previous", "not_assigned", "wrong_line", "badge_in_use"]
"""Counted, and marked for a supervisor to look at."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One code. The same code may be a refusal by one setting and a flag by another."""

    kind: Kind
    code: str

    @property
    def key(self) -> str:
        """Where its sentence stands in a language, such as ``refused.already_done``."""
        return f"{self.kind}.{self.code}"


REASONS: Final[tuple[Reason, ...]] = (
    *(Reason("refused", code) for code in get_args(Refused)),
    *(Reason("info", code) for code in get_args(Info)),
    *(Reason("flag", code) for code in get_args(Flag)),
)


def sentence_key(outcome: str, reason: str | None) -> str:
    """The key of the sentence for an answer to a scan: ``ok``, or kind and code."""
    return "ok" if reason is None else f"{outcome}.{reason}"
