"""The list of supported readers, for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from bartack_drivers.base import Medium
from bartack_drivers.driver import Driver

MEDIA: Final = MappingProxyType[Medium, str](
    {
        "em4100": "125 kHz badges (EM4100)",
        "iso14443": "13.56 MHz cards (ISO 14443)",
        "epc": "UHF tags (EPC Gen2)",
        "barcode": "bar codes and QR codes",
    }
)
"""What is read, in words."""

_HEADS: Final = ("Driver", "Reads with", "Medium", "Link", "Proven by", "Page")


def by_medium(drivers: Iterable[Driver]) -> str:
    """One table for each medium; a driver of several media stands in each."""
    rows = list(drivers)
    width = max(len(driver.name) for driver in rows)
    proof_width = max(len(driver.proof) for driver in rows)
    tables = []
    for medium, words in MEDIA.items():
        lines = [
            f"  {it.name:<{width}}  {it.link:<7}  {it.proof:<{proof_width}}  {it.title}"
            for it in rows
            if medium in it.media
        ]
        if lines:
            tables.append("\n".join([words, *lines]))
    return "\n\n".join(tables)


def markdown(drivers: Iterable[Driver]) -> str:
    """The table of the documentation, a row for each driver, ordered by medium."""
    order = list(MEDIA)
    rows = sorted(drivers, key=lambda driver: (order.index(driver.media[0]), driver.name))
    lines = [_row(_HEADS), _row(["---"] * len(_HEADS))]
    lines += [
        _row(
            [
                f"`{driver.name}`",
                driver.title,
                ", ".join(MEDIA[medium] for medium in driver.media),
                driver.link,
                f"{driver.proof}: {driver.evidence}",
                f"[{driver.name}]({driver.name}.md)",
            ]
        )
        for driver in rows
    ]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
