"""Days without a broker and without its name, pressed into a minute, with a restart in the middle.

Tens of thousands of scans go past the most that the ledger may take.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.oracle import (
    greens,
    label,
    running,
    scan_fast,
    scan_until_counted,
    send_all,
    status,
    wait_confirmed,
)
from faults.station_file import change, scan_again_at_once
from faults.traced import Agent, agent_command
from rig import Rig
from running import wait_until

NAME = "broker.bartack.test"
MAX_MB = 32
WAL_MAX_MB = 8
GREEN = 200
WARM_UP = 4000
AT_ONCE = 1000
RESUMES_S = 10.0
GROWTH_MAX = 1.1

pytestmark = [pytest.mark.require("mosquitto"), pytest.mark.slow]


class Names:
    """What the agent alone finds in /etc/hosts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.know()

    def know(self) -> None:
        self.file.write_text(f"127.0.0.1 localhost {NAME}\n", encoding="ascii")

    def forget(self) -> None:
        self.file.write_text("127.0.0.1 localhost\n", encoding="ascii")


@pytest.fixture
def names(rig: Rig, as_root: None) -> Iterator[Names]:
    """The broker goes by a name, in a mount namespace of the agent's own."""
    names = Names(rig.folder / "hosts")
    scan_again_at_once(rig)
    change(
        rig,
        ('host = "127.0.0.1"', f'host = "{NAME}"'),
        ('path = "ledger.db"', f'path = "ledger.db"\nmax_mb = {MAX_MB}\nkeep_events = 0'),
    )
    own = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    rig.agent = Agent([*own, script, str(names.file), *agent_command(rig)], rig.agent.log)
    yield names
    rig.agent.kill()


def memory_kb(rig: Rig) -> int:
    status = Path(f"/proc/{rig.agent.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def disk_mb(rig: Rig) -> float:
    return sum(file.stat().st_size for file in rig.folder.glob("ledger.db*")) / 1024**2


def flood(rig: Rig, first: int, count: int) -> int:
    """Scan so many bundles that nobody knows, until all were read: each is an event and none a
    credit. Returns the number after the last."""
    goal = reads(rig) + count
    lines = "".join(f"{label(number)}\r" for number in range(first, first + count))
    send_all(rig.scanner.port, lines.encode())
    wait_until(lambda: reads(rig) >= goal, "all are read", 60)
    return first + count


def reads(rig: Rig) -> int:
    return int(running(rig)["readers"][1]["reads"])


def is_full(rig: Rig) -> bool:
    return "ledger_unavailable" in running(rig)["alarms"]


def check_flat(rig: Rig, first: int) -> int:
    """After a warm-up twice as many scans again take no more memory."""
    first = flood(rig, first, WARM_UP)
    before_kb = memory_kb(rig)
    first = flood(rig, first, 2 * WARM_UP)
    assert memory_kb(rig) <= before_kb * GROWTH_MAX
    return first


@pytest.mark.timeout(600)
def test_days_without_a_broker_cost_nothing(rig: Rig, names: Names) -> None:
    """Memory stays flat and the disk under its limit, reading never stops and is back within ten
    seconds after a restart; past the limit scans are red; when broker and name are back all that
    was green arrives and scans are green again, by themselves."""
    rig.start_all(GREEN + 1)
    rig.tap()
    scanned = [label(number) for number in range(1, GREEN + 1)]
    scan_fast(rig, scanned[: GREEN // 2])
    wait_confirmed(rig)
    names.forget()
    for process in (rig.broker, rig.hub):
        process.kill()
    scan_fast(rig, scanned[GREEN // 2 :])
    green = greens(rig)
    next_one = check_flat(rig, 100_000)
    rig.agent.kill()
    rig.agent.start()
    wait_until(lambda: status(rig) and rig.scanner.port.listened, "it is back", RESUMES_S)
    next_one = check_flat(rig, next_one)
    while not is_full(rig):
        next_one = flood(rig, next_one, AT_ONCE)
    assert disk_mb(rig) <= MAX_MB + WAL_MAX_MB
    pid = running(rig)["pid"]
    names.know()
    rig.broker.start()
    rig.hub.start()
    wait_confirmed(rig, timeout_s=180)
    scanned.append(label(GREEN + 1))
    scan_until_counted(rig, scanned[-1])
    assert running(rig)["pid"] == pid
    assert not is_full(rig)
    wait_confirmed(rig)
    committed = rig.committed()
    assert green | greens(rig) <= {(event.log, event.seq) for event in committed}
    done = [event.text("bundle") for event in committed if event.type == "work.done"]
    assert done == scanned
