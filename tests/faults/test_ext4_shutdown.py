"""The plug of a whole file system is pulled under the running agent, again and again.

Real kernel, real ext4, real journal: an image of the test's own behind a loop device is shut down
by ``EXT4_IOC_SHUTDOWN`` at random moments of a shift, and mounted again as after a boot. It shows
the loss of what was not synced; torn sectors are ``test_power_cut``'s.
"""

from __future__ import annotations

import os
import random
import signal
import threading

import pytest

from faults.mounts import Image
from faults.oracle import (
    check_books,
    greens,
    label,
    running,
    scan_until_counted,
    wait_confirmed,
)
from faults.traced import untraced
from rig import Rig
from running import wait_until

BUNDLES = 4000

pytestmark = pytest.mark.require("mosquitto", "mkfs.ext4", "losetup")


def test_a_pulled_plug_loses_no_green_light(rig: Rig, ext4_disk: Image) -> None:
    """Three times; the next boot finds every green light's event."""
    pull_plugs(rig, ext4_disk, rounds=3)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_pulled_plugs_lose_no_green_light(rig: Rig, ext4_disk: Image) -> None:
    """A hundred times on one ledger; every green light of all of them is at the hub, once."""
    pull_plugs(rig, ext4_disk, rounds=100)


def pull_plugs(rig: Rig, image: Image, rounds: int) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure
    choose = random.Random(seed)
    rig.start_all(BUNDLES)
    rig.agent.terminate()
    rig.agent = untraced(rig)
    scanned = 0
    for _ in range(rounds):
        rig.agent.start()
        rig.wait_ready()
        if running(rig)["operator"] is None:
            rig.tap()
        scanned = shift_with_a_cut(rig, image, scanned, choose)
        image.unmount()
        image.mount()
        assert_all_there(rig)
    rig.agent.start()
    rig.wait_ready()
    labels = [label(number) for number in range(1, scanned + 1)]
    for text in labels:
        scan_until_counted(rig, text)
    wait_confirmed(rig, timeout_s=120)
    check_books(rig, labels)


def shift_with_a_cut(rig: Rig, image: Image, scanned: int, choose: random.Random) -> int:
    """Scan and pull the plug in the middle of it; the number of the last label scanned."""
    plug = threading.Timer(choose.uniform(0, 0.06), image.power_off, [rig.agent.pid])
    plug.start()
    while plug.is_alive() and scanned < BUNDLES:
        scanned += 1
        rig.scanner.scan(label(scanned))
    plug.join()
    assert rig.agent.wait() == -signal.SIGKILL
    wait_until(lambda: os.path.ismount(image.folder), "the image is still mounted")
    return scanned


def assert_all_there(rig: Rig) -> None:
    """The ledger as the next boot finds it has every green light that was not pruned."""
    assert greens(rig) <= {(event.log, event.seq) for event in rig.ledger()}
