"""What the commands share: exit codes, options, and how a command fails.

Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration, 4 device, 5 broker, 6 ledger,
130 interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

if TYPE_CHECKING:
    from bartack.config import StationFile

FAILED: Final = 1
USAGE: Final = 2
BAD_CONFIGURATION: Final = 3
NO_DEVICE: Final = 4
NO_LEDGER: Final = 6
INTERRUPTED: Final = 130
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


def station_of(file: Path) -> StationFile:
    """Read a station file, or end the command with every mistake in it."""
    from bartack.config import load_station
    from bartack.settings import SettingsError

    try:
        return load_station(file)
    except SettingsError as error:
        fail(BAD_CONFIGURATION, str(error))


def fail(code: int, text: str) -> NoReturn:
    """End the command with an exit code and the reason."""
    click.echo(text, err=True)
    sys.exit(code)
