"""The forms in which a read can be matched with a factory's patterns. Pure.

A UHF tag may hold a GS1 key, a barcode a GS1 element string; people know those by their readable
forms, so patterns may be written for either: ``urn:epc:id:giai:0614141.B000123`` and
``(01)00614141999996(10)B000123``. Everything else is matched as it was read.

The libraries for them take 25 MB and a second of a small computer, so they are loaded only where
they are needed: at the start if a pattern is written for such a form, else when one is first read.

Sources: GS1 EPC Tag Data Standard, GS1 General Specifications.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bartack_drivers.base import Read

EPC_SCHEMES: Final = ("sgtin", "grai", "giai")
GTIN_SYMBOLOGIES: Final = frozenset({"ean13", "ean8", "upca", "upce"})


def load_libraries(patterns: Iterable[str]) -> None:
    """Load what ``patterns`` will need, so that no scan has to wait for it."""
    written = "".join(patterns)
    if "urn:epc" in written:
        epc_uri("")
    if "(01" in written.replace("\\", ""):
        element_string("")


def forms(read: Read) -> tuple[str, ...]:
    """What ``read`` can be matched as: its readable forms first, then its plain value."""
    if read.medium == "epc":
        readable = epc_uri(read.value)
    elif read.gs1:
        readable = element_string(read.value)
    elif read.symbology in GTIN_SYMBOLOGIES:
        readable = gtin(read.value)
    else:
        readable = None
    plain = read.value.encode("utf-8", "replace").decode("utf-8")
    return (plain,) if readable is None else (readable, plain)


def epc_uri(epc: str) -> str | None:
    """The SGTIN, GRAI or GIAI in an EPC of hex digits, as a pure identity URI; None: none of them.

    Failure is the ordinary case: tags that were never programmed, and keys of a factory's own.
    """
    from epcpy.utils.common import ConvertException
    from epcpy.utils.parsers import hex_to_tag_encodable

    try:
        uri: str = hex_to_tag_encodable(epc).epc_uri
    except (ConvertException, ValueError):
        return None
    return uri if uri.startswith(tuple(f"urn:epc:id:{scheme}:" for scheme in EPC_SCHEMES)) else None


def element_string(text: str) -> str | None:
    """A GS1 element string with its application identifiers in parentheses; None: not one."""
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    try:
        return GS1Message.parse(text).as_hri()
    except ParseError:
        return None


def gtin(text: str) -> str | None:
    """The number under a retail barcode as a GTIN of 14 digits; None where its check fails."""
    from biip import ParseError
    from biip.gtin import Gtin

    try:
        return f"(01){Gtin.parse(text).as_gtin_14()}"
    except ParseError:
        return None
