"""Printed labels are read back: bars alone and QR code alone, from the picture of a page."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.wire import with_check_character
from bartack_hub.tickets.document import Misfits, write_pdf
from bartack_hub.tickets.labels import Label, ticket
from bartack_hub.tickets.letters import Letters
from bartack_hub.tickets.settings import TicketsFile
from bartack_hub.tickets.symbols import QR_QUIET, qr
from installed import Require
from unit.hub.printed import cut, label, masked, pages, read

BIG = TicketsFile(width_mm=160, height_mm=50, page="label")


def qr_mm(text: str, size: TicketsFile) -> float:
    return (qr(text).width + 2 * QR_QUIET) * size.qr_module_mm


def assert_reads(labels: list[Label], size: TicketsFile) -> None:
    """Of every label the bars alone and the QR code alone are read, and nothing else."""
    places = len(size.places_mm)
    printed = pages(write_pdf(labels, size, Letters()))
    assert len(printed) == -(-len(labels) // places)
    for at, one in enumerate(labels):
        picture = cut(printed[at // places], size, at % places)
        for kind in ("code128", "qr"):
            alone = masked(picture, kind, qr_mm(one.text, size))
            assert read(alone) == [(kind, one.text)], one.name


def tickets(count: int) -> list[Label]:
    names = (f"B{number:06d}" for number in range(990, 990 + count))
    common = {"order": "PO-88121", "style": "PL-2207", "size": "XXL", "colour": "Bottle green"}
    step = {"operation": "OP310", "name": "Shoulder join"}
    return [ticket({"bundle": name, "pieces": "12", **common}, step) for name in names]


def test_every_ticket_of_a_sheet_is_read() -> None:
    """At two pixels a bar all tickets of two default sheets are read, each in both its codes."""
    assert_reads(tickets(16), TicketsFile())


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[A-Za-z0-9!-:<-~]{1,18}", fullmatch=True))
def test_any_text_that_can_be_registered_is_read(text: str) -> None:
    """Whatever printable text a badge has, both codes say it, and the check character with it."""
    assert_reads([label(with_check_character(text), "Name")], BIG)


def test_the_same_labels_give_the_same_file() -> None:
    """Two prints are equal to the last byte, and no time of the day stands in them."""
    first, second = (write_pdf(tickets(3), TicketsFile(), Letters()) for _ in range(2))
    assert first == second
    dates = set(re.findall(rb"D:(\d{14})", first))
    assert dates <= {datetime(2000, 1, 1).strftime("%Y%m%d%H%M%S").encode()}  # noqa: DTZ001
    assert write_pdf(tickets(2), TicketsFile(), Letters()) != first


def test_names_in_other_scripts_are_drawn(require: Require) -> None:
    """A Bengali name leaves ink where it stands, and disturbs neither code."""
    name = "রহিমা বেগম"
    letters = Letters([require("Lohit Bengali")])
    size = TicketsFile(page="label")
    with_name, without = (
        pages(write_pdf([label("E1044-U", *values)], size, letters))[0] for values in ((name,), ())
    )
    assert (with_name[:40] < 128).sum() > 200
    assert (without[:30] < 128).sum() == 0
    assert read(masked(with_name, "code128", qr_mm("E1044-U", size))) == [("code128", "E1044-U")]
    assert read(masked(with_name, "qr", qr_mm("E1044-U", size))) == [("qr", "E1044-U")]


def test_all_misfits_are_told_and_nothing_is_printed() -> None:
    """Every label without room is named at once, and those that fit are not printed without it."""
    labels = [label("A" * 40), label("B1-X"), label("C1-X", "W" * 200)]
    with pytest.raises(Misfits) as caught:
        write_pdf(labels, TicketsFile(), Letters())
    assert [what.split(":")[0] for what in caught.value.whats] == [
        "label " + "A" * 40,
        "label C1-X",
    ]


def test_a_label_printer_gets_a_page_for_each_label() -> None:
    """With page = "label" pages have the label's size and number."""
    printed = pages(
        write_pdf(list(islice(tickets(9), 3)), TicketsFile(page="label"), Letters()), 72
    )
    assert [picture.shape for picture in printed] == [(108, 281)] * 3
