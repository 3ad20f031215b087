"""A simulated reader on its port: carries bytes both ways, with the faults of real wires.

A thread of its own plays the device, so that it answers while a program talks to it.
"""

from __future__ import annotations

import importlib
import random
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Protocol, Self

from bartack_sim.devices.device import Device
from bartack_sim.devices.pty import Port
from bartack_sim.devices.tcp_port import SCHEME, TcpPort
from bartack_sim.faults import CLEAN, LineFaults, burst, power_up_garbage, strikes

CHUNK_PAUSE_S = 0.002


class Outlet(Protocol):
    """The reader's end of a wire: a pseudo-terminal or a listening socket."""

    @property
    def link(self) -> object:
        """What a program opens."""

    @property
    def listened(self) -> bool:
        """Whether a program has it open now."""

    @property
    def lost_bytes(self) -> int:
        """How many bytes nobody could receive so far."""

    def plug(self) -> None: ...

    def unplug(self) -> None: ...

    def send(self, data: bytes) -> int:
        """Send without waiting; how many bytes a program will get."""

    def receive(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for what a program sends."""

    def drain(self, timeout_s: float) -> bool:
        """Wait until what was sent has arrived; False where it did not in time."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def make_device(driver: str, settings: Mapping[str, str] | None = None) -> Device:
    """The device that the driver of this name reads, set up as ``settings`` say.

    Raises ``ValueError`` where there is none, or it has no such setting.
    """
    make: Callable[..., Device] = _module(driver).device
    try:
        return make(**(settings or {}))
    except TypeError as error:
        raise ValueError(f"driver {driver!r} cannot be set up so: {error}") from error


def make_outlet(driver: str, link: str) -> Outlet:
    """Where the device of this driver is reached: at a path, or at ``tcp://host:port``.

    At a path stands a serial port, or what the device's module has as ``PORT``. A device on the
    network says at once whether it takes a client. Raises ``ValueError`` or ``PortError`` where
    that cannot be.
    """
    module = _module(driver)
    if not link.startswith(SCHEME):
        make: Callable[[Path], Outlet] = getattr(module, "PORT", Port)
        return make(Path(link))
    return TcpPort(link, getattr(module, "WELCOME", b""), getattr(module, "REFUSAL", b""))


def _module(driver: str) -> ModuleType:
    name = f"bartack_sim.devices.{driver}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(f"driver {driver!r}: no such device is simulated") from error
    if not hasattr(module, "device"):
        raise ValueError(f"driver {driver!r}: no such device is simulated")
    return module


def transmit(
    port: Outlet,
    device: Device,
    frame: bytes,
    faults: LineFaults,
    rng: random.Random,
    pause: Callable[[float], object],
) -> None:
    """Send one frame as this wire delivers it."""
    if strikes(faults.dropout, rng):
        return
    if strikes(faults.ghost, rng):
        port.send(device.ghost(rng))
    if strikes(faults.wrong_checksum, rng):
        frame = device.spoil(frame, rng)
    for chunk in burst(frame, faults, rng):
        port.send(chunk)
        pause(CHUNK_PAUSE_S)


class Wire:
    """Plays a device on a port while the ``with`` block lasts."""

    def __init__(
        self,
        port: Outlet,
        device: Device,
        faults: LineFaults = CLEAN,
        rng: random.Random | None = None,
    ) -> None:
        self.port = port
        self.device = device
        self._faults = faults
        self._rng = rng or random.Random()
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play, name="simulated reader", daemon=True)

    def power_up(self) -> None:
        """Give the device power, or take it away for a moment."""
        with self._lock:
            if strikes(self._faults.power_up, self._rng):
                self.port.send(power_up_garbage(self._rng))
            self._transmit(self.device.power_up())

    def place(self, value: str) -> None:
        with self._lock:
            self.device.place(value)

    def remove(self, value: str) -> None:
        with self._lock:
            self.device.remove(value)

    def show(self, value: str, seconds: float) -> None:
        """Hold ``value`` to the reader for so long."""
        self.place(value)
        self._ending.wait(seconds)
        self.remove(value)

    def _play(self) -> None:
        turn_due_s = heard_s = time.monotonic()
        while not self._ending.is_set():
            data = self.port.receive(min(0.05, max(0.0, turn_due_s - time.monotonic())))
            now_s = time.monotonic()
            if data:
                data, heard_s = self._woken(data, now_s - heard_s), now_s
                self._ending.wait(self._faults.slow_s)
                now_s = time.monotonic()
            with self._lock:
                frames = self.device.hear(data, now_s) if data else []
                if now_s >= turn_due_s:
                    frames += self.device.turn(now_s)
                    turn_due_s = now_s + self.device.turn_s
                self._transmit(frames)

    def _woken(self, data: bytes, silent_s: float) -> bytes:
        """What reaches the device: one that fell asleep loses the byte that wakes it."""
        asleep = 0.0 < self._faults.sleep_s < silent_s
        return data[1:] if asleep else data

    def _transmit(self, frames: list[bytes]) -> None:
        if frames and strikes(self._faults.merged, self._rng):
            self.port.send(b"".join(frames))
            return
        for frame in frames:
            transmit(self.port, self.device, frame, self._faults, self._rng, self._ending.wait)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ending.set()
        self._thread.join()
