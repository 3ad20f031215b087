"""The ``bartack`` command. This package alone prints; what is heavy is imported when used.

Data goes to standard output, talk to standard error. Exit codes: see ``common``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bartack.cli.camera import camera
from bartack.cli.common import (
    FAILED,
    NO_LEDGER,
    STATION_FILE,
    config_option,
    fail,
    json_option,
    station_of,
)
from bartack.cli.detecting import detect
from bartack.cli.feedback import feedback
from bartack.cli.ledger import ledger
from bartack.cli.readers import decode, drivers, monitor
from bartack.cli.recordings import record, replay


@click.group()
@click.version_option(package_name="bartack")
def main() -> None:
    """Bartack: the agent of one sewing station."""


@main.command()
@config_option
def run(file: Path) -> None:
    """Run the agent until it is asked to end."""
    config = station_of(file)
    from bartack.compose import run_station
    from bartack.keys import KeyFileError
    from bartack.ledger import LedgerError
    from bartack.service import configure_logging

    configure_logging()
    try:
        code = run_station(config)
    except (LedgerError, KeyFileError) as error:
        fail(NO_LEDGER, str(error))
    except OSError as error:
        fail(FAILED, f"{file}: cannot start: {error}")
    sys.exit(code)


@main.group("config")
def config_group() -> None:
    """Look at a station file."""


@config_group.command("check")
@click.argument("file", type=click.Path(path_type=Path), default=STATION_FILE)
def config_check(file: Path) -> None:
    """Report every mistake in a station file, each with its line."""
    config = station_of(file)
    click.echo(f"{file}: good: station {config.station} on line {config.line}", err=True)


@config_group.command("show")
@click.argument("file", type=click.Path(path_type=Path), default=STATION_FILE)
def config_show(file: Path) -> None:
    """Print what a station file means, defaults filled in. Secrets never stand in it."""
    click.echo(station_of(file).model_dump_json(indent=2))


@config_group.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of station files."""
    from bartack.config import StationFile

    click.echo(json.dumps(StationFile.model_json_schema(), indent=2))


@main.command()
@config_option
@json_option
def status(file: Path, as_json: bool) -> None:
    """Ask the running agent how it is."""
    from bartack.status import NotRunningError, ask

    try:
        answer = ask(station_of(file).status.socket)
    except NotRunningError as error:
        fail(FAILED, str(error))
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
    tables = ", ".join(f"{name} {version}" for name, version in answer["reference"].items())
    lines.append(f"reference {tables or 'none from the hub yet'}")
    for reader in answer["readers"]:
        detail = f": {reader['detail']}" if reader["detail"] else ""
        lines.append(f"reader    {reader['name']} ({reader['driver']}) {reader['state']}{detail}")
    lines += [f"ALARM     {alarm}" for alarm in answer["alarms"]]
    return "\n".join(lines)


def _lasts(disk: dict[str, Any]) -> str:
    hours = disk["hours_left"]
    return "how long that lasts is not known yet" if hours is None else f"enough for {hours} h"


for command in (drivers, detect, monitor, decode, camera, record, replay, ledger, feedback):
    main.add_command(command)
