"""Bartack: labels from a scanner on a serial line, a light for each, the hub's books behind.

It has no entrance without an answer, so an event counts as handed over when its light was green.
The hub works at the central broker, on the same machine, and is no part of the gateway.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from faults.oracle import label, status, wait_confirmed
from faults.station_file import ledger_at
from faults.traced import agent_command
from peers.lights import Lights
from peers.peer import Site
from peers.processes import Processes
from rig import PLAIN, Rig
from running import wait_until

UNANSWERED_MAX = 400
"""Labels on the wire without a light: fewer than fill a terminal's 4,095 bytes."""
AT_ONCE = 50
ANSWERS_WITHIN_S = 5.0
CONFIRMS_WITHIN_S = 60.0
TABLES = ("operators", "operations", "bundles")


class Bartack:
    """A station with one badge reader and one scanner; its ledger lies on the peer's disk."""

    topic = "bartack/v1/dhk1/l03/st07/events"

    def __init__(self, site: Site) -> None:
        self.sent_ns: dict[int, int] = {}
        self._site = site
        self._is_set_up = False
        folder = site.folder / "station"
        folder.mkdir()
        self.processes = Processes(folder)
        self._ending = ExitStack()
        self._rig = self._ending.enter_context(Rig(folder, site.mosquitto))
        self._rig.write_files("127.0.0.1", site.central_port, PLAIN)
        ledger_at(self._rig, str(site.disk / "ledger.db"))
        self._lights = Lights(folder / "lights.jsonl")
        self._ending.callback(self._lights.close)
        self._ending.callback(self.processes.kill)

    @property
    def light_ns(self) -> Mapping[int, int]:
        # A copy at once: the lights' thread goes on writing.
        return {int(text[1:]): shown_ns for text, shown_ns in self._lights.shown_ns.copy().items()}

    def start(self) -> None:
        rig = self._rig
        if not self._is_set_up:
            rig.import_reference(self._site.events)
            rig.hub.start()
            wait_until(lambda: "broker_up" in rig.hub.log.read_text(), "the hub is there")
        self.processes.start("agent", agent_command(rig), rig.folder)
        rig.wait_ready()
        if not self._is_set_up:
            self._wait_reference()
        wait_until(lambda: status(rig) is not None, "the agent says how it is")
        if (status(rig) or {}).get("operator") is None:
            rig.tap()
        if not self._is_set_up:
            wait_confirmed(rig)
            self._is_set_up = True

    def _wait_reference(self) -> None:
        log = self._rig.agent.log
        wait_until(
            lambda: all(f'"table": "{table}"' in log.read_text() for table in TABLES),
            "reference data at the station",
            timeout_s=60,
        )

    def hand_over(self, number: int) -> None:
        self._lights.expect(1)
        self.sent_ns[number] = time.perf_counter_ns()
        self._rig.scanner.port.send(f"{label(number)}\r".encode())

    def flood(self, numbers: Sequence[int]) -> None:
        already = len(self._lights.shown_ns)
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            self._wait_shown(already + start + len(some) - UNANSWERED_MAX)
            self._lights.expect(len(some))
            self.sent_ns.update(dict.fromkeys(some, time.perf_counter_ns()))
            self._rig.scanner.port.send("".join(f"{label(n)}\r" for n in some).encode())

    def _wait_shown(self, answers: int) -> None:
        wait_until(lambda: len(self._lights.shown_ns) >= answers, "lights", timeout_s=60)

    def rest(self) -> None:
        """Until every scan has its light, if the agent still answers."""
        deadline_s = time.monotonic() + ANSWERS_WITHIN_S
        while time.monotonic() < deadline_s and self.unanswered():
            time.sleep(0.01)

    def unanswered(self) -> int:
        return len(self.sent_ns) - len(self._lights.shown_ns)

    def promised(self) -> set[int]:
        return {int(text[1:]) for text in self._lights.green.copy()}

    def numbers_in(self, payload: bytes) -> list[int]:
        events = json.loads(payload)["events"]
        return [int(event["bundle"][1:]) for event in events if event["type"] == "work.done"]

    def counted(self) -> Counter[int]:
        """What the hub's ledger credits, once the station says that the hub has everything."""
        deadline_s = time.monotonic() + CONFIRMS_WITHIN_S
        while time.monotonic() < deadline_s and (status(self._rig) or {}).get("backlog") != 0:
            time.sleep(0.1)
        done = (event for event in self._rig.committed() if event.type == "work.done")
        return Counter(int(event.text("bundle")[1:]) for event in done)

    def close(self) -> None:
        self._ending.close()
