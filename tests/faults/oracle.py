"""The one judge of all fault tests: green lights are in the hub's ledger, and count once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from bartack.status import NotRunningError, ask
from bartack_sim.devices.pty import Port
from rig import Rig
from running import wait_until

PIECES = 12
LABELS_AT_ONCE = 250
"""As many labels as a terminal holds unread: 4,095 bytes."""


def label(number: int) -> str:
    """The label of a bundle as the bench's reference data knows it."""
    return f"B{number:06d}"


def insist(rig: Rig, text: str, timeout_s: float = 60.0) -> dict[str, Any]:
    """Scan a label again and again, as an operator does who sees no light; the first light."""
    seen = len(rig.lights())
    next_s = 0.0

    def answered() -> bool:
        nonlocal next_s
        if len(rig.lights()) > seen:
            return True
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + 0.25
            rig.scanner.scan(text)
        return False

    wait_until(answered, f"a light for {text}", timeout_s)
    return rig.lights()[seen]


def scan_until_counted(rig: Rig, text: str) -> None:
    """Scan a label until it was green, or is said to be done already."""
    counted: list[object] = [None, "already_done"]
    while not any(x["bundle"] == text and x["reason"] in counted for x in rig.lights()):
        insist(rig, text)


def status(rig: Rig) -> dict[str, Any] | None:
    """What the agent says of itself over its socket; None while there is none."""
    try:
        return dict(ask(rig.folder / "agent.sock"))
    except NotRunningError:
        return None


def running(rig: Rig) -> dict[str, Any]:
    """The status of an agent that must be running."""
    answered = status(rig)
    assert answered is not None, f"no agent answers; its log: {rig.agent.log}"
    return answered


def wait_confirmed(rig: Rig, timeout_s: float = 60.0) -> None:
    """Until the hub has confirmed the ledger's head."""

    def confirmed() -> bool:
        now = status(rig)
        return now is not None and now["backlog"] == 0 and now["head"] > 0

    wait_until(confirmed, "the hub confirms everything", timeout_s)


def check_books(rig: Rig, scanned: Collection[str]) -> None:
    """Hold the hub's committed events against every light that was shown and every scan made.

    A bundle that is credited was shown green, or, when the station died between commit and light,
    was shown as done already when it was scanned again.
    """
    lights = rig.lights()
    done = [event for event in rig.committed() if event.type == "work.done"]
    green = {
        (light["log"], light["seq"], light["bundle"], light["pieces"])
        for light in lights
        if light["outcome"] == "ok"
    }
    committed = {(e.log, e.seq, e.text("bundle"), e.number("pieces")) for e in done}
    assert green <= committed, "green, and not at the hub"
    credits = Counter(event.text("bundle") for event in done)
    assert set(credits.values()) <= {1}, "credited twice"
    assert set(credits) <= set(scanned), "credited, and never scanned"
    told = {light["bundle"] for light in lights if light["reason"] in {None, "already_done"}}
    assert set(credits) <= told, "credited, and nobody was told"
    assert sum(event.number("pieces") for event in done) == PIECES * len(credits)
    assert "good" in rig.run("bartack", "ledger", "verify", "--config", str(rig.station_file))


def greens(rig: Rig) -> set[tuple[str, int]]:
    """Identity of every event whose scan was shown green so far."""
    return {(light["log"], light["seq"]) for light in rig.lights() if light["outcome"] == "ok"}


def scan_fast(rig: Rig, texts: Sequence[str], timeout_s: float = 60.0) -> None:
    """Scan labels as fast as the agent reads them, and wait until each has a light."""
    seen = len(rig.lights())
    send_labels(rig, texts, timeout_s)
    wait_until(lambda: len(rig.lights()) >= seen + len(texts), "a light for each", timeout_s)


def send_labels(rig: Rig, texts: Sequence[str], timeout_s: float = 60.0) -> None:
    """Scan labels as fast as the agent reads them. None is lost where the kernel is behind: what a
    terminal has taken and not yet made readable is in no count of unread bytes."""
    send_all(rig.scanner.port, "".join(f"{text}\r" for text in texts).encode(), timeout_s)


def send_all(port: Port, data: bytes, timeout_s: float = 60.0) -> None:
    """Put bytes on a reader's line as fast as the agent takes them, and lose none."""
    left = data

    def sent() -> bool:
        nonlocal left
        while taken := port.send(left[:2048]):
            left = left[taken:]
        return not left

    wait_until(sent, "the agent takes all of it", timeout_s)
