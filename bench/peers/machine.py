"""What the figures were taken on: the machine, its load, the versions, and the disk by itself."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers.books import percentile

SYNCS = 100
EVERY_S = 0.05


def describe(built: Path, mosquitto: str) -> dict[str, str]:
    node_red = built / "node-red" / "node_modules"
    return {
        "processor": f"{os.cpu_count()} × {_processor()}",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "paho-mqtt": version("paho-mqtt"),
        "Mosquitto": _first_match(r"version (\S+)", _output(mosquitto, "-h")),
        "Node.js": _output("node", "--version").strip().removeprefix("v"),
        "Node-RED": _node_version(node_red / "node-red"),
        "node-red-node-sqlite": _node_version(node_red / "node-red-node-sqlite"),
        "ThingsBoard Gateway": _thingsboard_version(built),
        "Bartack": f"{version('bartack')} at {_output('git', 'describe', '--always').strip()}",
    }


def bare_syncs(folder: Path) -> dict[str, Any]:
    """Milliseconds that one append of 300 bytes with fdatasync takes at 20 a second."""
    took_ms = []
    file = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(SYNCS):
        time.sleep(EVERY_S)
        began_s = time.perf_counter()
        os.write(file, b"x" * 300)
        os.fdatasync(file)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    os.close(file)
    return {"p50_ms": percentile(took_ms, 0.5), "p99_ms": percentile(took_ms, 0.99)}


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1] if found else platform.machine()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout


def _first_match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else "not found"


def _node_version(module: Path) -> str:
    file = module / "package.json"
    return str(json.loads(file.read_text(encoding="utf-8"))["version"]) if file.exists() else "none"


def _thingsboard_version(built: Path) -> str:
    found = (built / "thingsboard-gateway" / "lib").glob("*/*/thingsboard_gateway-*.dist-info")
    return next((folder.name.split("-")[1].removesuffix(".dist") for folder in found), "none")
