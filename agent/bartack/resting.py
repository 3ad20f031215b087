"""What rests on a station's readers, followed for the core's thread: arrivals and departures that
are to be decided, and what neighbours are told of it.

Holds ``presence`` and ``arbitration`` together; all times are monotonic seconds of the clock that
reads carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bartack import arbitration, presence
from bartack.arbitration import TAKEN_AGAIN_S, Contest
from bartack.events import Place
from bartack.presence import PresenceSettings, Spot
from bartack.wire import Claim
from bartack_drivers.base import Read


@dataclass(frozen=True, slots=True)
class RestingSettings:
    """How a reader is watched for what rests on it.

    ``neighbours``: whether other stations may see the same tags; ``near_antennas``: the antennas
    of the bench itself, all of them when empty.
    """

    presence: PresenceSettings = field(default_factory=PresenceSettings)
    neighbours: bool = True
    near_antennas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A tag came to rest here, as its strongest read shows it."""

    reader: str
    read: Read


@dataclass(frozen=True, slots=True)
class Departed:
    """The tag of this value is gone."""

    reader: str
    value: str


class Resting:
    """All readers of a station that are watched so. Used by the core's thread only."""

    def __init__(
        self,
        readers: Mapping[str, RestingSettings],
        place: Place,
        tell: Callable[[Claim], None],
    ) -> None:
        """``tell`` sends a claim to the neighbours, or forgets it; it never blocks."""
        self._readers = readers
        self._place = place
        self._tell = tell
        self._presence = presence.Presence()
        self._contest = Contest()
        self._waiting: dict[str, Arrived] = {}
        self._holders: dict[str, str] = {}
        """The reader at which each present tag arrived: another one of ours may see it as well."""
        self._told_s = 0.0

    def watches(self, reader: str) -> bool:
        """Whether what rests on this reader is followed."""
        return reader in self._readers

    def resume(self, spot: Spot, now_s: float, *, bundle: bool) -> None:
        """It was occupied, by a ``bundle`` or a badge, before a restart or when what ended that
        could not be saved; it is until it is missed."""
        reader, value = spot
        if reader not in self._readers:
            return
        self._presence = presence.remembered(self._presence, spot, now_s)
        self._holders[value] = reader
        if bundle:
            self.hold(reader, value)

    def hold(self, reader: str, value: str) -> None:
        """This bundle's tag is ours without a contest; neighbours that ask are told."""
        if self._readers[reader].neighbours:
            claim = Claim(self._place.station, value, "taken")
            self._contest = arbitration.taken(self._contest, claim)

    def read(self, reader: str, read: Read) -> Arrived | None:
        """Take one read; an arrival is returned once, to be decided or to contend for."""
        reader = self._holders.get(read.value, reader)
        self._presence, best = presence.seen(
            self._presence, reader, read, self._readers[reader].presence
        )
        if best is None:
            return None
        self._holders[read.value] = reader
        return Arrived(reader, best)

    def contend(self, arrived: Arrived, now_s: float, *, session: bool) -> None:
        """Let the neighbours speak before this is decided; ``turn`` returns it if it is ours."""
        settings, read = self._readers[arrived.reader], arrived.read
        near = not settings.near_antennas or read.antenna in settings.near_antennas
        claim = Claim(self._place.station, read.value, "seen", session, near, read.rssi_dbm)
        self._contest = arbitration.arrived(self._contest, claim, arrived.reader, now_s)
        self._waiting[read.value] = arrived
        self._tell(claim)

    def contends(self, reader: str) -> bool:
        """Whether what rests on this reader may be seen by neighbours."""
        return self._readers[reader].neighbours

    def heard(self, claim: Claim, now_s: float) -> None:
        """A neighbour spoke."""
        self._contest, answer = arbitration.heard(self._contest, claim, self._place, now_s)
        if answer is not None:
            self._tell(answer)

    def turn(self, now_s: float, down: frozenset[str]) -> list[Arrived | Departed]:
        """Let time pass. Readers that are ``down`` miss nothing. Returns what is to be decided."""
        found: list[Arrived | Departed] = []
        for pending in arbitration.due(self._contest, now_s):
            self._contest, ours = arbitration.judged(self._contest, pending, now_s)
            waiting = self._waiting.pop(pending.claim.tag, None)
            if ours and waiting is not None:
                self._tell(self._contest.held[pending.claim.tag])
                found.append(waiting)
        for reader, settings in self._readers.items():
            if reader in down:
                self._presence = presence.waited(self._presence, reader, now_s)
                continue
            self._presence, values = presence.departed(
                self._presence, reader, now_s, settings.presence
            )
            for value in values:
                self._leave(value)
                found.append(Departed(reader, value))
        for reader, tag in arbitration.freed(self._contest, now_s):
            self._forget(reader, tag)
        self._tell_again(now_s)
        return found

    def not_saved(self, arrived: Arrived) -> None:
        """The arrival could not be saved: the next reads are an arrival again."""
        self._forget(arrived.reader, arrived.read.value)

    def _forget(self, reader: str, value: str) -> None:
        self._presence = presence.not_arrived(self._presence, reader, value)
        self._leave(value)

    def _leave(self, value: str) -> None:
        self._holders.pop(value, None)
        self._waiting.pop(value, None)
        self._contest, left = arbitration.gone(self._contest, value)
        if left is not None:
            self._tell(left)

    def _tell_again(self, now_s: float) -> None:
        if now_s - self._told_s >= TAKEN_AGAIN_S:
            self._told_s = now_s
            for claim in self._contest.held.values():
                self._tell(claim)
