"""One camera alone, for a person at a laptop: tickets lie there, or hands move them in and out.

Tells the truth about each ticket when it comes and when it is gone. Pictures of presentations are
made ahead, so that frames come at the camera's rate even where making one takes longer.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from bartack_sim.camera import Camera, Film, Shown
from bartack_sim.ticket import Presentation, Scene, Ticket, drawn_scene, presentation

Truth = Mapping[str, object]
Pause = Callable[[float], object]

_FRAMES_MIN = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a ticket is shown and the table is bare, and how many tickets; None: no end."""

    shown_s: float
    pause_s: float
    count: int | None = None


def planned(
    tickets: Sequence[Ticket],
    knobs: Mapping[str, Any],
    with_qr: bool | None,
    seed: int,
    frames: int,
) -> Iterator[Presentation]:
    """Presentations without end: the tickets by turns, or bundle numbers by lot without any.

    ``knobs`` are fields of ``Scene`` that are given; all others are drawn by lot. ``with_qr`` None
    gives every second ticket a QR code. Raises ``ValueError`` for a knob out of its range.
    """
    for number in itertools.count():
        own_seed = seed * 1_000_003 + number
        qr = number % 2 == 0 if with_qr is None else with_qr
        scene = replace(drawn_scene(own_seed, qr), **knobs)
        ticket = tickets[number % len(tickets)] if tickets else None
        yield presentation(own_seed, qr, frames, ticket, scene)


def present_all(
    camera: Camera,
    plan: Iterator[Presentation],
    timing: Timing,
    tell: Callable[[Truth], None],
    pause: Pause = time.sleep,
) -> None:
    """Play one presentation after the other; the next one's pictures are made meanwhile."""
    chosen = plan if timing.count is None else itertools.islice(plan, timing.count)
    with ThreadPoolExecutor(1, thread_name_prefix="pictures") as maker:
        try:
            coming = _begun(maker, next(chosen, None))
            for number in itertools.count(1):
                if coming is None:
                    return
                current, pictures = coming
                film = Film(current, tuple(picture.result() for picture in pictures))
                coming = _begun(maker, next(chosen, None))
                pause(timing.pause_s)
                held = current.frames[len(current.frames) // 2].scene
                tell(_beginning(number, current.ticket, held))
                shown = camera.play(film)
                tell(_ending(number, current.ticket) | _seen(shown))
        finally:
            maker.shutdown(wait=False, cancel_futures=True)


def lay_all(
    camera: Camera,
    tickets: Sequence[Ticket],
    scene: Scene,
    timing: Timing,
    tell: Callable[[Truth], None],
    pause: Pause = time.sleep,
) -> None:
    """Lay the tickets under the camera by turns; a single one lies there from then on."""
    if len(tickets) == 1 and timing.count is None:
        camera.show(tickets[0], scene)
        tell(_beginning(1, tickets[0], scene))
        threading.Event().wait()
    turns = itertools.count(1) if timing.count is None else range(1, timing.count + 1)
    for number in turns:
        ticket = tickets[(number - 1) % len(tickets)]
        pause(timing.pause_s)
        camera.show(ticket, scene)
        tell(_beginning(number, ticket, scene))
        pause(timing.shown_s)
        camera.clear()
        tell(_ending(number, ticket))


def frame_count(timing: Timing, frames_per_s: float) -> int:
    """How many frames a presentation has that is shown for so long."""
    return max(_FRAMES_MIN, round(timing.shown_s * frames_per_s))


def _begun(
    maker: ThreadPoolExecutor, coming: Presentation | None
) -> tuple[Presentation, list[Future[bytes]]] | None:
    if coming is None:
        return None
    return coming, [maker.submit(frame.jpeg) for frame in coming.frames]


def _beginning(number: int, ticket: Ticket, scene: Scene) -> dict[str, object]:
    knobs = {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in asdict(scene).items()
    }
    return {
        "event": "begin",
        "number": number,
        "text": ticket.text,
        "symbology": ticket.symbology,
        "at_s": round(time.monotonic(), 3),
        "scene": knobs,
    }


def _ending(number: int, ticket: Ticket) -> dict[str, object]:
    return {
        "event": "end",
        "number": number,
        "text": ticket.text,
        "at_s": round(time.monotonic(), 3),
    }


def _seen(shown: Sequence[Shown]) -> dict[str, object]:
    whole = [one for one in shown if one.frame.whole]
    return {
        "frames": len(shown),
        "frames_sent": sum(one.sent for one in shown),
        "frames_whole": len(whole),
        "whole_from_s": round(whole[0].at_s, 3) if whole else None,
        "whole_until_s": round(whole[-1].at_s, 3) if whole else None,
    }
