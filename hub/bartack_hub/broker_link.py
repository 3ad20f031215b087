"""How the hub's link to its broker is, for the log and the dashboard.

A link that does not come back is tried again for ever; a reason is logged once until the link was
up again, so that a wrong password does not fill the log.
"""

from __future__ import annotations

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger


class BrokerLink:
    """Keeps what was last told, and tells it on. ``show`` takes whether it is up, and why not."""

    def __init__(self, show: Callable[[bool, str], None], log: FilteringBoundLogger) -> None:
        self._show = show
        self._log = log
        self._is_up = False
        self._reason = "not connected yet"
        self._trouble = ""
        self._logged: set[str] = set()

    def up(self) -> None:
        self._is_up = True
        self._reason = ""
        self._logged.clear()
        self._log.info("broker_up")
        self._tell()

    def down(self, reason: str) -> None:
        self._is_up = False
        self._reason = reason
        if reason not in self._logged:
            self._logged.add(reason)
            self._log.error(
                "broker_down",
                reason=reason,
                what="stations keep their events meanwhile; check [broker] in the hub's file",
            )
        self._tell()

    def trouble(self, what: str) -> None:
        """Something else that keeps events from being taken; empty when it is over."""
        if what != self._trouble:
            self._trouble = what
            self._tell()

    def _tell(self) -> None:
        self._show(self._is_up and not self._trouble, self._trouble or self._reason)
