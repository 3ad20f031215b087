"""What an agent takes that has four readers attached and nothing to read, and how soon it tells.

The four: a badge reader that only talks, a PN532 that is asked four times a second, and two UHF
modules that say with every round that nothing is there, about 25 times a second. They run in
processes of their own, so that their CPU time is not the agent's. Afterwards tag reports are put
on the wire of a fifth port and timed until their light. Goal: at most 1 % of a core.

    .venv/bin/python bench/four_readers.py [--seconds 60] [--reports 200]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bare_sync import fdatasync_s, open_file
from bartack_sim.broker import find_mosquitto
from bartack_sim.devices.pty import Port
from idle import idle
from light_pipe import LightPipe
from percentiles import heading, row
from readings import load, rss_mb
from rig import BADGE, Rig
from running import COMMANDS, Process, wait_until

READERS = {"pad": "rdm6300", "card": "pn532", "bench": "r200", "shelf": "r200"}
SETTLE_S = 10.0
GOAL = 0.01

_READER = """
[[reader]]
name = "{name}"
driver = "{driver}"
port = "{port}"
role = "bundle"
"""


def notice(number: int) -> bytes:
    """The notice of an R200 for the tag of bundle ``number``; its own CRC is left zero."""
    body = bytes.fromhex("02220011C93000") + bytes(8) + number.to_bytes(4, "big") + bytes(2)
    return b"\xbb" + body + bytes([sum(body) & 0xFF, 0x7E])


def simulated(folder: Path) -> list[subprocess.Popen[bytes]]:
    """The four readers, each shown nothing."""
    return [
        subprocess.Popen(
            [str(COMMANDS / "bartack-sim"), "reader", "--driver", driver, "--link", folder / name],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for name, driver in READERS.items()
    ]


def station(rig: Rig, folder: Path) -> None:
    """Give the station its readers, and a pattern that takes a tag for a bundle."""
    tables = [_READER.format(name=n, driver=d, port=folder / n) for n, d in READERS.items()]
    tables.append(_READER.format(name="wire", driver="r200", port=folder / "wire"))
    tables.append("\n[[code]]\nkind = \"bundle\"\npattern = '0{18}(?P<bundle>\\d{6})'\n")
    text = rig.station_file.read_text(encoding="utf-8")
    before, code, after = text.partition("[[code]]")
    rig.station_file.write_text(before + "".join(tables) + code + after, encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=60.0, help="of idling")
    options.add_argument("--reports", type=int, default=200)
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    print(load())
    with (
        tempfile.TemporaryDirectory() as name,
        Rig(Path(name), Path(mosquitto)) as rig,
        LightPipe(Path(name) / "lights.jsonl") as lights,
        Port(Path(name) / "wire") as wire,
    ):
        readers = simulated(rig.folder)
        try:
            wait_until(lambda: all((rig.folder / it).exists() for it in READERS), "the readers")
            station(rig, rig.folder)
            agent = Path(__file__).with_name("named_agent.py")
            command = [sys.executable, str(agent), "run", "--config", str(rig.station_file)]
            rig.agent = Process(command, rig.folder / "agent.log")
            rig.start_all(1)
            time.sleep(SETTLE_S)
            print("four readers, and three ports on which nothing is ever said:")
            each_s = idle(rig.agent.pid, chosen.seconds)
            print(f"goal {GOAL * 100:.0f} %: {'met' if each_s <= GOAL else 'MISSED'}")
            rig.badge.tap(BADGE, 0.3)
            lights.wait()
            told_s, syncs_s = [], []
            file = open_file(rig.folder / "bare")
            for number in range(chosen.reports):
                began_s = time.perf_counter()
                wire.send(notice(900_000 + number))
                came_s, _ = lights.wait()
                told_s.append(came_s - began_s)
                time.sleep(0.02)
                syncs_s.append(fdatasync_s(file))
                time.sleep(0.03)
            print(heading(f"{chosen.reports} tag reports"))
            print(row("report to light", told_s))
            print(row("fdatasync", syncs_s))
            print(f"memory {rss_mb(rig.agent.pid):.1f} MB")
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()


if __name__ == "__main__":
    main()
