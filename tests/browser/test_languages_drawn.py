"""Every text of every language as Chromium draws it on a screen of 800 × 480."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from bartack.languages import LANGUAGES, Languages, load_languages
from bartack.languages.values import NATIVE_ZERO, in_native_digits
from source_tree import ROOTS

STATIC = ROOTS["bartack"] / "serving" / "static"
ADDRESS = "http://station.test"

EXAMPLE: dict[str, str | int] = {
    "name": "Rahima Begum",
    "bundle": "B001-8085-22P",
    "operation": "OP310",
    "pieces": 22,
    "done_name": "Rahima Begum",
    "done_at": "14:05",
    "done_station": "ST-07",
    "expected_line": "L03",
    "pieces_left": 8,
    "missing": "OP300",
    "station": "ST-07",
    "line": "L03",
    "time": "08:00",
    "minutes": 45,
    "unsent": 1284,
    "bundles": 3,
}
SENTENCES = ("ok", "refused", "info", "flag", "alarm")
LINES_MAX = 2
STYLE = """
body { margin: 0; font-size: 26px; line-height: 1.4; }
section { font-family: var(--font); inline-size: 760px; padding-inline: 20px; }
p { margin: 0 0 6px; }
"""
NATIVE = load_languages("native")


def section(languages: Languages, code: str) -> str:
    rows = "".join(
        f'<p data-key="{key}">{escape(languages.sentence(code, key, **EXAMPLE))}</p>'
        for key in languages.of(code).texts
    )
    return f'<section lang="{code}" dir="{languages.of(code).direction}">{rows}</section>'


def document(codes: tuple[str, ...] = LANGUAGES) -> str:
    sections = "".join(section(NATIVE, code) for code in codes)
    return (
        '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/fonts.css">'
        f"<style>{STYLE}</style>{sections}"
    )


def answer(route: Route) -> None:
    """The page itself, or a file that all our pages share, as the agent would serve it."""
    path = urlsplit(route.request.url)
    if path.path == "/":
        codes = tuple(path.query.split(",")) if path.query else LANGUAGES
        route.fulfill(body=document(codes), content_type="text/html")
    else:
        route.fulfill(path=STATIC / path.path.lstrip("/"))


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A tab of the size of a kiosk that knows only what the agent ships."""
    context = chromium.new_context(viewport={"width": 800, "height": 480})
    opened = context.new_page()
    opened.route("**/*", answer)
    yield opened
    context.close()


def show(page: Page, *codes: str) -> None:
    page.goto(f"{ADDRESS}/?{','.join(codes)}")
    page.evaluate("document.fonts.ready")


def drawn_with(page: Page, selector: str) -> dict[str, bool]:
    """The fonts that drew the glyphs below an element; whether each came with the page."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    node = tools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    tools.detach()
    return {font["familyName"]: font["isCustomFont"] for font in fonts}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_glyph_comes_from_a_shipped_typeface(page: Page, code: str) -> None:
    """No font of the machine is needed, no glyph is a box, and every font that loads is whole."""
    show(page, code)
    fonts = drawn_with(page, "section")
    assert fonts
    assert all(fonts.values()), fonts
    states = page.evaluate("[...document.fonts].map((face) => face.status)")
    assert "error" not in states
    assert "loaded" in states


def test_a_font_of_the_machine_would_be_found(page: Page) -> None:
    """The test before this sees a glyph that no shipped typeface has."""
    show(page, "en")
    page.evaluate("document.querySelector('section').append('\u4e2d')")
    assert not all(drawn_with(page, "section").values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_loads_no_typeface_of_another_script(page: Page, code: str) -> None:
    """Marks that scripts share, such as the danda, do not fetch the neighbour's font."""
    show(page, code)
    loaded = page.evaluate(
        "[...document.fonts].filter((face) => face.status === 'loaded')"
        ".map((face) => face.family.replaceAll('\"', ''))"
    )
    assert len(set(loaded) - {"IBM Plex Sans"}) == (0 if code in {"en", "vi", "tr"} else 1)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_fits_two_lines(page: Page, code: str) -> None:
    """With values as they are on the floor, no answer needs a third line of the tile."""
    show(page, code)
    lines: dict[str, float] = page.evaluate(
        """Object.fromEntries([...document.querySelectorAll('p')].map((p) =>
            [p.dataset.key, p.clientHeight / parseFloat(getComputedStyle(p).lineHeight)]))"""
    )
    sentences = {key: count for key, count in lines.items() if key.startswith(SENTENCES)}
    assert len(sentences) > 70
    assert {key: count for key, count in sentences.items() if count > LINES_MAX + 0.1} == {}


SYSTEMS = {"ar": "arab", "bn": "beng", "hi": "deva", "ur": "arabext"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_digits_are_those_that_the_browser_knows(page: Page, code: str) -> None:
    """Our native digits are Unicode's, so that the page and the agent write one number alike."""
    assert NATIVE_ZERO.keys() == SYSTEMS.keys()
    known = page.evaluate(
        "(locale) => new Intl.NumberFormat(locale, {useGrouping: false}).format(9876543210)",
        f"{code}-u-nu-{SYSTEMS.get(code, 'latn')}",
    )
    assert in_native_digits("9876543210", code) == known


def test_an_id_keeps_its_order_in_urdu(page: Page) -> None:
    """On the screen the parts of an id run from left to right between Urdu words."""
    show(page, "ur")
    edges = page.evaluate(
        """() => {
            const words = document.querySelector('[data-key="refused.wrong_line"]').firstChild;
            const at = words.data.indexOf('B001-8085');
            const edge = (from, to) => {
                const range = document.createRange();
                range.setStart(words, at + from);
                range.setEnd(words, at + to);
                return range.getBoundingClientRect().left;
            };
            return [edge(0, 4), edge(5, 9)];
        }"""
    )
    assert edges[0] < edges[1]
