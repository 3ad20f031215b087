"""Finds out which reader is at a port: listens first, then asks what changes nothing.

Sent is only what a driver's row has as a probe. A reader that talks by itself in frames with a
checksum is known by that and never asked. An answer that equals the question is an echo.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bartack_drivers.base import DriverError, OptionError
from bartack_drivers.driver import Clock, Driver, Probe
from bartack_drivers.hearing import Heard, best_fits, bytes_of, listening_rates
from bartack_drivers.links import Link
from bartack_drivers.links.serial_port import SerialLink
from bartack_drivers.links.tcp import SCHEME, TcpLink

LISTEN_S: Final = 0.4
"""How long a port is listened to at each baud rate."""
ANSWER_S: Final = 0.3
"""How long the answer to a probe is waited for."""
HEARD_MAX_BYTES: Final = 1 << 15
"""More is not needed to know a reader, and would only take time."""

_PIECE_S: Final = 0.05
_TRIES: Final = 2
"""A question is asked again where noise may have spoilt the answer."""


class Line(Link, Protocol):
    """A link whose baud rate can be changed while it is open."""

    def set_baudrate(self, baudrate: int) -> None:
        """Go on at another rate and drop what arrived before. Raises ``OptionError``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A driver that reads what is at the port, at this rate in bits/s."""

    driver: str
    baudrate: int
    how: Literal["heard", "answered"]


@dataclass(frozen=True, slots=True)
class PortReport:
    """What was found out about one port.

    ``found`` has several entries where nothing tells these drivers apart. ``noticed`` is what
    else a technician should know. ``unusable`` says why the port could not be looked at.
    """

    port: str
    found: tuple[Finding, ...] = ()
    noticed: tuple[str, ...] = ()
    unusable: str = ""


def open_line(port: str, baudrate: int) -> Line:
    """Open a serial port or a ``tcp://`` address. Raises a ``DeviceError``."""
    return TcpLink(port) if port.startswith(SCHEME) else SerialLink(port, baudrate)


def detect(
    ports: Iterable[str], drivers: Sequence[Driver], listen_s: float = LISTEN_S
) -> list[PortReport]:
    """Look at all ports at the same time; a port that cannot be used holds no other up."""
    reports: list[Future[PortReport]] = []
    for port in ports:
        report: Future[PortReport] = Future()
        reports.append(report)

        def look(port: str = port, report: Future[PortReport] = report) -> None:
            try:
                report.set_result(detect_port(port, drivers, listen_s))
            except BaseException as error:  # raised again in the waiting thread
                report.set_exception(error)

        threading.Thread(target=look, name=f"detect {port}", daemon=True).start()
    return [report.result() for report in reports]


def detect_port(
    port: str,
    drivers: Sequence[Driver],
    listen_s: float = LISTEN_S,
    open_port: Callable[[str, int], Line] = open_line,
    clock: Clock = time.monotonic,
) -> PortReport:
    """Find out what is at one port. Takes some seconds; raises nothing a port can cause."""
    serial = [driver for driver in drivers if driver.link == "serial"]
    try:
        line = open_port(port, 9600)
        try:
            return _Search(port, line, serial, clock).report(listen_s)
        finally:
            line.close()
    except DriverError as error:
        return PortReport(port, unusable=str(error))


@dataclass(frozen=True, slots=True)
class _Question:
    """One request at one rate, and whose probes it is."""

    baudrate: int
    request: bytes
    askers: tuple[tuple[Driver, Probe], ...]


def questions(drivers: Iterable[Driver]) -> list[_Question]:
    """Every probe at each of its rates in the order of asking; what several ask is asked once."""
    askers: dict[tuple[int, bytes], list[tuple[Driver, Probe]]] = {}
    order: dict[tuple[int, bytes], tuple[int, int]] = {}
    for driver in drivers:
        for probe in driver.probes:
            for place, baudrate in enumerate(probe.baudrates):
                key = (baudrate, probe.request)
                askers.setdefault(key, []).append((driver, probe))
                order[key] = min(order.get(key, (probe.order, place)), (probe.order, place))
    asked = sorted(askers, key=lambda key: (order[key], key))
    return [_Question(rate, request, tuple(askers[rate, request])) for rate, request in asked]


class _Search:
    """The search at one open port."""

    def __init__(self, port: str, line: Line, drivers: Sequence[Driver], clock: Clock) -> None:
        self._port = port
        self._line = line
        self._drivers = drivers
        self._clock = clock
        self._impossible: list[str] = []
        self._not_understood: dict[int, None] = {}
        self._echoes = False

    def report(self, listen_s: float) -> PortReport:
        heard, is_certain = self._hear(listen_s)
        found = heard if is_certain else self._ask() or heard
        return PortReport(self._port, tuple(found), tuple(self._noticed(bool(found))))

    def _noticed(self, is_found: bool) -> Iterator[str]:
        yield from dict.fromkeys(self._impossible)
        # At a wrong rate every reader sends what nobody understands.
        if self._not_understood and not is_found:
            rates = ", ".join(str(rate) for rate in self._not_understood)
            yield f"bytes came at {rates} bits/s that no driver understands"
        if self._echoes:
            yield "it sends back what is sent to it: a console, or two wires that touch"

    def _hear(self, listen_s: float) -> tuple[list[Finding], bool]:
        """What talks by itself, and whether that leaves nothing to ask.

        A USB device that ignores the rate is understood at any. The rate that its driver knows
        is waited for, so that the rate found is the one a technician expects.
        """
        usual: list[Finding] = []
        unusual: list[Driver] = []
        unusual_rate = 0
        for rate in listening_rates(self._drivers):
            heard, fits = self._hear_at(rate, listen_s)
            if any(rate in driver.heard_at for driver in fits):
                return _findings(fits, rate, "heard"), _is_certain(fits)
            at_home = best_fits(heard, [it for it in self._drivers if rate in it.heard_at])
            usual = usual or _findings(at_home, rate, "heard")
            if fits and not unusual:
                unusual, unusual_rate = fits, rate
        if usual or not unusual:
            return usual, False
        usual_rate = unusual[0].heard_at[0]
        _, fits = self._hear_at(usual_rate, 2 * listen_s)
        rate = usual_rate if fits == unusual else unusual_rate
        return _findings(unusual, rate, "heard"), _is_certain(unusual)

    def _hear_at(self, rate: int, listen_s: float) -> tuple[Heard, list[Driver]]:
        if not self._tune(rate):
            return [], []
        heard = self._listen(listen_s)
        fits = best_fits(heard, self._drivers)
        if not fits and bytes_of(heard):  # the listening may have ended within a frame
            heard = [*heard, *self._listen(listen_s)]
            fits = best_fits(heard, self._drivers)
            if not fits:
                self._not_understood[rate] = None
        return heard, fits

    def _ask(self) -> list[Finding]:
        """Who answers. An answer may be late: a reader can wait for the rest of a frame that it
        took another's question for, and find its own question in it when the next one comes."""
        asked: list[tuple[Driver, Probe]] = []
        for question in questions(self._drivers):
            if not self._tune(question.baudrate):
                continue
            for _ in range(_TRIES):
                self._line.write(question.request)
                answer = self._without_echo(bytes_of(self._listen(ANSWER_S)), question.request)
                if not answer:
                    break
                found = _answering(question.askers, answer) or _answering(asked, answer)
                if found:
                    return _findings(found, question.baudrate, "answered")
            if answer:
                self._not_understood[question.baudrate] = None
            asked += question.askers
        return []

    def _tune(self, baudrate: int) -> bool:
        try:
            self._line.set_baudrate(baudrate)
        except OptionError as error:
            self._impossible.append(error.reason)
            return False
        return True

    def _listen(self, duration_s: float) -> list[tuple[float, bytes]]:
        heard: list[tuple[float, bytes]] = []
        size, now_s = 0, self._clock()
        deadline_s = now_s + duration_s
        while now_s < deadline_s and size < HEARD_MAX_BYTES:
            data = self._line.read(min(_PIECE_S, deadline_s - now_s))
            now_s = self._clock()
            size += len(data)
            heard.append((now_s, data))
        return heard

    def _without_echo(self, answer: bytes, request: bytes) -> bytes:
        before, echo, after = answer.partition(request)
        self._echoes = self._echoes or bool(echo)
        return before + after


def _answering(askers: Iterable[tuple[Driver, Probe]], heard: bytes) -> list[Driver]:
    found = {driver.name: driver for driver, probe in askers if probe.answers(heard)}
    return list(found.values())


def _is_certain(fits: Sequence[Driver]) -> bool:
    return len(fits) == 1 and fits[0].has_checksum


def _findings(
    drivers: Iterable[Driver], rate: int, how: Literal["heard", "answered"]
) -> list[Finding]:
    return [Finding(driver.name, rate, how) for driver in drivers]
