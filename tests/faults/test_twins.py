"""Two stations run from copies of one card: same ledger, same key, same name at the same broker."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator

import pytest

from faults.oracle import check_books, greens, label, running, wait_confirmed
from installed import Require
from rig import PLAIN, Rig
from running import wait_until

WATCHED_S = 25.0
CONNECTS_MAX = 18
"""In that time. Two clients that each come back within a second make thirty and more."""

pytestmark = pytest.mark.require("mosquitto")

_CONNECTED = re.compile(r"New client connected from .* as bartack-dhk1-l03-st07 ")


@pytest.fixture
def twin(rig: Rig, require: Require) -> Iterator[Rig]:
    """A second machine at the first one's broker, without a card as yet."""
    folder = rig.folder / "twin"
    folder.mkdir()
    with Rig(folder, require("mosquitto")) as bench:
        bench.write_files("127.0.0.1", rig.port, PLAIN)
        yield bench


def copy_card(rig: Rig, twin: Rig) -> None:
    """Everything of a station that is not running, as an image of its card has it."""
    for file in rig.folder.iterdir():
        if file.name.startswith("ledger") or file.suffix in {".key", ".pem"}:
            shutil.copy2(file, twin.folder / file.name)


def connects(rig: Rig) -> int:
    return len(_CONNECTED.findall(rig.broker.log.read_text()))


@pytest.mark.slow
def test_twins_are_noticed_and_do_not_fight(rig: Rig, twin: Rig) -> None:
    """Both raise an alarm and count on by themselves, the broker sees few connects, the branch that
    was first at the hub is complete there, and the other is set aside and told."""
    rig.start_all(200)
    rig.tap()
    assert rig.scan(label(1))["outcome"] == "ok"
    wait_confirmed(rig)
    rig.agent.kill()
    copy_card(rig, twin)
    rig.agent.start()
    rig.wait_ready()
    wait_confirmed(rig)
    before = connects(rig)
    twin.agent.start()
    twin.wait_ready()
    scanned: dict[str, list[str]] = {"rig": [label(1)], "twin": []}
    pause, end_s, number = threading.Event(), time.monotonic() + WATCHED_S, 2
    while time.monotonic() < end_s:
        for bench, texts in ((rig, scanned["rig"]), (twin, scanned["twin"])):
            texts.append(label(number))
            number += 1
            assert bench.scan(texts[-1])["outcome"] == "ok"
        pause.wait(0.5)
    assert connects(rig) - before <= CONNECTS_MAX
    assert "id_taken" in running(rig)["alarms"]
    assert {"id_taken", "hub_ahead"} <= set(running(twin)["alarms"])
    assert greens(twin) <= {(event.log, event.seq) for event in twin.ledger()}
    twin.agent.terminate()
    wait_confirmed(rig, timeout_s=180)
    check_books(rig, scanned["rig"])
    hub = ("--config", str(rig.hub_file))
    wait_until(lambda: "ALARM id_taken" in rig.run("bartack-hub", "status", *hub), "the alarm")
    assert "set aside: other_hash" in rig.run("bartack-hub", "status", *hub)
    assert "cloned or tampered" in rig.run("bartack-hub", "verify", *hub, code=6)
