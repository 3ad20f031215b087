"""Command cards: what is printed, and that stations know each of them again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.identify import COMMAND_CARDS, Scan, identify
from bartack.station.calls import KINDS
from bartack.station.corrections import REASONS
from bartack.station.quality import OWNERS as STATION_OWNERS
from bartack.wire import Row
from bartack_drivers.base import Read
from bartack_hub.tickets.cards import (
    CORRECTIONS,
    HELPERS,
    OWNERS,
    SUBJECTS,
    TABLES,
    Pieces,
    Unprintable,
    card_labels,
)
from bartack_hub.tickets.document import write_pdf
from bartack_hub.tickets.labels import Label
from bartack_hub.tickets.letters import Letters
from bartack_hub.tickets.settings import TicketsFile
from bartack_hub.tickets.symbols import QR_QUIET, qr
from unit.hub.printed import cut, masked, pages, read

FLOOR: dict[str, list[Row]] = {
    "faults": [{"code": "F01", "name": "Skipped stitch"}, {"code": "F02", "name": "Stain"}],
    "reasons": [{"code": "NF", "name": "No feeding"}, {"code": "line_setting", "name": ""}],
    "operations": [
        {"operation": "OP310", "name": "Shoulder join"},
        {"operation": "OP310", "name": "Shoulder join"},
        {"operation": "OP320", "name": "Collar"},
        {"operation": "OP320", "name": "Collar attach"},
    ],
}


def scan(text: str) -> Scan:
    """What a station without any pattern of its own takes a label for."""
    return identify("scanner", "bundle", Read("barcode", text, 0.0), [COMMAND_CARDS])


def meant(name: str) -> tuple[str, str]:
    """Command and argument of a card's name without its check character, told by hand."""
    known = {"off-start", "off-end", "help-answer", "sign-out"}
    words = name.removeprefix("CMD-").split("-")
    two = "-".join(words[:2]).lower()
    taken = 2 if two in known else 1
    return two if taken == 2 else words[0].lower(), "-".join(words[taken:])


def every_card() -> list[Label]:
    return list(card_labels(SUBJECTS, Pieces(1, 2), FLOOR))


def test_stations_and_hub_know_the_same_commands() -> None:
    """Every command that a station's pattern knows has a card, and every card is such a command."""
    pattern = COMMAND_CARDS.pattern.pattern
    known = re.search(r"\(\?P<command>([^)]*)\)", pattern)
    assert known
    printed = {meant(label.name)[0] for label in every_card()}
    assert printed == {name.lower() for name in known[1].split("|")}


def test_values_on_cards_are_those_of_the_station() -> None:
    """Owners of faults, helpers and reasons of corrections are spelt as the rules spell them."""
    assert (tuple(OWNERS), HELPERS, tuple(CORRECTIONS)) == (STATION_OWNERS, KINDS, REASONS)
    assert set(TABLES) <= set(SUBJECTS)


def test_every_printed_card_is_read_as_its_command() -> None:
    """From the picture of a page the bars alone and the QR code alone say command and argument."""
    size, labels = TicketsFile().for_cards, every_card()
    printed = pages(write_pdf(labels, size, Letters()))
    places = len(size.places_mm)
    for at, label in enumerate(labels):
        picture = cut(printed[at // places], size, at % places)
        qr_mm = (qr(label.text).width + 2 * QR_QUIET) * size.qr_module_mm
        for kind in ("code128", "qr"):
            ((found, text),) = read(masked(picture, kind, qr_mm))
            it = scan(text)
            command, argument = meant(label.name)
            assert (found, it.kind) == (kind, "command"), label.name
            assert (it.command, it.argument) == (command, argument)


@given(st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True))
def test_whatever_code_a_table_has_the_station_gets_it_back(code: str) -> None:
    """A fault, reason or operation of any id is read from its card letter by letter."""
    tables: dict[str, list[Row]] = {
        "faults": [{"code": code, "name": ""}],
        "reasons": [{"code": code, "name": ""}],
        "operations": [{"operation": code, "name": ""}],
    }
    found = [scan(it.text) for it in card_labels(TABLES, Pieces(), tables)]
    named = {it.command: it.argument for it in found if it.command in TAKEN}
    owners = set(OWNERS)
    assert {it.argument for it in found if it.command == "owner"} == owners
    assert named == dict.fromkeys(TAKEN, code)


TAKEN = ("fault", "reason", "operation")


@pytest.mark.parametrize("code", ["", "F 01", "F01;", "Fäden", "F" * 33, "F01\n"])
def test_a_code_that_no_card_can_carry_is_told(code: str) -> None:
    """The card and the code are named, with what to do."""
    with pytest.raises(Unprintable, match=r"card CMD-FAULT: .* change it in the reference data"):
        list(card_labels(["quality"], Pieces(), {"faults": [{"code": code, "name": "x"}]}))


def test_an_operation_of_several_styles_is_one_card() -> None:
    """It bears its name where all styles agree on it, and its id alone where they do not."""
    labels = list(card_labels(["operations"], Pieces(), FLOOR))
    assert [label.lines[0][0].value for label in labels] == ["OP310: Shoulder join", "OP320"]


def test_cards_are_grouped_and_say_their_subject() -> None:
    """Subjects come in their order, each card names its own, and one alone can be had."""
    shown = [label.lines[2][0].value for label in every_card()]
    assert list(dict.fromkeys(shown)) == list(SUBJECTS)
    assert shown == sorted(shown, key=list(SUBJECTS).index)
    only = card_labels(["pieces"], Pieces(3, 5), {})
    assert [meant(label.name) for label in only] == [("pieces", str(it)) for it in (3, 4, 5)]


@pytest.mark.parametrize("page", ["A4", "letter"])
def test_a_card_takes_a_whole_row_of_the_sheet(page: str) -> None:
    """Cards lie where the rows of labels lie, so that the same cutter serves."""
    columns = 2 if page == "A4" else 1
    size = TicketsFile.model_validate({"page": page, "columns": columns, "rows": 6})
    cards = size.for_cards
    assert [top for _, top in cards.places_mm] == sorted({top for _, top in size.places_mm})
    last_left, _ = size.places_mm[-1]
    (left, _), *_ = cards.places_mm
    assert left + cards.width_mm == pytest.approx(last_left + size.width_mm)


def test_a_label_printer_keeps_its_label() -> None:
    """Where every label is a page there is no row to take."""
    size = TicketsFile(page="label", width_mm=60)
    assert size.for_cards == size
