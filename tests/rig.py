"""A station on the test bench: a real broker, a real agent and hub, readers on PTYs."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from bartack.config import load_station
from bartack.events import Event, parse_event
from bartack.ledger import LedgerReader
from bartack.status import NotRunningError, ask
from bartack_hub.config import load_hub
from bartack_hub.store import StoreReader, open_for_reading
from bartack_sim.devices.pty import Port
from bartack_sim.devices.rdm6300 import BadgeReader
from bartack_sim.devices.scanner import Scanner
from following import Follower
from running import COMMANDS, Process, free_port, wait_until

BADGE = "62E3086CED"
OTHER_BADGE = "AA00000002"

PLAIN = "insecure = true\nreconnect_spread_s = 1"

_BROKER = """\
listener {port} 127.0.0.1
{access}
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 100000
user root
"""

_STATION = """\
site = "dhk1"
line = "l03"
station = "st07"
timezone = "Asia/Dhaka"

[work]
operation = "OP310"

[broker]
host = "{host}"
port = {port}
{access}

[ledger]
path = "ledger.db"

[status]
socket = "agent.sock"

[[reader]]
name = "badge"
driver = "rdm6300"
port = "{folder}/badge"
role = "badge"

[[reader]]
name = "scanner"
driver = "text"
port = "{folder}/scanner"
role = "bundle"

[[code]]
kind = "bundle"
pattern = '^(?P<bundle>B\\d{{6}})(?:-(?P<operation>OP\\d+))?$'

[[feedback]]
driver = "console"
path = "lights.jsonl"
"""

_HUB = """\
site = "dhk1"

[broker]
host = "{host}"
port = {port}
{access}

[store]
url = "sqlite:///hub.db"

[web]
port = {web_port}

[lines.l03]
timezone = "Asia/Dhaka"
shift_start = "00:00"
shift_end = "23:59"
target_pieces = 1000
"""

_TABLES = {
    "operators.csv": "operator,name,badges,language\n"
    f"E1,Asha,{BADGE},bn\nE2,Linh,{OTHER_BADGE},vi\n",
    "operations.csv": "style,seq,operation,name,sam,rate\nS1,1,OP310,Hem,0.50,0.45\n",
    "faults.csv": "code,name\nF01,Open seam\n",
}


def events_of(json_lines: str) -> list[Event]:
    """Events, one a line; a label may hold what Python, but not JSON Lines, calls a line's end."""
    return [parse_event(line) for line in json_lines.split("\n") if line]


@functools.cache
def imported_store(tables: tuple[tuple[str, str], ...]) -> bytes:
    """The store of a hub whose own command imported these: run once, and copied for other rigs."""
    with TemporaryDirectory() as name:
        file, reference = Path(name) / "hub.toml", Path(name) / "reference"
        file.write_text(_HUB.format(host="127.0.0.1", port=1883, access=PLAIN, web_port=8080))
        reference.mkdir()
        for table, text in tables:
            (reference / table).write_text(text, encoding="utf-8")
        command = [str(COMMANDS / "bartack-hub"), "import", "--config", str(file), str(reference)]
        subprocess.run(command, check=True, capture_output=True)
        return (Path(name) / "hub.db").read_bytes()


class Rig:
    """Everything of one station, its broker and its hub, in one folder."""

    def __init__(
        self, folder: Path, mosquitto: Path, access: str = "allow_anonymous true", client: str = ""
    ) -> None:
        """``access`` are settings of the broker, ``client`` those of who connects to it."""
        self.folder = folder
        self.port = free_port()
        self.web_port = free_port()
        state = folder / "broker"
        state.mkdir()
        broker_file = folder / "broker.conf"
        broker_file.write_text(_BROKER.format(port=self.port, folder=state, access=access))
        self.station_file = folder / "station.toml"
        self.hub_file = folder / "hub.toml"
        self.write_files("127.0.0.1", self.port, client or PLAIN, client)
        self.broker = Process([str(mosquitto), "-c", str(broker_file)], folder / "broker.log")
        self.agent = Process(self._command("bartack", "run", "station"), folder / "agent.log")
        self.hub = Process(self._command("bartack-hub", "run", "hub"), folder / "hub.log")
        self._lights: list[dict[str, Any]] = []
        self._light_file = Follower(folder / "lights.jsonl")
        self._badge_port = Port(folder / "badge")
        self._scanner_port = Port(folder / "scanner")
        self.badge = BadgeReader(self._badge_port)
        self.scanner = Scanner(self._scanner_port)

    def write_files(self, host: str, port: int, station: str, hub: str = "") -> None:
        """Write the station's and the hub's file; the last two are their broker settings."""
        self.station_file.write_text(
            _STATION.format(host=host, port=port, folder=self.folder, access=station)
        )
        self.hub_file.write_text(
            _HUB.format(host=host, port=port, access=hub or station, web_port=self.web_port)
        )

    def _command(self, command: str, verb: str, file: str) -> list[str]:
        return [str(COMMANDS / command), verb, "--config", str(self.folder / f"{file}.toml")]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with ExitStack() as ending:
            for close in (self._badge_port.unplug, self._scanner_port.unplug):
                ending.callback(close)
            for process in (self.broker, self.hub, self.agent):
                ending.callback(process.kill)

    # --- starting -----------------------------------------------------------------------------

    def import_reference(self, bundles: int = 200) -> None:
        """Give the hub two operators, an operation, a fault and numbered bundles of 12 pieces."""
        reference, store = self.folder / "reference", self.folder / "hub.db"
        reference.mkdir(exist_ok=True)
        rows = "".join(f"B{number:06d},4711,S1,M,red,12,l03\n" for number in range(1, bundles + 1))
        tables = {**_TABLES, "bundles.csv": "bundle,order,style,size,colour,pieces,line\n" + rows}
        for name, text in tables.items():
            (reference / name).write_text(text, encoding="utf-8")
        if store.exists():
            self.run("bartack-hub", "import", "--config", str(self.hub_file), str(reference))
        else:  # with the tables that a test has put there
            files = sorted(reference.glob("*.csv"))
            store.write_bytes(
                imported_store(tuple((it.name, it.read_text(encoding="utf-8")) for it in files))
            )

    def start_all(self, bundles: int = 200) -> None:
        """Broker, hub and agent, up to the moment when an operator can work."""
        self.import_reference(bundles)
        self.broker.start()
        self.hub.start()
        self.agent.start()
        self.wait_ready()
        self.wait_reference()

    def wait_ready(self) -> None:
        """Until the agent reads both readers: what comes while it opens a port is thrown away."""

        def reads() -> bool:
            try:
                told: dict[str, Any] = dict(ask(self.folder / "agent.sock"))
            except NotRunningError:
                return False
            up = {reader["name"] for reader in told["readers"] if reader["state"] == "up"}
            return {"badge", "scanner"} <= up

        wait_until(
            lambda: self._badge_port.listened and self._scanner_port.listened and reads(),
            lambda: f"the agent listens to its readers: {self.last_words()}",
        )

    def wait_reference(self) -> None:
        """Until the agent that was started last has every table of reference data."""
        tables = [
            f'"table": "{table}"' for table in ("operators", "operations", "faults", "bundles")
        ]

        wait_until(
            lambda: all(table in self.agent.said() for table in tables),
            lambda: f"reference data at the station: {self.last_words()}",
        )

    def run(self, command: str, *arguments: str, code: int | None = 0) -> str:
        """Run one of our commands to its end; its standard output (and error, if it may fail).

        ``code`` is the exit code it must have, None for any.
        """
        done = subprocess.run(
            [str(COMMANDS / command), *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert code in (None, done.returncode), f"{command} {arguments}: {done.stderr}"
        return done.stdout + ("" if code == 0 else done.stderr)

    def last_words(self) -> str:
        """Why a test waits in vain: what broker, hub and agent logged. Ends them."""
        parts = {"broker": self.broker, "hub": self.hub, "agent": self.agent}
        return "\n".join(f"--- {name}: {it.last_words()}" for name, it in parts.items())

    # --- acting and looking -------------------------------------------------------------------

    def lights(self) -> list[dict[str, Any]]:
        """Every answer that the station has shown so far."""
        self._lights += map(json.loads, self._light_file.new_lines())
        return list(self._lights)

    def next_light(self, act: Callable[[], object], timeout_s: float = 60.0) -> dict[str, Any]:
        """Do something and return the first answer after it."""
        seen = len(self.lights())
        act()
        wait_until(lambda: len(self.lights()) > seen, "a light", timeout_s)
        return self.lights()[seen]

    def tap(self, badge: str = BADGE) -> dict[str, Any]:
        return self.next_light(lambda: self.badge.tap(badge, 0.3))

    def scan(self, text: str) -> dict[str, Any]:
        return self.next_light(lambda: self.scanner.scan(text))

    # Looked at in this process: a command for each look would cost more than what it looks at.

    def status(self) -> dict[str, Any]:
        """What the agent says of itself over its socket, as soon as it answers."""
        told: dict[str, Any] = {}

        def answers() -> bool:
            with suppress(NotRunningError):
                told.update(ask(self.folder / "agent.sock"))
            return bool(told)

        wait_until(answers, lambda: f"the agent answers: {self.last_words()}", 15.0)
        return told

    def ledger(self) -> list[Event]:
        """All events of the station's ledger."""
        with LedgerReader(load_station(self.station_file).ledger.path) as reader:
            return reader.tail(100_000)

    def committed(self) -> list[Event]:
        """All events that the hub has committed."""
        store = load_hub(self.hub_file).store.path(self.hub_file.parent)
        with closing(open_for_reading(store)) as connection:
            return [parse_event(body) for body in StoreReader(connection).canonical_events()]

    def wait_drained(self, timeout_s: float = 30.0) -> None:
        """Until the hub has confirmed everything that the station has."""
        wait_until(lambda: self.status()["backlog"] == 0, "nothing left to send", timeout_s)
