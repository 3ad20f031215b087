"""Two networks of a test's own with a bad wire between them: a station here, broker and hub there.

Both are network namespaces and vanish with everything in them, so nothing of the machine's own
network is touched. Needs root.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from installed import SEARCH_PATH

HUB_ADDRESS = "10.99.0.1"
_STATION_ADDRESS = "10.99.0.2"


@dataclass(frozen=True, slots=True)
class Network:
    """One end of the wire. ``wire`` is what the end is called in there."""

    name: str
    wire: str

    def inside(self, command: list[str]) -> list[str]:
        """The command that runs ``command`` in this network, under the same process id."""
        return ["ip", "netns", "exec", self.name, *command]

    def do(self, *command: str) -> None:
        run(*self.inside(list(command)))

    def lose(self, percent: int) -> None:
        """Lose so many of a hundred packets that come in here, by chance."""
        self.do("nft", "add", "table", "inet", "loss")
        self.do("nft", "add chain inet loss input { type filter hook input priority 0; }")
        chance = f"numgen random mod 100 < {percent}"
        self.do("nft", f"add rule inet loss input iifname {self.wire} {chance} counter drop")

    def lost_packets(self) -> int:
        """How many were lost so far."""
        told = run(*self.inside(["nft", "list", "chain", "inet", "loss", "input"]))
        return int(told.split("counter packets ")[1].split()[0])

    def narrow(self, kbit_s: int) -> None:
        """Let no more than this leave here."""
        limit = ("rate", f"{kbit_s}kbit", "burst", "3000", "latency", "2s")
        self.do("tc", "qdisc", "add", "dev", self.wire, "root", "tbf", *limit)


def run(*command: str) -> str:
    """Run a command to its good end; what it printed."""
    environment = {**os.environ, "PATH": SEARCH_PATH}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@contextmanager
def two_networks() -> Iterator[tuple[Network, Network]]:
    """The station's network and the hub's, with a wire between them that works."""
    station = Network(f"bartack-st-{os.getpid()}", "bt-station")
    hub = Network(f"bartack-hub-{os.getpid()}", "bt-hub")
    with ExitStack() as ending:
        for network in (station, hub):
            run("ip", "netns", "add", network.name)
            ending.callback(run, "ip", "netns", "del", network.name)
        wire = ("ip", "link", "add", station.wire, "netns", station.name, "type", "veth", "peer")
        run(*wire, hub.wire, "netns", hub.name)
        for network, address in ((station, _STATION_ADDRESS), (hub, HUB_ADDRESS)):
            network.do("ip", "link", "set", "lo", "up")
            network.do("ip", "address", "add", f"{address}/24", "dev", network.wire)
            network.do("ip", "link", "set", network.wire, "up")
        yield station, hub
