"""``bartack drivers``, ``monitor`` and ``decode``: what can be plugged in, and what it reads."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bartack.cli.common import FAILED, INTERRUPTED, NO_DEVICE, USAGE, fail, json_option

if TYPE_CHECKING:
    from bartack_drivers.base import Counters, Read
    from bartack_drivers.driver import Driver


@click.command()
@click.argument("name", required=False)
@click.option("--markdown", "as_markdown", is_flag=True, help="The table of the documentation.")
@json_option
def drivers(name: str | None, as_markdown: bool, as_json: bool) -> None:
    """List every driver: what it reads, how well it is proven. With a NAME: its options."""
    from bartack_drivers.base import OptionError
    from bartack_drivers.catalogue import by_medium, markdown
    from bartack_drivers.registry import DRIVERS, find_driver

    try:
        rows = [find_driver(name)] if name else list(DRIVERS.values())
    except OptionError as error:
        fail(USAGE, str(error))
    if as_json:
        click.echo(json.dumps([_described(driver) for driver in rows], indent=2))
    elif as_markdown:
        click.echo(markdown(rows))
    elif name:
        click.echo(_options_text(rows[0]))
    else:
        click.echo(by_medium(rows))
        click.echo("\noptions of a driver: bartack drivers NAME", err=True)


def _described(driver: Driver) -> dict[str, Any]:
    return {
        "name": driver.name,
        "title": driver.title,
        "media": list(driver.media),
        "link": driver.link,
        "proof": driver.proof,
        "evidence": driver.evidence,
        "extra": driver.extra,
        "options": [
            {
                "name": option.name,
                "kind": option.kind,
                "default": option.default,
                "choices": list(option.choices),
                "help": option.help,
            }
            for option in driver.options
        ],
    }


def _options_text(driver: Driver) -> str:
    lines = [
        f"{driver.name}  ({driver.link}; {', '.join(driver.media)})",
        f"  {driver.title}",
        f"  proven by {driver.proof}: {driver.evidence}",
    ]
    for option in driver.options:
        choices = f" ({', '.join(option.choices)})" if option.choices else ""
        lines.append(f"  {option.name} = {json.dumps(option.default)}  {option.help}{choices}")
    return "\n".join(lines)


@click.command()
@click.option("--driver", "name", required=True, help="As listed by `bartack drivers`.")
@click.option("--port", required=True, help="Serial port, camera path or MJPEG address.")
@click.option("--option", "pairs", multiple=True, metavar="K=V", help="An option of the driver.")
@click.option("--for", "for_s", type=float, help="Stop after this many seconds.")
@json_option
def monitor(name: str, port: str, pairs: Sequence[str], for_s: float | None, as_json: bool) -> None:
    """Show what one device reads, live. No ledger, no debouncing."""
    from bartack_drivers.registry import open_source
    from bartack_drivers.runner import run as run_reader

    driver, options = driver_and_options(name, pairs)
    stop = stop_after(for_s)
    shown = Monitor(driver.name, stop, as_json=as_json)
    try:
        run_reader(lambda: open_source(name, port, options), shown, stop)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        click.echo(shown.summary(), err=True)
    sys.exit(0 if shown.opened else NO_DEVICE)


def driver_and_options(
    name: str, pairs: Sequence[str], before: Mapping[str, object] | None = None
) -> tuple[Driver, dict[str, object]]:
    """The driver and its complete options, or the end of the command with every mistake.

    ``before``: options that those on the command line are put over.
    """
    from bartack_drivers.base import OptionError
    from bartack_drivers.registry import check_options, find_driver

    try:
        driver = find_driver(name)
    except OptionError as error:
        fail(USAGE, str(error))
    kinds = {option.name: option for option in driver.options}
    given: dict[str, object] = {}
    unread = []
    for key, text in _pairs(pairs).items():
        try:
            given[key] = kinds[key].parse(text) if key in kinds else text
        except OptionError as error:
            unread.append(error)
    options, mistakes = check_options(driver, {**(before or {}), **given})
    if unread or mistakes:
        fail(USAGE, "\n".join(str(mistake) for mistake in [*unread, *mistakes]))
    return driver, options


def stop_after(for_s: float | None) -> threading.Event:
    """An event that is set after so many seconds; never by itself where None."""
    stop = threading.Event()
    if for_s is not None:
        timer = threading.Timer(for_s, stop.set)
        timer.daemon = True
        timer.start()
    return stop


def show_read(driver: str, read: Read, *, as_json: bool, err: bool = False) -> None:
    """Print a read: as one JSON object, or its values."""
    seen: dict[str, Any] = {
        "driver": driver,
        "medium": read.medium,
        "value": read.value,
        "rssi_dbm": read.rssi_dbm,
        "rssi_raw": read.rssi_raw,
        "antenna": read.antenna,
        "symbology": read.symbology,
    }
    known = {key: value for key, value in seen.items() if value is not None}
    text = json.dumps(known) if as_json else "  ".join(json.dumps(it) for it in known.values())
    click.echo(text, err=err)


class Monitor:
    """Prints what a reader's runner tells it; gives up when the device never opened."""

    def __init__(
        self, driver: str, stop: threading.Event, *, as_json: bool = False, err: bool = False
    ) -> None:
        """``err``: reads are talk, and go to standard error."""
        self.opened = False
        self._driver = driver
        self._stop = stop
        self._as_json = as_json
        self._err = err
        self._counters: Counters | None = None

    def on_read(self, read: Read) -> None:
        show_read(self._driver, read, as_json=self._as_json, err=self._err)
        sys.stdout.flush()

    def on_up(self) -> None:
        self.opened = True
        click.echo("listening", err=True)

    def on_down(self, reason: str) -> None:
        click.echo(reason, err=True)
        if not self.opened:
            self._stop.set()

    def on_trouble(self, trouble: str) -> None:
        click.echo(trouble or "the reader answers now", err=True)

    def on_tick(self, counters: Counters | None) -> None:
        self._counters = counters or self._counters

    def summary(self) -> str:
        seen = self._counters
        if seen is None:
            return "nothing was heard"
        return (
            f"{seen.good_frames} good frames, {seen.bad_checksums} bad checksums,"
            f" {seen.discarded_bytes} bytes discarded"
        )


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--formats", default="code128,qr", show_default=True, help="all, or names by comma.")
@click.option("--stages", help="Stages of decoding, by comma; all where left out.")
@click.option("--times", is_flag=True, help="Say on stderr what each stage took.")
@json_option
def decode(
    images: Sequence[Path], formats: str, stages: str | None, times: bool, as_json: bool
) -> None:
    """Read the codes in pictures, as the camera would."""
    from bartack_drivers.base import DriverError, MissingExtra, OptionError
    from bartack_drivers.symbologies import expand_formats

    try:
        wanted = expand_formats(_names(formats))
        from bartack_drivers.camera.decoding.picture import load_gray
        from bartack_drivers.camera.decoding.pipeline import ALL, look
    except OptionError as error:
        fail(USAGE, f"--formats: {error.reason}")
    except MissingExtra as error:
        fail(NO_DEVICE, str(error))
    chosen = ALL if stages is None else _names(stages)
    if unknown := [name for name in chosen if name not in ALL]:
        fail(USAGE, f"--stages: {unknown[0]!r} is not one of {', '.join(ALL)}")
    failed = False
    for image in images:
        try:
            seen = look(load_gray(image), wanted, chosen)
        except DriverError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        for code in seen.codes:
            _print_code(image, code.text, code.symbology, as_json)
        if not seen.codes:
            _print_code(image, None, None, as_json)
        if times:
            spent = ", ".join(f"{it.stage} {it.spent_s * 1000:.1f} ms" for it in seen.spent)
            click.echo(f"{image}: {spent}", err=True)
    sys.exit(FAILED if failed else 0)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _print_code(image: Path, value: str | None, symbology: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": str(image), "value": value, "symbology": symbology}))
    elif value is None:
        click.echo(f"{image}: nothing read")
    else:
        click.echo(f"{image}: {symbology} {json.dumps(value)}")


def _pairs(pairs: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found:
            fail(USAGE, f"--option {pair}: write it as key=value")
        options[key] = value
    return options
