"""The ``[[feedback]]`` tables of a station file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from bartack.settings import Found, Id, LocalPath, Port, Table
from bartack_drivers.feedback.lamp_names import LAMPS, Lamp

Line = Annotated[int, Field(ge=0, le=1023)]

_KEYS: Final = MappingProxyType(
    {
        "path": ("console",),
        "reader": ("reader",),
        "port": ("gpio", "lcd"),
        **dict.fromkeys((*LAMPS, "active_low"), ("gpio",)),
        **dict.fromkeys(("address", "size"), ("lcd",)),
        **dict.fromkeys(("web_port", "numerals", "currency"), ("kiosk",)),
    }
)
"""With which drivers a key has a meaning."""

_PORTS: Final = MappingProxyType(
    {"gpio": "/dev/gpiochip0", "lcd": "/dev/i2c-1", "kiosk": "127.0.0.1"}
)


_DRIVERS: Final = ("console", "reader", "gpio", "lcd", "kiosk")


class Feedback(Table):
    """Where the answers to scans are shown."""

    driver: Literal["console", "reader", "gpio", "lcd", "kiosk"]
    path: LocalPath | None = None
    """Console: JSON Lines are appended here; standard output when left out."""
    reader: Id | None = None
    """Reader: the name of the one that beeps."""
    port: Annotated[str, Field(min_length=1)] | None = None
    """Gpio: the chip. Lcd: the bus. ``sim:/path`` for simulated ones."""
    green: Line | None = None
    """Gpio: the line of each lamp, by its number on the chip; what is left out is not wired."""
    amber: Line | None = None
    red: Line | None = None
    buzzer: Line | None = None
    active_low: bool = False
    """Gpio: lamps and buzzer are on while their line is low."""
    address: Annotated[int, Field(ge=0x08, le=0x77)] = 0x27
    """Lcd: of its expander on the bus."""
    size: Literal["16x2", "20x4"] = "16x2"
    """Lcd: columns and rows."""
    web_port: Port = 8088
    """Kiosk: the port of the operator's page on 127.0.0.1."""
    numerals: Literal["native", "latn"] = "native"
    """Kiosk: digits of the operator's language where it has its own, or Latin ones."""
    currency: Annotated[str, Field(max_length=8)] = ""
    """Kiosk: what stands beside money; nothing when left out."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.driver == "reader" and self.reader is None:
            raise ValueError("reader: name the reader that beeps")
        if self.driver == "gpio" and not self.lines:
            raise ValueError(f"name the line of at least one of {', '.join(LAMPS)}")
        return self

    @property
    def lines(self) -> dict[Lamp, int]:
        """The lines of the lamps that are wired."""
        lines: Mapping[Lamp, int | None] = {lamp: getattr(self, lamp) for lamp in LAMPS}
        return {lamp: line for lamp, line in lines.items() if line is not None}

    @property
    def device(self) -> str:
        """The chip or bus that is meant, the usual one where none is named."""
        if self.driver not in ("gpio", "lcd"):
            return ""
        return self.port or _PORTS[self.driver]


def mistakes(tables: Sequence[Mapping[str, object]]) -> Iterator[Found]:
    """What no single key shows: keys of another driver, and wires that are used twice."""
    used: dict[tuple[str, str], str] = {}
    for index, table in enumerate(tables):
        driver = table.get("driver")
        for key in table:
            if key in _KEYS and driver in _DRIVERS and driver not in _KEYS[key]:
                yield ("feedback", index, key), f"only with driver {' or '.join(_KEYS[key])}"
        for key in _wires(table):
            number = table.get(key, Feedback.model_fields[key].default)
            wire = str(table.get("port", _PORTS[str(driver)])), str(number)
            if wire in used:
                yield ("feedback", index, key), f"{number} is {used[wire]} already"
            used.setdefault(wire, f"{key} of feedback {index + 1}")


def _wires(table: Mapping[str, object]) -> Sequence[str]:
    """The keys of a table by which something outside is taken."""
    if table.get("driver") == "gpio":
        return [lamp for lamp in LAMPS if lamp in table]
    return {"lcd": ["address"], "kiosk": ["web_port"]}.get(str(table.get("driver")), [])
