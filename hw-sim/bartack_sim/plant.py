"""Broker, hub and agents as real processes in one folder, started and stopped in order."""

from __future__ import annotations

import functools
import http.client
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bartack_sim.broker import BrokerHandle
from bartack_sim.configuration import station_file
from bartack_sim.ports import free_port
from bartack_sim.processes import Child, ProcessError, run_once, stop_all

STOP_S = 10.0
COMMAND_S = 60.0
PORTS_TRIED = 5
DEGRADED = 7
"""Exit status of ``bartack status`` when something is amiss; it answers all the same."""


class StartInterruptedError(Exception):
    """Someone asked to stop while the plant was being started."""


class PortTakenError(Exception):
    """Somebody else listens at the dashboard's port."""


class Dashboard:
    """Where the dashboard is served: at ``port``, which ``written`` puts into the hub's file.

    Unless it is ``fixed`` another one is taken where somebody else was first.
    """

    def __init__(self, port: int, written: Callable[[int], str], *, fixed: bool = False) -> None:
        self.port = port
        self.written = written
        self.fixed = fixed

    def move(self) -> None:
        """Take any free port; raises ``PortTakenError`` if it may not."""
        if self.fixed:
            raise PortTakenError(f"port {self.port}: another program listens there")
        self.port = free_port()


class Plant:
    """The processes of a whole site with one line. ``hurry`` ends all waiting."""

    def __init__(
        self,
        folder: Path,
        stations: tuple[str, ...],
        broker: BrokerHandle,
        dashboard: Dashboard,
        hurry: Callable[[], bool],
    ) -> None:
        self.folder = folder
        self.broker = broker
        self._dashboard = dashboard
        self._hurry = hurry
        self._hub_file = folder / "hub.toml"
        self.hub = Child(
            "hub",
            [_command("bartack-hub"), "run", "--config", str(self._hub_file)],
            folder / "hub.log",
        )
        self.agents: Mapping[str, Child] = {
            code: Child(
                f"agent {code}",
                [_command("bartack"), "run", "--config", str(station_file(folder, code))],
                folder / f"{code}.log",
            )
            for code in stations
        }

    @property
    def dashboard(self) -> str:
        return f"http://127.0.0.1:{self._dashboard.port}/"

    def children(self) -> tuple[Child, ...]:
        """Every process, in the order of their start."""
        return (self.broker.child, self.hub, *self.agents.values())

    def start(self, reference: Path, stop: Callable[[], bool]) -> None:
        """Start everything and wait until each station is connected.

        Raises ``ProcessError`` when a part does not come up, ``PortTakenError`` when the dashboard
        may have no other port, and ``StartInterruptedError`` when ``stop`` says so.
        """
        self._write_hub_file()
        self.broker.child.start()
        self._wait_for(self.broker.child, lambda: self.broker.listening, 15.0, stop)
        self.take_in(reference, stop)
        self.hub.start()
        for agent in self.agents.values():
            agent.start()
        self._wait_for_hub(stop)
        for code, agent in self.agents.items():
            self._wait_for(agent, functools.partial(self._connected, code), 60.0, stop)

    def take_in(self, reference: Path, stop: Callable[[], bool] | None = None) -> None:
        """Import the tables of this folder; raises ``ProcessError`` when the hub refuses them."""
        command = [_command("bartack-hub"), "import", "--config", str(self._hub_file)]
        run_once([*command, str(reference)], self.folder, COMMAND_S, stop or self._hurry)

    def revive(self) -> list[str]:
        """Start again whatever has ended by itself; returns a sentence for each."""
        ended = []
        for child in self.children():
            status = child.revive()
            if status is not None:
                ended.append(f"{child.name} ended with status {status} and was started again")
        return ended

    def undrained(self) -> list[str]:
        """Stations whose events the hub has not all committed, with head and acked."""
        waiting = []
        for code in self.agents:
            status = self._status(code)
            if status is None:
                waiting.append(f"{code}: gives no status")
            elif status.get("acked") != status.get("head"):
                waiting.append(f"{code}: {status.get('acked')} of {status.get('head')} committed")
        return waiting

    def export(self) -> str:
        """Every event that the hub has committed, as JSON Lines."""
        command = [_command("bartack-hub"), "export", "--config", str(self._hub_file)]
        return run_once([*command, "--format", "jsonl"], self.folder, COMMAND_S, self._hurry)

    def stop(self) -> list[str]:
        """Agents, then hub, then broker; returns the names of those that had to be killed."""
        killed = stop_all(tuple(self.agents.values()), STOP_S, self._hurry)
        killed += stop_all((self.hub,), STOP_S, self._hurry)
        killed += stop_all((self.broker.child,), STOP_S, self._hurry)
        return killed

    def _wait_for(
        self, child: Child, ready: Callable[[], bool], timeout_s: float, stop: Callable[[], bool]
    ) -> None:
        deadline = time.monotonic() + timeout_s
        while not ready():
            if stop():
                raise StartInterruptedError
            if not child.running:
                raise ProcessError(f"{child.name} ended while starting\n{child.log_tail()}")
            if time.monotonic() >= deadline:
                raise ProcessError(
                    f"{child.name} is not ready after {timeout_s:g} s\n{child.log_tail()}"
                )
            time.sleep(0.1)

    def _write_hub_file(self) -> None:
        self._hub_file.write_text(self._dashboard.written(self._dashboard.port), encoding="utf-8")

    def _wait_for_hub(self, stop: Callable[[], bool]) -> None:
        """Wait until the dashboard is served, at another port where this one is taken meanwhile."""
        for _ in range(PORTS_TRIED):
            try:
                self._wait_for(self.hub, self._hub_answers, 45.0, stop)
                return
            except ProcessError:
                port = self._dashboard.port
                if self.hub.running or free_port(port) == port:
                    raise
            self._dashboard.move()
            self._write_hub_file()
            self.hub.start()
        self._wait_for(self.hub, self._hub_answers, 45.0, stop)

    def _hub_answers(self) -> bool:
        if not self.hub.listens_at(self._dashboard.port):
            return False
        connection = http.client.HTTPConnection("127.0.0.1", self._dashboard.port, timeout=2.0)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _connected(self, station: str) -> bool:
        """Whether the agent has its broker and all of its readers."""
        status = self._status(station) or {}
        broker, readers = status.get("broker"), status.get("readers")
        return (
            isinstance(broker, dict)
            and broker.get("connected") is True
            and isinstance(readers, list)
            and all(isinstance(reader, dict) and reader.get("state") == "up" for reader in readers)
        )

    def _status(self, station: str) -> dict[str, object] | None:
        """What ``bartack status`` says; None while the agent does not answer."""
        file = str(station_file(self.folder, station))
        try:
            text = run_once(
                [_command("bartack"), "status", "--json", "--config", file],
                self.folder,
                20.0,
                self._hurry,
                good=(0, DEGRADED),
            )
        except ProcessError:
            return None
        document = json.loads(text)
        return document if isinstance(document, dict) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _command(name: str) -> str:
    """Our command beside the Python that runs this."""
    return str(Path(sys.executable).parent / name)
