"""``bartack feedback``: try what an operator sees and hears, without scanning anything."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bartack.cli.common import INTERRUPTED, NO_DEVICE, USAGE, config_option, fail, station_of

if TYPE_CHECKING:
    from bartack.config import StationFile
    from bartack.feedback.handover import Document
    from bartack.feedback.patterns import Answer
    from bartack.feedback.settings import Feedback as FeedbackTable

Show = Callable[["Document"], object]

_BUSY: Final = """\
Where that is the station's agent, stop it for the test: systemctl stop bartack
and start it when you are done: systemctl start bartack"""
_SET_UP_S: Final = 0.5
"""So long a reader is listened to before it is told to beep: its set-up goes first."""
_BEEP_S: Final = 0.5
"""So long it is listened to afterwards: some are told when they have answered."""


@click.group()
def feedback() -> None:
    """Try lamps, buzzers and displays."""


@feedback.command("test")
@config_option
@click.option("--only", metavar="DRIVER", help="Devices of this driver only.")
@click.option("--pattern", metavar="NAME", help="This pattern only.")
@click.option(
    "--pause",
    "pause_s",
    type=click.FloatRange(0.0, 60.0),
    default=1.0,
    show_default=True,
    help="s between two patterns.",
)
def feedback_test(file: Path, only: str | None, pattern: str | None, pause_s: float) -> None:
    """Play every pattern on every feedback device of a station file, each named before.

    Needs no running agent; one that runs holds lamps, displays and readers for itself. Nothing is
    counted. Exit code 4 where a device fails.
    """
    try:
        failed = _test(file, only, pattern, pause_s)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(NO_DEVICE if failed else 0)


def _test(file: Path, only: str | None, pattern: str | None, pause_s: float) -> bool:
    """Play what was chosen; whether a device failed."""
    from bartack_drivers.base import DeviceBusy, DriverError

    config = station_of(file)
    answers = _chosen(pattern)
    tables = [it for it in config.feedback if only in (None, it.driver)]
    if not tables:
        used = ", ".join(sorted({it.driver for it in config.feedback})) or "none"
        fail(USAGE, f"--only {only}: {file} has feedback devices of driver {used}")
    failed = False
    for table in tables:
        name = f"{table.driver} {_where(table)}"
        try:
            with _opened(config, table) as show:
                _play(name, answers, show, pause_s)
        except DeviceBusy as error:
            failed = True
            click.echo(f"{name}: FAILED: {error}\n{_BUSY}", err=True)
        except (DriverError, OSError) as error:
            failed = True
            click.echo(f"{name}: FAILED: {error}", err=True)
    return failed


def _chosen(pattern: str | None) -> list[Answer]:
    from bartack.feedback.patterns import PATTERNS

    chosen = [answer for answer in PATTERNS if pattern in (None, answer)]
    if not chosen:
        fail(USAGE, f"--pattern {pattern}: one of {', '.join(PATTERNS)}")
    return chosen


def _where(table: FeedbackTable) -> str:
    if table.driver == "kiosk":
        return f"http://127.0.0.1:{table.web_port}/"
    return str(table.reader or table.path or table.device or "standard output")


def _play(name: str, answers: list[Answer], show: Show, pause_s: float) -> None:
    from bartack.feedback.patterns import MEANINGS
    from bartack.feedback.samples import sample

    for answer in answers:
        click.echo(f"{name}: {answer}: {MEANINGS[answer]}", err=True)
        show(sample(answer, _now()))
        time.sleep(pause_s)


def _now() -> str:
    from bartack.clock import Clock

    return Clock().now().at


@contextmanager
def _opened(config: StationFile, table: FeedbackTable) -> Iterator[Show]:
    """What shows an answer to its end on the device of a table. Raises ``DriverError``."""
    if table.driver == "console":
        from bartack.feedback import Console

        with closing(Console(table.path)) as console:
            yield console.write
    elif table.driver == "reader":
        with _beeping(config, table) as show:
            yield show
    elif table.driver == "kiosk":
        with _page(config, table) as show:
            yield show
    else:
        from bartack.feedback.opening import open_showing

        with closing(open_showing(table, config.station, lambda: 0)) as device:
            yield lambda answer: device.play(answer, _rest)


@contextmanager
def _page(config: StationFile, table: FeedbackTable) -> Iterator[Show]:
    """The operator's page, at its usual address, with nobody signed in."""
    from bartack.clock import Clock
    from bartack.events import Head
    from bartack.kiosk.document import ScreenSettings, Shown, screen_document
    from bartack.kiosk.screen import Screen
    from bartack.kiosk.server import serve
    from bartack.projection import State

    screen, state = Screen(), State(config.rules, Head(""))
    settings = ScreenSettings(config.work.language, table.numerals, table.currency)
    serving = serve(screen, table.web_port, lambda *_: False)
    shown = 0

    def show(answer: Document) -> None:
        nonlocal shown
        shown += 1
        page = screen_document(state, Shown(shown), Clock().now(), settings)
        screen.put({**page, "result": {"flags": [], "details": {}, **answer}})

    try:
        yield show
    finally:
        serving.stop()


@contextmanager
def _beeping(config: StationFile, table: FeedbackTable) -> Iterator[Show]:
    """The beeper of a reader, which is kept going meanwhile: it may want to be asked."""
    from bartack_drivers.base import DeviceError
    from bartack_drivers.links import WireSource
    from bartack_drivers.registry import open_source

    reader = next(it for it in config.reader if it.name == table.reader)
    with open_source(reader.driver, reader.port, config.options_of(reader)) as source:
        assert isinstance(source, WireSource)  # noqa: S101 - those that beep are, by their table

        def show(document: Document) -> None:
            source.beep(accepted=document["outcome"] != "refused")
            source.read(_BEEP_S)

        source.read(_SET_UP_S)
        if source.trouble:
            raise DeviceError(reader.port, source.trouble)
        yield show


def _rest(for_s: float) -> bool:
    time.sleep(for_s)
    return False
