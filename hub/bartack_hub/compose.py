"""Builds the hub's parts, wires them and keeps them running; the only module that knows them all.

Order of start: store, what the board shows already, web server, collector. Order of stop: the
collector first, so that nothing is committed that is not shown. A part that ends by itself ends
the process, and systemd starts it anew.
"""

from __future__ import annotations

import fcntl
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from bartack.events import Event
from bartack.mqtt import Connection
from bartack.service import configure_logging, notify, watchdog_interval_s
from bartack.serving.thread import Serving
from bartack_hub.board import Board
from bartack_hub.clock import utc_now
from bartack_hub.collector import SESSION_S, Collector
from bartack_hub.config import HubFile
from bartack_hub.feed import Feed
from bartack_hub.store import Store, StoreError, StoreReader, open_for_reading
from bartack_hub.web.app import build_app, serve

SHOWN_AGAIN: Final = timedelta(hours=24)
"""How far back committed events go onto the board at start: any shift that still runs."""

LATE_S: Final = 20.0
"""A collector that did not come round for this long is not alive, whatever its thread does."""

STOP_TIMEOUT_S: Final = 4.0


class HubError(Exception):
    """The hub cannot start or go on. ``configuration`` says whether its file is to blame."""

    def __init__(self, what: str, *, configuration: bool = False) -> None:
        super().__init__(what)
        self.configuration = configuration


def run_hub(hub: HubFile, file: Path) -> None:
    """Run until SIGTERM or SIGINT. ``file`` is the settings file, for relative paths and messages.

    Raises ``HubError`` when it cannot start or go on, ``StoreError`` when its disk fails.
    """
    configure_logging()
    log: FilteringBoundLogger = structlog.get_logger()
    stop = threading.Event()
    store_file = hub.store.path(file.parent)
    with _signals(stop), _alone(store_file), closing(Store(store_file, hub.site)) as store:
        connection = _connection(hub, file)
        feed = Feed(Board(hub.site, hub.plans()), utc_now)
        with closing(StoreReader(open_for_reading(store_file))) as reader:
            _show_known(reader, feed, stop)
        collector = Collector(hub.site, hub.plans(), connection, store, feed, utc_now, log)
        with _serving(hub, file, feed) as serving:
            log.info("dashboard", address=serving.address)
            _collect(collector, serving, stop, log)
    log.info("stopped")


def _collect(
    collector: Collector, serving: Serving, stop: threading.Event, log: FilteringBoundLogger
) -> None:
    """Run the collector's thread, and feed the watchdog while every part is alive."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            collector.run(stop)
        except Exception as error:
            log.exception("collector_failed")
            failures.append(error)
        finally:
            stop.set()

    thread = threading.Thread(target=run, name="collector", daemon=True)
    thread.start()
    try:
        _watch(collector, serving, stop)
    finally:
        stop.set()
        thread.join(STOP_TIMEOUT_S)
    for error in failures:
        raise error if isinstance(error, StoreError) else HubError(f"collector: {error!r}")


def _watch(collector: Collector, serving: Serving, stop: threading.Event) -> None:
    """Tell systemd that the hub is ready, then that it is alive, until ``stop``."""
    interval_s = watchdog_interval_s() or LATE_S
    try:
        notify("READY=1")
        told_s = time.monotonic()
        while not stop.wait(min(interval_s, 1.0)):
            now_s = time.monotonic()
            if not serving.is_alive:
                raise HubError("the web server ended")
            if now_s - told_s >= interval_s and now_s - collector.ticked_s < LATE_S:
                notify("WATCHDOG=1")
                told_s = now_s
        notify("STOPPING=1")
    except OSError as error:
        raise HubError(f"NOTIFY_SOCKET: cannot tell systemd: {error}") from error


def _show_known(reader: StoreReader, feed: Feed, stop: threading.Event) -> None:
    """Put what the store knows onto the board, so that a restart changes nothing on the wall."""
    operators, operations = reader.reference("operators"), reader.reference("operations")
    feed.reference(operators.rows if operators else (), operations.rows if operations else ())
    for report in reader.reports():
        feed.status(report.line, report.station, report.document, report.received_at)
    feed.commit(_until(stop, reader.events(utc_now() - SHOWN_AGAIN)))


def _until(stop: threading.Event, events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if stop.is_set():
            return
        yield event


def _connection(hub: HubFile, file: Path) -> Connection:
    try:
        return Connection(
            hub.broker, f"bartack-hub-{hub.site}", session_s=SESSION_S, acknowledge_by_hand=True
        )
    except (OSError, ValueError) as error:  # ssl's errors are OSErrors; ValueError: not UTF-8
        raise HubError(f"{file}: broker: {error}", configuration=True) from error


@contextmanager
def _serving(hub: HubFile, file: Path, feed: Feed) -> Iterator[Serving]:
    host, port = hub.web.host, hub.web.port
    try:
        serving = serve(build_app(feed, version("bartack")), host, port)
    except OSError as error:
        what = f"{file}: web: cannot serve at {host} port {port}: {error.strerror}"
        raise HubError(what, configuration=True) from error
    try:
        yield serving
    finally:
        serving.stop()


@contextmanager
def _alone(store_file: Path) -> Iterator[None]:
    """Hold the store's lock file: two hubs on one store would push each other off the broker."""
    lock = store_file.with_name(store_file.name + ".lock")
    try:
        held = lock.open("a")
    except OSError as error:
        raise StoreError(f"{lock}: {error.strerror}") from error
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HubError(f"{store_file}: another hub is running on this store") from None
        yield


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGTERM or SIGINT stops in order; a second one ends the process at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(_number: int, _frame: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
