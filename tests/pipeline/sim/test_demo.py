"""The demo as a person starts it: real broker, hub and agents, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SIMULATOR = Path(sys.executable).parent / "bartack-sim"


def processes_below(folder: Path) -> list[str]:
    """Command lines of running processes that name this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in arguments:
            found.append(arguments)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the demo makes its folder; afterwards neither folder nor process is left."""
    yield tmp_path
    assert processes_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SIMULATOR, "demo", *options],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_talk(demo: subprocess.Popen[str], words: str) -> None:
    """Read what the demo says until it says ``words``."""
    assert demo.stderr is not None
    for line in demo.stderr:
        if words in line:
            return
    pytest.fail(f"the demo ended without saying {words!r}")


def test_the_check_of_a_short_run_is_clean(folder: Path) -> None:
    """Two stations at work for some seconds: every green lamp is committed once and rightly."""
    demo = start(
        folder, "--stations=2", "--speed=120", "--for=8", "--no-camera", "--check", "--json"
    )
    output, talk = demo.communicate(timeout=100)
    assert demo.returncode == 0, talk
    verdict = json.loads(output)
    assert set(verdict) == {"acknowledged", "committed", "lost", "doubled", "wrong"}
    assert verdict["acknowledged"] >= 2
    assert verdict["committed"] >= verdict["acknowledged"]
    assert verdict["lost"] == verdict["doubled"] == verdict["wrong"] == 0


def test_without_mosquitto_the_demo_is_as_exact(folder: Path) -> None:
    """On the broker that the wheels bring the check is clean, with processes killed meanwhile."""
    demo = start(
        folder, "--stations=2", "--speed=120", "--for=12", "--broker=iotcore", "--chaos", "--check"
    )
    output, talk = demo.communicate(timeout=100)
    assert demo.returncode == 0, talk
    assert "broker iotcore" in talk
    assert json.loads(output)["acknowledged"] >= 2


def test_an_interrupt_ends_a_demo_without_end(folder: Path) -> None:
    """Ctrl-C is the ordinary end of a demo: everything is stopped and the exit status is 0."""
    demo = start(folder, "--stations=1", "--no-camera")
    wait_for_talk(demo, "dashboard: http://127.0.0.1:")
    demo.send_signal(signal.SIGINT)
    _, talk = demo.communicate(timeout=60)
    assert demo.returncode == 0, talk


def test_an_impatient_person_leaves_nothing_behind(folder: Path) -> None:
    """Interrupted while starting, and again and again, it still stops all it has started."""
    demo = start(folder, "--stations=2", "--no-camera")
    wait_for_talk(demo, "2 stations")
    pause = threading.Event()
    deadline = time.monotonic() + 60
    while demo.poll() is None:
        assert time.monotonic() < deadline
        demo.send_signal(signal.SIGTERM)
        pause.wait(0.2)
    _, talk = demo.communicate()
    assert demo.returncode == 130, talk


def test_a_taken_port_is_named(folder: Path) -> None:
    """A dashboard port that another program has is refused with the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start(folder, "--stations=1", f"--port={port}")
        _, talk = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert f"--port {port}" in talk
    assert "choose another port" in talk


def test_a_folder_in_use_is_refused(folder: Path) -> None:
    """--keep takes no folder with anything in it: an old ledger would spoil the check."""
    old = folder / "old"
    old.mkdir()
    (old / "hub.db").write_text("")
    demo = start(folder, "--stations=1", f"--keep={old}")
    _, talk = demo.communicate(timeout=60)
    assert demo.returncode == 1
    assert "not empty" in talk
    (old / "hub.db").unlink()
    old.rmdir()
