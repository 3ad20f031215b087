"""What rests on a reader: when a tag arrives, and when it is gone. Pure.

A UHF tag that lies on a bench is seen many times a second, with gaps; a strong neighbour's tag is
seen now and then, weakly. A tag has arrived when it was seen often enough, strongly enough, within
a short time. It has departed when it was not seen for a longer time while the reader was working.
What is present stays so over restarts and over a reader that was away: it arrives once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from immutables import Map

from bartack_drivers.base import Read

TRACKS_MAX: Final = 512
"""Tags followed at once; past it those are forgotten that are not present and were seen longest
ago."""

Spot = tuple[str, str]
"""Reader and value of a tag."""


@dataclass(frozen=True, slots=True)
class PresenceSettings:
    """When a tag counts as there.

    ``rssi_min_dbm`` holds for arriving; what is there may be weaker by ``rssi_slack_db``, or a hand
    above it would take it away. Reads without a signal strength pass.
    """

    arrive_reads: int = 3
    arrive_s: float = 2.0
    depart_s: float = 6.0
    rssi_min_dbm: float | None = None
    rssi_slack_db: float = 8.0


@dataclass(frozen=True, slots=True)
class Track:
    """One tag at one reader. ``best`` is the strongest read since it came."""

    first_s: float
    last_s: float
    reads: int
    best: Read | None
    present: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """All tags that are followed."""

    tracks: Map[Spot, Track] = field(default_factory=Map)

    def present(self, reader: str, value: str) -> bool:
        track = self.tracks.get((reader, value))
        return track is not None and track.present


def seen(
    presence: Presence, reader: str, read: Read, settings: PresenceSettings
) -> tuple[Presence, Read | None]:
    """Take one read. Returns the strongest read of its tag when that has just arrived."""
    spot = (reader, read.value)
    track = presence.tracks.get(spot)
    if not _strong(read, settings, present=track is not None and track.present):
        return presence, None
    if track is None or (not track.present and read.mono_s - track.first_s > settings.arrive_s):
        track = Track(read.mono_s, read.mono_s, 0, None)
    track = replace(
        track, last_s=read.mono_s, reads=track.reads + 1, best=_stronger(track.best, read)
    )
    arrives = not track.present and track.reads >= settings.arrive_reads
    track = replace(track, present=track.present or arrives)
    return _bounded(presence.tracks.set(spot, track)), track.best if arrives else None


def departed(
    presence: Presence, reader: str, now_s: float, settings: PresenceSettings
) -> tuple[Presence, tuple[str, ...]]:
    """Let time pass at a working reader. Returns the values that are gone now."""
    tracks, gone = presence.tracks, []
    for (where, value), track in presence.tracks.items():
        if where == reader and now_s - track.last_s >= settings.depart_s:
            tracks = tracks.delete((where, value))
            if track.present:
                gone.append(value)
    return Presence(tracks), tuple(sorted(gone))


def waited(presence: Presence, reader: str, now_s: float) -> Presence:
    """The reader was away until now: that nothing was seen meanwhile says nothing."""
    tracks = presence.tracks
    for (where, value), track in presence.tracks.items():
        if where == reader:
            tracks = tracks.set((where, value), replace(track, last_s=now_s))
    return Presence(tracks)


def not_arrived(presence: Presence, reader: str, value: str) -> Presence:
    """What arrived could not be saved, or was left to a neighbour for now: it may arrive again."""
    return (
        Presence(presence.tracks.delete((reader, value)))
        if presence.present(reader, value)
        else presence
    )


def remembered(presence: Presence, spot: Spot, now_s: float) -> Presence:
    """What was there is there until it is missed."""
    return Presence(presence.tracks.set(spot, Track(now_s, now_s, 0, None, present=True)))


def _strong(read: Read, settings: PresenceSettings, *, present: bool) -> bool:
    if read.rssi_dbm is None or settings.rssi_min_dbm is None:
        return True
    return read.rssi_dbm >= settings.rssi_min_dbm - (settings.rssi_slack_db if present else 0.0)


def _stronger(best: Read | None, read: Read) -> Read:
    if best is None or best.rssi_dbm is None or read.rssi_dbm is None:
        return read
    return read if read.rssi_dbm > best.rssi_dbm else best


def _bounded(tracks: Map[Spot, Track]) -> Presence:
    if len(tracks) > TRACKS_MAX:
        passing = sorted(
            (track.last_s, spot) for spot, track in tracks.items() if not track.present
        )
        for _, spot in passing[: TRACKS_MAX // 4]:
            tracks = tracks.delete(spot)
    return Presence(tracks)
