"""The hub's settings file: TOML to frozen, validated values, every mistake with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from bartack.settings import Broker, Id, Port, Table, load
from bartack_hub.board.shifts import LinePlan
from bartack_hub.tickets.settings import TicketsFile

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_BREAK = re.compile(r"([0-9:]+)\s*[-\u2013]\s*([0-9:]+)")
_DAY_MINUTES: Final = 24 * 60


def _clock_time(value: object) -> time:
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a time of day in quotes, such as "08:00"')
    return time(int(found[1]), int(found[2]))


def _break(value: object) -> tuple[time, time]:
    found = _BREAK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a span in quotes, such as "13:00-14:00"')
    return _clock_time(found[1]), _clock_time(found[2])


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError('no such time zone; write the IANA name, such as "Asia/Dhaka"') from None
    return value


def _bucket(value: int) -> int:
    if value < 1 or 60 % value:
        raise ValueError("minutes that divide an hour evenly: 1, 5, 10, 15, 20, 30 or 60")
    return value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
BreakSpan = Annotated[tuple[time, time], BeforeValidator(_break)]


class StoreFile(Table):
    """Where the hub keeps what it committed."""

    url: str

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if value.startswith(("postgresql:", "postgres:")):
            raise ValueError(
                "PostgreSQL is not supported by this version; "
                'write "sqlite:////var/lib/bartack-hub/hub.db"'
            )
        if not re.fullmatch(r"sqlite:///[^?#\x00-\x1f]+", value) or value.endswith("/"):
            raise ValueError(
                'write "sqlite:////absolute/path/hub.db", or "sqlite:///hub.db" '
                "for a file beside this one"
            )
        return value

    def path(self, folder: Path) -> Path:
        """The database file; a relative one is meant from ``folder``."""
        return folder / self.url.removeprefix("sqlite:///")


class WebFile(Table):
    """Where the dashboard is served."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Port = 8700


class LineFile(Table):
    """One line: its working day in wall-clock times of its own zone, and what it should make."""

    timezone: Annotated[str, AfterValidator(_zone)]
    shift_start: ClockTime
    shift_end: ClockTime
    breaks: tuple[BreakSpan, ...] = ()
    target_pieces: Annotated[int, Field(ge=0, le=10_000_000)]
    bucket_minutes: Annotated[int, AfterValidator(_bucket)] = 60

    @field_validator("breaks")
    @classmethod
    def _inside_shift(
        cls, value: tuple[tuple[time, time], ...], info: ValidationInfo
    ) -> tuple[tuple[time, time], ...]:
        start, end = info.data.get("shift_start"), info.data.get("shift_end")
        if start is None or end is None:
            return value  # their own mistake is reported already
        length = _minutes(start, end) or _DAY_MINUTES
        for begin, finish in value:
            if begin == finish:
                raise ValueError(f"{begin:%H:%M}-{finish:%H:%M} has no length")
            if _minutes(start, begin) + _minutes(begin, finish) > length:
                raise ValueError(
                    f"{begin:%H:%M}-{finish:%H:%M} is not inside the shift "
                    f"{start:%H:%M}-{end:%H:%M}"
                )
        return value


class HubFile(Table):
    """A hub's settings file."""

    site: Id
    broker: Broker
    store: StoreFile
    web: WebFile = WebFile()
    tickets: TicketsFile = TicketsFile()
    lines: Annotated[dict[Id, LineFile], Field(min_length=1)]

    def plans(self) -> Mapping[str, LinePlan]:
        """What every line should do, by line."""
        return {
            line: LinePlan(
                line=line,
                timezone=item.timezone,
                shift_start=item.shift_start,
                shift_end=item.shift_end,
                breaks=item.breaks,
                target_pieces=item.target_pieces,
                bucket_minutes=item.bucket_minutes,
            )
            for line, item in self.lines.items()
        }


def load_hub(file: Path) -> HubFile:
    """Read and validate a hub's settings file. Raises ``SettingsError`` with every mistake."""
    return load(file, HubFile)


def _minutes(start: time, end: time) -> int:
    """Minutes from one time of day to the next such time of the other, 0 when they are equal."""
    later, earlier = end.hour * 60 + end.minute, start.hour * 60 + start.minute
    return (later - earlier) % _DAY_MINUTES
