"""Faults of a camera at planned moments: it stalls, freezes, is unplugged, and gets well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bartack_sim.camera import Camera


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Seconds after the start at which the camera fails, None for never, and for how long."""

    stall_s: float | None = None
    freeze_s: float | None = None
    unplug_s: float | None = None
    lasting_s: float = 5.0


@contextmanager
def failing(camera: Camera, plan: FaultPlan, say: Callable[[str], None]) -> Iterator[None]:
    """Let the camera fail as planned, and get well again, while the block runs."""
    ending = threading.Event()
    moments = sorted(
        (at_s, name, harm, cure)
        for at_s, name, harm, cure in (
            (plan.stall_s, "stalls", camera.stall, camera.resume),
            (plan.freeze_s, "freezes", camera.freeze, camera.resume),
            (plan.unplug_s, "is unplugged", camera.unplug, camera.plug),
        )
        if at_s is not None
    )
    began_s = time.monotonic()

    def fail() -> None:
        for at_s, name, harm, cure in moments:
            if ending.wait(max(0.0, began_s + at_s - time.monotonic())):
                return
            say(f"the camera {name}")
            harm()
            ended = ending.wait(plan.lasting_s)
            if ended:
                return
            try:
                cure()
            except OSError as error:
                say(f"port {camera.port}: {error.strerror}; the camera stays unplugged")
                return
            say("the camera is well again")

    thread = threading.Thread(target=fail, name="fails")
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
