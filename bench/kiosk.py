"""How long a result takes from the core to the operator's eyes: from ``put`` to the page.

The agent's server gives a document to Chromium on the same machine, as on a station; the page
writes down when its tile holds the result, and when the picture that shows it has been made. Both
ends use the machine's clock. Run alone on the machine:

    .venv/bin/python bench/kiosk.py [--results 200] [--gap 0.05] [--chromium PROGRAM]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from playwright.sync_api import Page, sync_playwright

from bartack.kiosk.screen import Screen
from bartack.kiosk.server import serve
from browser.shift import Shift, already_done, result
from percentiles import heading, row

WATCH = """
    window.shown = {}; window.painted = {};
    const now = () => (performance.timeOrigin + performance.now()) / 1000;
    const root = document.documentElement;
    new MutationObserver(() => {
        const number = root.dataset.number;
        window.shown[number] ??= now();
        // A task after the next frame's callbacks comes when that frame was drawn.
        requestAnimationFrame(() => setTimeout(() => { window.painted[number] ??= now(); }));
    }).observe(root, { attributes: true, attributeFilter: ["data-number"] });
"""


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--results", type=int, default=200)
    options.add_argument("--gap", type=float, default=0.05, help="seconds between results")
    options.add_argument("--chromium", default=shutil.which("chromium"))
    chosen = options.parse_args()
    screen = Screen()
    serving = serve(screen, 0, lambda *_: True)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chosen.chromium, args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 800, "height": 480})
            measure(screen, page, serving.address, chosen.results, chosen.gap)
            browser.close()
    finally:
        serving.stop()


def measure(screen: Screen, page: Page, address: str, results: int, gap_s: float) -> None:
    shift = Shift()
    screen.put(shift.document())
    page.goto(address)
    page.wait_for_selector("#head")
    page.evaluate(WATCH)
    put_s: dict[str, float] = {}
    took_s: list[float] = []
    number = ""
    for turn in range(results):
        news = result("ok") if turn % 2 else already_done(datetime.now(UTC))
        document = shift.document(result=news)
        number = str(document["number"])
        began_s = time.perf_counter()
        put_s[number] = time.time()
        screen.put(document)
        took_s.append(time.perf_counter() - began_s)
        time.sleep(gap_s)
    page.wait_for_function("number => number in window.painted", arg=number)
    shown_s = page.evaluate("window.shown")
    painted_s = page.evaluate("window.painted")
    print(heading(f"{results} results"))
    print(row("put, in the core's thread", took_s))
    print(row("put to page", [shown_s[n] - at for n, at in put_s.items() if n in shown_s]))
    print(row("put to picture", [painted_s[n] - at for n, at in put_s.items() if n in painted_s]))
    print(f"{len(put_s.keys() - shown_s.keys())} results skipped for a newer one")


if __name__ == "__main__":
    main()
