"""A broker that takes only small messages gets small ones, whatever way it refuses the large."""

from __future__ import annotations

import pytest

from faults.oracle import check_books, label, running, scan_fast, wait_confirmed
from faults.station_file import change
from rig import Rig
from running import wait_until

BUNDLES = 25
"""Few enough for the hub's own reference data to pass."""

SMALL_BYTES = 3000
"""Room for a few events; a replay would have all of them."""

pytestmark = pytest.mark.require("mosquitto")


@pytest.mark.parametrize(
    ("limit", "protocol"),
    [
        ("max_packet_size", "5"),  # told when the link is made
        ("message_size_limit", "5"),  # refused with a reason
        # The link is cut.
        pytest.param("max_packet_size", "3.1.1", marks=pytest.mark.slow),
        # Acknowledged and thrown away, which only the hub's silence tells.
        pytest.param("message_size_limit", "3.1.1", marks=pytest.mark.slow),
    ],
)
def test_a_backlog_passes_a_narrow_broker(rig: Rig, limit: str, protocol: str) -> None:
    """Batches shrink until they are taken, and every green scan arrives once."""
    change(rig, ("insecure = true", f'insecure = true\nprotocol = "{protocol}"'))
    rig.start_all(BUNDLES)
    rig.tap()
    wait_confirmed(rig)
    for process in (rig.hub, rig.broker):
        process.kill()
    labels = [label(number) for number in range(1, BUNDLES + 1)]
    scan_fast(rig, [*labels, *(f"{text}-OP310" for text in labels)])
    before = running(rig)["head"]
    with (rig.folder / "broker.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"{limit} {SMALL_BYTES}\n")
    rig.broker.start()
    rig.hub.start()
    wait_until(lambda: running(rig)["acked"] >= before, "the backlog drains", 110)
    assert "broker_refuses" not in running(rig)["alarms"]
    check_books(rig, labels)
