"""The station file: TOML to frozen, validated values (keys and meaning: docs/install.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from bartack.events import Place
from bartack.feedback.settings import Feedback
from bartack.feedback.settings import mistakes as feedback_mistakes
from bartack.identify import COMMAND_CARDS, Check, CodePattern
from bartack.presence import PresenceSettings
from bartack.projection import Level, PayOn, Rules
from bartack.resting import RestingSettings
from bartack.settings import Broker, Document, Found, Id, LocalPath, Table, load
from bartack.wire import RESERVED_STATIONS
from bartack_drivers.registry import DRIVERS, check_options


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError) as error:
        raise ValueError("no such time zone; write it like Asia/Dhaka") from error
    return value


def _station(value: str) -> str:
    if value in RESERVED_STATIONS:
        raise ValueError(f"{value} is the name of a topic; choose another")
    return value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("a time of the day as hh:mm")
    return value


Clock = Annotated[str, AfterValidator(_clock)]


class Work(Table):
    """What is sewn here and how it is counted."""

    operation: Id | None = None
    """What is sewn here where neither ticket nor operation card names an operation."""
    pay_on: PayOn = "finish"
    """What counts work: its finish; a scan before and one after it; the scan that begins the next;
    or ``batch``, an office where a clerk enters other people's tickets."""
    day_starts: Clock = "00:00"
    """When a day of work begins: with night shifts between two of them, as ``06:00``. The same at
    all stations."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    """Of answers while nobody is signed in."""
    unknown_bundle: Literal["refuse", "hold"] = "refuse"
    """A bundle that reference data does not have: refused, or kept and counted once it has."""
    undo_within_min: Annotated[int, Field(ge=0, le=1440)] = 15
    """How old one's own work may be to be undone without a supervisor."""
    rework: Literal["by_fault", "paid", "unpaid"] = "by_fault"
    """What repairs pay: by whose fault it was, always, or never."""


class Checks(Table):
    """What is done about work that looks wrong: nothing, a mark, or a refusal."""

    order: Level = "off"
    """Earlier operations of the route are not done, more than ``missing_max`` of them."""
    missing_max: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many earlier operations may be missing."""
    assignment: Level = "off"
    """The operator is not assigned to the operation."""
    line: Level = "refuse"
    """The bundle is of another line."""
    fast_percent: Annotated[int, Field(ge=0, le=100)] = 20
    """Work in less than this part of its standard time is marked; 0: never."""
    badge_elsewhere: Literal["off", "flag", "close"] = "close"
    """Somebody signs in who is signed in at another station of the line."""


class SignOut(Table):
    """What ends a session beside another badge and the card."""

    by_badge: bool = False
    """The badge that signed in, shown again."""
    after_min: Annotated[int, Field(ge=0, le=1440)] = 0
    """Minutes without an act; 0: never."""
    at: tuple[Clock, ...] = ()
    """Times of the factory's day, such as the ends of shifts."""


class LedgerFile(Table):
    """Where the ledger lies and how large it may get."""

    path: LocalPath = Path("/var/lib/bartack/ledger.db")
    max_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 4096
    keep_events: Annotated[int, Field(ge=0)] = 100_000
    """Events kept for checking after the hub has committed them."""

    @property
    def key_file(self) -> Path:
        """The station's signing key, beside the ledger."""
        return self.path.with_name(self.path.name + ".key")


class StatusSocket(Table):
    """The unix socket that ``bartack status`` asks."""

    socket: LocalPath = Path("/run/bartack/agent.sock")


class Presence(Table):
    """How a reader is watched for what rests on it, in place of being shown things."""

    arrive_reads: Annotated[int, Field(ge=1, le=1000)] = 3
    """So many reads within ``arrive_s`` are an arrival."""
    arrive_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    depart_s: Annotated[float, Field(ge=0.5, le=3600)] = 6.0
    """What was not seen for so long is gone."""
    rssi_min_dbm: Annotated[float, Field(ge=-120, le=0)] | None = None
    """Weaker reads are no arrival."""
    rssi_slack_db: Annotated[float, Field(ge=0, le=60)] = 8.0
    """By so much weaker may be read what is there already."""
    neighbours: bool = True
    """Other stations of the line may see the same tags; they are asked before a bundle is taken."""
    near_antennas: tuple[int, ...] = ()
    """The antennas of the bench itself, where the reader has others too; all when left out."""

    @property
    def settings(self) -> RestingSettings:
        return RestingSettings(
            PresenceSettings(
                self.arrive_reads,
                self.arrive_s,
                self.depart_s,
                self.rssi_min_dbm,
                self.rssi_slack_db,
            ),
            self.neighbours,
            self.near_antennas,
        )


class Reader(Table):
    """One reader. Keys beyond these are options of its driver."""

    model_config = ConfigDict(extra="allow", frozen=True, str_strip_whitespace=True)

    name: Id
    driver: str
    port: str = Field(min_length=1)
    role: Literal["badge", "bundle", "any"] = "any"
    repeat_s: Annotated[float, Field(gt=0, le=60)] = 1.5
    """The same value counts again only after it was away this long."""
    presence: Presence | None = None
    """The reader is not shown things; what rests on it arrives and departs."""

    @property
    def given(self) -> dict[str, object]:
        """The driver's options as they stand in the file."""
        return dict(self.model_extra or {})


GROUPS: Final = frozenset({"badge", "bundle", "operation", "command", "argument"})
"""Named groups of a label's pattern that mean something."""


def _pattern(value: str) -> str:
    try:
        groups = set(re.compile(value).groupindex)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if unknown := groups - GROUPS:
        raise ValueError(f"group {min(unknown)}: only {', '.join(sorted(GROUPS))} have meaning")
    return value


class Code(Table):
    """How this factory's labels read; the first that fits decides."""

    kind: Literal["badge", "bundle", "command"]
    pattern: Annotated[str, AfterValidator(_pattern)]
    check: Check | None = None
    """The last letter or digit proves those before it; a label that fails is refused."""

    @model_validator(mode="after")
    def _names_what_it_reads(self) -> Self:
        needed = {"bundle", "command"} & {self.kind}
        if needed - set(re.compile(self.pattern).groupindex):
            raise ValueError(f"a {self.kind} pattern needs a group (?P<{self.kind}>…)")
        return self


class StationFile(Table):
    """A whole station file."""

    site: Id
    line: Id
    station: Annotated[Id, AfterValidator(_station)]
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    work: Work = Work()
    checks: Checks = Checks()
    sign_out: SignOut = SignOut()
    broker: Broker
    ledger: LedgerFile = LedgerFile()
    status: StatusSocket = StatusSocket()
    reader: Annotated[tuple[Reader, ...], Field(min_length=1, max_length=16)]
    code: tuple[Code, ...] = ()
    feedback: tuple[Feedback, ...] = (Feedback(driver="console"),)

    @property
    def place(self) -> Place:
        return Place(self.site, self.line, self.station)

    @property
    def rules(self) -> Rules:
        work, checks = self.work, self.checks
        return Rules(
            self.place,
            work.operation or "",
            self.timezone,
            time.fromisoformat(work.day_starts),
            pay_on=work.pay_on,
            unknown_bundle=work.unknown_bundle,
            order=checks.order,
            missing_max=checks.missing_max,
            assignment=checks.assignment,
            line=checks.line,
            fast_percent=checks.fast_percent,
            badge_elsewhere=checks.badge_elsewhere,
            sign_out_by_badge=self.sign_out.by_badge,
            sign_out_after_min=self.sign_out.after_min,
            shift_ends=self.sign_out.at,
            undo_within_min=work.undo_within_min,
            rework=work.rework,
        )

    def options_of(self, reader: Reader) -> dict[str, object]:
        """The options of a reader's driver, complete.

        A driver that asks what this factory's labels look like, and after what absence they are new
        ones, is told so by ``[[code]]`` and ``repeat_s`` where its own options do not.
        """
        driver = DRIVERS[reader.driver]
        known = {option.name: option for option in driver.options}
        given = reader.given
        if "patterns" in known:
            fitting = [it.pattern for it in self.code if reader.role in (it.kind, "any")]
            cards = [COMMAND_CARDS.pattern.pattern] if fitting else []  # none: all is taken
            given.setdefault("patterns", [*fitting, *cards])
        if "gone_s" in known:
            given.setdefault("gone_s", max(known["gone_s"].least, reader.repeat_s))
        options, _ = check_options(driver, given)
        return options

    @property
    def codes(self) -> tuple[CodePattern, ...]:
        given = (CodePattern(it.kind, re.compile(it.pattern), it.check) for it in self.code)
        return (*given, COMMAND_CARDS)


def load_station(file: Path) -> StationFile:
    """Read a station file. Raises ``SettingsError`` with every mistake in it."""
    return load(file, StationFile, _mistakes)


def _mistakes(document: Document) -> Iterator[Found]:
    yield from _reader_mistakes(document)
    yield from feedback_mistakes(_tables(document, "feedback"))
    yield from _beeper_mistakes(document)


def _beeper_mistakes(document: Document) -> Iterator[Found]:
    drivers = {it.get("name"): it.get("driver") for it in _tables(document, "reader")}
    for index, feedback in enumerate(_tables(document, "feedback")):
        name = feedback.get("reader")
        if feedback.get("driver") != "reader" or not isinstance(name, str):
            continue
        driver = DRIVERS.get(str(drivers.get(name)))
        if name not in drivers:
            yield ("feedback", index, "reader"), f"there is no reader {name!r} in this file"
        elif driver is not None and not driver.beeps:
            able = ", ".join(sorted(name for name, driver in DRIVERS.items() if driver.beeps))
            yield (
                ("feedback", index, "reader"),
                f"a reader of driver {driver.name} cannot be told to beep; those of {able} can",
            )


def _tables(document: Document, name: str) -> list[dict[str, object]]:
    tables = document.get(name)
    return [it for it in tables if isinstance(it, dict)] if isinstance(tables, list) else []


def _reader_mistakes(document: Document) -> Iterator[Found]:
    readers = document.get("reader")
    if not isinstance(readers, list):
        return
    names: set[str] = set()
    for index, reader in enumerate(readers):
        if not isinstance(reader, dict):
            continue
        name = reader.get("name")
        if isinstance(name, str):
            if name in names:
                yield ("reader", index, "name"), "two readers have this name"
            names.add(name)
        driver = DRIVERS.get(str(reader.get("driver")))
        if driver is None:
            if "driver" in reader:
                yield ("reader", index, "driver"), "one of " + ", ".join(sorted(DRIVERS))
            continue
        options = {key: value for key, value in reader.items() if key not in Reader.model_fields}
        for mistake in check_options(driver, options)[1]:
            yield ("reader", index, mistake.option), mistake.reason
