"""What a camera costs while nothing lies under it, and how soon a ticket is read.

``bartack monitor`` watches a simulated camera of 15 pictures of 1280x720 a second. Its CPU time is
set against zbar on each of these pictures, measured in the same run. Then tickets are laid down,
each after the table was empty and still, and the time until their read is printed is taken. Goal:
idle at most 0.06 times zbar.

    .venv/bin/python bench/camera_cost.py [--seconds 30] [--tickets 20]
"""

from __future__ import annotations

import argparse
import queue
import subprocess
import sys
import threading
import time
from itertools import cycle, islice
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from pyzbar import pyzbar

from bartack_sim.camera import Camera
from bartack_sim.ticket import Scene, Ticket, render_scene, to_jpeg
from percentiles import heading, row
from readings import cpu_s, load

BARTACK = Path(sys.executable).parent / "bartack"
FRAMES_PER_S = 15.0
SETTLE_S = 30.0
"""Until a bare table is known as one: cloth that looks like bars is tried with all stages once."""
EMPTY_S = 3.0
GOAL = 0.06
SYMBOLS = (pyzbar.ZBarSymbol.CODE128, pyzbar.ZBarSymbol.QRCODE)


def zbar_s(turns: int = 60) -> float:
    """CPU seconds of unpacking one picture and reading it with zbar."""
    pictures = [
        np.frombuffer(to_jpeg(render_scene(None, Scene(), seed)), np.uint8) for seed in range(3)
    ]
    began_s = time.thread_time()
    for picture in islice(cycle(pictures), turns):
        pyzbar.decode(cv2.imdecode(picture, cv2.IMREAD_GRAYSCALE), symbols=SYMBOLS)
    return (time.thread_time() - began_s) / turns


def idle_share(pid: int, seconds: float) -> float:
    """CPU seconds a second of a monitor that sees nothing."""
    spent_s, began_s = cpu_s(pid), time.perf_counter()
    time.sleep(seconds)
    took_s = time.perf_counter() - began_s
    share = (cpu_s(pid) - spent_s) / took_s
    print(f"idle for {took_s:.0f} s: {share * 100:.2f} % of a core")
    return share


def waits(camera: Camera, lines: queue.Queue[float], tickets: int) -> list[float]:
    """Seconds from a ticket laid down to its read, at any moment between two pictures."""
    taken = []
    for number in range(tickets):
        time.sleep(EMPTY_S + 0.013 * (number % 8))
        camera.show(Ticket(f"B{number:06d}"), Scene(tilt_deg=number % 9 - 4, noise_sigma=4))
        began_s = time.perf_counter()
        taken.append(lines.get(timeout=10.0) - began_s)
        camera.clear()
    return taken


def note(stdout: IO[bytes], lines: queue.Queue[float]) -> None:
    """When each line came."""
    for _ in stdout:
        lines.put(time.perf_counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--tickets", type=int, default=20)
    arguments = parser.parse_args()
    zbar_share = zbar_s() * FRAMES_PER_S
    print(f"{load()}; zbar on every picture: {zbar_share * 100:.1f} % of a core")
    lines: queue.Queue[float] = queue.Queue()
    with Camera(frames_per_s=FRAMES_PER_S) as camera:
        monitor = subprocess.Popen(
            [BARTACK, "monitor", "--driver", "camera", "--port", camera.url, "--json"],
            stdout=subprocess.PIPE,
        )
        with monitor:
            threading.Thread(target=note, args=(monitor.stdout, lines), daemon=True).start()
            time.sleep(SETTLE_S)
            share = idle_share(monitor.pid, arguments.seconds)
            print(f"against zbar: {share / zbar_share:.3f} (goal {GOAL})")
            print(heading("laid down to read"))
            print(row("ticket", waits(camera, lines, arguments.tickets)))
            monitor.terminate()


if __name__ == "__main__":
    main()
