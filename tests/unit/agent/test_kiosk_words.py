"""The operator's screen says nothing that has no words, and turns with the language."""

from __future__ import annotations

import re

import pytest

from bartack.kiosk.server import STATIC
from bartack.languages import ENGLISH, load_languages

TEXTS = load_languages().of(ENGLISH).texts
SCRIPTS = sorted(file.name for file in STATIC.glob("*.js"))
SHEETS = sorted(file.name for file in STATIC.glob("*.css"))

KEY = re.compile(r"[\"`]((?:screen|info|refused|flag|alarm|command|owner|help|state)\.[\w.${}-]+)")
PHYSICAL = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom"
    r"|(?:min-|max-)?(?:width|height)|text-align: (?:left|right))\s*:",
    re.MULTILINE,
)
COMMENTS_AND_QUERIES = re.compile(r"/\*.*?\*/|@media[^{]*", re.DOTALL)


def text_of(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_key_has_words(script: str) -> None:
    """A key that stands in a script is in English; one that is put together can be."""
    for key in KEY.findall(text_of(script)):
        prefix, is_made, _ = key.partition("${")
        assert key in TEXTS or (is_made and any(text.startswith(prefix) for text in TEXTS)), key


def test_the_keys_are_found() -> None:
    """The search sees what the page says, so that the test above is no empty one."""
    found = {key for script in SCRIPTS for key in KEY.findall(text_of(script))}
    assert {"screen.earned", "screen.agent_lost", "info.need_reason"} <= found
    assert len(found) > 30


@pytest.mark.parametrize("sheet", SHEETS)
def test_styles_turn_with_the_words(sheet: str) -> None:
    """No left or right, so that the page turns with languages that run the other way."""
    assert PHYSICAL.findall(COMMENTS_AND_QUERIES.sub("", text_of(sheet))) == []


@pytest.mark.parametrize("planted", ["a { left: 0; }", "a {\n  margin-right: 1rem;\n}"])
def test_a_planted_direction_is_found(planted: str) -> None:
    """The search for left and right bites."""
    assert PHYSICAL.findall(planted)
