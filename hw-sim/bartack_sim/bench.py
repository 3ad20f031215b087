"""One station's simulated hardware: a badge reader, and a scanner or a camera for tickets.

Each part can be unplugged and plugged in again; what the operator does meanwhile reaches nobody.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from bartack_sim.camera import Camera
from bartack_sim.devices.pty import Port
from bartack_sim.devices.rdm6300 import BadgeReader
from bartack_sim.devices.scanner import Scanner
from bartack_sim.faults import LineFaults
from bartack_sim.few_bits import FewBitsReaders
from bartack_sim.ticket import Scene, Ticket

BADGE_TAP_S = 0.45


class TicketReader(Protocol):
    """What an operator shows tickets to."""

    patience_s: float
    """How long a person waits for a lamp before showing the ticket again."""

    settle_s: float
    """How long the ticket must then be away, so that it counts as shown again."""

    def present(self, text: str, lines: tuple[str, ...] = ()) -> None:
        """Scan the ticket, or lay it under the camera."""

    def withdraw(self) -> None:
        """Take the ticket away."""

    def unplug(self) -> None: ...

    def plug(self) -> None: ...


class ScannerAtHand:
    """A handheld scanner on a port."""

    patience_s = 3.0
    settle_s = 0.0

    def __init__(self, port: Port, scanner: Scanner) -> None:
        self._port = port
        self._scanner = scanner

    def present(self, text: str, lines: tuple[str, ...] = ()) -> None:
        self._scanner.scan(text)

    def withdraw(self) -> None:
        """Nothing: a trigger pull is over when it is over."""

    def unplug(self) -> None:
        self._port.unplug()

    def plug(self) -> None:
        self._port.plug()
        self._scanner.power_up()


class CameraAbove:
    """A camera above the table; tickets never lie quite straight below it."""

    patience_s = 4.0
    settle_s = 3.0

    def __init__(self, camera: Camera, rng: random.Random) -> None:
        self._camera = camera
        self._rng = rng

    def present(self, text: str, lines: tuple[str, ...] = ()) -> None:
        self._camera.show(Ticket(text, lines), self._scene())

    def withdraw(self) -> None:
        self._camera.clear()

    def unplug(self) -> None:
        self._camera.unplug()

    def plug(self) -> None:
        self._camera.plug()

    def _scene(self) -> Scene:
        rng = self._rng
        return Scene(
            tilt_deg=rng.uniform(-9.0, 9.0),
            perspective=rng.uniform(0.0, 0.2),
            defocus_px=rng.choice((0.0, 0.0, 1.0)),
            noise_sigma=rng.uniform(1.0, 5.0),
            light=rng.uniform(0.75, 1.1),
            offset_px=(rng.randint(-120, 120), rng.randint(-80, 80)),
        )


class BadgeReaders(Protocol):
    """What badges are held to."""

    def tap_together(self, values: Sequence[str], seconds: float) -> None:
        """Hold them there at once, for so long."""

    def unplug(self) -> None: ...

    def plug(self) -> None: ...

    def close(self) -> None: ...


class ReaderAtHand:
    """A badge reader on a port."""

    def __init__(self, port: Port, reader: BadgeReader) -> None:
        self._port = port
        self._reader = reader

    def tap_together(self, values: Sequence[str], seconds: float) -> None:
        self._reader.tap_together(values, seconds)

    def unplug(self) -> None:
        self._port.unplug()

    def plug(self) -> None:
        self._port.plug()
        self._reader.power_up()

    def close(self) -> None:
        self._port.unplug()


def tag_link(badge_link: Path) -> Path:
    """The port of the reader of tags, where there is one beside that of badges."""
    return badge_link.with_suffix(".tags")


class Bench:
    """The hardware of one station. Leave the ``with`` block to unplug everything.

    ``few_bits``: its badge reader shows 24 bits of a number, and tags can be held up beside it.
    """

    def __init__(
        self,
        folder: Path,
        station: str,
        camera: bool,
        faults: LineFaults,
        seed: str,
        pause: Callable[[float], object],
        *,
        few_bits: bool = False,
    ) -> None:
        self.station = station
        self.badge_link = folder / f"{station}.badge"
        self._badges: BadgeReaders
        if few_bits:
            self._badges = FewBitsReaders(self.badge_link, tag_link(self.badge_link))
        else:
            badges = Port(self.badge_link)
            reader = BadgeReader(badges, faults, random.Random(f"{seed}/badge"), pause)
            self._badges = ReaderAtHand(badges, reader)
        rng = random.Random(f"{seed}/ticket")
        self.tickets: TicketReader
        if camera:
            above = Camera(seed=rng.getrandbits(32))
            self.ticket_address = above.url
            self.tickets = CameraAbove(above, rng)
        else:
            port = Port(folder / f"{station}.scanner")
            self.ticket_address = str(port.link)
            self.tickets = ScannerAtHand(port, Scanner(port, faults=faults, rng=rng, pause=pause))

    def tap(self, badge: str) -> None:
        """Hold a badge to the reader, or a tag where there is a reader for them."""
        self._badges.tap_together((badge,), BADGE_TAP_S)

    def tap_together(self, badges: Sequence[str]) -> None:
        """Hold several badges to the reader at once, for as long as it takes to read each often."""
        self._badges.tap_together(badges, BADGE_TAP_S * len(badges))

    def unplug_badge_reader(self) -> None:
        self._badges.unplug()

    def plug_badge_reader(self) -> None:
        self._badges.plug()

    def close(self) -> None:
        self.tickets.unplug()
        self._badges.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
