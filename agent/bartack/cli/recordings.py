"""``bartack record`` and ``replay``: a device's bytes into a file, and out of it again."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

import click

from bartack.cli.common import FAILED, INTERRUPTED, NO_DEVICE, USAGE, fail, json_option
from bartack.cli.readers import Monitor, driver_and_options, show_read, stop_after

if TYPE_CHECKING:
    from bartack_drivers.base import Source
    from bartack_drivers.conversation import Conversation
    from bartack_drivers.driver import Driver, Options
    from bartack_drivers.recording import About, Recorder

_MB: Final = 1_000_000


@click.command()
@click.option("--driver", "name", help="Talk as this driver does; without it only listen.")
@click.option("--baudrate", type=click.IntRange(50, 4_000_000), help="Bits per second.")
@click.option("--port", required=True, help="Serial port, input device, or tcp://host:port.")
@click.option("--option", "pairs", multiple=True, metavar="K=V", help="An option of the driver.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The recording.")
@click.option("--for", "for_s", type=float, help="Stop after this many seconds.")
@click.option("--max-mb", type=click.FloatRange(0.001, 10_000), default=64, show_default=True)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def record(
    name: str | None,
    baudrate: int | None,
    port: str,
    pairs: Sequence[str],
    output: Path,
    for_s: float | None,
    max_mb: float,
    force: bool,
) -> None:
    """Write down what goes over a device's wire, both ways, with its timing.

    For a reader that is not read as it should be: the file shows why, and can be played again.
    """
    from bartack_drivers.recording import RecordingFull
    from bartack_drivers.runner import run as run_reader

    if output.exists() and not force:
        fail(USAGE, f"{output}: is there already; choose another name or add --force")
    _end_on_sigterm()
    recording = _Recording(output, round(max_mb * _MB), force=force)
    open_device = _opener(recording, name, baudrate, port, pairs)
    stop = stop_after(for_s)
    shown = Monitor(name or "", stop, err=True)
    code, full = 0, False
    try:
        run_reader(open_device, shown, stop)
    except RecordingFull:
        full = True
        click.echo(f"{output}: ended at {max_mb} MB; --max-mb gives it more", err=True)
    except OSError as error:
        fail(FAILED, f"{output}: cannot be written: {error.strerror}")
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        recording.close()
    click.echo(recording.summary(), err=True)
    # A device can fill the recording before it is reported as open.
    sys.exit(code if shown.opened or full else code or NO_DEVICE)


def _opener(
    recording: _Recording, name: str | None, baudrate: int | None, port: str, pairs: Sequence[str]
) -> Callable[[], Source]:
    """What opens the device, and each time notes its bytes; or the end of the command."""
    import time

    from bartack_drivers.links import WireSource, open_wire
    from bartack_drivers.links.recorded import ListeningSource, RecordedLink
    from bartack_drivers.recording import About
    from bartack_drivers.registry import open_link

    if name is None:
        if baudrate is None or pairs:
            fail(USAGE, "say with --driver who talks to the device, or only listen at a --baudrate")
        listened = About(options={"baudrate": baudrate}, port=port)
        return lambda: ListeningSource(
            RecordedLink(open_wire(port, baudrate), recording.of(listened))
        )
    rate = [] if baudrate is None else [f"baudrate={baudrate}"]
    driver, options = driver_and_options(name, [*rate, *pairs])
    converse = _converse_of(driver)
    told = About(driver.name, options, port)

    def open_device() -> Source:
        link = open_link(driver, port, options)
        return WireSource(RecordedLink(link, recording.of(told)), converse(options), time.monotonic)

    return open_device


class _Recording:
    """The file. It is made when the device is open: a port that is not there leaves none."""

    def __init__(self, file: Path, max_bytes: int, *, force: bool) -> None:
        self._path = file
        self._max_bytes = max_bytes
        self._mode = "wb" if force else "xb"
        self._file: IO[bytes] | None = None
        self._recorder: Recorder | None = None

    def of(self, about: About) -> Recorder:
        """The recorder, the same for a device that was lost and came back. Raises ``OSError``."""
        import dataclasses
        import time

        from bartack.clock import Clock
        from bartack_drivers.recording import Recorder

        if self._recorder is None:
            self._file = cast(IO[bytes], self._path.open(self._mode))
            dated = dataclasses.replace(about, started=Clock().now().at)
            self._recorder = Recorder(self._file, dated, time.monotonic, self._max_bytes)
        return self._recorder

    def summary(self) -> str:
        if self._recorder is None:
            return "nothing was recorded"
        received, sent = self._recorder.received_bytes, self._recorder.sent_bytes
        return f"{self._path}: {received} bytes received, {sent} bytes sent"

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--link", type=click.Path(path_type=Path), help="Play it as a device at this path.")
@click.option("--speed", type=click.FloatRange(0.01, 1000.0), default=1.0, show_default=True)
@click.option("--loop", "again", is_flag=True, help="With --link: again and again.")
@click.option("--driver", "name", help="Read it with this driver, not with the one recorded.")
@click.option("--option", "pairs", multiple=True, metavar="K=V", help="An option of the driver.")
@json_option
def replay(
    file: Path,
    link: Path | None,
    speed: float,
    again: bool,
    name: str | None,
    pairs: Sequence[str],
    as_json: bool,
) -> None:
    """Play a recording as a device (--link), or read it at once.

    FILE is a recording of `bartack record`, or plain bytes as a device sent them.
    """
    from bartack_drivers.base import DriverError

    _end_on_sigterm()
    try:
        if link is None:
            _read_at_once(file, name, pairs, as_json=as_json)
        else:
            _play(file, link, speed, again=again)
    except DriverError as error:
        fail(NO_DEVICE, str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _play(file: Path, link: Path, speed: float, *, again: bool) -> None:
    from bartack_drivers.playback import play

    play(file, link, threading.Event(), lambda text: click.echo(text, err=True), speed, again=again)


def _read_at_once(file: Path, name: str | None, pairs: Sequence[str], *, as_json: bool) -> None:
    from bartack_drivers.links import WireSource
    from bartack_drivers.links.recorded import ReplayClock, ReplayLink
    from bartack_drivers.recording import about

    told = about(file)
    name = name or told.driver
    if not name:
        fail(USAGE, f"{file}: does not say which driver reads it; name it with --driver")
    driver, options = driver_and_options(name, pairs, told.options if name == told.driver else None)
    converse = _converse_of(driver)
    clock = ReplayClock()
    link = ReplayLink(file, clock, clock.sleep)
    with WireSource(link, converse(options), clock) as source:
        while not link.ended:
            for read in source.read(1.0):
                show_read(name, read, as_json=as_json)
        for read in source.read(10.0):  # what the silence at the end completes
            show_read(name, read, as_json=as_json)
        seen = source.counters
    click.echo(
        f"{seen.good_frames} good frames, {seen.bad_checksums} bad checksums,"
        f" {seen.discarded_bytes} bytes discarded",
        err=True,
    )
    if link.damage:
        fail(FAILED, link.damage)


def _converse_of(driver: Driver) -> Callable[[Options], Conversation[Any]]:
    if driver.converse is None:
        fail(USAGE, f"driver {driver.name} reads pictures, not bytes; keep some of them as files")
    return driver.converse


def _end_on_sigterm() -> None:
    """Let a service manager's end be the same as Ctrl-C: files are closed, links removed."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
