"""The ground truth: what operators meant to scan, written down before the device is triggered.

Nothing of what the product computes ever reaches this file, so that the two can be compared.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

Kind = Literal["badge", "work", "again", "double", "wrong_label", "no_badge", "finished_bundle"]

PAYING: frozenset[Kind] = frozenset({"work", "again"})
"""Scans that may be credited. All others are mistakes, or a badge."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One intended scan. ``operator`` is None for someone who forgot to badge in."""

    station: str
    operator: str | None
    kind: Kind
    text: str
    bundle: str | None = None
    operation: str | None = None
    pieces: int | None = None


class TruthFile:
    """Appends intents to ``truth.jsonl``, one JSON object a line; safe for several threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._intents: list[Intent] = []

    def write(self, intent: Intent) -> None:
        """Put one intent on record; it is out of this process when the call returns."""
        with self._lock:
            self._intents.append(intent)
            self._file.write(json.dumps(dataclasses.asdict(intent), ensure_ascii=False) + "\n")
            self._file.flush()

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
