"""What the kinds of bar code are called here, and the identifiers scanners send for them.

Names are lower case without separators, the same from scanners and cameras.

Source: AIM symbology identifiers (ISO/IEC 15424).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from bartack_drivers.base import OptionError

CAMERA_FORMATS: Final = (
    "code128",
    "code39",
    "itf",
    "ean13",
    "ean8",
    "upca",
    "upce",
    "qr",
    "datamatrix",
)
"""Every symbology that can be looked for in pictures."""

LINEAR_FORMATS: Final = ("code128", "code39", "itf", "ean13", "ean8", "upca", "upce")
"""Those of bars: all their information lies along one line."""

CAMERA_FORMATS_DEFAULT: Final = ("code128", "qr")
"""Bundle tickets carry these; each further symbology costs time and may add phantom reads."""

_AIM_IDENTIFIER: Final = re.compile(r"\]([A-Za-z])([0-9A-Za-z])")

_GS1_IDENTIFIERS: Final = frozenset({"C1", "Q3", "d2", "e0", "e1", "e2"})

_AIM_NAMES: Final = MappingProxyType(
    {
        "A": "code39",
        "C": "code128",
        "E": "ean13",
        "F": "codabar",
        "G": "code93",
        "H": "code11",
        "I": "itf",
        "L": "pdf417",
        "M": "msi",
        "Q": "qr",
        "S": "2of5",
        "U": "maxicode",
        "d": "datamatrix",
        "e": "databar",
        "z": "aztec",
    }
)


def split_aim(text: str) -> tuple[str, str | None, bool]:
    """Split the AIM identifier off the front of a label's text.

    Returns the text without it, the symbology's name, and whether the identifier says that the text
    is a GS1 element string. The name is None where the text has no identifier or the identifier's
    letter is not a bar code we name.
    """
    match = _AIM_IDENTIFIER.match(text)
    if match is None:
        return text, None, False
    letter, modifier = match.groups()
    name = "ean8" if letter + modifier == "E4" else _AIM_NAMES.get(letter)
    return text[match.end() :], name, letter + modifier in _GS1_IDENTIFIERS


def expand_formats(names: Sequence[str]) -> tuple[str, ...]:
    """Resolve ``all`` and duplicates in a list of camera formats.

    Raises ``OptionError`` for a name that is not a format, and for an empty list.
    """
    for name in names:
        if name not in CAMERA_FORMATS and name != "all":
            known = ", ".join(CAMERA_FORMATS)
            raise OptionError("formats", f"{name!r} is not one of {known}, all")
    if not names:
        raise OptionError("formats", "names no symbology; leave it out for code128 and qr")
    return CAMERA_FORMATS if "all" in names else tuple(dict.fromkeys(names))
