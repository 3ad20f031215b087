"""How the agent is: what each part last said of itself, and whether every loop still turns.

Parts write here from their own threads; the status topic, the status socket and the watchdog read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bartack.heads import SignedHead
from bartack.projection import State
from bartack.wire import ReaderHealth

STUCK_AFTER_S: Final = 9.0
"""A loop that has not turned for this long is stuck, and the process ends to be restarted."""


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """The link to broker and hub as the publisher sees it."""

    connected: bool = False
    detail: str = "not connected yet"
    acked: int = 0
    oldest_unsent_s: int = 0


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """The ledger as the core sees it: the state that the last commit led to, and its proof."""

    state: State
    signed: SignedHead | None = None
    free_bytes: int = 0
    """Room for more events: on the disk, or up to ``max_mb``."""
    hours_left: int | None = None
    """How long that lasts at the pace of late; None while the pace is not known."""

    @property
    def log(self) -> str:
        return self.state.head.log

    @property
    def head(self) -> int:
        return self.state.head.seq


class Health:
    """The one place where parts report; safe to use from any thread."""

    def __init__(self, mono_s: Callable[[], float], ledger: LedgerHealth, acked: int) -> None:
        self._mono_s = mono_s
        self._guard = threading.RLock()
        self._ledger = ledger
        self._link = LinkHealth(acked=acked)
        self._readers: dict[str, ReaderHealth] = {}
        self._alarms: dict[str, None] = {}
        self._refused: frozenset[str] = frozenset()
        """Reference tables whose newest version was not taken."""
        self._pulses: dict[str, float] = {}

    @property
    def ledger(self) -> LedgerHealth:
        return self._ledger

    @ledger.setter
    def ledger(self, value: LedgerHealth) -> None:
        self._ledger = value

    @property
    def link(self) -> LinkHealth:
        return self._link

    def report_link(self, **changes: bool | str | int) -> None:
        """Change what is said of the link; fields as in ``LinkHealth``."""
        with self._guard:
            self._link = replace(self._link, **changes)  # type: ignore[arg-type]  # names as given

    def report_reader(self, reader: ReaderHealth) -> None:
        with self._guard:
            self._readers[reader.name] = reader

    def readers(self) -> tuple[ReaderHealth, ...]:
        with self._guard:
            return tuple(self._readers.values())

    def alarm(self, code: str, *, on: bool) -> None:
        """Raise or clear an alarm that a person should see, such as ``ledger_unavailable``."""
        if on == (code in self._alarms):
            return
        with self._guard:
            if on:
                self._alarms[code] = None
            else:
                self._alarms.pop(code, None)

    def refuse_reference(self, table: str, *, on: bool) -> None:
        """A reference table was refused, or is in force: the alarm stays while any is refused."""
        with self._guard:
            self._refused = self._refused | {table} if on else self._refused - {table}
            self.alarm("reference_refused", on=bool(self._refused))

    def alarms(self) -> tuple[str, ...]:
        with self._guard:
            return tuple(self._alarms)

    def pulse(self, loop: str) -> None:
        """Say that ``loop`` has turned."""
        with self._guard:
            self._pulses[loop] = self._mono_s()

    def stuck(self) -> list[str]:
        """Loops that have not turned for ``STUCK_AFTER_S``."""
        now_s = self._mono_s()
        with self._guard:
            return [loop for loop, at_s in self._pulses.items() if now_s - at_s > STUCK_AFTER_S]
