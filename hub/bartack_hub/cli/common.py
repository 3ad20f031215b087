"""What the commands share: exit codes, options, the settings, the store, and how one fails.

Exit codes: 0 ok, 1 failed, 2 usage, 3 configuration or reference data, 6 store, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

if TYPE_CHECKING:
    from bartack.settings import Mistake
    from bartack_hub.config import HubFile
    from bartack_hub.store import StoreReader

FAILED: Final = 1
CONFIGURATION: Final = 3
STORE: Final = 6
MISTAKES_SHOWN: Final = 1000

config_option = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=Path("/etc/bartack/hub.toml"),
    show_default=True,
    help="The hub's settings file.",
)


def load(file: Path) -> HubFile:
    """Read the hub's settings file, or end the command with every mistake in it."""
    from bartack.settings import SettingsError
    from bartack_hub.config import load_hub

    try:
        return load_hub(file)
    except SettingsError as error:
        fail_with(error.mistakes)


@contextmanager
def reader_of(hub: HubFile, file: Path) -> Iterator[StoreReader]:
    """The store of ``hub``, whose settings file is ``file``, for reading beside a running hub."""
    from bartack_hub.store import StoreReader, open_for_reading

    with store_errors(), closing(open_for_reading(hub.store.path(file.parent))) as connection:
        yield StoreReader(connection)


@contextmanager
def store_errors() -> Iterator[None]:
    """What the store raises ends the command."""
    from bartack_hub.store import StoreError

    try:
        yield
    except StoreError as error:
        fail(str(error), STORE)


def fail_with(mistakes: Sequence[Mistake], outcome: str = "") -> NoReturn:
    """End the command with the mistakes of a file, and what came of it."""
    for mistake in mistakes[:MISTAKES_SHOWN]:
        click.echo(str(mistake), err=True)
    if len(mistakes) > MISTAKES_SHOWN:
        click.echo(f"… and {len(mistakes) - MISTAKES_SHOWN} more", err=True)
    if outcome:
        click.echo(f"{len(mistakes)} mistakes; {outcome}", err=True)
    sys.exit(CONFIGURATION)


def fail(what: str, code: int) -> NoReturn:
    """End the command with the reason and an exit code."""
    click.echo(what, err=True)
    sys.exit(code)
