"""A page that loses its server says so, and is right again by itself."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import Tab

TESTS = Path(__file__).resolve().parents[1]
LOST = re.compile(r"Connection lost\. Showing 15:4\d:\d\d\.")
RECOVER_MS = 8_000
SILENCE_MS = 16_000


@contextmanager
def live(port: int, bundles: int) -> Iterator[subprocess.Popen[bytes]]:
    """A dashboard in a process of its own; it is gone afterwards, whatever happened."""
    roots = [TESTS, TESTS.parent / "agent", TESTS.parent / "hub", TESTS.parent / "drivers"]
    process = subprocess.Popen(
        [sys.executable, TESTS / "browser" / "live.py", str(port), str(bundles)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, roots))},
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return int(free.getsockname()[1])


def test_server_killed_and_restarted(tab: Tab, port: int) -> None:
    """A page whose server was killed says so; once it is back, the page has the new total."""
    output, banner = tab.page.locator(tab.value("output")), tab.page.locator("#banner")
    with live(port, bundles=3) as server:
        tab.page.goto(f"http://127.0.0.1:{port}/")
        expect(output).to_have_text("30")
        expect(banner).to_be_empty()
        server.kill()
        expect(banner).to_contain_text(LOST, timeout=RECOVER_MS)
        expect(tab.page.locator("html")).to_have_attribute("data-lost", "")
        expect(output).to_have_text("30")
    with live(port, bundles=5):
        expect(output).to_have_text("50", timeout=RECOVER_MS)
        expect(banner).to_be_empty()
        expect(tab.page.locator("html")).not_to_have_attribute("data-lost", "")


def test_server_frozen_and_thawed(tab: Tab, port: int) -> None:
    """A server that keeps the connection but says nothing is noticed, and found again."""
    banner = tab.page.locator("#banner")
    with live(port, bundles=3) as server:
        tab.page.goto(f"http://127.0.0.1:{port}/")
        expect(tab.page.locator(tab.value("output"))).to_have_text("30")
        server.send_signal(signal.SIGSTOP)
        expect(banner).to_contain_text(LOST, timeout=SILENCE_MS)
        server.send_signal(signal.SIGCONT)
        expect(banner).to_be_empty(timeout=RECOVER_MS)


def test_page_opened_before_its_data(tab: Tab, port: int) -> None:
    """A page whose stream is refused at first says that it has no data yet and keeps trying."""
    with live(port, bundles=3):
        tab.page.route("**/api/stream", lambda route: route.abort())
        tab.page.goto(f"http://127.0.0.1:{port}/")
        expect(tab.page.locator("#banner")).to_contain_text("No data from the hub yet")
        tab.page.unroute("**/api/stream")
        expect(tab.page.locator(tab.value("output"))).to_have_text("30", timeout=RECOVER_MS)
