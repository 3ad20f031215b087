"""The ``bartack-hub`` command. This package alone prints; what is heavy is imported when used.

Data goes to standard output, talk to standard error. Exit codes: see ``common``.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bartack_hub.cli.common import (
    CONFIGURATION,
    FAILED,
    STORE,
    config_option,
    fail,
    fail_with,
    load,
    reader_of,
    store_errors,
)
from bartack_hub.cli.tickets import tickets

if TYPE_CHECKING:
    from bartack.settings import Mistake
    from bartack_hub.config import HubFile
    from bartack_hub.reference import Source, Tables
    from bartack_hub.store import LogState, StoreReader


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bartack", prog_name="bartack-hub")
def main() -> None:
    """The centre of a site: collects what the stations count, and shows it."""
    # Ctrl-C ends a command at once, which a shell sees as 130; ``run`` stops in order instead.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@main.command()
@config_option
def run(file: Path) -> None:
    """Run the collector and the dashboard."""
    from bartack_hub.compose import HubError, run_hub

    hub = load(file)
    with store_errors():
        try:
            run_hub(hub, file)
        except HubError as error:
            fail(str(error), CONFIGURATION if error.configuration else FAILED)


@main.command(name="import")
@config_option
@click.argument("folder", type=click.Path(path_type=Path))
def import_(file: Path, folder: Path) -> None:
    """Take reference data from the CSV files in FOLDER.

    operators.csv, operations.csv and bundles.csv must be there; rates.csv, skills.csv,
    reasons.csv, faults.csv, curves.csv, guarantees.csv and shifts.csv may be, and without its file
    a table is emptied. All or nothing: with a mistake in any of them, nothing changes. A running
    hub hands new data to the stations by itself.
    """
    from bartack_hub.clock import utc_now
    from bartack_hub.reference import OPTIONAL_COLUMNS, read_tables
    from bartack_hub.store import Store

    hub = load(file)
    tables, mistakes = read_tables(_sources(folder), hub.lines)
    if mistakes:
        fail_with(mistakes, "nothing was imported")
    with store_errors(), closing(Store(hub.store.path(file.parent), hub.site)) as store:
        gone = [name for name in store.read.reference_versions() if name in OPTIONAL_COLUMNS]
        emptied: Tables = {name: () for name in gone if name not in tables}
        whole = {**tables, **emptied}
        for done in store.import_reference(whole, utc_now()):
            changed = "changed" if done.changed else "not changed"
            click.echo(f"{done.name:<10} {done.rows:>7} rows  version {done.version}  {changed}")


@main.command()
@config_option
@click.option("--format", type=click.Choice(["jsonl"]), required=True, expose_value=False)
@click.option("--type", "type_", help="Only events of this type, such as work.done.")
def export(file: Path, type_: str | None) -> None:
    """Write every committed event in its canonical form, one a line."""
    hub = load(file)
    with reader_of(hub, file) as reader:
        out = sys.stdout.buffer
        try:
            for body in reader.canonical_events(type_):
                out.write(body.encode() + b"\n")
            out.flush()
        except BrokenPipeError:
            # Whoever read it has enough; Python must not fail again when it closes stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(FAILED)


@main.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def status(file: Path, as_json: bool) -> None:
    """Show what is committed of every station, and what was set aside."""
    hub = load(file)
    with reader_of(hub, file) as reader:
        document = _status_document(hub, reader)
    if as_json:
        click.echo(json.dumps(document))
        return
    for line in _status_lines(document):
        click.echo(line)


@main.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def verify(file: Path, as_json: bool) -> None:
    """Check every event of every station, and name the first that does not hold."""
    from bartack_hub.proof import prove

    hub = load(file)
    with reader_of(hub, file) as reader:
        proof = prove(reader.chains(), reader.trusted_keys(), reader.contradictions())
    if as_json:
        document = asdict(proof) | {"good": proof.good}
        click.echo(json.dumps(document))
    else:
        for finding in proof.findings:
            click.echo(str(finding), err=True)
        verdict = "good" if proof.good else "NOT GOOD"
        tail = f"; {proof.unsigned} are newer than their station's last signature"
        click.echo(
            f"{verdict}: {proof.events} events of {proof.logs} logs hold"
            + (tail if proof.unsigned else "")
        )
    sys.exit(0 if proof.good else STORE)


@main.command()
@config_option
@click.argument("station")
@click.argument("key")
def trust(file: Path, station: str, key: str) -> None:
    """Vouch for a station's new public KEY, after seeing it at the station itself."""
    from bartack_hub.clock import utc_now
    from bartack_hub.store import Store

    if not re.fullmatch(r"[0-9a-f]{64}", key):
        fail(f"{key}: a public key is 64 hex digits, as bartack ledger verify shows it", 2)
    hub = load(file)
    with store_errors(), closing(Store(hub.store.path(file.parent), hub.site)) as store:
        store.trust(station, key, utc_now())


main.add_command(tickets)


@main.group()
def config() -> None:
    """Check settings files."""


@config.command(name="check")
@click.argument("file", type=click.Path(path_type=Path))
def config_check(file: Path) -> None:
    """Report every mistake of a hub's settings FILE."""
    hub = load(file)
    lines = ", ".join(sorted(hub.lines))
    click.echo(f"{file}: ok: site {hub.site}, lines {lines}")


def _sources(folder: Path) -> dict[str, Source]:
    """The files of an import, or every reason why they cannot be read."""
    from bartack.settings import Mistake
    from bartack_hub.reference import COLUMNS, FILE_MAX_BYTES, OPTIONAL_COLUMNS, Source

    sources: dict[str, Source] = {}
    mistakes: list[Mistake] = []
    for table in (*COLUMNS, *OPTIONAL_COLUMNS):
        file = folder / f"{table}.csv"
        try:
            with file.open("rb") as stream:
                sources[table] = Source(file, stream.read(FILE_MAX_BYTES + 1))
        except FileNotFoundError as error:
            if table in COLUMNS:
                mistakes.append(Mistake(file, None, "", f"cannot read: {error.strerror}"))
        except OSError as error:
            mistakes.append(Mistake(file, None, "", f"cannot read: {error.strerror}"))
    if mistakes:
        fail_with(mistakes, "nothing was imported")
    read = {source.file.name for source in sources.values()}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() == ".csv" and file.name not in read:
            click.echo(f"{file}: not read; no table has this name", err=True)
    return sources


def _status_document(hub: HubFile, reader: StoreReader) -> dict[str, object]:
    return {
        "site": hub.site,
        "logs": [_log_document(state) for state in reader.logs()],
        "stations": [
            {
                "line": report.line,
                "station": report.station,
                "received_at": report.received_at.isoformat(),
                "status": dict(report.document),
            }
            for report in reader.reports()
        ],
        "reference": reader.reference_versions(),
        "set_aside": {"counts": reader.set_aside_counts(), "kept": reader.set_aside()},
    }


def _log_document(state: LogState) -> dict[str, object]:
    return {
        "log": state.log,
        "line": state.line,
        "station": state.station,
        "through": state.through,
        "highest": state.highest,
        "events": state.events,
        "waiting": state.waiting,
        "missing": state.missing,
        "first_seen": state.first_seen,
        "last_seen": state.last_seen,
    }


def _status_lines(document: dict[str, object]) -> Iterator[str]:
    logs, stations, set_aside = document["logs"], document["stations"], document["set_aside"]
    if not isinstance(logs, list) or not isinstance(stations, list):
        raise TypeError("logs and stations are lists")
    online = {
        (item["line"], item["station"]): "online" if item["status"]["online"] else "offline"
        for item in stations
    }
    yield f"site {document['site']}"
    for item in stations:
        for alarm in item["status"].get("alarms", []):
            yield f"{item['line']} {item['station']:<10} ALARM {alarm}"
    for log in logs:
        where = (log["line"], log["station"])
        gap = f", {log['missing']} are missing" if log["missing"] else ""
        gap += f", {log['waiting']} more wait behind a gap" if log["waiting"] else ""
        yield (
            f"{where[0]} {where[1]:<10} {online.pop(where, 'never heard'):<11} "
            f"log {log['log'][:8]}  committed through {log['through']}{gap}, "
            f"last at {log['last_seen']}"
        )
    for (line, station), state in sorted(online.items()):
        yield f"{line} {station:<10} {state:<11} no events yet"
    counts = set_aside["counts"] if isinstance(set_aside, dict) else {}
    for kind, times in counts.items():
        yield f"set aside: {kind} {times} times; --json shows them"
