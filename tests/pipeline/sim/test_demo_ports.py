"""The dashboard's port when others want it too: the demo moves, and says where it is."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bartack_sim.broker import BrokerHandle
from bartack_sim.configuration import BrokerAddress, ShiftPlan, hub_toml
from bartack_sim.line import plan_line
from bartack_sim.plant import Dashboard, Plant, PortTakenError
from bartack_sim.ports import free_port
from bartack_sim.reference import write_reference

SIMULATOR = Path(sys.executable).parent / "bartack-sim"


def never() -> bool:
    return False


@pytest.mark.parametrize("fixed", [False, True])
def test_a_port_that_is_taken_at_the_last_moment_is_given_up(tmp_path: Path, fixed: bool) -> None:
    """Where somebody listens by the time the hub starts, the dashboard moves to another port, or
    says so if it may not; it is never taken for served because the other one answers."""
    line = plan_line(seed=1, stations=1, minutes=1.0)
    write_reference(line, tmp_path / "reference", date(2026, 11, 21))
    broker = BrokerHandle(tmp_path, free_port(), None)
    address, shift = BrokerAddress("127.0.0.1", broker.port), ShiftPlan("08:00", "09:00", 10)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        dashboard = Dashboard(
            port, lambda it: hub_toml(line, tmp_path, address, it, shift), fixed=fixed
        )
        with Plant(tmp_path, (), broker, dashboard, never) as plant:
            if fixed:
                with pytest.raises(PortTakenError, match=f"port {port}: another program"):
                    plant.start(tmp_path / "reference", never)
                return
            plant.start(tmp_path / "reference", never)
            assert f":{port}/" not in plant.dashboard
            own = int(plant.dashboard.rstrip("/").rpartition(":")[2])
            assert plant.hub.listens_at(own)


def dashboard_of(demo: subprocess.Popen[str]) -> str:
    """The address that the demo says."""
    assert demo.stderr is not None
    for line in demo.stderr:
        if found := re.match(r"dashboard: (\S+)", line):
            return found[1]
    pytest.fail("the demo ended without a dashboard")


def test_demos_that_start_together_have_a_dashboard_each(tmp_path: Path) -> None:
    """Two people start the demo at one moment: both get their own dashboard, with their own hub."""
    demos = [
        subprocess.Popen(
            [SIMULATOR, "demo", "--stations=1", "--no-camera", "--habits=plain"],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        addresses = [dashboard_of(demo) for demo in demos]
        assert len(set(addresses)) == 2
    finally:
        for demo in demos:
            demo.send_signal(signal.SIGINT)
        ends = [demo.communicate(timeout=60) for demo in demos]
    assert [demo.returncode for demo in demos] == [0, 0], ends
