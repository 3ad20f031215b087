"""The aiming page in a real browser, with a real command behind it that looks through a camera."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from bartack_sim.camera import Camera
from bartack_sim.ticket import Scene, Ticket
from browser.conftest import Tab, tab_of

AXE = Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js"
PANEL: ViewportSize = {"width": 800, "height": 480}
PHONE: ViewportSize = {"width": 390, "height": 844}
WALL: ViewportSize = {"width": 3840, "height": 2160}
SIZES = {"panel": PANEL, "phone": PHONE, "4k": WALL}

TICKET = Ticket("B000123-OP310", ("STYLE TEE-114", "SIZE M"))
CHANGE_MS = 15_000
"""A change in front of the camera is on the page within this time, on a machine that is busy."""

ENDED_S = 3.0


@contextmanager
def aiming(camera: Camera, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command as a process; gives the page's address, and ends it with Ctrl-C."""
    command = [str(Path(sys.executable).with_name("bartack")), "camera", "aim", "--web-port", "0"]
    process = subprocess.Popen(
        [*command, "--port", camera.url, *more], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert found, said + process.stderr.read()
        yield found[0], process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(ENDED_S)
        process.stderr.close()


@pytest.fixture(scope="module")
def camera() -> Iterator[Camera]:
    with Camera(frames_per_s=12, seed=3) as plugged:
        plugged.show(TICKET)
        yield plugged


@pytest.fixture(scope="module")
def address(camera: Camera) -> Iterator[str]:
    with aiming(camera) as (address, _):
        yield address


@pytest.fixture(autouse=True)
def ticket(camera: Camera) -> None:
    """Each test begins with a plugged camera and a well placed ticket."""
    camera.plug()
    camera.show(TICKET)


def says(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#sentence")).to_contain_text(text, timeout=CHANGE_MS)


def reads(page: Page) -> None:
    says(page, "Reads: B000123-OP310")


def test_the_outline_stands_where_the_code_is(address: str, camera: Camera, tab: Tab) -> None:
    """The outline lies over the printed code in the picture, wherever the ticket lies."""
    for offset in ((0.0, 0.0), (-250.0, 180.0)):
        camera.show(TICKET, Scene(offset_px=offset, tilt_deg=4))
        tab.page.goto(address)
        # Half of a QR code is dark, and nothing of cloth or card.
        tab.page.wait_for_function(
            """([across, down]) => {
                const outline = [...document.querySelectorAll('#outlines .read')]
                    .sort((a, b) => b.getBBox().height - a.getBBox().height)[0];
                if (!outline) return false;
                const corners = [...outline.points];
                const sum = axis => corners.reduce((total, at) => total + at[axis], 0);
                const [x, y] = [sum('x') / corners.length, sum('y') / corners.length];
                const copy = new OffscreenCanvas(60, 60);
                const drawing = copy.getContext('2d', {willReadFrequently: true});
                drawing.drawImage(document.getElementById('picture'), 30 - x, 30 - y);
                const data = drawing.getImageData(0, 0, 60, 60).data;
                let dark = 0;
                for (let at = 0; at < data.length; at += 4) if (data[at] < 60) dark += 4;
                const share = dark / data.length;
                const isThere = Math.abs(x - across) < 300 && Math.abs(y - down) < 60;
                return isThere && 0.2 < share && share < 0.8;
            }""",
            arg=[640 + offset[0], 360 + offset[1]],
            timeout=CHANGE_MS,
        )
    box = tab.page.locator("#outlines").bounding_box()
    assert box == tab.page.locator("#picture").bounding_box()
    assert tab.complaints == []


def test_the_verdict_follows_what_is_in_view(address: str, camera: Camera, tab: Tab) -> None:
    """Near, far, blurred, dark and nothing are said, each with what to do."""
    tab.page.goto(address)
    reads(tab.page)
    expect(tab.page.locator("body")).to_have_attribute("data-level", "good")
    expect(tab.page.locator("[data-name=module]")).to_have_attribute("data-state", "good")
    for scene, sentence, advice in [
        (Scene(module_px=1.8, qr_module_px=None), "a bit far", "Bring the camera to"),
        (Scene(defocus_px=12), "Moving or out of focus", "focus"),
        (Scene(light=0.02), "Too dark", "Add light"),
    ]:
        camera.show(TICKET, scene)
        says(tab.page, sentence)
        expect(tab.page.locator("#advice")).to_contain_text(advice)
        expect(tab.page.locator("body")).not_to_have_attribute("data-level", "good")
    camera.clear()
    says(tab.page, "Nothing that looks like bars in view")
    camera.show(TICKET)
    reads(tab.page)
    assert tab.complaints == []


def test_an_unplugged_camera_is_said_and_comes_back(address: str, camera: Camera, tab: Tab) -> None:
    """While the camera is away the page says so, and shows pictures again by itself."""
    tab.page.goto(address)
    reads(tab.page)
    camera.unplug()
    says(tab.page, "No picture from the camera")
    expect(tab.page.locator("#trouble")).not_to_be_empty()
    expect(tab.page.locator("body")).to_have_attribute("data-stale", "")
    camera.plug()
    reads(tab.page)
    expect(tab.page.locator("body")).not_to_have_attribute("data-stale", "")


def test_a_slow_browser_holds_nobody(
    address: str, camera: Camera, chromium: Browser, tab: Tab
) -> None:
    """Tabs beside a client that takes nothing of its pictures stay live."""
    request = f"GET /glimpse HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\n\r\n".encode()
    with socket.socket() as slow, tab_of(chromium, PHONE) as other:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", urlsplit(address).port))
        slow.sendall(5 * request)
        for one in (tab, other):
            one.page.goto(address)
            reads(one.page)
        camera.clear()
        for one in (tab, other):
            says(one.page, "Nothing that looks like bars")


def scroll_of(page: Page) -> tuple[int, int]:
    size = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    return size[0], size[1]


CUT_OFF = """[...document.querySelectorAll('#verdict *, #gauges div, #gauges dt, #gauges dd')]
    .filter(one => {
        const box = one.getBoundingClientRect(), row = one.closest('#gauges div, #verdict');
        const room = row.getBoundingClientRect();
        return box.width && (box.right > innerWidth + 1 || box.bottom > room.bottom + 1);
    }).map(one => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_it_fits_one_screen(
    address: str, camera: Camera, chromium: Browser, size: ViewportSize
) -> None:
    """Nothing scrolls and nothing is cut off, with the longest text that a ticket has."""
    long = Ticket("B000123-OP310-SIZE-XXL-ORDER-99X")
    camera.show(long, Scene(module_px=1.8, qr_module_px=4.0))
    with tab_of(chromium, size) as tab:
        tab.page.goto(address)
        says(tab.page, long.text)
        assert scroll_of(tab.page) <= (size["width"], size["height"])
        assert tab.page.evaluate(CUT_OFF) == []
        box = tab.page.locator("#view").bounding_box()
        assert box is not None
        assert box["width"] * box["height"] > 0.2 * size["width"] * size["height"]


@pytest.mark.parametrize(("size", "scheme"), [(PANEL, "light"), (PHONE, "dark")])
def test_everyone_can_use_it(
    address: str, camera: Camera, chromium: Browser, size: ViewportSize, scheme: str
) -> None:
    """Axe finds nothing serious in contrast, names and structure, in any state."""
    with tab_of(chromium, size, scheme) as tab:
        tab.page.goto(address)
        reads(tab.page)
        tab.page.evaluate(AXE.read_text(encoding="utf-8"))
        assert serious(tab.page) == []
        camera.show(TICKET, Scene(module_px=1.8, qr_module_px=None))
        says(tab.page, "a bit far")
        assert serious(tab.page) == []
        camera.clear()
        says(tab.page, "Nothing")
        assert serious(tab.page) == []


def serious(page: Page) -> list[str]:
    result: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in result["violations"]
        if found["impact"] in {"serious", "critical"}
        for node in found["nodes"]
    ]


def test_nothing_leaves_the_machine(address: str, tab: Tab) -> None:
    """Every request of the page goes to its own server, and nothing is forbidden or missing."""
    tab.page.goto(address)
    reads(tab.page)
    assert {urlsplit(url).netloc for url in tab.requests} == {urlsplit(address).netloc}
    assert tab.complaints == []


def test_a_hostile_label_is_only_text(camera: Camera, address: str, tab: Tab) -> None:
    """What a label holds cannot run on the page."""
    camera.show(Ticket("<img src=x onerror='pwned=1'>"))
    tab.page.goto(address)
    says(tab.page, "<img src=x onerror='pwned=1'>")
    assert tab.page.evaluate("window.pwned") is None
    assert tab.page.locator("img, script:not([src])").count() == 0


def test_a_foreign_name_is_refused(address: str) -> None:
    """A page elsewhere whose name was made to lead here (DNS rebinding) gets nothing."""
    for path in ("", "glimpse", "words", "static/aim.js"):
        request = urllib.request.Request(address + path, headers={"Host": "evil.example"})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)  # noqa: S310 - our own server
        assert refused.value.code == 400
        assert "default-src 'none'" in refused.value.headers["Content-Security-Policy"]
    port = urlsplit(address).port
    named = urllib.request.Request(address, headers={"Host": f"localhost:{port}"})  # noqa: S310
    with urllib.request.urlopen(named) as answer:  # noqa: S310 - our own server
        assert answer.status == 200


def test_a_glimpse_is_figures_and_a_picture(address: str) -> None:
    """An answer is a line of JSON and the very bytes of the camera's JPEG."""
    with urllib.request.urlopen(address + "glimpse") as answer:  # noqa: S310 - our own server
        line, jpeg = answer.read().split(b"\n", 1)
    assert jpeg.startswith(b"\xff\xd8")
    assert json.loads(line)["picture"]["width_px"] == 1280


def test_the_end_is_said_and_quick(chromium: Browser) -> None:
    """Ctrl-C ends the command within moments with 130, and an open page says what to do."""
    with Camera(frames_per_s=12) as own, tab_of(chromium, PANEL) as tab:
        own.show(TICKET)
        with aiming(own) as (address, process):
            tab.page.goto(address)
            reads(tab.page)
            process.send_signal(signal.SIGINT)
            assert process.wait(ENDED_S) == 130
            says(tab.page, "The aiming help has ended")
            expect(tab.page.locator("#advice")).to_contain_text("bartack camera aim")
