"""The screen of a real station: badge and tickets at its readers, a finger on its page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bartack.wire import with_check_character
from browser.conftest import Tab, tab_of
from browser.kiosk import HEARD, PANEL, settle, tile
from faults.station_file import scan_again_at_once
from installed import Require
from rig import BADGE, Rig
from running import free_port, wait_until

REASONS = "code,name,pay,rate_per_hour,cap_min,approval\nNF,No feeding,time,60,30,no\n"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, require: Require, port: int) -> Iterator[Rig]:
    """Broker, hub and an agent with a screen, ready for work."""
    with Rig(tmp_path_factory.mktemp("station"), require("mosquitto")) as rig:
        text = rig.station_file.read_text(encoding="utf-8")
        kiosk = f'[[feedback]]\ndriver = "kiosk"\nweb_port = {port}\n\n[[feedback]]'
        rig.station_file.write_text(text.replace("[[feedback]]", kiosk), encoding="utf-8")
        scan_again_at_once(rig)
        (rig.folder / "reference").mkdir()
        (rig.folder / "reference" / "reasons.csv").write_text(REASONS, encoding="utf-8")
        rig.start_all()
        wait_until(lambda: '"table": "reasons"' in rig.agent.said(), "the reasons at the station")
        yield rig


@pytest.fixture
def page(chromium: Browser, rig: Rig, port: int) -> Iterator[Page]:
    with tab_of(chromium, PANEL, "light") as tab:
        tab.page.add_init_script(HEARD)
        tab.page.clock.install()
        tab.page.goto(f"http://127.0.0.1:{port}/")
        expect(tab.page.locator("#head")).to_be_visible()
        yield tab.page
        _quiet(tab)


def _quiet(tab: Tab) -> None:
    assert tab.complaints == []


def touch(page: Page, place: str) -> None:
    """A touch as a person makes it: some time after the last."""
    settle(page)
    page.locator(place).first.click()


def types(rig: Rig) -> list[str]:
    return [event.type for event in rig.ledger()]


def test_what_an_operator_does_stands_on_the_page_and_in_the_ledger(rig: Rig, page: Page) -> None:
    """A shift in short: signed in, counted, undone by a touch, off standard by touch, back by a
    scan, split by a card; each is on the page as it is in the ledger."""
    rig.badge.tap(BADGE, 0.2)
    expect(page.locator("#head")).to_contain_text("Asha")
    rig.scanner.scan("B000001")
    expect(tile(page, "ok")).to_contain_text("B000001")
    touch(page, "[data-seq]")
    touch(page, "[data-do=undo]")
    wait_until(lambda: types(rig)[-1] == "work.voided", "the undo in the ledger")
    voided = rig.ledger()[-1]
    assert (voided.source, voided.text("by"), voided.number("pieces")) == ("manual", "E1", 12)
    touch(page, "[data-button=no_work]")
    touch(page, "[data-code=NF]")
    wait_until(lambda: types(rig)[-1] == "offstandard.started", "time off standard begins")
    rig.scanner.scan("B000001")
    expect(tile(page, "ok")).to_contain_text("B000001")
    assert types(rig)[-2:] == ["offstandard.ended", "work.done"]
    rig.scanner.scan(with_check_character("CMD-SPLIT-5"))
    rig.scanner.scan("B000002")
    wait_until(lambda: rig.ledger()[-1].number("pieces") == 5, "five pieces of the bundle")
    rig.scanner.scan("B000001")
    expect(tile(page, "refused")).to_contain_text("Asha")
