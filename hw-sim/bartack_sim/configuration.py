"""The station and hub files (TOML) that fit a simulated line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bartack_sim.bench import tag_link
from bartack_sim.floor import feedback_path
from bartack_sim.line import Line, Station

TIMEZONE = "Asia/Dhaka"
FAST_PERCENT = 20
"""Work in less than this part of its standard time is marked."""

BUNDLE_PATTERN = r"^(?P<bundle>B\d{6})(?:-(?P<operation>OP\d+))?-[0-9A-Z]$"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the plain-text MQTT 5 listener is."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """A shift in the site's own time (``HH:MM``), and what the line should finish in it."""

    start: str
    end: str
    target_pieces: int


def station_file(folder: Path, station: str) -> Path:
    return folder / f"{station}.toml"


def station_toml(
    line: Line,
    station: Station,
    folder: Path,
    broker: BrokerAddress,
    badge_link: Path,
    ticket_address: str,
    order: str = "off",
) -> str:
    """One station's file: badge reader, scanner or camera, console feedback in ``folder``.

    ``order``: what is done about skipped operations; what was done before the run is not known.
    """
    driver, name = ("camera", "ticket-camera") if station.camera else ("text", "scanner")
    return f"""\
site = {_text(line.site)}
line = {_text(line.code)}
station = {_text(station.code)}
timezone = {_text(TIMEZONE)}

{_rules(line, station, order)}
{_broker(broker)}
[ledger]
path = {_text(folder / f"{station.code}.ledger.db")}

[status]
socket = {_text(folder / f"{station.code}.sock")}

{_badge_reader(station, badge_link)}
[[reader]]
name = {_text(name)}
driver = {_text(driver)}
port = {_text(ticket_address)}
role = "bundle"

[[code]]
kind = "bundle"
pattern = '{BUNDLE_PATTERN}'
check = "iso7064_mod37_36"

[[feedback]]
driver = "console"
path = {_text(feedback_path(folder, station.code))}
"""


def _badge_reader(station: Station, link: Path) -> str:
    """What reads badges; beside one that shows few bits of their numbers another reads tags."""
    if not station.rules.few_bits:
        return f"""\
[[reader]]
name = "badge"
driver = "rdm6300"
port = {_text(link)}
role = "badge"
"""
    return f"""\
[[reader]]
name = "badge"
driver = "hid"
port = {_text(link)}
role = "badge"
badge_form = "6H"

[[reader]]
name = "tags"
driver = "uhf_prime"
port = {_text(tag_link(link))}
role = "bundle"
"""


def _rules(line: Line, station: Station, order: str) -> str:
    """In what stations of one line differ."""
    rules = station.rules
    ends = line.shift_ends if rules.sign_out_at_shift_end else ()
    return f"""\
[work]
operation = {_text(station.operation.code)}
pay_on = {_text(rules.pay_on)}
rework = {_text(rules.rework)}
unknown_bundle = {_text(rules.unknown_bundle)}

[checks]
order = {_text("refuse" if rules.refuses_skipped else order)}
assignment = {_text(rules.assignment)}
badge_elsewhere = {_text(rules.badge_elsewhere)}
fast_percent = {FAST_PERCENT}

[sign_out]
by_badge = {"true" if rules.sign_out_by_badge else "false"}
after_min = {rules.sign_out_after_min}
at = {json.dumps([f"{it:%H:%M}" for it in ends])}
"""


def hub_toml(
    line: Line, folder: Path, broker: BrokerAddress, web_port: int, shift: ShiftPlan
) -> str:
    """The hub's file: an SQLite store in ``folder``, the dashboard on 127.0.0.1."""
    codes = sorted({line.code, *(bundle.line for bundle in line.next_door)})
    return f"""\
site = {_text(line.site)}

{_broker(broker)}
[store]
url = {_text(f"sqlite:///{folder.absolute() / 'hub.db'}")}

[web]
host = "127.0.0.1"
port = {web_port}

{"".join(_shift_of(code, shift) for code in codes)}"""


def _shift_of(code: str, shift: ShiftPlan) -> str:
    return f"""\
[lines.{code}]
timezone = {_text(TIMEZONE)}
shift_start = {_text(shift.start)}
shift_end = {_text(shift.end)}
breaks = []
target_pieces = {shift.target_pieces}
bucket_minutes = 1
"""


def _broker(broker: BrokerAddress) -> str:
    return f"""\
[broker]
host = {_text(broker.host)}
port = {broker.port}
insecure = true
reconnect_spread_s = 1
"""


def _text(value: str | Path) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(str(value), ensure_ascii=False)
