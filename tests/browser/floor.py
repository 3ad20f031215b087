"""A made-up sewing floor: stations that write real ledger events and report their health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from bartack.events import Event, Head, Json, Moment, Place, seal
from bartack.wire import ReaderHealth, Status
from bartack_hub.board.shifts import LinePlan

STYLE = "TEE-114"
ROUTE = (
    ("OP310", "Join shoulders", "0.55"),
    ("OP320", "Attach collar", "0.85"),
    ("OP330", "Attach sleeves", "0.90"),
    ("OP340", "Close side seams", "0.80"),
    ("OP350", "Hem bottom", "0.50"),
    ("OP360", "Bar tack", "0.40"),
)
NAMES = {
    "E1001": "Amina Rahman",
    "E1002": "Nguyễn Thị Lan",
    "E1003": "Sumon Das",
    "E1004": "Gül Şahin",
    "E1005": "Priya Chandran",
    "E1006": "Rokeya Sultana",
    "E1007": "Kamal Perera",
    "E1008": "Fatema Begum",
}


BREAKS = ((time(10, 30), time(10, 45)), (time(13), time(14)))
PLAN = LinePlan("l03", "Asia/Dhaka", time(8), time(17), BREAKS, target_pieces=760)
OPENING = datetime(2026, 11, 21, 15, 41, 22, tzinfo=ZoneInfo("Asia/Dhaka"))
"""When the tests look at the floor: in the afternoon of a shift."""


def running_clock() -> Callable[[], datetime]:
    """A clock that says ``OPENING`` now and runs on from there."""
    begun_s = monotonic()
    return lambda: OPENING + timedelta(seconds=monotonic() - begun_s)


def operators() -> list[dict[str, object]]:
    """Rows as in ``operators.csv``."""
    return [{"operator": key, "name": name} for key, name in NAMES.items()]


def operations() -> list[dict[str, object]]:
    """Rows as in ``operations.csv``."""
    return [
        {"style": STYLE, "seq": str(10 * index), "operation": code, "name": name, "sam": sam}
        for index, (code, name, sam) in enumerate(ROUTE, start=1)
    ]


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Station:
    """One station with a ledger of its own."""

    name: str
    operation: int = 5
    line: str = "l03"
    head: Head = field(init=False)

    def __post_init__(self) -> None:
        self.head = Head(f"{self.line}{self.name}".encode().hex().rjust(32, "0")[-32:])

    def write(self, at: datetime, type_: str, fields: Mapping[str, Json]) -> Event:
        """The next event of this station's ledger."""
        place = Place("dhk1", self.line, self.name)
        moment = Moment(text(at), "synced", "boot-1", self.head.seq)
        event = seal(self.head, place, moment, type_, "scan", fields)
        self.head = event.head
        return event

    def sign_in(self, at: datetime, operator: str) -> Event:
        fields: dict[str, Json] = {"operator": operator, "badge": "0A1B2C3D4E", "reader": "badge"}
        return self.write(at, "session.opened", fields)

    def sign_out(self, at: datetime, operator: str) -> Event:
        return self.write(at, "session.closed", {"operator": operator, "reason": "replaced"})

    def work(self, at: datetime, bundle: str, pieces: int = 12, operator: str = "E1001") -> Event:
        code, _, sam = ROUTE[self.operation]
        return self.write(
            at,
            "work.done",
            {
                "operator": operator,
                "bundle": bundle,
                "operation": code,
                "style": STYLE,
                "pieces": pieces,
                "sam": sam,
                "rate": "0.4500",
                "ref": 1,
                "reader": "ticket",
                "label": bundle,
            },
        )

    def refuse(
        self, at: datetime, reason: str, label: str, operator: str | None = "E1001", **more: Json
    ) -> Event:
        return self.write(
            at,
            "scan.refused",
            {
                "reason": reason,
                "label": label,
                "operator": operator,
                "bundle": None,
                "operation": None,
                "reader": "ticket",
                **more,
            },
        )

    def status(
        self,
        at: datetime,
        *,
        unsent: int = 0,
        oldest_unsent_s: int = 0,
        clock: str = "synced",
        clock_off: timedelta = timedelta(0),
        down: str | None = None,
        alarms: tuple[str, ...] = (),
    ) -> dict[str, Json]:
        """The station's report of itself, as it arrives over MQTT."""
        readers = tuple(
            ReaderHealth(
                name, driver, "down" if name == down else "up", "unplugged" * (name == down)
            )
            for name, driver in (("badge", "rdm6300"), ("ticket", "text"))
        )
        return Status(
            boot="boot-1",
            log=self.head.log,
            head=self.head.seq,
            acked=self.head.seq - unsent,
            clock=clock,
            version="0.1.0",
            at=text(at + clock_off),
            oldest_unsent_s=oldest_unsent_s,
            readers=readers,
            alarms=alarms,
        ).document()

    def gone(self) -> dict[str, Json]:
        """What the broker says in its name when it is gone."""
        return {"v": 1, "online": False, "boot": "boot-1", "log": self.head.log}
