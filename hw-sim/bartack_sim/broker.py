"""The demo's MQTT broker: Mosquitto where it is installed, else iotcore from its wheel.

Both listen for MQTT 5 in plain text on 127.0.0.1 only. Mosquitto keeps its state over a kill;
iotcore forgets everything, which the stations and the hub must bear as well.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from bartack_sim.processes import Child

PACKET_MAX_BYTES = 262_144

_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 100000
log_dest stderr
log_type error
log_type warning
log_type notice
"""

_IOTCORE = """\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10

[v5.1]
name = "v5"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {packet_max_bytes}
max_inflight_count = 100
dynamic_filters = true
"""


class BrokerHandle:
    """A broker on a port of its own. ``kind`` is ``mosquitto`` or ``iotcore``."""

    def __init__(self, folder: Path, port: int, mosquitto: str | None) -> None:
        self.port = port
        self.kind = "mosquitto" if mosquitto else "iotcore"
        state = folder / "broker"
        state.mkdir()
        file = folder / ("mosquitto.conf" if mosquitto else "iotcore.toml")
        if mosquitto:
            file.write_text(_mosquitto_conf(port, state), encoding="utf-8")
            arguments = [mosquitto, "-c", str(file)]
        else:
            text = _IOTCORE.format(port=port, packet_max_bytes=PACKET_MAX_BYTES)
            file.write_text(text, encoding="utf-8")
            # -P: the working folder must not shadow the package.
            arguments = [sys.executable, "-P", "-m", "iotcore"]
            arguments += ["--config", str(file), "--log-level", "CRITICAL"]
        self.child = Child("broker", arguments, folder / "broker.log")

    @property
    def listening(self) -> bool:
        """Whether it, and nobody else at its port, takes connections now."""
        return self.child.listens_at(self.port)


def find_mosquitto() -> str | None:
    """Mosquitto's path; Debian puts it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _mosquitto_conf(port: int, state: Path) -> str:
    text = _MOSQUITTO.format(port=port, folder=state)
    # Started by root it would become a user who may not write into the demo's folder.
    return text + "user root\n" if os.geteuid() == 0 else text
