"""``bartack camera``: set up a camera at the machine."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bartack.cli.common import (
    BAD_CONFIGURATION,
    FAILED,
    INTERRUPTED,
    NO_DEVICE,
    STATION_FILE,
    USAGE,
    config_option,
    fail,
    json_option,
    station_of,
)
from bartack.cli.readers import driver_and_options

if TYPE_CHECKING:
    from bartack.aiming.eye import Glimpse

WEB_PORT: Final = 8460
_LINE_EVERY_S: Final = 1.0
_BUSY: Final = """\
Where that is the station's agent, stop it while you aim: systemctl stop bartack
and start it when you are done: systemctl start bartack"""


@click.group()
def camera() -> None:
    """Set up a camera at the machine."""


@camera.command()
@click.option("--port", help="Camera path or MJPEG address; in place of --config.")
@click.option("--option", "pairs", multiple=True, metavar="K=V", help="An option of the driver.")
@config_option
@click.option("--reader", "name", help="A camera of the station file; needed where it has several.")
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    help=f"Port of the page on this machine; 0: any that is free.  [default: {WEB_PORT}]",
)
@click.option("--no-page", is_flag=True, help="One line of text a second in place of the page.")
@json_option
def aim(
    port: str | None,
    pairs: Sequence[str],
    file: Path,
    name: str | None,
    web_port: int | None,
    no_page: bool,
    as_json: bool,
) -> None:
    """Look through a camera and say how to place it so that it reads.

    Serves a page on this machine; with --json prints every measurement instead.
    """
    if port is not None and name is not None:
        fail(USAGE, "--port and --reader: give one of them")
    if web_port is not None and (no_page or as_json):
        fail(USAGE, "--web-port: there is no page with --no-page or --json")
    try:
        if port is None:
            port, options = _from_station(file, name, pairs)
        else:
            _, options = driver_and_options("camera", pairs)
        _aim(port, options, web_port, no_page=no_page, as_json=as_json)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _from_station(
    file: Path, name: str | None, pairs: Sequence[str]
) -> tuple[str, dict[str, object]]:
    if file == STATION_FILE and not file.exists():
        fail(USAGE, f"--port: name the camera; there is no station file {file} that does")
    cameras = {it.name: it for it in station_of(file).reader if it.driver == "camera"}
    if not cameras:
        fail(BAD_CONFIGURATION, f"{file}: has no reader with driver camera; name one with --port")
    if name is None and len(cameras) > 1:
        fail(USAGE, f"--reader: {file} has several cameras: {', '.join(cameras)}")
    if name is not None and name not in cameras:
        fail(USAGE, f"--reader {name}: {file} has the cameras {', '.join(cameras)}")
    chosen = cameras[name] if name is not None else next(iter(cameras.values()))
    _, options = driver_and_options("camera", pairs, chosen.model_extra)
    return chosen.port, options


def _aim(
    port: str, options: dict[str, object], web_port: int | None, *, no_page: bool, as_json: bool
) -> None:
    from bartack_drivers.base import DeviceBusy, DeviceError, MissingExtra

    try:
        from bartack.aiming.eye import glimpses

        with closing(glimpses(port, options)) as seen, _ending_once():
            if as_json:
                _print_json(seen)
            elif no_page:
                _print_lines(seen)
            else:
                _serve(seen, WEB_PORT if web_port is None else web_port)
    except MissingExtra as error:
        fail(NO_DEVICE, str(error))
    except DeviceBusy as error:
        fail(NO_DEVICE, f"{error}\n{_BUSY}")
    except DeviceError as error:
        fail(NO_DEVICE, str(error))


@contextmanager
def _ending_once() -> Iterator[None]:
    """Once it was interrupted, the camera is freed in order, however often it is told again."""
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


def _serve(seen: Iterator[Glimpse], web_port: int) -> None:
    try:
        from bartack.aiming.server import serve
        from bartack.serving.loopback import HOST
    except ImportError as error:
        fail(FAILED, f"the page needs a web server: pip install 'bartack[camera]' ({error})")
    first = next(seen)
    try:
        serving = serve(first, web_port)
    except OSError as error:
        why = f"{HOST}:{web_port}: {error.strerror}; choose another port with --web-port"
        fail(FAILED, why)
    click.echo(f"open {serving.address} in a browser on this machine; Ctrl-C ends", err=True)
    try:
        for glimpse in seen:
            serving.put(glimpse)
    finally:
        serving.stop()


def _print_json(seen: Iterator[Glimpse]) -> None:
    from bartack.aiming.gauges import document

    for glimpse in seen:
        click.echo(json.dumps(document(glimpse)))
        sys.stdout.flush()


def _print_lines(seen: Iterator[Glimpse]) -> None:
    """One line a second; on a terminal each takes the place of the one before."""
    is_terminal = sys.stdout.isatty()
    due_s = time.monotonic()
    try:
        for glimpse in seen:
            if time.monotonic() < due_s:
                continue
            due_s = time.monotonic() + _LINE_EVERY_S
            line = f"{glimpse.lost or glimpse.verdict.sentence}. {glimpse.verdict.advice}"
            width = shutil.get_terminal_size().columns
            click.echo(f"\r\x1b[K{line[: width - 1]}" if is_terminal else line, nl=not is_terminal)
            sys.stdout.flush()
    finally:
        if is_terminal:
            click.echo()
