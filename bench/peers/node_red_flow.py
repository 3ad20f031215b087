"""Two Node-RED flows: straight from TCP to MQTT, and through an outbox in SQLite.

The second is what a careful user can build from nodes of the catalogue: insert, then read in
order, publish, and delete when the ``complete`` node says that the broker has a message. It is
woken by each insert, by each deleted batch, when the connection is there, and every second. A batch
that was on its way when the connection went is read and sent again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Node = dict[str, Any]

TAB = "tab"
BATCH = 100

_SETTINGS = """\
module.exports = {
    uiPort: %d,
    uiHost: "127.0.0.1",
    flowFile: "flows.json",
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: false,
    mqttReconnectTime: 2000,
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { palette: { allowInstall: false } },
    logging: { console: { level: "warn", metrics: false, audit: false } },
};
"""

_ON_START = """\
msg.topic = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT)`;
return msg;
"""

_CREATED = """\
flow.set("created", true);
return {};
"""

_TO_INSERT = "return { params: { $line: msg.payload } };"

_CONNECTION = """\
flow.set("connected", msg.status.fill === "green");
flow.set("busy", false);
return {};
"""

_NEXT = """\
if (!flow.get("connected") || !flow.get("created")) return null;
if (flow.get("busy")) {
    flow.set("again", true);
    return null;
}
flow.set("busy", true);
flow.set("again", false);
return {};
"""

_PUBLISH = """\
const rows = msg.payload;
if (rows.length === 0) {
    flow.set("busy", false);
    return [null, flow.get("again") ? {} : null];
}
flow.set("waiting", new Set(rows.map((row) => row.id)));
flow.set("through", rows[rows.length - 1].id);
return [rows.map((row) => ({ payload: row.line, id: row.id })), null];
"""

_ACKNOWLEDGED = """\
const waiting = flow.get("waiting");
if (!waiting.delete(msg.id) || waiting.size > 0) return null;
return { params: { $through: flow.get("through") } };
"""

_IDLE = """\
flow.set("busy", false);
return {};
"""


def write(folder: Path, line_port: int, central_port: int, admin_port: int, outbox: bool) -> None:
    """A user folder for Node-RED."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.js").write_text(_SETTINGS % admin_port, encoding="utf-8")
    flow = [
        {"id": TAB, "type": "tab", "label": "gateway"},
        _broker(central_port),
        _node("in", "tcp in", ["insert_params" if outbox else "out"], **_tcp_in(line_port)),
        _node("out", "mqtt out", [], topic="scans/gate-3", qos="1", retain="false", broker="mqtt"),
        *(_outbox(folder / "outbox.db") if outbox else []),
    ]
    (folder / "flows.json").write_text(json.dumps(flow, indent=2), encoding="utf-8")


def _outbox(database: Path) -> list[Node]:
    select = f"SELECT id, line FROM outbox ORDER BY id LIMIT {BATCH}"  # noqa: S608  # a number
    return [
        {"id": "db", "type": "sqlitedb", "db": str(database), "mode": "RWC"},
        _inject("at_start", ["create"], onceDelay=0.1, repeat=""),
        _function("create", _ON_START, ["run_create"]),
        _sqlite("run_create", "batch", "", ["created"]),
        _function("created", _CREATED, ["next"]),
        _function("insert_params", _TO_INSERT, ["insert"]),
        _sqlite("insert", "prepared", "INSERT INTO outbox (line) VALUES ($line)", ["next"]),
        _node("status", "status", ["connection"], scope=["out"]),
        _function("connection", _CONNECTION, ["next"]),
        _inject("tick", ["next"], onceDelay=1, repeat="1"),
        _function("next", _NEXT, ["select"]),
        _sqlite("select", "fixed", select, ["publish"]),
        _function("publish", _PUBLISH, ["out"], ["next"]),
        _node("complete", "complete", ["acknowledged"], scope=["out"]),
        _function("acknowledged", _ACKNOWLEDGED, ["delete"]),
        _sqlite("delete", "prepared", "DELETE FROM outbox WHERE id <= $through", ["deleted"]),
        _function("deleted", _IDLE, ["next"]),
        _node("failed", "catch", ["idle"], scope=["select", "delete"], uncaught=False),
        _function("idle", _IDLE, []),
    ]


def _node(name: str, kind: str, *wires: list[str], **settings: object) -> Node:
    return {"id": name, "type": kind, "z": TAB, "x": 1, "y": 1, "wires": list(wires), **settings}


def _function(name: str, code: str, *wires: list[str]) -> Node:
    return _node(name, "function", *wires, func=code, outputs=len(wires), libs=[])


def _sqlite(name: str, query: str, sql: str, wires: list[str]) -> Node:
    return _node(name, "sqlite", wires, mydb="db", sqlquery=query, sql=sql)


def _inject(name: str, wires: list[str], **settings: object) -> Node:
    return _node(name, "inject", wires, props=[], once=True, **settings)


def _tcp_in(port: int) -> dict[str, object]:
    return {
        "server": "server",
        "port": str(port),
        "datamode": "stream",
        "datatype": "utf8",
        "newline": "\\n",
        "topic": "scans/gate-3",
        "trim": True,
    }


def _broker(port: int) -> Node:
    return {
        "id": "mqtt",
        "type": "mqtt-broker",
        "broker": "127.0.0.1",
        "port": str(port),
        "clientid": "gate-3",
        "autoConnect": True,
        "usetls": False,
        "protocolVersion": "4",
        "keepalive": "10",
        "cleansession": False,
    }
