"""A small sewing line as values: places, moments, reference data and scans for tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bartack.events import Head, Moment, Place
from bartack.heads import SignedHead, signer
from bartack.identify import CodePattern, Scan
from bartack.projection import Rules, State
from bartack.reference import Reference, with_table
from bartack.wire import ReferenceTable, Row, reference_hash

PLACE = Place("dhk1", "l03", "st07")
LOG = "9f" * 16
BOOT = "3c2b8d1e-0000-4000-8000-000000000001"
CODES = (CodePattern("bundle", re.compile(r"^(?P<bundle>B\d{6})(?:-(?P<operation>OP\d+))?$")),)

OPERATORS: list[Row] = [
    {"operator": "E1", "name": "Asha", "badges": "62E3086CED;AA00000001", "language": "bn"},
    {"operator": "E2", "name": "Linh", "badges": "AA00000002", "language": "vi"},
]
OPERATIONS: list[Row] = [
    {"style": "S1", "seq": "1", "operation": "OP310", "name": "Hem", "sam": "0.50", "rate": "0.45"},
    {"style": "S1", "seq": "2", "operation": "OP320", "name": "Cuff", "sam": "0.75", "rate": "0.6"},
]

SUPERVISOR = "AA00000009"
MECHANIC = "AA00000008"
CLERK = "AA00000007"

FLOOR: dict[str, list[Row]] = {
    "operators": [
        *OPERATORS,
        {"operator": "S1", "name": "Rani", "badges": SUPERVISOR, "language": "en",
         "role": "supervisor"},
        {"operator": "M1", "name": "Tomas", "badges": MECHANIC, "language": "en",
         "role": "mechanic"},
        {"operator": "C1", "name": "Aylin", "badges": CLERK, "language": "tr", "role": "clerk"},
    ],
    "operations": OPERATIONS,
    "reasons": [
        {"code": "NF", "name": "No feeding", "pay": "time", "rate_per_hour": "60",
         "cap_min": "30", "approval": "yes"},
        {"code": "MT", "name": "Meeting", "pay": "time", "rate_per_hour": "30", "cap_min": "",
         "approval": "no"},
        {"code": "PW", "name": "Power", "pay": "none", "rate_per_hour": "", "cap_min": "",
         "approval": "no"},
    ],
    "faults": [{"code": "F01", "name": "Open seam"}, {"code": "F02", "name": "Skipped stitch"}],
}  # fmt: skip
"""Reference data with everything that a floor may have."""


def bundle_rows(count: int = 20, pieces: int = 12, line: str = "l03") -> list[Row]:
    return [
        {
            "bundle": f"B{number:06d}",
            "order": "4711",
            "style": "S1",
            "size": "M",
            "colour": "red",
            "pieces": str(pieces),
            "line": line,
        }
        for number in range(1, count + 1)
    ]


def table(name: str, rows: Sequence[Row], version: int = 1) -> ReferenceTable:
    return ReferenceTable(name, version, reference_hash(rows), tuple(rows))


def reference(bundles: Sequence[Row] | None = None) -> Reference:
    known = Reference()
    tables = {
        "operators": OPERATORS,
        "operations": OPERATIONS,
        "bundles": bundle_rows() if bundles is None else bundles,
    }
    for name, rows in tables.items():
        known = with_table(known, table(name, rows))
    return known


def floor(bundles: Sequence[Row] | None = None, **tables: list[Row]) -> Reference:
    """Reference data of a whole floor; ``tables`` are added or take the place of others."""
    known = Reference()
    rows = {**FLOOR, "bundles": bundle_rows() if bundles is None else bundles, **tables}
    for name, its_rows in rows.items():
        known = with_table(known, table(name, its_rows))
    return known


def rules(operation: str = "OP310") -> Rules:
    return Rules(PLACE, operation, "Asia/Dhaka")


def state(known: Reference | None = None) -> State:
    return State(rules(), Head(LOG), reference() if known is None else known)


KEY = Ed25519PrivateKey.from_private_bytes(b"a key for tests, of 32 bytes ...")


def signed(state: State) -> SignedHead:
    """The head of a state, signed with the tests' own key."""
    return signer(KEY)(state.head)


def moment(number: int = 0) -> Moment:
    """The moment ``number`` seconds into a shift."""
    minutes, seconds = divmod(number, 60)
    hours, minutes = divmod(minutes, 60)
    at = f"2026-11-21T{2 + hours:02d}:{minutes:02d}:{seconds:02d}.000Z"
    return Moment(at, "synced", BOOT, 1_000_000 + number * 1000)


def at_station(known: Reference | None = None, **settings: object) -> State:
    """A station of the floor with some settings of its own."""
    own = replace(rules(), **settings)  # type: ignore[arg-type]  # as each test names them
    return State(own, Head(LOG), floor() if known is None else known)


def card(command: str, argument: str = "") -> Scan:
    """A command card at the scanner."""
    return Scan("command", f"CMD-{command}", "scanner", command=command, argument=argument)


def press(command: str, argument: str = "", seq: int | None = None) -> Scan:
    """A button on the screen."""
    return Scan("command", "screen", "screen", command=command, argument=argument, seq=seq,
                manual=True)  # fmt: skip


def badge(value: str = "62E3086CED") -> Scan:
    return Scan("badge", value, "badge", badge=value)


def bundle(number: int, operation: str = "") -> Scan:
    name = f"B{number:06d}"
    return Scan("bundle", name, "scanner", bundle=name, operation=operation)
