"""The ``bartack`` command. The only module that prints; what is heavy is imported when used.

Data goes to standard output, talk to standard error. Exit codes: 0 ok, 1 failed, 2 usage,
3 configuration, 4 device, 5 broker, 6 ledger, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

if TYPE_CHECKING:
    from bartack.config import StationFile
    from bartack_drivers.base import Counters, Read

FAILED: Final = 1
BAD_CONFIGURATION: Final = 3
NO_DEVICE: Final = 4
NO_LEDGER: Final = 6
STATION_FILE: Final = Path("/etc/bartack/station.toml")

config_option = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=STATION_FILE,
    show_default=True,
    help="The station file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


@click.group()
@click.version_option(package_name="bartack")
def main() -> None:
    """Bartack: the agent of one sewing station."""


@main.command()
@config_option
def run(file: Path) -> None:
    """Run the agent until it is asked to end."""
    config = _station(file)
    from bartack.compose import run_station
    from bartack.keys import KeyFileError
    from bartack.ledger import LedgerError
    from bartack.service import configure_logging

    configure_logging()
    try:
        code = run_station(config)
    except (LedgerError, KeyFileError) as error:
        _fail(NO_LEDGER, str(error))
    except OSError as error:
        _fail(FAILED, f"{file}: cannot start: {error}")
    sys.exit(code)


@main.group("config")
def config_group() -> None:
    """Look at a station file."""


@config_group.command("check")
@click.argument("file", type=click.Path(path_type=Path), default=STATION_FILE)
def config_check(file: Path) -> None:
    """Report every mistake in a station file, each with its line."""
    config = _station(file)
    click.echo(f"{file}: good: station {config.station} on line {config.line}", err=True)


@config_group.command("show")
@click.argument("file", type=click.Path(path_type=Path), default=STATION_FILE)
def config_show(file: Path) -> None:
    """Print what a station file means, defaults filled in. Secrets never stand in it."""
    click.echo(_station(file).model_dump_json(indent=2))


@config_group.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of station files."""
    from bartack.config import StationFile

    click.echo(json.dumps(StationFile.model_json_schema(), indent=2))


@main.command()
@json_option
def drivers(as_json: bool) -> None:
    """List every driver: what it reads, its options, how well it is proven."""
    from bartack_drivers.registry import DRIVERS

    rows = [
        {
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
        for driver in DRIVERS.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for driver in DRIVERS.values():
        click.echo(f"{driver.name}  ({driver.link}; {', '.join(driver.media)})")
        click.echo(f"  {driver.title}\n  proven by {driver.proof}: {driver.evidence}")
        for option in driver.options:
            default = json.dumps(option.default)
            click.echo(f"  {option.name} = {default}  {option.help}")
        click.echo()


@main.command()
@click.option("--driver", "name", required=True, help="As listed by `bartack drivers`.")
@click.option("--port", required=True, help="Serial port, camera path or MJPEG address.")
@click.option("--option", "pairs", multiple=True, metavar="K=V", help="An option of the driver.")
@click.option("--for", "for_s", type=float, help="Stop after this many seconds.")
@json_option
def monitor(name: str, port: str, pairs: Sequence[str], for_s: float | None, as_json: bool) -> None:
    """Show what one device reads, live. No ledger, no debouncing."""
    from bartack_drivers.base import OptionError
    from bartack_drivers.registry import check_options, find_driver, open_source
    from bartack_drivers.runner import run as run_reader

    try:
        driver = find_driver(name)
        kinds = {option.name: option for option in driver.options}
        given = {
            key: kinds[key].parse(text) if key in kinds else text
            for key, text in _pairs(pairs).items()
        }
        options, mistakes = check_options(driver, given)
    except OptionError as error:
        _fail(2, str(error))
    if mistakes:
        _fail(2, "\n".join(str(mistake) for mistake in mistakes))
    stop = threading.Event()
    if for_s is not None:
        timer = threading.Timer(for_s, stop.set)
        timer.daemon = True
        timer.start()
    shown = _Monitor(name, as_json, stop)
    try:
        run_reader(lambda: open_source(name, port, options), shown, stop)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        click.echo(shown.summary(), err=True)
    sys.exit(0 if shown.opened else NO_DEVICE)


class _Monitor:
    """Prints what a reader's runner tells it; gives up when the device never opened."""

    def __init__(self, driver: str, as_json: bool, stop: threading.Event) -> None:
        self.opened = False
        self._driver = driver
        self._as_json = as_json
        self._stop = stop
        self._counters: Counters | None = None

    def on_read(self, read: Read) -> None:
        seen: dict[str, Any] = {
            "driver": self._driver,
            "medium": read.medium,
            "value": read.value,
            "rssi_dbm": read.rssi_dbm,
            "rssi_raw": read.rssi_raw,
            "antenna": read.antenna,
            "symbology": read.symbology,
        }
        known = {key: value for key, value in seen.items() if value is not None}
        if self._as_json:
            click.echo(json.dumps(known))
        else:
            click.echo("  ".join(json.dumps(item) for item in known.values()))
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


@main.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--formats", default="code128,qr", show_default=True, help="all, or names by comma.")
@json_option
def decode(images: Sequence[Path], formats: str, as_json: bool) -> None:
    """Read the codes in pictures, as the camera would."""
    from bartack_drivers.base import DriverError, MissingExtra, OptionError
    from bartack_drivers.symbologies import expand_formats

    try:
        wanted = expand_formats([part.strip() for part in formats.split(",")])
        from bartack_drivers.camera.decode import decode_image, load_gray
    except OptionError as error:
        _fail(2, f"--formats: {error.reason}")
    except MissingExtra as error:
        _fail(NO_DEVICE, str(error))
    failed = False
    for image in images:
        try:
            found = decode_image(load_gray(image), wanted, now_s=0.0)
        except DriverError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        for code in found:
            _print_code(image, code.value, code.symbology, as_json)
        if not found:
            _print_code(image, None, None, as_json)
    sys.exit(FAILED if failed else 0)


def _print_code(image: Path, value: str | None, symbology: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": str(image), "value": value, "symbology": symbology}))
    elif value is None:
        click.echo(f"{image}: nothing read")
    else:
        click.echo(f"{image}: {symbology} {json.dumps(value)}")


@main.command()
@config_option
@json_option
def status(file: Path, as_json: bool) -> None:
    """Ask the running agent how it is."""
    from bartack.status import NotRunningError, ask

    try:
        answer = ask(_station(file).status.socket)
    except NotRunningError as error:
        _fail(FAILED, str(error))
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo(_status_text(answer))


def _status_text(answer: dict[str, Any]) -> str:
    broker = answer["broker"]
    lines = [
        f"station   {answer['site']}/{answer['line']}/{answer['station']}",
        f"operator  {answer['operator'] or '-'}",
        f"ledger    {answer['head']} events, {answer['backlog']} not yet at the hub"
        f" (oldest {answer['oldest_unsent_s']} s)",
        f"broker    {'connected' if broker['connected'] else broker['detail']}",
        f"clock     {answer['clock']}, {answer['at']}",
        f"disk      {answer['disk']['free_mb']} MB free for the ledger, {_lasts(answer['disk'])}",
    ]
    for reader in answer["readers"]:
        detail = f": {reader['detail']}" if reader["detail"] else ""
        lines.append(f"reader    {reader['name']} ({reader['driver']}) {reader['state']}{detail}")
    lines += [f"ALARM     {alarm}" for alarm in answer["alarms"]]
    return "\n".join(lines)


def _lasts(disk: dict[str, Any]) -> str:
    hours = disk["hours_left"]
    return "how long that lasts is not known yet" if hours is None else f"enough for {hours} h"


@main.group()
def ledger() -> None:
    """Look into the station's ledger."""


@ledger.command("tail")
@config_option
@click.option("-n", "count", type=click.IntRange(1, 100_000), default=10, show_default=True)
@json_option
def ledger_tail(file: Path, count: int, as_json: bool) -> None:
    """Print the last events, oldest first."""
    from bartack.ledger import LedgerError, LedgerReader

    try:
        with LedgerReader(_station(file).ledger.path) as reader:
            events = reader.tail(count)
    except LedgerError as error:
        _fail(NO_LEDGER, str(error))
    for event in events:
        if as_json:
            click.echo(event.body)
        else:
            fields = " ".join(f"{key}={value}" for key, value in event.fields.items() if value)
            click.echo(f"{event.seq:>8}  {event.at}  {event.type:<16} {json.dumps(fields)[1:-1]}")


@ledger.command("verify")
@config_option
@click.option("--key", help="The station's public key, as the hub or a paper slip has it.")
@json_option
def ledger_verify(file: Path, key: str | None, as_json: bool) -> None:
    """Check every hash and link of the ledger, and that the station signed its end."""
    from bartack.ledger import LedgerError, LedgerReader

    try:
        with LedgerReader(_station(file).ledger.path) as reader:
            checked, broken = reader.verify()
            signed = reader.signed_head()
    except LedgerError as error:
        _fail(NO_LEDGER, str(error))
    signer = signed.key if signed else None
    if broken is None and key is not None and key.lower() != signer:
        broken = f"signed by key {signer}, not by {key.lower()}"
    if as_json:
        row = {"checked": checked, "good": broken is None, "broken": broken, "key": signer}
        click.echo(json.dumps(row))
    elif broken is None:
        click.echo(f"good: {checked} events, every hash and link holds; signed by key {signer}")
    else:
        click.echo(f"BROKEN after {checked} good events: {broken}", err=True)
    sys.exit(0 if broken is None else NO_LEDGER)


def _station(file: Path) -> StationFile:
    from bartack.config import load_station
    from bartack.settings import SettingsError

    try:
        return load_station(file)
    except SettingsError as error:
        _fail(BAD_CONFIGURATION, str(error))


def _pairs(pairs: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found:
            _fail(2, f"--option {pair}: write it as key=value")
        options[key] = value
    return options


def _fail(code: int, text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(code)
