"""A small board with a slow card: 40 % of one core, 512 MiB and 100 writes a second.

Only the agent is held to that budget, in a control group of its own (as root); broker, hub and
simulated readers run free. Three measurements:

- scans at 20 a second for a minute, from scan to light (goal: sustained, p99 at most 300 ms);
- in the same budget at the same pace for as long, an outbox script with a commit for each event;
- catching up: thousands of unsent events in the ledger, then broker and hub appear (goal: at least
  150 events/s committed and confirmed) while scans at 2 a second go on.

    .venv/bin/python bench/small_board.py [--seconds 60] [--backlog 50000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from backlog import fill_refused
from bartack.status import ask
from bartack_sim.broker import find_mosquitto
from cgroups import Budget, Limits, budget
from pacing import Lights, Waits, paced
from percentiles import heading, row
from readings import cpu_s, load, peak_mb
from rig import Rig
from running import COMMANDS, Process, wait_until

PACE = 20.0
LIVE_PACE = 2.0
START_S = 60.0
LINKED = {"connected": True, "detail": ""}
CATCH_UP_MOST_S = 300.0


def held_agent(rig: Rig, held: Budget) -> Process:
    """The rig's agent, inside of the budget."""
    command = [str(COMMANDS / "bartack"), "run", "--config", str(rig.station_file)]
    return Process(held.holding(*command), rig.folder / "agent.log")


def scan_to_light(rig: Rig, held: Budget, bundles: list[str]) -> None:
    wait_until(lambda: rig.scanner.port.listened, "the agent listens", START_S)
    rig.tap()
    before = cpu_s(rig.agent.pid), held.writes(), *held.throttled()
    with Lights(rig.folder / "lights.jsonl") as lights:
        waits = paced(lambda b: rig.scanner.port.send(b.encode() + b"\r"), bundles, PACE, lights)
    after = cpu_s(rig.agent.pid), held.writes(), *held.throttled()
    spent_s, writes, times, held_s = (
        late - early for early, late in zip(before, after, strict=True)
    )
    tell("agent, scan to light", waits)
    each = (
        f"{spent_s / len(bundles) * 1000:.1f} ms CPU and {writes / len(bundles):.1f} writes a scan"
    )
    print(f"  {each}; share of the core used up {times:.0f} times, for {held_s:.1f} s")
    print(f"  peak memory {peak_mb(rig.agent.pid):.0f} MB")


def limit(folder: Path, held: Budget) -> None:
    """What the budget lets a bare append and fdatasync do: shows that the limit bites."""
    script = Path(__file__).with_name("bare_sync.py")
    command = held.holding(sys.executable, str(script), str(folder / "bare"), "5")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(f"append and fdatasync in the same budget: {done.stdout.strip()} a second")


def peer(rig: Rig, held: Budget, bundles: list[str]) -> None:
    """The script is given as long as the pace took; what it has not answered then is behind."""
    answers, database = rig.folder / "answers.jsonl", rig.folder / "outbox.db"
    script = Path(__file__).with_name("outbox_script.py")
    command = held.holding(sys.executable, str(script), str(rig.port), str(database), str(answers))
    with (
        Lights(answers) as lights,
        subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0) as running,
    ):
        assert running.stdin is not None
        feed = running.stdin
        try:
            feed.write(b"first\n")
            wait_until(lambda: "first" in lights.seen, "the script answers", START_S)
            waits = paced(lambda b: feed.write(f"{b}\n".encode()), bundles, PACE, lights, 0.0)
        finally:
            running.kill()
    tell("commit for each event, to answer", waits)
    with closing(sqlite3.connect(database)) as outbox:
        (left,) = outbox.execute("SELECT count(*) FROM outbox").fetchone()
    seconds = len(bundles) / PACE
    print(f"  answered {len(waits.answered_s) / seconds:.1f} events/s")
    print(f"  delivered and deleted {(len(waits.answered_s) + 1 - left) / seconds:.1f} events/s")


def tell(name: str, waits: Waits) -> None:
    print(row(name, waits.answered_s))
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in waits.outcomes.items())
    print(f"  {outcomes}; {waits.unanswered} not answered when it ended")


def catch_up(rig: Rig, held: Budget, bundles: list[str]) -> None:
    """Broker and hub appear; from the moment of the connection until all of it is confirmed."""
    socket = rig.folder / "agent.sock"
    wait_until(lambda: rig.scanner.port.listened, "the agent listens", START_S)
    wait_until(socket.exists, "the agent tells its status", START_S)
    goal = int(str(ask(socket)["head"]))
    began = int(str(ask(socket)["acked"]))
    done = threading.Event()
    waits: list[Waits] = []
    rig.hub.start()
    rig.broker.start()
    wait_until(lambda: ask(socket)["broker"] == LINKED, "connected", START_S)
    began_s, (times, held_s) = time.perf_counter(), held.throttled()

    def live() -> None:
        send = rig.scanner.port.send
        going = (name for name in bundles if not done.is_set())
        waits.append(paced(lambda b: send(b.encode() + b"\r"), going, LIVE_PACE, lights))

    with Lights(rig.folder / "lights.jsonl") as lights:
        scans = threading.Thread(target=live)
        scans.start()
        acked = began
        while acked < goal and time.perf_counter() - began_s < CATCH_UP_MOST_S:
            time.sleep(0.1)
            acked = int(str(ask(socket)["acked"]))
        took_s = time.perf_counter() - began_s
        done.set()
        scans.join()
    print(f"catching up: {acked - began} of {goal - began} events in {took_s:.1f} s")
    print(f"  committed and confirmed {(acked - began) / took_s:.0f} events/s")
    times, held_s = held.throttled()[0] - times, held.throttled()[1] - held_s
    print(f"  share of the core used up {times} times, for {held_s:.1f} s")
    tell("scan to light meanwhile", waits[0])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=60, help="of scans at 20 a second")
    options.add_argument("--backlog", type=int, default=50_000, help="unsent events to catch up")
    options.add_argument("--folder", type=Path, help="on the disk to limit")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    scans = int(chosen.seconds * PACE)
    bundles = [f"B{number:06d}" for number in range(1, scans + 1)]
    live = [f"B{scans + number:06d}" for number in range(1, int(CATCH_UP_MOST_S * LIVE_PACE) + 1)]
    print(load())
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
        budget("bartack-bench", Path(folder), Limits()) as held,
        Rig(Path(folder), Path(mosquitto)) as rig,
    ):
        rig.agent = held_agent(rig, held)
        rig.start_all(len(bundles) + len(live))
        print(heading(f"scans at {PACE:.0f}/s"))
        scan_to_light(rig, held, bundles)
        rig.agent.terminate()
        limit(Path(folder), held)
        peer(rig, held, bundles)
        for process in (rig.hub, rig.broker):
            process.terminate()
        fill_refused(rig.station_file, chosen.backlog)
        rig.agent.start()
        catch_up(rig, held, live)


if __name__ == "__main__":
    main()
