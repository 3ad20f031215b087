"""The page in a real browser: live, whole for late joiners, and safe whatever labels say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bartack_hub.feed import INTERVAL_LEAST_S
from browser.conftest import WALL, Dashboard, Tab, dashboard_of, tab_of
from browser.floor import NAMES, PLAN, Station

AXE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
PANEL: ViewportSize = {"width": 800, "height": 480}
PHONE: ViewportSize = {"width": 390, "height": 844}
LIVE_MS = 1000
"""A scan is on the screen within this time."""


def fill(dashboard: Dashboard, count: int = 6) -> list[Station]:
    """A line in the middle of its work, with one of every trouble."""
    now, people = dashboard.now(), list(NAMES)
    stations = [Station(f"st{number:02d}", (number - 1) % 6) for number in range(1, count + 1)]
    for index, one in enumerate(stations):
        person = people[index % len(people)]
        events = [one.sign_in(now - timedelta(hours=7), person)]
        for bundle in range(12):
            at = now - timedelta(hours=6) + timedelta(minutes=28 * bundle)
            events.append(one.work(at, f"B{index // 6}{bundle:05d}", 12, person))
        dashboard.feed.commit(events)
        dashboard.report(one)
    refused = stations[1].refuse(now, "already_done", "B000003", people[1])
    dashboard.feed.commit([refused])
    broken = stations[2].status(now, down="ticket")
    dashboard.feed.status("l03", stations[2].name, broken, now)
    dashboard.feed.status("l03", stations[3].name, stations[3].gone(), now)
    late = stations[4].status(
        now,
        unsent=37,
        oldest_unsent_s=412,
        clock="unsynced",
        clock_off=timedelta(hours=-3),
    )
    dashboard.feed.status("l03", stations[4].name, late, now)
    return stations


def test_a_scan_is_live(dashboard: Dashboard, tab: Tab) -> None:
    """A committed scan is in the line's total and on its tile within a second, ten times."""
    station = Station("st06")
    dashboard.feed.commit([station.sign_in(dashboard.now(), "E1001")])
    dashboard.report(station)
    tab.page.goto(dashboard.address)
    tile = tab.page.locator("#station-l03-st06")
    expect(tile.locator(".who")).to_have_text("Amina Rahman")
    for number in range(1, 11):
        dashboard.feed.commit([station.work(dashboard.now(), f"B{number:06d}", 10)])
        expect(tab.page.locator(tab.value("output"))).to_have_text(
            str(10 * number), timeout=LIVE_MS
        )
        expect(tile.locator("[data-value=pieces]")).to_have_text(str(10 * number), timeout=LIVE_MS)
        expect(tile.locator(".scan .label")).to_have_text(f"B{number:06d}", timeout=LIVE_MS)
    assert tab.complaints == []


def test_a_refusal_says_what_to_do(dashboard: Dashboard, tab: Tab) -> None:
    """A refused scan shows at once, with the reason, what to do, who, and the label; so does work
    that another station claims before."""
    station = Station("st06")
    dashboard.report(station)
    tab.page.goto(dashboard.address)
    expect(tab.page.locator("#refusals .none")).to_be_visible()
    now = dashboard.now()
    dashboard.feed.commit([station.refuse(now, "unknown_code", "SHIP-7", "E1003")])
    first = tab.page.locator("#refusals li").first
    expect(first).to_contain_text("Not one of our labels", timeout=LIVE_MS)
    expect(first).to_contain_text("Scan the bundle ticket")
    expect(first.locator(".where")).to_contain_text("Sumon Das")
    expect(first.locator(".label")).to_have_text("SHIP-7")
    expect(tab.page.locator("#station-l03-st06 .state")).to_have_text("Scan refused")
    later, other = now + timedelta(minutes=2), Station("st05")
    dashboard.feed.commit([station.work(later, "B000001"), other.work(now, "B000001", 12, "E1004")])
    expect(first).to_contain_text("Counted at two stations", timeout=LIVE_MS)
    expect(first).to_contain_text("Gül Şahin was first, at ")


def test_a_late_joiner_sees_everything(dashboard: Dashboard, tab: Tab, chromium: Browser) -> None:
    """A browser that opens late shows the same totals as one that was there all the time."""
    tab.page.goto(dashboard.address)
    expect(tab.page.locator(".empty")).to_contain_text("Waiting for the first station")
    fill(dashboard)
    expect(tab.page.locator(tab.value("output"))).to_have_text("144", timeout=LIVE_MS)
    with tab_of(chromium) as late:
        late.page.goto(dashboard.address)
        expect(late.page.locator(late.value("output"))).to_have_text("144")
        for name in ("target-now", "gap", "people", "efficiency"):
            text = tab.page.locator(tab.value(name)).inner_text()
            expect(late.page.locator(late.value(name))).to_have_text(text)
        assert late.page.locator(".station").count() == 6


def test_trouble_is_said_in_words(dashboard: Dashboard, tab: Tab) -> None:
    """Each trouble has a word and an advice on its tile, and stands in the quality strip."""
    fill(dashboard)
    tab.page.goto(dashboard.address)
    for name, word, advice in [
        ("st03", "Reader down", "Check the cable of the ticket reader"),
        ("st04", "Offline", "Scans are kept at the station"),
        ("st05", "Not sending", "37 events wait, the oldest for 6 min"),
    ]:
        tile = tab.page.locator(f"#station-l03-{name}")
        expect(tile.locator(".state")).to_have_text(word)
        expect(tile.locator(".todo")).to_contain_text(advice)
    quality = tab.page.locator("#quality")
    for sentence in (
        "1 offline: st04",
        "waiting at st05",
        "Readers down: st03",
        "Clock wrong: st05",
    ):
        expect(quality).to_contain_text(sentence)
    expect(tab.page.locator("#station-l03-st04")).to_have_attribute("data-stale", "")
    expect(tab.page.locator("#station-l03-st01")).not_to_have_attribute("data-stale", "")
    dashboard.feed.link(False, "connection refused")
    expect(quality).to_contain_text("Hub has no broker: connection refused")


def test_what_readers_and_neighbours_say_is_shown(dashboard: Dashboard, tab: Tab) -> None:
    """A reader that does not do as asked, and a bundle that two stations had, are said in words."""
    now, first, second = dashboard.now(), Station("st01"), Station("st02")
    for station in (first, second):
        rests = {"bundle": "B000123", "label": "E2801160", "reader": "bench"}
        dashboard.feed.commit([station.write(now, "bundle.arrived", rests)])
        dashboard.report(station)
    third = Station("st03")
    status = third.status(now)
    readers = [{"name": "bench", "driver": "r200", "state": "up", "detail": "no region is set"}]
    dashboard.feed.status("l03", "st03", {**status, "readers": readers}, now)
    tab.page.goto(dashboard.address)
    for name, word, advice in [
        ("st01", "Bundle at two stations", "B000123 (st02): both had it"),
        ("st02", "Bundle at two stations", "B000123 (st01): both had it"),
        ("st03", "Reader needs a look", "bench: no region is set"),
    ]:
        tile = tab.page.locator(f"#station-l03-{name}")
        expect(tile.locator(".state")).to_have_text(word)
        expect(tile.locator(".todo")).to_contain_text(advice)
    expect(tab.page.locator("#quality")).to_contain_text("Readers need a look: st03")


def test_news_that_grow_old_are_greyed(dashboard: Dashboard, tab: Tab) -> None:
    """A station that has not been heard for a while is shown as stale, and is fresh when heard."""
    station = Station("st06")
    before = dashboard.now() - timedelta(minutes=2)
    dashboard.feed.status("l03", "st06", station.status(before), before)
    tab.page.goto(dashboard.address)
    tile = tab.page.locator("#station-l03-st06")
    expect(tile).to_have_attribute("data-stale", "")
    expect(tile.locator(".state")).to_have_text("No news")
    dashboard.report(station)
    expect(tile).not_to_have_attribute("data-stale", "", timeout=LIVE_MS)


def test_lines_are_chosen_by_address(tab: Tab) -> None:
    """With several lines the address names the one to show; without one it is the first."""
    with dashboard_of({"l04": replace(PLAN, line="l04"), "l03": PLAN}) as dashboard:
        dashboard.report(Station("st07", line="l04"))
        tab.page.goto(dashboard.address)
        expect(tab.page.locator("h1")).to_have_text("Line l03")
        tab.page.get_by_role("link", name="l04").click()
        expect(tab.page.locator("h1")).to_have_text("Line l04")
        expect(tab.page.locator(".station h3")).to_have_text("st07")
        tab.page.goto(dashboard.address + "#constructor")
        expect(tab.page.locator("h1")).to_have_text("Line l03")


HOSTILE = [
    "<script>window.pwned = true</script>",
    "<img src=x onerror='window.pwned = true'>",
    "\u202eevil\u202c \u2066turned",
    "</textarea>{{7*7}}${7*7}",
    "\x00\x1b[31m\x07bell",
    "W" * 1500,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 B000123",
    '"};alert(1);//',
]


@pytest.mark.parametrize("size", [WALL, PANEL, PHONE], ids=["wall", "panel", "phone"])
def test_hostile_labels_are_only_text(
    dashboard: Dashboard, chromium: Browser, size: ViewportSize
) -> None:
    """Whatever labels, names and readers say is text that cannot run, turn or widen the page."""
    station, now = Station("st06"), dashboard.now()
    work = station.work(now, "B000001", 12)
    for text in HOSTILE:
        people: list[dict[str, object]] = [{"operator": "E1", "name": text}]
        dashboard.feed.reference(people, [])
        dashboard.feed.commit(
            [
                station.sign_in(now, "E1"),
                replace(
                    work,
                    seq=station.head.seq,
                    fields={**work.fields, "bundle": text, "operation": text},
                ),
                station.refuse(now, text, text, "E1"),
            ]
        )
        status = station.status(now, alarms=(text,)) | {"version": text}
        status["readers"] = [{"name": text, "driver": text, "state": text, "detail": text}]
        dashboard.feed.status("l03", "st06", status, now)
    with tab_of(chromium, size) as tab:
        tab.page.goto(dashboard.address)
        expect(tab.page.locator("#refusals li")).to_have_count(len(HOSTILE))
        shown = tab.page.locator("#refusals").inner_text()
        assert "<script>window.pwned = true</script>" in shown
        assert "\u27e8202E\u27e9evil" in shown
        assert "\u27e80000\u27e9\u27e8001B\u27e9[31m" in shown
        assert "\u202e" not in tab.page.content()
        assert tab.page.evaluate("window.pwned") is None
        assert tab.page.locator("#main img, #main script").count() == 0
        assert width_of(tab.page) <= size["width"]
        assert tab.complaints == []


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_nothing_leaves_the_origin(dashboard: Dashboard, tab: Tab) -> None:
    """Every request of the page goes to its own server, and nothing is forbidden or missing."""
    fill(dashboard)
    tab.page.goto(dashboard.address)
    expect(tab.page.locator(".station")).to_have_count(6)
    expect(tab.page.locator("#buckets canvas")).to_be_visible()
    own = urlsplit(dashboard.address).netloc
    assert {urlsplit(url).netloc for url in tab.requests} == {own}
    assert any("/vendor/" in url for url in tab.requests)
    assert tab.complaints == []


@pytest.mark.parametrize("size", [PANEL, PHONE, WALL, {"width": 3840, "height": 2160}])
@pytest.mark.parametrize("count", [6, 20])
def test_no_screen_scrolls_sideways(
    dashboard: Dashboard, chromium: Browser, size: ViewportSize, count: int
) -> None:
    """On no screen is anything wider than the screen; a wall screen needs no scrolling at all."""
    fill(dashboard, count)
    with tab_of(chromium, size) as tab:
        tab.page.goto(dashboard.address)
        expect(tab.page.locator(".station")).to_have_count(count)
        assert width_of(tab.page) <= size["width"]
        outside = """[...document.querySelectorAll('.tile, .tile *, #header *, #quality *')]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"""
        assert tab.page.evaluate(outside) == 0
        if size["width"] >= WALL["width"]:
            height = tab.page.evaluate("document.documentElement.scrollHeight")
            assert height <= size["height"]


@contextmanager
def scanned(
    dashboard: Dashboard, chromium: Browser, size: ViewportSize, scheme: str
) -> Iterator[Page]:
    with tab_of(chromium, size, scheme) as tab:
        tab.page.goto(dashboard.address)
        expect(tab.page.locator("#main")).to_be_visible()
        tab.page.evaluate(AXE.read_text(encoding="utf-8"))
        yield tab.page


def serious(page: Page) -> list[str]:
    result: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in result["violations"]
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [WALL, PANEL, PHONE], ids=["wall", "panel", "phone"])
def test_everyone_can_use_it(
    dashboard: Dashboard, chromium: Browser, size: ViewportSize, scheme: str
) -> None:
    """Axe finds nothing serious in contrast, names and structure: empty, busy and lost."""
    with scanned(dashboard, chromium, size, scheme) as page:
        assert serious(page) == []
        fill(dashboard)
        expect(page.locator(".station")).to_have_count(6)
        assert serious(page) == []
        dashboard.serving.stop()
        expect(page.locator("#banner")).to_contain_text("Connection lost")
        assert serious(page) == []


def test_a_hidden_tab_gives_its_stream_back(chromium: Browser) -> None:
    """A tab that nobody sees closes its stream, and opens it again when it is seen."""
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    with (
        dashboard_of({"l03": PLAN}, streams_max=1) as dashboard,
        tab_of(chromium) as one,
        tab_of(chromium) as other,
    ):
        one.page.goto(dashboard.address)
        expect(one.page.locator("h1")).to_have_text("Line l03")
        one.page.evaluate(hide, True)
        other.page.goto(dashboard.address)
        expect(other.page.locator("h1")).to_have_text("Line l03")
        other.page.evaluate(hide, True)
        one.page.evaluate(hide, False)
        dashboard.feed.commit([Station("st06").work(dashboard.now(), "B000001", 12)])
        expect(one.page.locator(one.value("output"))).to_have_text("12")


def test_changes_are_few_enough_to_follow() -> None:
    """A page is given two to four changes a second and no more."""
    assert 0.25 <= INTERVAL_LEAST_S <= 0.5
