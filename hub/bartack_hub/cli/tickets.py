"""The commands that print labels: bundle tickets, badges, command cards, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from bartack_hub.cli.common import CONFIGURATION, FAILED, config_option, fail, load, reader_of

if TYPE_CHECKING:
    from bartack.wire import Row
    from bartack_hub.tickets.cards import Pieces
    from bartack_hub.tickets.labels import Label

MISFITS_SHOWN: Final = 20
LABELS_MAX: Final = 20_000
"""In one file: two minutes of work, and more sheets than a printer has."""

output_option = click.option(
    "--output",
    type=click.File("wb", lazy=True),
    required=True,
    help="The PDF to write; - is standard output.",
)


def _take_file(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file is not None:
        context.obj = file


config_again_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_take_file,
    expose_value=False,
    hidden=True,  # the other commands have it at their end, so people write it there
)


class PiecesRange(click.ParamType["Pieces"]):
    """Numbers of pieces such as 1-24, or one number."""

    name = "range"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> Pieces:
        from bartack_hub.tickets.cards import PIECES_MAX, Pieces

        found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", value)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 0 < first <= last <= PIECES_MAX:
            self.fail(f"{value!r}: write it like 1-30, from 1 to {PIECES_MAX}", param, context)
        return Pieces(first, last)


class Subject(click.ParamType[str]):
    """A subject of command cards. They are looked up when one is given: that takes a while."""

    name = "subject"

    def convert(
        self, value: str, param: click.Parameter | None, context: click.Context | None
    ) -> str:
        from bartack_hub.tickets.cards import SUBJECTS

        if value not in SUBJECTS:
            self.fail(f"{value!r}: one of {', '.join(SUBJECTS)}", param, context)
        return value


@click.group()
@config_option
@click.pass_context
def tickets(context: click.Context, file: Path) -> None:
    """Print labels as PDF, each with a QR code, a Code 128 and a check character.

    They are made from the reference data that was imported; [tickets] in the settings file says
    how large they are. See docs/tickets.md.
    """
    context.obj = file


@tickets.command()
@click.option("--order", "orders", multiple=True, help="Only bundles of this order; repeatable.")
@click.option("--from", "first", default="", help="The first bundle of a range.")
@click.option("--to", "last", default="", help="The last bundle of a range.")
@click.option(
    "--per",
    type=click.Choice(["bundle", "operation"]),
    default="bundle",
    show_default=True,
    help="One ticket a bundle, or one for each operation of its style.",
)
@output_option
@config_again_option
@click.pass_obj
def bundles(
    file: Path, orders: tuple[str, ...], first: str, last: str, per: str, output: IO[bytes]
) -> None:
    """Tickets of bundles: all of them, or those of an order or a range."""
    from bartack_hub.tickets.labels import Choice, NotFound, bundle_labels, chosen_bundles

    tables = _reference(file, "bundles", "operations")
    try:
        chosen = chosen_bundles(tables["bundles"], Choice(orders, first, last))
    except NotFound as error:
        fail(str(error), CONFIGURATION)
    operations = tables["operations"] if per == "operation" else None
    _print(file, bundle_labels(chosen, operations), output)


@tickets.command()
@click.option("--operator", "operators", multiple=True, help="Only this operator; repeatable.")
@output_option
@config_again_option
@click.pass_obj
def badges(file: Path, operators: tuple[str, ...], output: IO[bytes]) -> None:
    """Badges of operators, for each label text in their column badges.

    RFID numbers cannot be printed; operators who have nothing else are named.
    """
    from bartack_hub.tickets.labels import NotFound, badge_labels

    try:
        found = badge_labels(_reference(file, "operators")["operators"], operators)
    except NotFound as error:
        fail(str(error), CONFIGURATION)
    if found.unprintable:
        click.echo(
            f"operator {', '.join(found.unprintable)}: no badge to print, only RFID numbers or "
            "none; add a label text such as E1044 to badges in operators.csv",
            err=True,
        )
    if not found.labels:
        fail("nothing was printed", CONFIGURATION)
    _print(file, found.labels, output)


@tickets.command()
@click.option(
    "--only",
    "subjects",
    multiple=True,
    type=Subject(),
    help="Only cards of this subject; repeatable: work, pieces, quality, off-standard, help, "
    "operations, supervisor.",
)
@click.option(
    "--pieces",
    type=PiecesRange(),
    default="1-24",
    show_default=True,
    help="The numbers of pieces for which there is a card.",
)
@output_option
@config_again_option
@click.pass_obj
def cards(file: Path, subjects: tuple[str, ...], pieces: Pieces, output: IO[bytes]) -> None:
    """Command cards, by subject. A card takes a whole row of the sheet: print on plain card.

    Faults, reasons to be off standard and operations are those that were imported. What each card
    does: docs/work.md.
    """
    from bartack_hub.tickets.cards import SUBJECTS, TABLES, Unprintable, card_labels

    wanted = tuple(it for it in SUBJECTS if it in (subjects or SUBJECTS))
    tables = _optional(file, *(TABLES[it] for it in wanted if it in TABLES))
    try:
        labels = list(card_labels(wanted, pieces, tables))
    except Unprintable as error:
        fail(str(error), CONFIGURATION)
    if not labels:
        fail("nothing was printed; bartack-hub import first", CONFIGURATION)
    _print(file, labels, output, for_cards=True)


@tickets.command()
@config_again_option
@click.pass_obj
def pattern(file: Path) -> None:
    """Show the [[code]] tables with which stations read these labels, for the station file."""
    from bartack_hub.tickets.labels import badge_labels
    from bartack_hub.tickets.pattern import Ambiguous, badge_code, bundle_code

    tables = _reference(file, "bundles", "operations", "operators")
    printable = badge_labels(tables["operators"]).labels
    try:
        codes = [bundle_code(tables["bundles"], tables["operations"])]
        codes += [badge_code(printable)] if printable else []
    except Ambiguous as error:
        fail(str(error), CONFIGURATION)
    click.echo("\n".join(codes))
    click.echo("# Command cards need no table: stations know them without being told.")


def _reference(file: Path, *names: str) -> dict[str, tuple[Row, ...]]:
    """The rows of imported tables, or the end of the command if there are none."""
    tables = {}
    with reader_of(load(file), file) as reader:
        for name in names:
            table = reader.reference(name)
            if table is None:
                fail(f"{name}: nothing was imported yet; bartack-hub import first", CONFIGURATION)
            tables[name] = table.rows
    return tables


def _optional(file: Path, *names: str) -> dict[str, tuple[Row, ...]]:
    """The rows of tables that need not be there; what is missing is told."""
    if not names:
        return {}
    tables = {}
    with reader_of(load(file), file) as reader:
        for name in names:
            table = reader.reference(name)
            tables[name] = table.rows if table is not None else ()
            if not tables[name]:
                click.echo(f"{name}: no rows were imported, so there are no cards of it", err=True)
    return tables


def _print(
    file: Path, wanted: Iterable[Label], output: IO[bytes], *, for_cards: bool = False
) -> None:
    from bartack_hub.tickets.document import Misfits, write_pdf
    from bartack_hub.tickets.letters import FontError, Letters

    tickets_file = load(file).tickets
    settings = tickets_file.for_cards if for_cards else tickets_file
    labels = list(islice(wanted, LABELS_MAX + 1))
    if len(labels) > LABELS_MAX:
        fail(f"more than {LABELS_MAX} labels; choose an order, or a range of bundles", FAILED)
    try:
        pdf = write_pdf(labels, settings, Letters(settings.fonts))
    except FontError as error:
        fail(f"{file}: tickets.fonts: {error}", CONFIGURATION)
    except Misfits as error:
        for what in error.whats[:MISFITS_SHOWN]:
            click.echo(what, err=True)
        if (more := len(error.whats) - MISFITS_SHOWN) > 0:
            click.echo(f"… and {more} more", err=True)
        fail(
            f"{len(error.whats)} labels have no room or no letters; nothing was printed",
            CONFIGURATION,
        )
    try:
        output.write(pdf)
        output.flush()
    except OSError as error:
        fail(f"{output.name}: cannot write: {error.strerror}", FAILED)
    pages = -(-len(labels) // len(settings.places_mm))
    click.echo(
        f"{output.name}: labels {len(labels)}, pages {pages}; print at 100 %, not fitted",
        err=True,
    )
