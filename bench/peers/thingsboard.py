"""ThingsBoard Gateway with its SQLite storage, fed by its MQTT connector from a Mosquitto.

That is how its documentation has devices send to it. (Its socket connector waits 200 ms for each
message and does not split lines.) The Mosquitto saves at each change, so that it is not the one
that loses; it counts as part of the gateway.
"""

from __future__ import annotations

import json
from typing import Any

from peers.brokers import write_configuration
from peers.gateways.thingsboard_server import READY
from peers.mosquitto_bridge import SAVED_AT_EACH_CHANGE
from peers.peer import Site
from peers.ports import free_port, wait_listening
from peers.processes import Processes
from peers.tcp_peer import BENCH, TcpPeer, python_module
from running import wait_until

_NO_LIMITS = (
    "rateLimits",
    "dpRateLimits",
    "messagesRateLimits",
    "deviceMessagesRateLimits",
    "deviceRateLimits",
    "deviceDpRateLimits",
)


class ThingsBoard(TcpPeer):
    topic = "v1/gateway/telemetry"
    warm_up_s = 6.0

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._edge_port = free_port()
        self._server = Processes(site.folder)
        """What stands for the ThingsBoard server at the central broker; no part of the gateway."""

    def start(self) -> None:
        if not self._server.are_running:
            command = [*python_module("thingsboard_server"), str(self.site.central_port)]
            self._server.start("server", command, self.site.folder, {"PYTHONPATH": BENCH})
            log = self.site.folder / "server.log"
            wait_until(lambda: READY in log.read_text(), "the server's stand-in listens")
        super().start()

    def close(self) -> None:
        super().close()
        self._server.kill()

    def start_processes(self) -> None:
        edge_file = self.site.disk / "edge.conf"
        write_configuration(edge_file, self._edge_port, SAVED_AT_EACH_CHANGE)
        edge = [str(self.site.mosquitto), "-c", str(edge_file)]
        self.processes.start("edge", edge, self.site.folder)
        wait_listening(self._edge_port, "the broker at the edge")
        folder = self.site.disk / "thingsboard"
        if not folder.exists():
            (folder / "data").mkdir(parents=True)
            files = {
                "tb_gateway.json": _gateway(self.site.central_port, f"{folder}/data/"),
                "mqtt.json": _connector(self._edge_port),
                "logs.json": _LOGS,
            }
            for name, document in files.items():
                (folder / name).write_text(json.dumps(document, indent=2), encoding="utf-8")
        self.processes.start(
            "thingsboard",
            [str(self.site.built / "thingsboard-gateway" / "bin" / "thingsboard-gateway")],
            folder,
            {"TB_GW_CONFIG_DIR": f"{folder}/", "TB_GW_LOGS_PATH": f"{folder}/"},
        )
        self.start_script("publish", str(self._edge_port))


def _gateway(central_port: int, data_folder: str) -> dict[str, Any]:
    return {
        "thingsboard": {
            "host": "127.0.0.1",
            "port": central_port,
            "security": {"type": "accessToken", "accessToken": "bench"},
            "qos": 1,
            "remoteShell": False,
            "remoteConfiguration": False,
            "statistics": {"enable": False},
            "deviceFiltering": {"enable": False},
            "checkingDeviceActivity": {"checkDeviceInactivity": False},
            "checkConnectorsConfigurationInSeconds": 600,
            "handleDeviceRenaming": False,
            "maxPayloadSizeBytes": 65536,
            "minPackSendDelayMS": 0,
            "minPackSizeToSend": 500,
            "reportStrategy": {"type": "ON_RECEIVED"},
            **dict.fromkeys(_NO_LIMITS, "0:0,"),
        },
        "storage": {
            "type": "sqlite",
            "data_file_path": data_folder,
            "messages_ttl_check_in_hours": 1,
            "messages_ttl_in_days": 7,
            "max_read_records_count": 1000,
            "size_limit": 1024,
            "max_db_amount": 10,
            "oversize_check_period": 1,
            "writing_batch_size": 1000,
        },
        "grpc": {"enabled": False},
        "connectors": [{"type": "mqtt", "name": "edge", "configuration": "mqtt.json"}],
    }


def _connector(edge_port: int) -> dict[str, Any]:
    device = {
        "deviceNameExpressionSource": "constant",
        "deviceNameExpression": "gate-3",
        "deviceProfileExpressionSource": "constant",
        "deviceProfileExpression": "default",
    }
    converter = {
        "type": "json",
        "deviceInfo": device,
        "sendDataOnlyOnChange": False,
        "timeout": 60000,
        "attributes": [],
        "timeseries": [
            {"type": "string", "key": "id", "value": "${id}"},
            {"type": "string", "key": "pad", "value": "${pad}"},
        ],
    }
    requests = (
        "attributeRequests",
        "attributeUpdates",
        "serverSideRpc",
        "connectRequests",
        "disconnectRequests",
    )
    return {
        "broker": {
            "host": "127.0.0.1",
            "port": edge_port,
            "clientId": "thingsboard",
            "version": 5,
            "maxMessageNumberPerWorker": 10,
            "maxNumberOfWorkers": 10,
            "sendDataOnlyOnChange": False,
            "cleanSession": False,
            "security": {"type": "anonymous"},
        },
        "mapping": [{"topicFilter": "scans/#", "subscriptionQos": 1, "converter": converter}],
        "requestsMapping": {name: [] for name in requests},
    }


_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "level": "WARNING"}
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {},
}
