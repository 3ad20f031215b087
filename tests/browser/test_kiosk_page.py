"""The operator's screen in a real browser: what it says, in which language, and that it is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser.conftest import Tab
from browser.kiosk import Station, look, show, station_of, tile
from browser.shift import FAULTS, Document, already_done, asks, recent, result, stamp

AXE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
SMALLEST_PX = 48
MAIN_PX = 64


def now() -> datetime:
    return datetime.now(UTC)


def full(**changes: object) -> Document:
    """Everything at once: an alarm, no link, off standard, calls, long numbers."""
    return {
        "result": result("info", "offstandard_waiting", name="Machine breakdown"),
        "standard": {
            "on": False,
            "code": "MB",
            "name": "Machine breakdown",
            "since": stamp(now() - timedelta(minutes=12)),
            "approved": None,
        },
        "calls": [{"seq": 3, "kind": "mechanic", "at": stamp(now())}],
        "alarms": ["hub_silent"],
        "link": {"online": False, "unsent": 37},
        "today": {
            "pieces": 1312,
            "earned": "12374.40",
            "predicted": "22688.00",
            "target": 1624,
            "target_now": 1330,
            "efficiency": "162.4",
            "attended_min": 240,
            "off_min": 12,
            "disputed": 20,
            "held": 2,
        },
        **changes,
    }


SCENES: dict[str, Document] = {
    "quiet": {"result": {**result("ok"), "at": "2026-01-01T00:00:00Z"}},
    "ok": {"result": result("ok")},
    "flags": {"result": result("ok", None, ("too_fast", "missing_previous"))},
    "info": {"result": result("info", "signed_in", name="Amina Rahman")},
    "refused": {"result": already_done(now())},
    "unavailable": {"result": result("refused", "ledger_unavailable")},
    "full": full(),
    "signed out": {"operator": None, "bundle": None, "guarantee": None, "recent": []},
    "pad": {"result": result("info", "need_pieces"), "asks": asks("split", "pieces")},
    "faults": {"result": result("info", "need_fault"), "asks": asks("defect", "fault", FAULTS)},
    "badge": {"result": result("info", "need_partner"), "asks": asks("shared", "partner")},
}


@pytest.fixture(scope="module")
def running() -> Iterator[Station]:
    with station_of() as running:
        yield running


@pytest.fixture
def station(running: Station) -> Station:
    """The module's station, as at its start."""
    running.begin()
    return running


@pytest.fixture(scope="module")
def opened(chromium: Browser, running: Station) -> Iterator[Tab]:
    with look(chromium, running) as tab:
        yield tab


@pytest.fixture
def tab(opened: Tab, station: Station) -> Iterator[Tab]:
    """The module's tab on a panel, showing an English operator; it must not complain."""
    show(station, opened.page)
    yield opened
    assert opened.complaints == []


KINDS = {
    "ok": (result("ok"), "Counted", "check"),
    "info": (result("info", "undone"), "no longer counts", "info"),
    "held": (result("info", "held"), "not known yet", "held"),
    "refused": (already_done(now()), "Already done by Sumon Das at ", "cross"),
}


def test_each_outcome_has_its_look_words_and_sound(station: Station, tab: Tab) -> None:
    """Colour, border, icon, words and tone differ for each kind of result, and each is heard."""
    tab.page.locator("#head .name").click()  # unlocks the sound
    expect(tab.page.locator(".sound")).to_have_count(0)
    looks, sounds = set(), set()
    for kind, (news, words, icon) in KINDS.items():
        tab.page.evaluate("window.heard = []")
        station.put(result=news)
        shown = tile(tab.page, kind)
        expect(shown.locator(".sentence")).to_contain_text(words)
        expect(shown.locator(f".big [data-sign={icon}]")).to_be_visible()
        style = shown.evaluate(
            "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).borderStyle]"
        )
        looks.add(tuple(style))
        sounds.add(tuple(tab.page.evaluate("window.heard")))
    tab.page.evaluate("window.heard = []")
    station.put(result=result("info", "need_pieces"), asks=asks("split", "pieces"))
    expect(tab.page.locator("#panel-title")).to_contain_text("How many pieces?")
    sounds.add(tuple(tab.page.evaluate("window.heard")))
    assert len(looks) == len(KINDS)
    assert len(sounds) == len(KINDS) + 1
    assert () not in sounds


def test_news_turn_quiet_and_say_what_was_last(station: Station, tab: Tab) -> None:
    """After eight seconds the tile loses its colour and asks for the next, with the last below."""
    station.put(result=already_done(now()))
    expect(tile(tab.page, "refused")).to_be_visible()
    tab.page.clock.fast_forward(8500)
    quiet = tile(tab.page, "quiet")
    expect(quiet.locator(".sentence")).to_have_text("Scan a bundle")
    expect(quiet.locator(".last")).to_contain_text("Already done by Sumon Das")
    tab.page.evaluate("window.heard = []")
    station.put(result={**result("ok"), "at": stamp(now() - timedelta(minutes=3))})
    expect(quiet.locator(".last")).to_contain_text("Counted")
    assert tab.page.evaluate("window.heard") == []


def test_everything_of_the_operator_is_there(station: Station, tab: Tab) -> None:
    """Who, bundle, money to the last digit, target, guarantee, state, link: all that field asks."""
    station.put(full(), bundle={**bundle(station), "rate": "0.46875", "unit": "dozen"})
    page = tab.page
    for place, words in [
        ("#head .name", "Amina Rahman"),
        ("#head .face", "AR"),
        ("#off-standard", "Machine breakdown"),
        ("#off-standard", "12 min"),
        ("#off-standard", "Waiting for approval"),
        ("#link", "37 saved here, safe"),
        ("#alarms", "saved here"),
        ("#bundle", "TEE-114 · XL · Navy"),
        ("#bundle .rate", "0.46875 per dozen"),
        ("[data-value=earned]", "12,374.40"),
        ("[data-value=predicted]", "22,688.00"),
        ("[data-value=pieces]", "1,312"),
        ("[data-value=target-now]", "1,330"),
        ("[data-value=efficiency]", "162.4 %"),
        ("[data-value=make-up]", "65.60"),
        ("#today .open", "Disputed pieces: 20"),
        ("[data-button=back_to_work]", "Back to work"),
        ("[data-button=machine_down]", "Called at"),
    ]:
        expect(page.locator(place).first).to_contain_text(words)
    share = page.locator(".guarantee .got").get_attribute("width")
    gap = page.locator(".guarantee .gap").get_attribute("width")
    assert float(share or 0) == pytest.approx(100 * 374.4 / 440)
    assert float(gap or 0) == pytest.approx(100 * 65.6 / 440)


def bundle(station: Station) -> Document:
    usual = station.shift.document()["bundle"]
    assert isinstance(usual, dict)
    return usual


def test_it_speaks_as_the_operator_does(station: Station, tab: Tab) -> None:
    """Words, digits and direction change with the document that signs somebody else in."""
    root = tab.page.locator("html")
    for language, numerals, direction, digits in [
        ("bn", "native", "ltr", "৩১২"),
        ("bn", "latn", "ltr", "312"),
        ("ur", "native", "rtl", "۳۱۲"),
        ("ar", "native", "rtl", "٣١٢"),
        ("en", "native", "ltr", "312"),
    ]:
        station.speak(language, numerals)
        station.put()
        expect(root).to_have_attribute("lang", language)
        expect(root).to_have_attribute("dir", direction)
        expect(tab.page.locator("[data-value=pieces] bdi")).to_have_text(digits)
        expect(tab.page.locator("#bundle .id bdi")).to_have_text("B000123")
    show(station, tab.page, {"language": "xx"})
    expect(tab.page.locator("[data-button=help]")).to_contain_text("Help")
    expect(root).to_have_attribute("lang", "en")
    assert tab.complaints.pop().endswith("404 (Not Found)")


CUT_OFF = """[...document.querySelectorAll('button, p, li, h1, .sized, #result, .panel')]
    .filter(one => {
        const box = one.getBoundingClientRect();
        if (!box.width || one.closest('[inert]') || one.closest('.apart')) return false;
        const isOut = box.right > innerWidth + 1 || box.bottom > innerHeight + 1
            || box.left < -1 || box.top < -1;
        const slack = parseFloat(getComputedStyle(one).fontSize) * 0.3;
        const isWhole = one.matches('.sentence, .sized, h1, button')
            && (one.scrollHeight > one.clientHeight + slack
                || one.scrollWidth > one.clientWidth + 2);
        return isOut || isWhole;
    }).map(one => one.outerHTML.slice(0, 160))"""

SMALL = """least => [...document.querySelectorAll('button')]
    .filter(one => !one.closest('[inert]'))
    .filter(one => {
        const box = one.getBoundingClientRect();
        const needed = one.closest('#buttons, .panel') ? least.main : least.smallest;
        return box.width < needed - 0.5 || box.height < needed - 0.5;
    }).map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("language", ["en", "bn", "ta", "ur"])
def test_it_fits_without_scrolling(language: str, station: Station, tab: Tab) -> None:
    """On 800 × 480 nothing scrolls or is cut off, and all that is touched is large enough."""
    station.speak(language)
    for name, scene in SCENES.items():
        show(station, tab.page, scene)
        scroll = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        assert tab.page.evaluate(scroll) == [800, 480], name
        assert tab.page.evaluate(CUT_OFF) == [], name
        assert tab.page.evaluate(SMALL, {"main": MAIN_PX, "smallest": SMALLEST_PX}) == [], name


@pytest.mark.parametrize(
    ("language", "scheme", "scenes"),
    [
        ("en", "dark", ("full", "faults")),
        ("en", "light", ("refused", "pad")),
        ("bn", "dark", ("full",)),
        ("ur", "light", ("ok",)),
    ],
)
def test_everyone_can_use_it(
    language: str, scheme: str, scenes: tuple[str, ...], chromium: Browser, station: Station
) -> None:
    """Axe finds nothing serious in contrast, names and structure, in any state."""
    station.speak(language)
    with look(chromium, station, scheme=scheme) as tab:
        tab.page.evaluate(AXE.read_text(encoding="utf-8"))
        for name in scenes:
            show(station, tab.page, SCENES[name])
            assert serious(tab.page) == [], name


def serious(page: Page) -> list[str]:
    found: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


PHONE: ViewportSize = {"width": 390, "height": 844}
WALL: ViewportSize = {"width": 3840, "height": 2160}


@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "4k"])
def test_other_screens_show_it_whole(
    size: ViewportSize, chromium: Browser, station: Station
) -> None:
    """Through SSH on a phone, and on a large screen, the usual page needs no scrolling either."""
    with look(chromium, station, size) as tab:
        show(station, tab.page, SCENES["ok"])
        assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        shown = tab.page.locator("#result .sentence")
        step = shown.evaluate("one => getComputedStyle(one).getPropertyValue('--fit')")
        assert float(step) >= 0.8


def test_labels_and_names_are_only_text(station: Station, tab: Tab) -> None:
    """Whatever a name, a label or a code holds cannot run on the page."""
    evil = "<img src=x onerror='window.pwned=1'>"
    person = {"operator": "E1", "name": evil, "since": stamp(now())}
    rows = [{**row, "bundle": evil} for row in recent(now())]
    news = result("refused", "already_done", done_name=evil, done_at="x", code=evil)
    document = station.put(
        operator=person, recent=rows, result=news, bundle={**bundle(station), "bundle": evil}
    )
    expect(tab.page.locator("#head .name")).to_have_text(evil)
    assert document["number"]
    station.put(
        asks=asks("defect", "fault", [{"code": "F01", "name": evil}]),
        result=result("info", "need_fault"),
    )
    expect(tab.page.locator("[data-code=F01]")).to_contain_text("onerror")
    assert tab.page.evaluate("window.pwned") is None
    assert tab.page.locator("img, script:not([src])").count() == 0


def test_nothing_leaves_the_machine(chromium: Browser, station: Station) -> None:
    """Every request of the page goes to its own server, and nothing is forbidden or missing."""
    station.speak("bn")
    with look(chromium, station) as tab:
        show(station, tab.page, SCENES["full"])
        assert {urlsplit(url).netloc for url in tab.requests} == {
            urlsplit(station.serving.address).netloc
        }
        assert tab.complaints == []


def test_what_cannot_be_drawn_is_not_left_green(station: Station, tab: Tab) -> None:
    """A document that is not as agreed turns the page grey, and the next good one puts it right."""
    show(station, tab.page, result=result("ok"))
    station.put(today=None)
    expect(tab.page.locator("#lost")).to_contain_text("No connection")
    show(station, tab.page, result=result("ok"))
    # The console named what was wrong, each time that the page was drawn until then.
    assert tab.complaints
    tab.complaints.clear()
    expect(tab.page.locator("#lost")).to_be_empty()
    expect(tile(tab.page, "ok")).to_be_visible()


LONG = "Sri Venkatanarasimharajuvaripeta Subrahmanyam Lakshminarayanan the Second"


def test_long_names_leave_the_rest_in_its_place(station: Station, tab: Tab) -> None:
    """The longest ids and names that can come cut themselves off and push nothing away."""
    news = result("refused", "already_done", done_name=LONG, done_at=stamp(now()))
    changes = full(
        result={**news, "bundle": "B" * 32},
        operator={"operator": "E1", "name": LONG, "since": stamp(now())},
        bundle={
            **bundle(station),
            "bundle": "B" * 32,
            "style": LONG,
            "colour": LONG,
            "operation": "O" * 32,
            "operation_name": LONG,
        },
        recent=[{**row, "bundle": "B" * 32} for row in recent(now())],
        standard={"on": False, "name": LONG, "since": stamp(now()), "approved": None},
        alarms=["hub_silent", "disk_low", "id_taken"],
    )
    show(station, tab.page, changes)
    assert tab.page.evaluate(CUT_OFF) == []
    scroll = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert tab.page.evaluate(scroll) == [800, 480]
