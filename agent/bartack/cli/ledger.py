"""``bartack ledger``: read and prove the station's ledger."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bartack.cli.common import NO_LEDGER, config_option, fail, json_option, station_of


@click.group()
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
        with LedgerReader(station_of(file).ledger.path) as reader:
            events = reader.tail(count)
    except LedgerError as error:
        fail(NO_LEDGER, str(error))
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
        with LedgerReader(station_of(file).ledger.path) as reader:
            checked, broken = reader.verify()
            signed = reader.signed_head()
    except LedgerError as error:
        fail(NO_LEDGER, str(error))
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
