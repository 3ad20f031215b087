"""``bartack camera aim`` without a page, as processes on a real MJPEG stream."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bartack_sim.camera import Camera
from bartack_sim.ticket import Scene, Ticket

AIM = [str(Path(sys.executable).with_name("bartack")), "camera", "aim"]
TICKET = Ticket("B000123-OP310")
STATION = """\
site = "dhk1"
line = "l03"
station = "st07"
[broker]
host = "127.0.0.1"
insecure = true
[ledger]
path = "ledger.db"
"""
READER = """
[[reader]]
name = "{name}"
driver = "camera"
port = "{port}"
role = "bundle"
formats = ["code128"]
"""


@pytest.fixture(scope="module")
def camera() -> Iterator[Camera]:
    with Camera(frames_per_s=12) as plugged:
        plugged.show(TICKET, Scene(tilt_deg=3))
        yield plugged


@contextmanager
def aiming(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command; what it says is read line by line, and Ctrl-C ends it with 130 in 3 s."""
    process = subprocess.Popen([*AIM, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait(3.0) == 130
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def refused(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*AIM, *arguments], capture_output=True, text=True, timeout=30)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_measurements_are_json_lines(camera: Camera) -> None:
    """Each line is one judged picture, numbered, with the codes and their measures."""
    with aiming("--port", camera.url, "--json") as process:
        rows = [json.loads(line) for line in lines(process, 6)]
    assert [row["number"] for row in rows] == [1, 2, 3, 4, 5, 6]
    last = rows[-1]
    assert (last["level"], last["read"], last["pictures"]) == ("good", 5, 5)
    by_kind = {code["symbology"]: code for code in last["codes"]}
    assert by_kind["code128"]["text"] == TICKET.text
    assert by_kind["code128"]["module_px"] == pytest.approx(2.5, rel=0.05)
    assert by_kind["qr"]["module_px"] == pytest.approx(4.0, rel=0.05)


def test_a_lost_camera_is_a_line_and_comes_back() -> None:
    """While the camera is away a line says why, and measurements go on when it is back."""
    with Camera(frames_per_s=12) as own:
        own.show(TICKET)
        with aiming("--port", own.url, "--json") as process:
            assert json.loads(lines(process, 1)[0])["lost"] == ""
            own.unplug()
            while not (row := json.loads(lines(process, 1)[0]))["lost"]:
                assert row["number"] < 100
            assert row["picture"] is None
            own.plug()
            while (row := json.loads(lines(process, 1)[0]))["lost"]:
                assert row["number"] < 100
            assert row["picture"]["width_px"] == 1280


def test_a_line_of_text_a_second(camera: Camera) -> None:
    """Without a page the verdict and what to do stand on one line."""
    with aiming("--port", camera.url, "--no-page") as process:
        second = lines(process, 2)[1]
    assert "px a module" in second
    assert TICKET.text in second


def test_the_camera_of_a_station_file(camera: Camera, tmp_path: Path) -> None:
    """Port and options come from the file; with several cameras the reader is named."""
    one = tmp_path / "one.toml"
    one.write_text(STATION + READER.format(name="ticket", port=camera.url))
    with aiming("--config", str(one), "--json") as process:
        row = json.loads(lines(process, 1)[0])
    assert [code["symbology"] for code in row["codes"]] == ["code128"]
    two = tmp_path / "two.toml"
    away = READER.format(name="other", port="/dev/video99")
    two.write_text(one.read_text() + away)
    code, said = refused("--config", str(two))
    assert code == 2
    assert "ticket, other" in said
    code, said = refused("--config", str(two), "--reader", "nobody")
    assert code == 2
    assert "nobody" in said
    code, said = refused("--config", str(two), "--reader", "other")
    assert code == 4
    assert "/dev/video99: no such camera" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--port", "/dev/video99"), 4, "no such camera"),
        (("--port", "x", "--reader", "y"), 2, "give one of them"),
        (("--port", "x", "--json", "--web-port", "1"), 2, "no page"),
        (("--port", "x", "--option", "fps=fast"), 2, "fps"),
        (("--config", "no-such.toml"), 3, "no-such.toml"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], code: int, said: str) -> None:
    """A wrong call ends at once with its exit code and names what is wrong."""
    got, why = refused(*arguments)
    assert got == code
    assert said in why
    assert "Traceback" not in why


def test_a_taken_port_says_the_way_out(camera: Camera) -> None:
    """Where another program has the page's port, the command says how to choose another."""
    port = camera.port
    code, said = refused("--port", camera.url, "--web-port", str(port))
    assert code == 1
    assert f"127.0.0.1:{port}" in said
    assert "--web-port" in said


def test_a_camera_that_the_agent_holds() -> None:
    """The holder is named, and how the station's agent is stopped and started."""
    ours, theirs = pty.openpty()
    try:
        code, said = refused("--port", os.ttyname(theirs))
    finally:
        os.close(ours)
        os.close(theirs)
    assert code == 4
    assert f"(pid {os.getpid()})" in said
    assert "systemctl stop bartack" in said
