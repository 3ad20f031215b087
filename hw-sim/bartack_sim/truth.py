"""The ground truth: what operators meant to do, written down before the device is triggered.

With it goes what must come of it by the rules of the floor (``docs/simulator.md``). Nothing of what
the product computes ever reaches this file, so that the two can be compared.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

Kind = Literal[
    "badge",
    "work",
    "again",
    "double",
    "wrong_label",
    "no_badge",
    "finished_bundle",
    "part",
    "shared",
    "card",
    "undo",
    "defect",
    "repair",
    "off",
    "verdict",
    "call",
    "leave",
    "choose",
    "correct",
    "dispute",
    "false",
    "held",
    "begin",
    "entered",
]
"""What a scan is for. From ``part`` on they belong to habits; ``card`` is a step of a longer act,
``verdict`` a supervisor's badge or a mechanic's, ``false`` a label that must count nothing,
``held`` work on a bundle that is not known yet, ``begin`` work that another scan will pay,
``entered`` a coupon that a clerk enters."""

PAYING: frozenset[Kind] = frozenset(
    {"work", "again", "part", "shared", "correct", "held", "entered"}
)
"""Scans that may be credited. All others are mistakes, cards, or a badge."""


@dataclass(frozen=True, slots=True)
class Want:
    """An answer that is right; ``pieces`` where it must name a number of them."""

    outcome: str
    reason: str | None = None
    pieces: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One intended scan. ``operator`` is None for someone who forgot to badge in.

    ``act`` names the habit that it belongs to, ``wants`` the answers that are right (none: not
    judged by itself), ``label`` the ticket that is meant where another card completes the act,
    ``other`` a colleague whose badge is used, who shares the work or was first with it, ``code`` a
    card's value or what it is about. ``later`` says what may come of held work once its bundle is
    known (none: nothing ever); ``by`` is the supervisor who puts a number right.
    """

    station: str
    operator: str | None
    kind: Kind
    text: str
    bundle: str | None = None
    operation: str | None = None
    pieces: int | None = None
    act: str = ""
    wants: tuple[Want, ...] = ()
    label: str = ""
    other: str | None = None
    code: str = ""
    later: tuple[Want, ...] = ()
    by: str = ""

    @property
    def pieces_right(self) -> set[int | None]:
        """How many pieces a credit for it may have."""
        named = {want.pieces for want in (*self.wants, *self.later) if want.outcome == "ok"}
        return named or {self.pieces}


class TruthFile:
    """Appends intents to ``truth.jsonl``, one JSON object a line; safe for several threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._intents: list[Intent] = []

    def write(self, intent: Intent) -> int:
        """Put one intent on record; it is out of this process when the call returns.

        The number that it returns is the intent's place in ``intents``.
        """
        with self._lock:
            self._intents.append(intent)
            self._file.write(json.dumps(dataclasses.asdict(intent), ensure_ascii=False) + "\n")
            self._file.flush()
            return len(self._intents) - 1

    def intents(self) -> tuple[Intent, ...]:
        """Everything on record so far, in order."""
        with self._lock:
            return tuple(self._intents)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
