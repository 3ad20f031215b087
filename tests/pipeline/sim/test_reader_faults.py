"""One simulated reader by the command, with the faults that a person can ask for."""

from __future__ import annotations

import subprocess
from pathlib import Path

from running import COMMANDS, wait_until

TAG = "30751FEB705C5904E3D50D70"


def monitor(link: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    command = ["monitor", "--driver", "r200", "--port", str(link), "--json", "--for", str(seconds)]
    return subprocess.run(
        [str(COMMANDS / "bartack"), *command], capture_output=True, text=True, check=False
    )


def test_a_reader_is_unplugged_and_falls_asleep_when_asked_to(tmp_path: Path) -> None:
    """Pulled out every two seconds and asleep after half a one, it is read again each time."""
    link = tmp_path / "uhf"
    options = ["--unplug-every", "2", "--sleep-s", "0.5", "--setting", "framing=aa"]
    simulated = subprocess.Popen(
        [
            str(COMMANDS / "bartack-sim"),
            *("reader", "--driver", "r200", "--link", str(link), "--tag", TAG, "--every", "0"),
            *options,
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(link.exists, "the simulated reader")
        seen = monitor(link, 8.0)
    finally:
        simulated.terminate()
        simulated.wait(10)
    assert seen.stderr.count("connection lost") >= 2
    assert seen.stderr.count("listening") >= 3
    assert TAG in seen.stdout


def test_a_setting_that_there_is_not_is_told(tmp_path: Path) -> None:
    """A misspelt setting ends the command with a usage error that names it."""
    done = subprocess.run(
        [
            str(COMMANDS / "bartack-sim"),
            *("reader", "--driver", "r200", "--link", str(tmp_path / "uhf")),
            *("--setting", "frame=aa"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "frame" in done.stderr
