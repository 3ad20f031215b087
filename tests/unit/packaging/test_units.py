"""The systemd files: understood without a word, sandboxed, and pointing at what is installed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bartack.kiosk.server import DEFAULT_PORT
from bartack.serving.loopback import HOST
from installed import Require
from source_tree import REPOSITORY

SYSTEMD = REPOSITORY / "systemd"
UNITS = {"bartack": "bartack", "bartack-hub": "bartack-hub"}
EXPOSURE_MAX = 20
"""Highest exposure that ``systemd-analyze security`` may give, in tenths."""


def values(name: str, key: str) -> list[str]:
    """Every value that a unit gives to a key, in the order of the file."""
    text = (SYSTEMD / f"{name}.service").read_text(encoding="utf-8")
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.fixture(params=sorted(UNITS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def runnable(name: str, tmp_path: Path) -> Path:
    """The unit with a program that exists here in place of ours, which is not installed."""
    text = (SYSTEMD / f"{name}.service").read_text(encoding="utf-8")
    copy = tmp_path / f"{name}.service"
    copy.write_text(re.sub(r"^ExecStart=/opt/bartack/\S+", "ExecStart=/bin/true", text, flags=re.M))
    return copy


@pytest.mark.require("systemd-analyze")
def test_systemd_understands_every_line(runnable: Path, require: Require) -> None:
    """`systemd-analyze verify` is silent; its exit code overlooks unknown keys."""
    result = subprocess.run(
        [require("systemd-analyze"), "verify", "--man=no", runnable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.require("systemd-analyze")
def test_the_unit_is_sandboxed(runnable: Path, require: Require) -> None:
    """The exposure of each unit stays at 2.0 or below."""
    result = subprocess.run(
        [
            require("systemd-analyze"),
            "security",
            "--offline=yes",
            f"--threshold={EXPOSURE_MAX}",
            "--no-pager",
            runnable,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-200:]


def test_the_unit_starts_an_installed_command(name: str) -> None:
    """ExecStart is one of our commands, with the configuration file of design and examples."""
    program, *arguments = values(name, "ExecStart")[0].split()
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\n{Path(program).name} = "' in pyproject
    example = Path(arguments[-1]).name
    assert arguments == ["run", "--config", f"/etc/bartack/{example}"]
    assert (REPOSITORY / "config" / example).is_file()


def test_the_unit_comes_back_for_ever(name: str) -> None:
    """A service that stopped, failed or hung is started again, without a limit."""
    assert values(name, "StartLimitIntervalSec") == ["0"]
    assert values(name, "Restart") == ["always"]
    assert values(name, "Type") == ["notify"]
    assert int(values(name, "WatchdogSec")[0]) > 0


def test_the_unit_runs_as_a_user_that_is_made(name: str) -> None:
    """The user of each unit is created by the sysusers file beside it, and is not root."""
    (user,) = values(name, "User")
    sysusers = (SYSTEMD / f"{name}.sysusers.conf").read_text(encoding="utf-8")
    assert re.search(rf"^u {re.escape(user)} ", sysusers, re.MULTILINE)
    assert user == UNITS[name]


def test_the_agent_may_open_readers_cameras_lamps_and_displays_only() -> None:
    """The device list is closed; it holds what scans, what answers, and input devices to read."""
    assert values("bartack", "DevicePolicy") == ["closed"]
    assert set(values("bartack", "DeviceAllow")) == {
        "char-ttyUSB rw",
        "char-ttyACM rw",
        "char-ttyAMA rw",
        "char-ttyS rw",
        "char-video4linux rw",
        "char-input r",
        "char-gpiochip rw",
        "char-i2c rw",
    }


def test_a_credential_has_the_name_that_the_example_asks_for() -> None:
    """What systemd hands over is what the example's password_file names."""
    for name, example in (("bartack", "station.toml"), ("bartack-hub", "hub.toml")):
        identity, path = values(name, "LoadCredential")[0].split(":")
        text = (REPOSITORY / "config" / example).read_text(encoding="utf-8")
        assert f'\npassword_file = "{identity}"' in text
        assert path == f"/etc/bartack/{identity}"
        assert values(name, "SetCredential") == [f"{identity}:\\n"]


# --- the operator's screen: a browser, so other rules hold ---------------------------------------


@pytest.mark.require("systemd-analyze")
def test_systemd_understands_the_screen(tmp_path: Path, require: Require) -> None:
    """`systemd-analyze verify` is silent about the unit of the operator's screen."""
    text = (SYSTEMD / "bartack-kiosk.service").read_text(encoding="utf-8")
    copy = tmp_path / "bartack-kiosk.service"
    copy.write_text(text.replace("ExecStart=/usr/bin/cage", "ExecStart=/bin/true"))
    result = subprocess.run(
        [require("systemd-analyze"), "verify", "--man=no", copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_screen_shows_the_agents_page_and_reaches_nothing_else() -> None:
    """The unit opens the default port, as a user of its own, and comes back for ever."""
    text = (SYSTEMD / "bartack-kiosk.service").read_text(encoding="utf-8")
    assert f" http://{HOST}:{DEFAULT_PORT}/\n" in text
    assert values("bartack-kiosk", "IPAddressDeny") == ["any"]
    assert values("bartack-kiosk", "IPAddressAllow") == ["localhost"]
    assert values("bartack-kiosk", "StartLimitIntervalSec") == ["0"]
    assert values("bartack-kiosk", "Restart") == ["always"]
    (user,) = values("bartack-kiosk", "User")
    sysusers = (SYSTEMD / "bartack-kiosk.sysusers.conf").read_text(encoding="utf-8")
    assert f"\nu {user} " in sysusers
