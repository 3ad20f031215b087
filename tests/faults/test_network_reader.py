"""The cable of a reader on the network is pulled, which closes no connection."""

from __future__ import annotations

import subprocess
import sys

import pytest

from faults.networks import HUB_ADDRESS, two_networks

NOTICED_S = 10.0

READER = """
import socket
listener = socket.create_server(("0.0.0.0", 5084))
print("up", flush=True)
client, _ = listener.accept()
client.recv(1)
"""

STATION = """
import sys, time
from bartack_drivers.base import DeviceLost
from bartack_drivers.links.tcp import TcpLink
link = TcpLink(sys.argv[1])
print("up", flush=True)
sys.stdin.readline()
if sys.argv[2]:
    link.write(b"x")
try:
    while True:
        link.read(1.0)
except DeviceLost as loss:
    print(loss)
"""

pytestmark = [pytest.mark.require("ip"), pytest.mark.slow]


@pytest.mark.parametrize("writing", ["", "writing"], ids=["silent", "writing"])
def test_a_pulled_cable_is_noticed(as_root: None, writing: str) -> None:
    """Within ten seconds the reader is lost, also while bytes wait for their acknowledgement."""
    with two_networks() as (station, reader):
        there = [sys.executable, "-c", READER]
        here = [sys.executable, "-c", STATION, f"tcp://{HUB_ADDRESS}:5084", writing]
        pipe = subprocess.PIPE
        with subprocess.Popen(reader.inside(there), stdout=pipe, text=True) as listener:
            assert listener.stdout is not None
            listener.stdout.readline()
            with subprocess.Popen(
                station.inside(here), stdin=pipe, stdout=pipe, text=True
            ) as client:
                assert client.stdout is not None
                client.stdout.readline()
                reader.do("ip", "link", "set", reader.wire, "down")
                told, _ = client.communicate("\n", NOTICED_S)
            listener.kill()
    assert "connection lost" in told
