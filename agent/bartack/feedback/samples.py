"""An answer of each kind that stands for nothing: to try devices with. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from bartack.events import Json
from bartack.feedback.patterns import Answer

_NO_LOG: Final = "0" * 32

_SAMPLES: Final = MappingProxyType[Answer, tuple[str, str | None, tuple[str, ...]]](
    {
        "counted": ("ok", None, ()),
        "flagged": ("ok", None, ("too_fast",)),
        "info": ("info", "signed_in", ()),
        "asks": ("info", "need_bundle", ()),
        "held": ("info", "held", ()),
        "refused": ("refused", "already_done", ()),
        "ledger_unavailable": ("refused", "ledger_unavailable", ()),
    }
)


def sample(answer: Answer, at: str) -> dict[str, Json]:
    """A document as on the console. No log has its id and its ``seq`` is null: nothing is saved."""
    outcome, reason, flags = _SAMPLES[answer]
    return {
        "at": at,
        "outcome": outcome,
        "reason": reason,
        "flags": list(flags),
        "log": _NO_LOG,
        "seq": None,
        "operator": None,
        "bundle": "TEST",
        "operation": None,
        "pieces": 12,
    }
