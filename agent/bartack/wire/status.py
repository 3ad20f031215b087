"""How a station is: readers, backlog, alarms, and the signed head of its log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bartack.events import EventError, Json, canonical
from bartack.heads import SignedHead, signed_head_from
from bartack.wire.parts import WireError, body_of, count_of, log_of

_ALARM = re.compile(r"[a-z_]{1,32}")


@dataclass(frozen=True, slots=True)
class ReaderHealth:
    """One reader as its station sees it: ``state`` is ``up`` or ``down``, ``detail`` says why."""

    name: str
    driver: str
    state: str
    detail: str = ""
    reads: int = 0
    bad: int = 0
    discarded: int = 0

    def document(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "driver": self.driver,
            "state": self.state,
            "detail": self.detail,
            "reads": self.reads,
            "bad": self.bad,
            "discarded": self.discarded,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """How a station is. ``acked`` is the hub's watermark; ``head - acked`` events are unsent."""

    boot: str
    log: str
    head: int
    acked: int
    clock: str
    version: str
    at: str
    oldest_unsent_s: int = 0
    readers: tuple[ReaderHealth, ...] = ()
    alarms: tuple[str, ...] = ()
    signed: SignedHead | None = None
    free_mb: int = 0
    hours_left: int | None = None

    def document(self) -> dict[str, Json]:
        return {
            "v": 1,
            "online": True,
            "boot": self.boot,
            "log": self.log,
            "head": self.head,
            "acked": self.acked,
            "clock": self.clock,
            "version": self.version,
            "at": self.at,
            "oldest_unsent_s": self.oldest_unsent_s,
            "readers": [reader.document() for reader in self.readers],
            "alarms": list(self.alarms),
            "signed": self.signed.document() if self.signed else None,
            "disk": {"free_mb": self.free_mb, "hours_left": self.hours_left},
        }

    def payload(self) -> bytes:
        return canonical(self.document())


def offline_payload(boot: str, log: str) -> bytes:
    """What the broker says in a station's name when it is gone (MQTT Will)."""
    return canonical({"v": 1, "online": False, "boot": boot, "log": log})


def parse_status(payload: bytes) -> dict[str, Json]:
    """A status document, its known fields checked. Raises ``WireError``."""
    body = body_of(payload)
    if not isinstance(body.get("online"), bool):
        raise WireError("online: true or false")
    if body["online"]:
        log_of(body)
        count_of(body, "head")
        count_of(body, "acked")
        count_of(body, "oldest_unsent_s")
        signed_head_of(body)
        readers = body.get("readers")
        if not isinstance(readers, list) or not all(isinstance(item, dict) for item in readers):
            raise WireError("readers: a list of objects")
        alarms = body.get("alarms", [])
        if not isinstance(alarms, list) or not all(
            isinstance(code, str) and _ALARM.fullmatch(code) for code in alarms
        ):
            raise WireError("alarms: a list of codes")
    return body


def signed_head_of(status: Mapping[str, Json]) -> SignedHead | None:
    """The signed head in a status, None when it has none. Raises ``WireError``."""
    signed = status.get("signed")
    try:
        return signed_head_from(signed) if signed is not None else None
    except EventError as error:
        raise WireError(str(error)) from error
