"""What detection found, as ``[[reader]]`` tables of a station file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from bartack_drivers.base import Medium
from bartack_drivers.detect import Finding, PortReport
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS

Role = Literal["badge", "bundle"]

_BADGES: Final[frozenset[Medium]] = frozenset({"em4100", "iso14443"})


def role_of(driver: Driver) -> Role:
    """What a reader is most likely for, by the medium that its driver names first.

    Operators carry cards; labels and UHF tags go with bundles.
    """
    return "badge" if driver.media[0] in _BADGES else "bundle"


def reader_tables(reports: Iterable[PortReport]) -> str:
    """The tables for all that was found, one below the other; empty where nothing was.

    Where several drivers may be meant, all but the first are commented out.
    """
    names: dict[Role, int] = {}
    tables: list[str] = []
    for report in reports:
        if report.found:
            role = role_of(DRIVERS[report.found[0].driver])
            names[role] = names.get(role, 0) + 1
            name = _name(role, names[role])
            tables += _tables(name, report.port, report.found)
    return "\n".join(tables)


def _name(role: Role, count: int) -> str:
    return role if count == 1 else f"{role}-{count}"


def _tables(name: str, port: str, found: Sequence[Finding]) -> Iterable[str]:
    for number, finding in enumerate(found):
        driver = DRIVERS[finding.driver]
        table = _table(name, port, finding, driver)
        seen = f"# {driver.title}; {finding.how} at {finding.baudrate} bits/s"
        if number == 0:
            yield f"{seen}\n{table}\n"
        else:
            commented = "".join(f"# {line}\n" for line in table.splitlines())
            yield f"# Or, for nothing tells them apart:\n{seen}\n{commented}"


def _table(name: str, port: str, finding: Finding, driver: Driver) -> str:
    values: dict[str, object] = {
        "name": name,
        "driver": driver.name,
        "port": port,
        "role": role_of(driver),
    }
    default = next((it.default for it in driver.options if it.name == "baudrate"), None)
    if default is not None and default != finding.baudrate:
        values["baudrate"] = finding.baudrate
    # What JSON calls a text, TOML does too.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(["[[reader]]", *lines])
