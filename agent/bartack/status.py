"""The running agent's answer to ``bartack status``: one JSON document on a unix socket."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from bartack.clock import Clock
from bartack.events import Json, Place, canonical
from bartack.health import Health

ANSWER_S: Final = 1.0
ANSWER_MAX_BYTES: Final = 1024 * 1024


class NotRunningError(Exception):
    """No agent answers at this socket; the text says what to do."""


def status_document(place: Place, clock: Clock, health: Health, version: str) -> dict[str, Json]:
    """How the agent is now. ``backlog`` counts events that the hub has not confirmed."""
    now = clock.now()
    ledger, link = health.ledger, health.link
    session = ledger.state.session
    return {
        "v": 1,
        "site": place.site,
        "line": place.line,
        "station": place.station,
        "at": now.at,
        "clock": now.clock,
        "boot": now.boot,
        "version": version,
        "pid": os.getpid(),
        "log": ledger.log,
        "head": ledger.head,
        "acked": link.acked,
        "backlog": ledger.head - link.acked,
        "oldest_unsent_s": link.oldest_unsent_s,
        "broker": {"connected": link.connected, "detail": link.detail},
        "readers": [reader.document() for reader in health.readers()],
        "operator": session.operator if session else None,
        "reference": {
            table: version
            for table, (version, _) in sorted(ledger.state.reference.versions.items())
        },
        "alarms": list(health.alarms()),
        "disk": {"free_mb": ledger.free_bytes // 1024**2, "hours_left": ledger.hours_left},
    }


class StatusServer:
    """Answers everyone who connects, then hangs up. Reads nothing, so nothing can go wrong in."""

    def __init__(self, path: Path, answer: Callable[[], dict[str, Json]]) -> None:
        """Raises ``OSError`` when the socket cannot be made."""
        self._path = path
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        path.chmod(0o660)
        self._listener.listen(8)
        self._listener.settimeout(0.5)
        self._log = structlog.get_logger("status")

    def run(self, stop: threading.Event) -> None:
        """Answer until ``stop`` is set."""
        while not stop.is_set():
            try:
                asker, _ = self._listener.accept()
            except TimeoutError:
                continue
            with asker:
                try:
                    asker.settimeout(ANSWER_S)
                    asker.sendall(canonical(self._answer()) + b"\n")
                except OSError as error:
                    self._log.info("an asker went away", reason=str(error))
        self._listener.close()
        self._path.unlink(missing_ok=True)


def ask(path: Path) -> dict[str, Json]:
    """Ask the agent at ``path`` how it is. Raises ``NotRunningError``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as asker:
        asker.settimeout(5.0)
        try:
            asker.connect(str(path))
            answer = b""
            while not answer.endswith(b"\n") and len(answer) < ANSWER_MAX_BYTES:
                part = asker.recv(65536)
                if not part:
                    break
                answer += part
            document: dict[str, Json] = json.loads(answer)
        except (OSError, ValueError) as error:
            raise NotRunningError(
                f"{path}: no agent answers ({error}); is it running, with this station file?"
            ) from error
    return document
