"""Where bundles rested, and which of them two stations had at the same time.

Stations of a line agree which of them takes a bundle that both see. One that is cut off decides
alone, so afterwards two may say that they had it. Neither is believed over the other here: both
are marked, and a person looks.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bartack.events import Event

FRESH: Final = timedelta(hours=12)
"""An overlap marks its stations for so long after it ended; news of it may be hours late."""

SLACK: Final = timedelta(seconds=10)
"""Clocks differ, and a bundle that moves on is seen by both for a moment."""

_SHOWN_MAX: Final = 3

Where = tuple[str, str]
"""Line and station."""


@dataclass(slots=True)
class Stay:
    """A bundle at a station, from an arrival to its departure; None while it is there."""

    where: Where
    since: datetime
    until: datetime | None = None

    def overlaps(self, other: Stay) -> bool:
        first, second = sorted((self, other), key=lambda stay: stay.since)
        return first.until is None or first.until - second.since > SLACK

    def is_fresh(self, now: datetime) -> bool:
        return self.until is None or now - self.until <= FRESH


class Stays:
    """All stays of a site. Single-threaded. Taking an event again changes nothing."""

    def __init__(self) -> None:
        self._stays: dict[str, dict[tuple[str, int], Stay]] = defaultdict(dict)
        self._ends: dict[tuple[str, int], datetime] = {}
        """Departures whose arrival has not come yet, by log and sequence number of that."""
        self._overlaps: dict[str, list[tuple[Stay, Stay]]] = {}

    def take(self, event: Event, moment: datetime) -> None:
        """Note a ``bundle.arrived`` or ``bundle.departed`` that happened at ``moment``."""
        bundle = event.text("bundle")
        stays = self._stays[bundle]
        if event.type == "bundle.arrived":
            key = (event.log, event.seq)
            until = self._ends.pop(key, stays[key].until if key in stays else None)
            stays[key] = Stay((event.line, event.station), moment, until)
        else:
            key = (event.log, event.number("arrived_seq"))
            if key not in stays:
                self._ends[key] = moment
                return
            stays[key].until = moment
        self._compare(bundle)

    def twice(self, where: Where, now: datetime) -> list[str]:
        """Bundles that this station had while another had them, and which that was."""
        found = {
            f"{bundle} ({other.where[1]})"
            for bundle, pairs in self._overlaps.items()
            for own, other in pairs
            if own.where == where and own.is_fresh(now)
        }
        return sorted(found)[:_SHOWN_MAX]

    def forget(self, before: datetime) -> None:
        """Drop what is older, so that memory stays bounded."""
        for bundle, stays in list(self._stays.items()):
            self._stays[bundle] = {
                key: stay for key, stay in stays.items() if (stay.until or stay.since) >= before
            }
            if not self._stays[bundle]:
                del self._stays[bundle]
                self._overlaps.pop(bundle, None)
            elif bundle in self._overlaps:
                self._compare(bundle)
        self._ends = {key: end for key, end in self._ends.items() if end >= before}

    def _compare(self, bundle: str) -> None:
        stays = list(self._stays[bundle].values())
        pairs = [
            (own, other)
            for own in stays
            for other in stays
            if own.where != other.where and own.overlaps(other)
        ]
        if pairs:
            self._overlaps[bundle] = pairs
        else:
            self._overlaps.pop(bundle, None)
