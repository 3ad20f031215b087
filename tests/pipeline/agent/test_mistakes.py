"""Mistakes of a technician: the message names the place and the way out; what can run, runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from installed import Require
from rig import Rig
from running import wait_until


def test_a_wrong_broker_password_stops_no_scan(tmp_path: Path, require: Require) -> None:
    """The refusal is shown in status and log, and scans are kept meanwhile."""
    passwords = tmp_path / "passwords"
    subprocess.run(
        [str(require("mosquitto_passwd")), "-c", "-b", str(passwords), "st07", "right"], check=True
    )
    passwords.chmod(0o644)
    (tmp_path / "password").write_text("wrong", encoding="utf-8")
    access = f"allow_anonymous false\npassword_file {passwords}"
    client = 'username = "st07"\npassword_file = "password"\ninsecure = true'
    with Rig(tmp_path, require("mosquitto"), access, client) as rig:
        rig.broker.start()
        rig.agent.start()
        rig.wait_ready()
        wait_until(lambda: "refused" in rig.status()["broker"]["detail"], "the refusal in status")
        assert rig.scan("B000001")["reason"] == "no_operator"
        log = rig.agent.log.read_text(encoding="utf-8")
        assert "not connected; scans are kept here" in log
        assert "wrong" not in log


def test_a_missing_reader_is_named_and_waited_for(rig: Rig) -> None:
    """A port that is not there is reported with its name; plugged in later it works."""
    rig.badge.port.unplug()
    rig.agent.start()
    wait_until(lambda: rig.scanner.port.listened, "the other reader runs")
    wait_until(lambda: rig.status()["readers"][0]["detail"], "the missing one reported")
    reader = rig.status()["readers"][0]
    assert reader["state"] == "down"
    assert str(rig.badge.port.link) in reader["detail"]
    rig.badge.port.plug()
    rig.wait_ready()
    wait_until(lambda: rig.status()["readers"][0]["state"] == "up", "the reader up")
    assert rig.tap()["reason"] == "unknown_badge"


def test_a_busy_port_names_who_holds_it(rig: Rig) -> None:
    """Another program on the port is named, and the reader works once it is gone."""
    rig.agent.start()
    rig.wait_ready()
    port, link = "--port", str(rig.badge.port.link)
    told = rig.run("bartack", "monitor", "--driver", "rdm6300", port, link, "--for", "5", code=4)
    assert str(rig.agent.pid) in told


def test_a_second_agent_on_one_ledger_is_turned_away(rig: Rig) -> None:
    """Exit code 6, and the words say that another one runs."""
    rig.agent.start()
    rig.wait_ready()
    told = rig.run("bartack", "run", "--config", str(rig.station_file), code=6)
    assert "another agent runs on this ledger" in told


def test_a_station_file_with_mistakes_is_refused_with_all_of_them(rig: Rig) -> None:
    """Exit code 3; each mistake on its own line with file, line and key."""
    text = rig.station_file.read_text(encoding="utf-8")
    rig.station_file.write_text(
        text.replace("[work]", "[wrok]").replace('role = "badge"', 'role = "bagde"'), "utf-8"
    )
    told = rig.run("bartack", "run", "--config", str(rig.station_file), code=3).splitlines()
    assert len(told) == 2
    assert told[0].startswith(f"{rig.station_file}:6: wrok: unknown key")
    assert "reader.1.role" in told[1]
    checked = rig.run("bartack", "config", "check", str(rig.station_file), code=3)
    assert checked.splitlines() == told


def test_a_tampered_ledger_is_found(rig: Rig) -> None:
    """verify says where, with exit code 6, and the agent does not go on from it."""
    import sqlite3

    rig.agent.start()
    rig.wait_ready()
    rig.tap()
    rig.agent.terminate()
    with sqlite3.connect(rig.folder / "ledger.db") as connection:
        connection.execute("UPDATE event SET body = replace(body, 'unknown_badge', 'no_operator')")
    connection.close()
    told = rig.run("bartack", "ledger", "verify", "--config", str(rig.station_file), code=6)
    assert "after seq 1" in told


def test_asking_when_nothing_runs_says_so(rig: Rig) -> None:
    """status without an agent, and ledger without a ledger, say what is missing."""
    file = str(rig.station_file)
    assert "no agent answers" in rig.run("bartack", "status", "--config", file, code=1)
    assert "no ledger here" in rig.run("bartack", "ledger", "tail", "--config", file, code=6)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["monitor", "--driver", "rdm630", "--port", "x"], 2, "did you mean rdm6300"),
        (["monitor", "--driver", "text", "--port", "/dev/none"], 4, "/dev/none"),
        (["monitor", "--driver", "text", "--port", "x", "--option", "sufix=cr"], 2, "suffix"),
        (["decode", "--formats", "code127", "x.png"], 2, "code128"),
        (["decode", "--stages", "fast,slow", "x.png"], 2, "'slow' is not one of fast, coarse"),
        (["decode", "/dev/null"], 1, "/dev/null: not a picture"),
    ],
)
def test_a_wrong_command_line_says_what_would_be_right(
    rig: Rig, arguments: list[str], code: int, told: str
) -> None:
    """Each mistake has its exit code and names the way out."""
    assert told in rig.run("bartack", *arguments, code=code)


def test_monitor_shows_what_a_device_reads(rig: Rig) -> None:
    """One JSON object a line, for each frame after the second identical one."""
    import json

    link = str(rig.badge.port.link)
    command = str(Path(rig.agent._arguments[0]))
    monitor = subprocess.Popen(
        [command, "monitor", "--driver", "rdm6300", "--port", link, "--for", "8", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        wait_until(lambda: rig.badge.port.listened, "monitor listens")
        rig.badge.tap("62E3086CED", 0.4)
        assert monitor.stdout is not None
        line = json.loads(monitor.stdout.readline())
    finally:
        monitor.terminate()
        monitor.wait(10)
        assert monitor.stdout is not None
        monitor.stdout.close()
    assert line == {"driver": "rdm6300", "medium": "em4100", "value": "62E3086CED"}
