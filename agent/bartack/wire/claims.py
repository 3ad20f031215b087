"""What neighbouring stations tell each other about the bundle tags they see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, cast

from bartack.events import Json, Place, canonical
from bartack.wire.parts import WireError, body_of
from bartack.wire.topics import parse_station_topic

ClaimState = Literal["seen", "taken", "left"]

_TAG: Final = re.compile(r"[0-9A-F]{2,128}")
_STATES: Final = ("seen", "taken", "left")
_RSSI_MAX_DBM: Final = 200
_UNKNOWN_DBM: Final = -200.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What one station says of one tag. ``station`` is its id on this line.

    ``session``: somebody is signed in there; ``near``: the bench's own antenna sees the tag.
    """

    station: str
    tag: str
    state: ClaimState
    session: bool = False
    near: bool = True
    rssi_dbm: float | None = None

    @property
    def rank(self) -> tuple[bool, bool, float, str]:
        """Sorts the better claim first: session, antenna, signal, then the smaller id."""
        signal_dbm = _UNKNOWN_DBM if self.rssi_dbm is None else self.rssi_dbm
        return (not self.session, not self.near, -signal_dbm, self.station)

    def payload(self) -> bytes:
        """The claim as it goes out; the topic says whose it is."""
        body: dict[str, Json] = {
            "v": 1,
            "tag": self.tag,
            "state": self.state,
            "session": self.session,
            "near": self.near,
        }
        if self.rssi_dbm is not None:
            body["rssi_dbm"] = str(round(self.rssi_dbm, 1))
        return canonical(body)


def parse_claim(place: Place, topic: str, payload: bytes) -> Claim:
    """The claim of a neighbour on the line of ``place``. Raises ``WireError``."""
    sender, leaf = parse_station_topic(topic)
    if leaf != "claim" or (sender.site, sender.line) != (place.site, place.line):
        raise WireError(f"{topic[:80]!r} is no claim of this line")
    body = body_of(payload)
    tag, state, rssi = body.get("tag"), body.get("state"), body.get("rssi_dbm")
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        raise WireError("tag: upper-case hex digits")
    if state not in _STATES:
        raise WireError(f"state: one of {', '.join(_STATES)}")
    return Claim(
        sender.station,
        tag,
        cast(ClaimState, state),
        body.get("session") is True,
        body.get("near") is not False,
        None if rssi is None else _rssi(rssi),
    )


def _rssi(value: Json) -> float:
    try:
        number = Decimal(value) if isinstance(value, str) and len(value) <= 8 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > _RSSI_MAX_DBM:
        raise WireError("rssi_dbm: a decimal of dBm, as text")
    return float(number)
