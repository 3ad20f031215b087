"""Builds a station's parts, wires them, and watches over their threads.

The only module that knows all parts. A thread that dies or stands still ends the process, with
nothing half done: systemd starts it again and the ledger says where it was.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from bartack.clock import Clock
from bartack.config import Reader, StationFile
from bartack.core import Core
from bartack.feedback import Console, Light, ReaderBeeper
from bartack.feedback.handover import HandedOver
from bartack.feedback.opening import open_showing
from bartack.feedback.settings import Feedback
from bartack.feedback.today import pieces_today
from bartack.heads import signer
from bartack.health import Health, LedgerHealth
from bartack.inputs import Pressed, ReaderSettings, Stop
from bartack.keys import load_or_make
from bartack.labels import load_libraries
from bartack.ledger import LedgerDamaged, LedgerError, LedgerReader, open_or_replace
from bartack.ledger.salvage import set_aside_files, suspect_file
from bartack.mqtt import Connection
from bartack.publisher import Publisher
from bartack.readers import ReaderListener
from bartack.service import notify
from bartack.status import StatusServer, status_document
from bartack.wire import offline_payload, status_topic
from bartack_drivers import runner
from bartack_drivers.base import Source
from bartack_drivers.links import WireSource
from bartack_drivers.registry import open_source

if TYPE_CHECKING:
    from bartack.kiosk.screen import Screen
    from bartack.kiosk.showing import ScreenLight
    from bartack.serving.thread import Serving

FAILED: Final = 1
LEDGER_FAILED: Final = 6
SWITCH_S: Final = 0.0005
"""Longest time that another thread may compute while a scan waits (Python's own is ten times that,
and a scan asks several times)."""

WATCH_TURN_S: Final = 0.5
CORE_ENDS_S: Final = 8.0
READERS_END_S: Final = 2.0
PUBLISHER_ENDS_S: Final = 4.0
FEEDBACK_ENDS_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A running thread and the signal that ends it."""

    thread: threading.Thread
    stop: threading.Event


class Failures:
    """What threads died of."""

    def __init__(self) -> None:
        self.found: list[BaseException] = []
        self.suspect: Path | None = None
        """Where to leave word of a damaged ledger; the next start sets it aside."""

    def guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            structlog.get_logger("agent").exception("a part failed")
            self.found.append(error)
            if isinstance(error, LedgerDamaged) and self.suspect is not None:
                self.suspect.write_text(str(error), encoding="utf-8")

    @property
    def code(self) -> int:
        broken = any(isinstance(error, LedgerError) for error in self.found)
        return LEDGER_FAILED if broken else FAILED


def run_station(config: StationFile) -> int:
    """Run the agent until SIGTERM or SIGINT, or until a part fails; returns the exit code.

    Raises ``LedgerError`` or ``OSError`` when it cannot start.
    """
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    clock, failures, release = Clock(), Failures(), version("bartack")
    sign = signer(load_or_make(config.ledger.key_file))
    now = clock.now()
    stamp = now.at.translate(str.maketrans("", "", "-:"))
    settings = config.ledger
    ledger, state = open_or_replace(settings.path, settings.max_mb, config.rules, stamp, sign)
    beepers = {it.reader: ReaderBeeper() for it in config.feedback if it.reader is not None}
    health = Health(clock.mono_s, LedgerHealth(state), ledger.acked)
    press = Presses()
    devices = _feedback_devices(config, clock, health, press)
    with ledger, _lights(config, beepers, devices) as lights:
        health.alarm("ledger_replaced", on=bool(set_aside_files(settings.path)))
        publisher = _publisher(config, clock, health, release)
        core = Core(
            ledger,
            state,
            sign,
            {reader.name: _settings(reader) for reader in config.reader},
            config.codes,
            lights,
            clock,
            health,
            config.ledger.keep_events,
            publisher.committed,
            publisher.tell_neighbours,
        )
        publisher.to_core = core.inputs.put
        press.to_core = core.inputs.put_nowait
        failures.suspect = suspect_file(settings.path)
        status = StatusServer(
            config.status.socket,
            functools.partial(status_document, config.place, clock, health, release),
        )
        load_libraries(code.pattern for code in config.code)
        _prefer_scans()
        parts = {
            "core": _start("core", failures, lambda _: core.run(release)),
            "publisher": _start("publisher", failures, publisher.run),
            "status": _start("status", failures, status.run),
        }
        readers = [
            _start_reader(it, config.options_of(it), core, health, failures, beepers.get(it.name))
            for it in config.reader
        ]
        structlog.get_logger("agent").info("running", station=config.station, version=release)
        shows = [_start(f"feedback {it.name}", failures, it.run) for it in devices]
        notify("READY=1")
        watch(ending, [*parts.values(), *readers, *shows], health, failures)
        notify("STOPPING=1")
        _end(core, parts, readers, shows, set(health.stuck()))
    return failures.code if failures.found else 0


def _prefer_scans() -> None:
    """Keep threads that catch up, and the garbage collector, from delaying a light."""
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()  # reference data and credits are large and stay: no use looking through them


def _publisher(config: StationFile, clock: Clock, health: Health, release: str) -> Publisher:
    place = config.place
    connection = Connection(
        config.broker,
        client_id=f"bartack-{place.site}-{place.line}-{place.station}",
        will=(status_topic(place), offline_payload(clock.boot, health.ledger.log)),
        spread_s=config.broker.reconnect_spread_s,
    )
    return Publisher(
        connection,
        functools.partial(LedgerReader, config.ledger.path),
        place,
        clock,
        health,
        release,
        stall_s=2.0 * config.broker.keepalive_s,
        hears_neighbours=any(it.presence and it.presence.neighbours for it in config.reader),
    )


def _settings(reader: Reader) -> ReaderSettings:
    resting = reader.presence.settings if reader.presence else None
    return ReaderSettings(reader.role, reader.repeat_s, reader.driver, reader.port, resting)


def _start_reader(
    reader: Reader,
    options: Mapping[str, object],
    core: Core,
    health: Health,
    failures: Failures,
    beeper: ReaderBeeper | None,
) -> Part:
    def opener() -> Source:
        source = open_source(reader.driver, reader.port, options)
        if beeper is not None and isinstance(source, WireSource):
            beeper.attach(source)
        return source

    def work(stop: threading.Event) -> None:
        listener = ReaderListener(reader.name, reader.driver, core.inputs, health, stop)
        runner.run(opener, listener, stop)

    return _start(f"reader {reader.name}", failures, work)


def _start(name: str, failures: Failures, work: Callable[[threading.Event], None]) -> Part:
    stop = threading.Event()
    thread = threading.Thread(
        target=failures.guard, args=(functools.partial(work, stop),), name=name, daemon=True
    )
    thread.start()
    return Part(thread, stop)


def watch(ending: threading.Event, parts: list[Part], health: Health, failures: Failures) -> None:
    """Return when asked to end, or when a part died or stands still."""
    log = structlog.get_logger("agent")
    while not ending.wait(WATCH_TURN_S):
        dead = [part.thread.name for part in parts if not part.thread.is_alive()]
        stuck = health.stuck()
        if dead or stuck:
            log.error("a part stopped working; ending to be restarted", dead=dead, stuck=stuck)
            failures.found.append(RuntimeError(f"dead {dead}, stuck {stuck}"))
            return
        try:
            notify("WATCHDOG=1")
        except OSError as error:
            # systemd hears nothing and will start us anew; until then scans go on.
            log.error("cannot tell systemd", reason=str(error))


def _end(
    core: Core, parts: dict[str, Part], readers: list[Part], shows: list[Part], stuck: set[str]
) -> None:
    """End in the order of the data's way, so that what was read is still committed and sent.

    What is ``stuck`` is not waited for; it may be in the middle of anything, and the ledger says
    where it was.
    """

    def wait(part: Part, timeout_s: float) -> None:
        if part.thread.name not in stuck:
            part.thread.join(timeout_s)

    for reader in readers:
        reader.stop.set()
    for reader in readers:
        wait(reader, READERS_END_S)
    if parts["core"].thread.is_alive() and "core" not in stuck:
        core.inputs.put(Stop("asked to"))
        wait(parts["core"], CORE_ENDS_S)
    for show in shows:
        show.stop.set()
    for name in ("publisher", "status"):
        parts[name].stop.set()
        wait(parts[name], PUBLISHER_ENDS_S)
    for show in shows:
        wait(show, FEEDBACK_ENDS_S)


def _feedback_devices(
    config: StationFile, clock: Clock, health: Health, press: Presses
) -> list[HandedOver | ScreenLight]:
    """Lamps, displays and screens, each with a thread of its own, so that none delays the start."""

    def on_fault(name: str, reason: str) -> None:
        health.alarm("feedback_failed", on=True)  # the core clears it with an answer that is shown
        structlog.get_logger("feedback").error("answers are not shown", device=name, reason=reason)

    def today_pieces() -> int:
        return pieces_today(health.ledger.state, clock.now().at)

    lamps: list[HandedOver | ScreenLight] = [
        HandedOver(
            f"{table.driver} {table.device}",
            functools.partial(open_showing, table, config.station, today_pieces),
            clock.mono_s,
            on_fault,
        )
        for table in config.feedback
        if table.device
    ]
    screens = (it for it in config.feedback if it.driver == "kiosk")
    return lamps + [_screen(config, it, clock, health, press) for it in screens]


class Presses:
    """Buttons of the operator's screen on their way to the core, which is made after it."""

    def __init__(self) -> None:
        self.to_core: Callable[[Pressed], None] | None = None

    def __call__(self, command: str, argument: str, seq: int | None) -> bool:
        """Whether the core will have it; False while it is not there or has too much to do."""
        if self.to_core is None:
            return False
        try:
            self.to_core(Pressed(command, argument, seq))
        except queue.Full:
            return False
        return True


def _screen(
    config: StationFile, table: Feedback, clock: Clock, health: Health, press: Presses
) -> ScreenLight:
    """The operator's screen. Its libraries are loaded only where there is one.

    Raises ``OSError`` when they are not installed.
    """
    try:
        from bartack.kiosk.document import ScreenSettings
        from bartack.kiosk.server import serve
        from bartack.kiosk.showing import ScreenLight
    except ImportError as error:
        raise OSError(f"driver kiosk needs: pip install 'bartack[kiosk]' ({error})") from error

    settings = ScreenSettings(config.work.language, table.numerals, table.currency)

    def start(screen: Screen) -> Serving:
        return serve(screen, table.web_port, press)

    return ScreenLight(settings, clock, health, start)


@contextlib.contextmanager
def _lights(
    config: StationFile, beepers: Mapping[str, ReaderBeeper], devices: Sequence[Light]
) -> Iterator[list[Light]]:
    lights: list[Light] = [*devices, *beepers.values()]
    try:
        for feedback in config.feedback:
            if feedback.driver == "console":
                lights.append(Console(feedback.path))
        yield lights
    finally:
        for light in lights:
            light.close()
