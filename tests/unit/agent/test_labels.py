"""The readable forms of GS1 keys in tags and labels."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.identify import CodePattern, identify
from bartack.labels import element_string, epc_uri, forms, gtin
from bartack_drivers.base import Read
from bartack_drivers.symbologies import CAMERA_FORMATS

SGTIN = "3074257BF7194E4000001A85"


@pytest.mark.parametrize(
    ("epc", "uri"),
    [
        (SGTIN, "urn:epc:id:sgtin:0614141.812345.6789"),
        ("3474257BF40C0E4000001A85", "urn:epc:id:giai:0614141.3393367761230469"),
        ("E280691500004020ED9648B3", None),
        ("00000001", None),
        ("313425", None),
    ],
)
def test_an_epc_is_its_key_or_itself(epc: str, uri: str | None) -> None:
    """SGTIN, GRAI and GIAI have a readable form; an unprogrammed tag has only its digits."""
    assert epc_uri(epc) == uri
    assert forms(Read("epc", epc, 0.0)) == ((epc,) if uri is None else (uri, epc))


@given(st.binary(min_size=1, max_size=64))
def test_any_epc_is_survived(data: bytes) -> None:
    """Whatever a tag holds, its digits stay its identity."""
    epc = data.hex().upper()
    assert forms(Read("epc", epc, 0.0))[-1] == epc


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("010614141999996210B000123", "(01)06141419999962(10)B000123"),
        ("010614141999996210B1\x1d21X", "(01)06141419999962(10)B1(21)X"),
        ("01061414", None),
        ("B000123", None),
    ],
)
def test_an_element_string_shows_its_identifiers(text: str, readable: str | None) -> None:
    """A GS1 label is read by its application identifiers; one that does not hold is plain text."""
    assert element_string(text) == readable


def test_retail_numbers_have_fourteen_digits() -> None:
    """UPC-A with or without its leading zero is one number."""
    assert gtin("614141999996") == gtin("0614141999996") == "(01)00614141999996"
    assert gtin("614141999997") is None


@given(st.text(max_size=60), st.sampled_from(CAMERA_FORMATS), st.booleans())
def test_any_label_is_survived(text: str, symbology: str, gs1: bool) -> None:
    """Whatever a label says and calls itself, its text is one of its forms."""
    read = Read("barcode", text, 0.0, symbology=symbology, gs1=gs1)
    assert forms(read)[-1] == text.encode("utf-8", "replace").decode("utf-8")


def test_patterns_are_for_readable_forms_too() -> None:
    """A factory writes its bundle numbers into GIAI tags and into GS1 tickets alike."""
    codes = (
        CodePattern("bundle", re.compile(r"urn:epc:id:giai:0614141\.(?P<bundle>\d+)")),
        CodePattern("bundle", re.compile(r"\(01\)\d{14}\(10\)(?P<bundle>B\d+)")),
    )
    tag = Read("epc", "3474257BF40C0E4000001A85", 0.0)
    ticket = Read("barcode", "010614141999996210B000123", 0.0, symbology="code128", gs1=True)
    assert identify("bench", "bundle", tag, codes).bundle == "3393367761230469"
    assert identify("scanner", "bundle", ticket, codes).bundle == "B000123"


def test_patterns_do_not_take_badges() -> None:
    """However loose a pattern is, the number of a 125 kHz badge is no bundle."""
    codes = (CodePattern("bundle", re.compile(r"(?P<bundle>\w+)")),)
    scan = identify("pad", "any", Read("em4100", "62E3086CED", 0.0), codes)
    assert (scan.kind, scan.badge) == ("tag", "62E3086CED")
