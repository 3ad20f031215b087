"""`bartack feedback test` and `bartack-sim lamps|lcd`, as the commands that people type."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from bartack.cli import main
from bartack.feedback.patterns import PATTERNS
from bartack.feedback.samples import sample
from bartack.feedback.showing import DisplayPlayer, LampPlayer
from bartack_drivers.feedback.lamp_names import Lamp
from bartack_drivers.feedback.lamps import open_lamps
from bartack_drivers.feedback.lcd import open_lcd
from bartack_sim.devices.pty import Port
from bartack_sim.devices.ssi import SsiScanner
from bartack_sim.devices.wire import Wire
from bartack_sim.panel.display import Display
from bartack_sim.panel.lamps import LampBoard
from bartack_sim.panel.lcd import BusPanel
from bartack_sim.panel.socket_port import SocketPort
from running import COMMANDS, wait_until

AT = "2026-11-28T08:00:00.000Z"
LINES: dict[Lamp, int] = {"green": 17, "amber": 27, "red": 22, "buzzer": 23}
WIRING = {str(lamp): line for lamp, line in LINES.items()}
STATION = """\
site = "dhk1"
line = "l03"
station = "st07"
broker = {{ host = "127.0.0.1", insecure = true }}
[[reader]]
name = "scanner"
driver = "ssi"
port = "{folder}/scanner"
[[feedback]]
driver = "console"
path = "lights.jsonl"
[[feedback]]
driver = "gpio"
port = "sim:{folder}/lamps"
green = 17
amber = 27
red = 22
buzzer = 23
[[feedback]]
driver = "lcd"
port = "sim:{folder}/lcd"
[[feedback]]
driver = "reader"
reader = "scanner"
"""


@pytest.fixture
def station(tmp_path: Path) -> Path:
    file = tmp_path / "station.toml"
    file.write_text(STATION.format(folder=tmp_path), encoding="utf-8")
    return file


def tried(station: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["feedback", "test", "--config", str(station), "--pause", "0"]
    return subprocess.run(
        [COMMANDS / "bartack", *command, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_device_is_named_and_plays(station: Path, tmp_path: Path) -> None:
    """Console, lamps, display and scanner give the same answer, without an agent."""
    seen: list[tuple[str, ...]] = []
    board = LampBoard(WIRING, on_change=lambda _: seen.append(board.lit))
    display = Display(16, 2, time.monotonic())
    scanner = SsiScanner()
    with (
        SocketPort(tmp_path / "lamps", board),
        SocketPort(tmp_path / "lcd", BusPanel(display, 0x27)),
        Port(tmp_path / "scanner") as port,
        Wire(port, scanner),
    ):
        done = tried(station, "--pattern", "refused")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        f"console {tmp_path}/lights.jsonl",
        f"gpio sim:{tmp_path}/lamps",
        f"lcd sim:{tmp_path}/lcd",
        "reader scanner",
    ]
    (line,) = (tmp_path / "lights.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["outcome"] == "refused"
    assert json.loads(line)["seq"] is None, "nothing was saved, and it says so"
    assert seen == [("red", "buzzer"), (), ("red", "buzzer"), ()]
    assert display.rows()[0][1:] == "10 already done"
    assert scanner.beeps[-1:] == [0x07]


def test_all_patterns_are_played_each_named_before(station: Path, tmp_path: Path) -> None:
    """Without --pattern every pattern comes, in the order of the documentation."""
    display = Display(16, 2, time.monotonic())
    with SocketPort(tmp_path / "lcd", BusPanel(display, 0x27)):
        done = tried(station, "--only", "lcd")
    assert done.returncode == 0, done.stderr
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == list(PATTERNS)


def test_a_missing_device_is_told_and_the_others_play(station: Path, tmp_path: Path) -> None:
    """Exit code 4 says that a device failed; what works is heard all the same."""
    done = tried(station, "--pattern", "counted")
    assert done.returncode == 4
    for name in (f"gpio sim:{tmp_path}/lamps", f"lcd sim:{tmp_path}/lcd", "reader scanner"):
        assert f"{name}: FAILED: " in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "lights.jsonl").read_text(encoding="utf-8").count("\n") == 1


def test_lamps_that_the_agent_holds_are_refused_clearly(station: Path, tmp_path: Path) -> None:
    """Beside a running agent the test does not flash, and says how to free the lamps."""
    with (
        SocketPort(tmp_path / "lamps", LampBoard(WIRING)),
        open_lamps(f"sim:{tmp_path}/lamps", {"green": 17}, active_low=False),
    ):
        done = tried(station, "--only", "gpio")
    assert done.returncode == 4
    assert "another program has it" in done.stderr
    assert "systemctl stop bartack" in done.stderr
    assert "counted" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--pattern", "blue"], "--pattern blue: one of counted, flagged, info"),
        (["--only", "horn"], "has feedback devices of driver console, gpio, lcd, reader"),
    ],
)
def test_what_there_is_not_is_a_usage_error(
    station: Path, arguments: Sequence[str], told: str
) -> None:
    """A wrong name is answered with the right ones."""
    done = CliRunner().invoke(main, ["feedback", "test", "--config", str(station), *arguments])
    assert done.exit_code == 2
    assert told in done.stderr


# --- the simulated ones as commands --------------------------------------------------------------


def rest(for_s: float) -> bool:
    time.sleep(for_s)
    return False


@contextlib.contextmanager
def simulated(*arguments: str, output: int, link: Path, **environment: str) -> Iterator[None]:
    """A `bartack-sim` command that writes to the file descriptor ``output``."""
    process = subprocess.Popen(
        [COMMANDS / "bartack-sim", *arguments, "--link", link],
        stdout=output,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        wait_until(link.is_socket, f"{arguments} serves its link")
        yield
    finally:
        process.terminate()
        assert process.wait(10.0) == 130
    assert not link.exists()


def test_lamps_are_told_as_json_lines_with_their_times(tmp_path: Path) -> None:
    """What an operator would see, with the durations of the pattern and not shorter."""
    link = tmp_path / "lamps"
    with (
        (tmp_path / "seen.jsonl").open("wb") as file,
        simulated("lamps", "--json", output=file.fileno(), link=link),
        open_lamps(f"sim:{link}", LINES, active_low=False) as lamps,
    ):
        LampPlayer(lamps).play(sample("refused", AT), rest)
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    steps = PATTERNS["refused"]
    assert [set(it["lit"]) for it in seen] == [*(step.lit for step in steps), set()]
    lasted_s = [after["at_s"] - before["at_s"] for before, after in pairwise(seen)]
    assert all(it >= step.for_s - 0.02 for it, step in zip(lasted_s, steps, strict=True))


def test_a_display_is_told_as_json_lines_with_its_glyphs(tmp_path: Path) -> None:
    """Each screen is a line; a sign of our own is a digit in a circle, its dots beside it."""
    link = tmp_path / "lcd"
    with (
        (tmp_path / "seen.jsonl").open("wb") as file,
        simulated("lcd", "--json", output=file.fileno(), link=link),
        open_lcd(f"sim:{link}", 0x27, "16x2") as lcd,
    ):
        DisplayPlayer(lcd, "st07", lambda: 0).play(sample("counted", AT), rest)
    last = json.loads((tmp_path / "seen.jsonl").read_text().splitlines()[-1])
    assert last["rows"] == ["❶ TEST        12", "today          0"]
    assert set(last["glyphs"]) == {"❶"}
    assert len(last["glyphs"]["❶"]) == 8


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_a_terminal_is_painted_unless_colours_are_unwanted(tmp_path: Path, no_colour: str) -> None:
    """Words stand in every block; with NO_COLOR there is nothing but words."""
    master, slave = pty.openpty()
    with (
        simulated("lamps", output=slave, link=tmp_path / "lamps", NO_COLOR=no_colour),
        open_lamps(f"sim:{tmp_path}/lamps", {"green": 17}, active_low=False) as lamps,
    ):
        lamps.light(frozenset({"green"}))
    os.close(slave)
    painted = b""
    with contextlib.suppress(OSError), os.fdopen(master, "rb", buffering=0) as terminal:
        while part := terminal.read(4096):
            painted += part
    assert b" GREEN " in painted
    assert (b"\x1b[30;42m" in painted) == (no_colour == "")


def test_a_link_that_cannot_be_made_is_a_device_error(tmp_path: Path) -> None:
    """Exit code 4, with the path and the way out."""
    done = subprocess.run(
        [COMMANDS / "bartack-sim", "lcd", "--link", tmp_path / "no" / "lcd"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4
    assert "choose another path for --link" in done.stderr
