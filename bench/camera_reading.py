"""What the camera's decoder reads and costs, beside zxing-cpp and zbar on the same pictures.

Photographs (``BARTACK_PHOTOS``, or ``shared/photos/dev`` beside the repository), simulated tickets
without QR code at every stress level, simulated presentations by hand, and the cost of live
pictures of 1280x720. The cost is CPU time of the thread that decodes; for zxing-cpp "8 formats"
are those of the tickets and retail symbologies with all its options on, as by default.

    .venv/bin/python bench/camera_reading.py [--pictures 12] [--presentations 20] [--only stress]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from pyzbar import pyzbar

from bartack_drivers.camera.decoding.codes import Code
from bartack_drivers.camera.decoding.engines import zbar, zxing
from bartack_drivers.camera.decoding.picture import Gray, load_gray
from bartack_drivers.camera.decoding.pipeline import ALL, DEEP, LIVE, look
from bartack_drivers.symbologies import CAMERA_FORMATS
from bartack_sim.ticket import Frame, Scene, Ticket, presentation, shoot, stress_levels
from readings import load

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "photos" / "dev"
PHOTOS = Path(os.environ.get("BARTACK_PHOTOS", BESIDE))
TICKET = ("code128", "qr")
EIGHT = ("code128", "code39", "itf", "ean13", "ean8", "upca", "qr", "datamatrix")
INDEPENDENT = ("quagga", "artelab")
MATRIX = ("qr", "datamatrix")
GOAL_TILT = 0.95
HELD_PICTURES = 12

Reader = Callable[[Gray], Sequence[Code]]


def engine(formats: tuple[str, ...]) -> dict[str, Reader]:
    """Our stages and both engines, looking for the same symbologies."""
    return {
        "zxing-cpp": lambda gray: zxing(gray, formats, thorough=True),
        "zbar": lambda gray: [*zbar(gray, formats), *zbar_qr(gray, formats)],
        "live": lambda gray: look(gray, formats, LIVE).codes,
        "deep": lambda gray: look(gray, formats, DEEP).codes,
        "all": lambda gray: look(gray, formats, ALL).codes,
    }


def zbar_qr(gray: Gray, formats: tuple[str, ...]) -> list[Code]:
    """QR codes that zbar reads; the camera never asks it for those."""
    if "qr" not in formats:
        return []
    found = pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])
    nowhere = ((0.0, 0.0),) * 4
    return [Code("qr", it.data.decode("utf-8", "replace"), nowhere) for it in found]


@dataclass(slots=True)
class Tally:
    """What one reader made of some pictures."""

    shown: int = 0
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    spent_s: list[float] = field(default_factory=list)

    def take(
        self, reader: Reader, gray: Gray, name: str, truth: str | None, also: set[str]
    ) -> bool:
        began_s = time.thread_time()
        texts = {code.text for code in reader(gray)}
        self.spent_s.append(time.thread_time() - began_s)
        self.shown += truth is not None
        self.read += truth in texts
        self.wrong += [f"{name}: {text!r}" for text in sorted(texts - also - {truth or ""})]
        return truth in texts

    @property
    def share(self) -> float:
        return self.read / self.shown if self.shown else 0.0

    def __str__(self) -> str:
        middle_ms = statistics.median(self.spent_s) * 1000
        return f"{self.read:4d}/{self.shown:<4d} w{len(self.wrong)} {middle_ms:6.1f} ms"


def photographs() -> Iterator[tuple[str, Path, str | None, set[str]]]:
    """Folder, picture, its truth (None: it shows no code), further codes in the folder."""
    for folder in sorted(it for it in PHOTOS.glob("*") if it.is_dir()):
        also = folder / "also.txt"
        known = set(also.read_bytes().decode().splitlines()) if also.exists() else set()
        for file in sorted(it for it in folder.iterdir() if it.suffix != ".txt"):
            truth = file.with_suffix(".txt")
            yield folder.name, file, truth.read_bytes().decode() if truth.exists() else None, known


def measure_photographs() -> None:
    if not PHOTOS.is_dir():
        print(f"\nphotographs: none in {PHOTOS}; set BARTACK_PHOTOS")
        return
    readers = engine(CAMERA_FORMATS)
    groups: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for folder, file, truth, also in photographs():
        gray = load_gray(file)
        names = [folder, "all photographs"]
        if folder.partition("-")[2] in INDEPENDENT:
            names.append("independent linear")
        elif truth and not folder.startswith(MATRIX):
            names.append("other linear")
        for name, reader in readers.items():
            for tally in (groups[it][name] for it in names):
                tally.take(reader, gray, file.name, truth, also)
    print("\nphotographs, all formats: read/shown, wrong texts, median time")
    for group, tallies in sorted(groups.items()):
        print(f"{group:20}" + " ".join(f"  {name} {tally}" for name, tally in tallies.items()))
    for group, goal in (("all photographs", 1.14), ("independent linear", 1.3)):
        tallies = groups[group]
        best = max(tallies["zxing-cpp"].read, tallies["zbar"].read)
        ours = tallies["all"]
        print(
            f"{group}: {ours.share:.1%}, {ours.read / max(1, best):.2f} x the better engine"
            f" (goal {goal} x); wrong: {ours.wrong or 'none'}"
        )


def measure_stress(pictures: int) -> None:
    readers = engine(TICKET)
    print(f"\nsimulated tickets without QR, {pictures} pictures a level: read, median time")
    worst_tilt, wrong = 1.0, list[str]()
    for level in stress_levels():
        tallies: dict[str, Tally] = defaultdict(Tally)
        for seed in range(pictures):
            frame = level.frame(seed)
            gray = unpacked(frame.jpeg())
            for name, reader in readers.items():
                tallies[name].take(reader, gray, level.name, text_of(frame), set())
        if level.stress == "tilt":
            worst_tilt = min(worst_tilt, tallies["live"].share)
        wrong += tallies["all"].wrong
        shares = (
            f"  {name} {tally.share:4.0%} {statistics.median(tally.spent_s) * 1000:6.1f} ms"
            for name, tally in tallies.items()
        )
        print(f"{level.name:22}" + "".join(shares))
    print(
        f"live at the worst tilt: {worst_tilt:.0%} (goal {GOAL_TILT:.0%}); wrong: {wrong or 'none'}"
    )


def text_of(frame: Frame) -> str:
    assert frame.ticket is not None
    return frame.ticket.text


def measure_presentations(count: int) -> None:
    """By which of the pictures in which a ticket is held it was read, every second with QR."""
    readers = engine(TICKET)
    first: dict[str, list[int]] = defaultdict(list)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for seed in range(count):
        shown = presentation(seed, with_qr=seed % 2 == 1, frames=HELD_PICTURES + 2)
        pictures = [unpacked(frame.jpeg()) for frame in shown.frames if frame.whole]
        for name, reader in readers.items():
            hits = [
                tallies[name].take(reader, it, f"presentation {seed}", shown.text, set())
                for it in pictures
            ]
            first[name].append(hits.index(True) + 1 if True in hits else HELD_PICTURES + 1)
    print(f"\n{count} presentations of {HELD_PICTURES} pictures: read by picture 1/3/6/12")
    by_six = {}
    for name, tally in tallies.items():
        shares = [sum(at <= by for at in first[name]) / count for by in (1, 3, 6, 12)]
        by_six[name] = shares[2]
        mean_ms = statistics.mean(tally.spent_s) * 1000
        parts = "/".join(f"{share:.0%}" for share in shares)
        each = f"a picture {tally.share:4.0%} w{len(tally.wrong)} {mean_ms:6.1f} ms"
        print(f"{name:12}{parts:22} {each}")
    best = max(by_six["zxing-cpp"], by_six["zbar"])
    for name in ("live", "all"):
        print(
            f"{name} by the sixth picture: {by_six[name]:.0%} (goal 90 %),"
            f" {by_six[name] / best:.2f} x the better engine (goal 1.6 x)"
        )


def measure_live(pictures: int) -> None:
    """The cost of a picture of a running camera, against zxing-cpp with eight formats."""
    tickets = [Ticket(f"B{number:09d}") for number in range(pictures)]
    turned = [Scene(tilt_deg=7.0 * number) for number in range(pictures)]
    bare = [replace(scene, qr_module_px=None) for scene in turned]
    scenes = {
        "ticket with QR": [shoot(*each, 0) for each in zip(tickets, turned, strict=True)],
        "ticket without": [shoot(*each, 0) for each in zip(tickets, bare, strict=True)],
        "empty": [shoot(None, Scene(), seed) for seed in range(pictures)],
    }
    print("\nlive pictures of 1280x720: median time, against zxing-cpp with 8 formats")
    for name, jpegs in scenes.items():
        grays = [unpacked(jpeg) for jpeg in jpegs]
        eight = median_s(lambda gray: zxing(gray, EIGHT, thorough=True), grays)
        live = median_s(lambda gray: look(gray, TICKET, LIVE).codes, grays)
        goal = 0.6 if name == "empty" else 0.35
        figures = f"{live * 1000:5.1f} : {eight * 1000:5.1f} ms = {live / eight:.2f}"
        print(f"{name:16} {figures} (goal {goal})")


def median_s(reader: Reader, grays: Sequence[Gray]) -> float:
    taken = []
    for gray in grays:
        began_s = time.thread_time()
        reader(gray)
        taken.append(time.thread_time() - began_s)
    return statistics.median(taken)


def unpacked(jpeg: bytes) -> Gray:
    gray = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    return gray.astype(np.uint8, copy=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=12, help="of each stress level")
    parser.add_argument("--presentations", type=int, default=20)
    parser.add_argument("--only", choices=["photographs", "stress", "presentations", "live"])
    arguments = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {
        "live": lambda: measure_live(arguments.pictures),
        "photographs": measure_photographs,
        "stress": lambda: measure_stress(arguments.pictures),
        "presentations": lambda: measure_presentations(arguments.presentations),
    }
    print(load())
    for name, part in parts.items():
        if arguments.only in (None, name):
            part()


if __name__ == "__main__":
    main()
