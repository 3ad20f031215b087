"""The operator's screen under finger and keyboard: what is sent, once, and what if it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bartack.kiosk.screen import FRESH_S
from browser.conftest import Tab
from browser.kiosk import Station, look, settle, show, station_of, tile
from browser.shift import FAULTS, asks, result


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
    """The module's tab on a panel; it must not complain."""
    show(station, opened.page)
    yield opened
    assert opened.complaints == []


def touch(page: Page, place: str) -> None:
    """A touch as a person makes it: some time after the last."""
    settle(page)
    page.locator(place).click()


def test_each_button_sends_its_act(station: Station, tab: Tab) -> None:
    """Every button and tile sends the command that stands on it, and the page goes back."""
    for button, act in [
        ("machine_down", ("help", "mechanic", None)),
        ("quality", ("help", "quality", None)),
        ("help", ("help", "supervisor", None)),
    ]:
        touch(tab.page, f"[data-button={button}]")
        assert station.pressed() == act
        show(station, tab.page, result=result("info", "help_called"))
    touch(tab.page, "[data-button=no_work]")
    touch(tab.page, "[data-code=NB]")
    assert station.pressed() == ("off-start", "NB", None)
    show(
        station,
        tab.page,
        result=result("info", "offstandard_started"),
        standard={"on": False},
    )
    touch(tab.page, "[data-button=back_to_work]")
    assert station.pressed() == ("off-end", "", None)
    show(station, tab.page, result=result("info", "offstandard_ended"))
    expect(tab.page.locator("#panel")).to_be_empty()


@pytest.mark.parametrize("command", ["split", "defect", "correct", "sign-out"])
def test_more_has_the_rare_ones(command: str, station: Station, tab: Tab) -> None:
    """What is seldom wanted is a second touch away, by keyboard too."""
    settle(tab.page)
    tab.page.locator("[data-button=more]").press("Enter")
    expect(tab.page.locator(".panel .tile")).to_have_count(9)
    settle(tab.page)
    tab.page.locator(f"[data-do={command}]").press("Enter")
    assert station.pressed() == (command, "", None)


def test_the_pad_takes_a_number(station: Station, tab: Tab) -> None:
    """Digits, delete and OK, by touch and by keys; a refusal stands where the question stood."""
    typed = tab.page.locator(".typed bdi")
    show(station, tab.page, result=result("info", "need_pieces"), asks=asks("split", "pieces"))
    expect(tab.page.locator("[data-do=confirm]")).to_be_disabled()
    for digit in "129":
        tab.page.locator(f"[data-digit='{digit}']").click()
    tab.page.locator("[data-do=erase]").click()
    expect(typed).to_have_text("12")
    touch(tab.page, "[data-do=confirm]")
    assert station.pressed() == ("pieces", "12", None)
    show(
        station,
        tab.page,
        result=result("refused", "too_many_pieces", pieces_left=8),
        asks=asks("split", "pieces"),
    )
    expect(tab.page.locator("#panel-title")).to_contain_text("Pieces left in this bundle: 8")
    expect(typed).to_have_text("\N{EN DASH}")
    settle(tab.page)
    tab.page.keyboard.type("0083456")
    expect(typed).to_have_text("83,456")
    for _ in range(4):
        tab.page.keyboard.press("Backspace")
    tab.page.keyboard.press("Enter")
    assert station.pressed() == ("pieces", "8", None)
    show(station, tab.page, result=result("info", "split_done"))
    expect(tile(tab.page, "info")).to_be_visible()
    expect(tab.page.locator("#panel")).to_be_empty()


def test_choices_have_pages_and_a_way_out(station: Station, tab: Tab) -> None:
    """More choices than fit come page by page; cancel is always there, also as Escape."""
    show(
        station,
        tab.page,
        result=result("info", "need_fault"),
        asks=asks("defect", "fault", FAULTS),
    )
    seen: list[str] = []
    for _ in range(2):
        codes = tab.page.locator("[data-code]")
        expect(codes.first).to_be_visible()
        seen += [str(one.get_attribute("data-code")) for one in codes.all()]
        tab.page.locator("[data-do=next]").click()
    assert sorted(seen) == [fault["code"] for fault in FAULTS]
    touch(tab.page, "[data-code=F03]")
    assert station.pressed() == ("fault", "F03", None)
    show(
        station,
        tab.page,
        result=result("info", "need_owner"),
        asks=asks("defect", "owner", [{"code": "cutting", "name": ""}]),
    )
    touch(tab.page, "[data-do=cutting]")
    assert station.pressed() == ("owner", "cutting", None)
    show(
        station,
        tab.page,
        result=result("info", "need_partner"),
        asks=asks("shared", "partner"),
    )
    expect(tab.page.locator(".card [data-sign=badge]")).to_be_visible()
    touch(tab.page, "[data-do=cancel]")
    assert station.pressed() == ("cancel", "", None)
    show(station, tab.page, result=result("info", "need_bundle"), asks=asks("split", "bundle"))
    expect(tab.page.locator(".card [data-sign=ticket]")).to_be_visible()
    settle(tab.page)
    tab.page.keyboard.press("Escape")
    assert station.pressed() == ("cancel", "", None)


def test_the_last_five_can_be_undone_and_disputed(station: Station, tab: Tab) -> None:
    """A touch on one of the last five offers what may be done with it, and no more."""
    touch(tab.page, "[data-seq='99']")
    touch(tab.page, "[data-do=undo]")
    assert station.pressed() == ("undo", "", 99)
    show(station, tab.page, result=result("info", "undone"))
    touch(tab.page, "[data-seq='98']")
    expect(tab.page.locator(".panel .why")).to_be_visible()
    expect(tab.page.locator("[data-do=undo]")).to_have_count(0)
    touch(tab.page, "[data-do=dispute]")
    assert station.pressed() == ("dispute", "", 98)
    show(station, tab.page, result=result("info", "disputed"))
    touch(tab.page, "[data-seq='97']")
    expect(tab.page.locator(".panel .tile")).to_have_count(0)
    settle(tab.page)
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#panel")).to_be_empty()


def test_a_call_is_answered(station: Station, tab: Tab) -> None:
    """A button whose help was called offers to say that it came."""
    show(
        station,
        tab.page,
        calls=[{"seq": 41, "kind": "mechanic", "at": "2026-01-01T00:00:00Z"}],
    )
    touch(tab.page, "[data-button=machine_down]")
    touch(tab.page, "[data-do=help-answer]")
    assert station.pressed() == ("help-answer", "mechanic", 41)


def test_nobody_is_called_who_cannot_come(station: Station, tab: Tab) -> None:
    """A call that the station does not offer has no button."""
    choices = {"reasons": [], "faults": [], "help": ["supervisor"]}
    show(station, tab.page, choices=choices)
    expect(tab.page.locator("#buttons button")).to_have_count(3)
    touch(tab.page, "[data-button=no_work]")
    assert station.pressed() == ("off-start", "", None)  # the station then asks for the reason


def test_a_double_click_is_one_touch(station: Station, tab: Tab) -> None:
    """A finger that bounces sends one act, and does not press what appears under it."""
    settle(tab.page)
    tab.page.locator("[data-button=quality]").dblclick()
    assert station.pressed() == ("help", "quality", None)
    show(station, tab.page, result=result("info", "help_called"))
    expect(tile(tab.page, "info")).to_be_visible()
    settle(tab.page)
    more = tab.page.locator("[data-button=more]").bounding_box()
    assert more is not None
    tab.page.mouse.dblclick(more["x"] + 20, more["y"] + 20)
    expect(tab.page.locator(".panel")).to_be_visible()
    settle(tab.page)
    tab.page.locator("[data-do=split]").dblclick()
    assert station.pressed() == ("split", "", None)
    show(station, tab.page, result=result("info", "need_bundle"), asks=asks("split", "bundle"))
    expect(tab.page.locator(".card")).to_be_visible()
    settle(tab.page)
    assert station.acts.empty()


def test_a_lost_station_is_never_green(chromium: Browser) -> None:
    """When the agent ends the page is grey and says so; it comes back by itself and can press."""
    with station_of() as station, look(chromium, station) as tab:
        station.put(result=result("ok"))
        expect(tile(tab.page, "ok")).to_be_visible()
        station.serving.stop()
        expect(tab.page.locator("#lost")).to_contain_text("No connection to this station")
        assert "grayscale" in tab.page.locator("#screen").evaluate(
            "one => getComputedStyle(one).filter"
        )
        tab.page.locator("[data-button=help]").dispatch_event("click")
        assert station.acts.empty()
        station.restart()
        with tab.page.expect_response("**/stream"):
            pass
        expect(tab.page.locator("#lost")).not_to_be_empty()  # nothing is known of it yet
        station.put()
        expect(tab.page.locator("#lost")).to_be_empty(timeout=10_000)
        touch(tab.page, "[data-button=help]")
        assert station.pressed() == ("help", "supervisor", None)


def test_a_silent_station_is_lost(chromium: Browser, station: Station) -> None:
    """An agent that hangs, with its socket open, is noticed by its silence."""
    with look(chromium, station) as tab:
        tab.page.clock.fast_forward(8_000)
        expect(tab.page.locator("#lost")).to_be_empty()
        station.clock.ahead_s = 2 * FRESH_S
        tab.page.clock.fast_forward(5_000)
        expect(tab.page.locator("#lost")).to_contain_text("No connection")


def test_an_act_that_is_not_taken_is_said(chromium: Browser, station: Station) -> None:
    """When a touch does not reach the station, the page says so, until one does."""
    with look(chromium, station) as tab:
        tab.page.route("**/act", lambda route: route.abort())
        touch(tab.page, "[data-button=help]")
        expect(tab.page.locator("#trouble")).to_contain_text("did not reach the station")
        tab.page.unroute("**/act")
        touch(tab.page, "[data-button=help]")
        assert station.pressed() == ("help", "supervisor", None)
        expect(tab.page.locator("#trouble")).to_have_count(0)
