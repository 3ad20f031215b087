"""The number and the few Latin letters by which a display names a reason. Pure.

A display of two rows has no room for a sentence and no Bengali or Arabic letters. The number is the
same everywhere: a card beside the machine gives the sentence for it in the operator's language. So
a number is never given to another reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WORDS_MAX_CHARS: Final = 12
"""A row of 16 less the sign, the number of two digits and a blank."""

_REFUSED: Final = {
    "no_operator": (1, "badge first"),
    "unknown_code": (2, "unknown code"),
    "unknown_badge": (3, "unknown bdg"),
    "ambiguous_badge": (4, "two owners"),
    "unknown_tag": (5, "unknown tag"),
    "bad_check_digit": (6, "scan again"),
    "unknown_bundle": (7, "unknown bdl"),
    "wrong_line": (8, "other line"),
    "wrong_operation": (9, "wrong op"),
    "already_done": (10, "already done"),
    "too_many_pieces": (11, "too many pcs"),
    "bad_pieces": (12, "bad pieces"),
    "missing_previous": (13, "step missing"),
    "not_assigned": (14, "not assigned"),
    "wrong_card": (16, "wrong card"),
    "unknown_command": (17, "unknown card"),
    "unknown_fault": (18, "fault code?"),
    "unknown_reason": (19, "reason code?"),
    "nothing_to_undo": (20, "none to undo"),
    "nothing_to_dispute": (21, "none to disp"),
    "already_disputed": (22, "is disputed"),
    "already_started": (23, "is started"),
    "already_off_standard": (24, "is off std"),
    "not_off_standard": (25, "not off std"),
    "not_supervisor": (26, "supervisor!"),
    "nothing_to_approve": (27, "none to appr"),
    "no_defect": (28, "no defect"),
    "no_call": (29, "no call"),
    "two_badges": (30, "two badges"),
    "ledger_unavailable": (31, "NOT SAVED"),
}
_MARKED: Final = {
    "badge_in_use": (15, "badge in use"),
    "too_fast": (35, "too fast"),
    "held": (36, "held"),
}
_DONE: Final = {
    "signed_in": (41, "signed in"),
    "already_signed_in": (42, "is signed in"),
    "signed_out": (43, "signed out"),
    "started": (44, "started"),
    "undone": (45, "undone"),
    "offstandard_started": (46, "off standard"),
    "offstandard_waiting": (47, "off, waits"),
    "offstandard_ended": (48, "on standard"),
    "offstandard_approved": (49, "approved"),
    "offstandard_rejected": (50, "not approved"),
    "help_called": (51, "help called"),
    "help_answered": (52, "help is here"),
    "disputed": (53, "disputed"),
    "defect_noted": (54, "defect noted"),
    "repaired": (55, "repaired"),
    "operation_set": (56, "op is set"),
    "shared_set": (57, "shared"),
    "corrected": (58, "corrected"),
    "cancelled": (59, "cancelled"),
    "notice_disputed": (60, "other first"),
    "notice_stands": (61, "yours stands"),
    "notice_fault": (63, "faulty, mend"),
}
_ASKED: Final = {
    "need_bundle": (71, "bundle?"),
    "need_pieces": (72, "pieces?"),
    "need_fault": (73, "fault?"),
    "need_owner": (74, "whose fault?"),
    "need_reason": (75, "reason?"),
    "need_partner": (76, "partner?"),
    "need_supervisor": (77, "supervisor?"),
    "need_operation": (78, "operation?"),
}
REASONS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {**_REFUSED, **_MARKED, **_DONE, **_ASKED}
)


def named(reason: str) -> str:
    """A reason in at most 15 characters: its number and words, or its code where it has none."""
    if reason in REASONS:
        number, words = REASONS[reason]
        return f"{number:02d} {words}"
    return reason.replace("_", " ")[: WORDS_MAX_CHARS + 3]


def markdown() -> str:
    """The table of the documentation."""
    rows = ["| number | reason | on the display |", "|---|---|---|"]
    rows += [f"| {number:02d} | `{code}` | {words} |" for code, (number, words) in REASONS.items()]
    return "\n".join(rows)
