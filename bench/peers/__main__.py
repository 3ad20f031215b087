"""Bartack beside its peers: the same speeds and the same script of faults, in one run.

    make bench-peers ARGS="--quick"

Writes every trial as a line of JSON, and the table, to ``build/peers/``. Speeds are measured one
peer at a time, the peers in turn within a round; faults count events, so some run side by side.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bartack_sim.broker import find_mosquitto
from peers import machine
from peers.bench import Sizes
from peers.catalogue import PEERS
from peers.table import FAULTS, report

BUILT = Path("build/peers")
FULL = Sizes(latency_s=30, flood=10_000, outage_s=60, backlog=2000, settle_s=15, idle_s=25)
QUICK = Sizes(latency_s=10, flood=3000, outage_s=16, backlog=2000, settle_s=8, idle_s=25)
TRIAL_S = 400
STOPS_WITHIN_S = 30

Result = dict[str, Any]


def trial(peer: str, test: str, sizes: Sizes, place: Path) -> Result:
    """One trial in a process of its own; with ``error`` if it came to no result."""
    sizes = replace(sizes, flood=min(sizes.flood, PEERS[peer].flood))
    with tempfile.TemporaryDirectory(dir=place, prefix="t-") as folder:
        command = [sys.executable, "-m", "peers.trial", peer, test, "--folder", folder]
        command += ["--built", str(BUILT), "--sizes", json.dumps(asdict(sizes))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, errors = process.communicate(timeout=TRIAL_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            output, errors = process.communicate(timeout=STOPS_WITHIN_S)
        except KeyboardInterrupt:
            # The trial must have unmounted before its folder goes.
            process.terminate()
            process.wait(STOPS_WITHIN_S)
            raise
    if process.returncode != 0:
        said = errors.decode(errors="replace").strip().splitlines()
        return {"peer": peer, "test": test, "error": said[-1] if said else process.returncode}
    result: Result = json.loads(output)
    return result


class Run:
    """All trials of one run; each result goes to the file as soon as it is there."""

    def __init__(self, peers: Sequence[str], sizes: Sizes, place: Path, file: Path) -> None:
        self.results: list[Result] = []
        self._peers = peers
        self._sizes = sizes
        self._place = place
        self._file = file
        self._began_s = time.monotonic()

    def speeds(self, rounds: int) -> None:
        for number in range(1, rounds + 1):
            syncs = machine.bare_syncs(self._place)
            self._keep({"peer": "", "test": "bare_syncs", "round": number, **syncs})
            for peer in self._peers:
                self._keep({**self._trial(peer, "speed"), "round": number})

    def faults(self, rounds: int, at_once: int) -> None:
        jobs = [
            (number, peer, test)
            for number in range(1, rounds + 1)
            for test in FAULTS
            for peer in self._peers
        ]
        with ThreadPoolExecutor(at_once) as pool:
            done = pool.map(lambda job: {**self._trial(job[1], job[2]), "round": job[0]}, jobs)
            for result in done:
                self._keep(result)

    def keep_machine(self, described: dict[str, str]) -> None:
        self._keep({"peer": "", "test": "machine", **described})

    def _trial(self, peer: str, test: str) -> Result:
        return trial(peer, test, self._sizes, self._place)

    def _keep(self, result: Result) -> None:
        self.results.append(result)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        told = result.get("error", "done")
        minutes = (time.monotonic() - self._began_s) / 60
        print(f"{minutes:5.1f} min  {result['test']:18}{result['peer']:18}{told}", file=sys.stderr)


def parse() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="make bench-peers", description=__doc__.splitlines()[0])
    options.add_argument("--quick", action="store_true", help="about six minutes")
    options.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    options.add_argument("--rounds", type=int, help="of the speeds")
    options.add_argument("--fault-rounds", type=int, default=1)
    options.add_argument("--at-once", type=int, help="fault trials side by side")
    options.add_argument("--outage", type=float, help="seconds")
    options.add_argument(
        "--place", type=Path, default=BUILT / "work", help="on the disk to measure"
    )
    return options.parse_args()


def main() -> None:
    chosen = parse()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    assert os.geteuid() == 0, "needs root: a pulled plug is a loop device that is shut down"
    sizes = QUICK if chosen.quick else FULL
    if chosen.outage:
        sizes = replace(sizes, outage_s=chosen.outage)
    chosen.place.mkdir(parents=True, exist_ok=True)
    began = datetime.now(UTC)
    stem = BUILT / f"results-{began:%Y%m%dT%H%M%SZ}"
    run = Run(chosen.peers, sizes, chosen.place, stem.with_suffix(".jsonl"))
    load_before = os.getloadavg()[0]
    described = machine.describe(BUILT, mosquitto)
    run.keep_machine(described)
    rounds = chosen.rounds or (1 if chosen.quick else 2)
    run.speeds(rounds)
    run.faults(chosen.fault_rounds, chosen.at_once or (6 if chosen.quick else 4))
    text = report(run.results, sizes, began, described, load_before)
    stem.with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)
    sys.exit(any("error" in result for result in run.results))


if __name__ == "__main__":
    main()
