"""Documents of the operator's screen as a station in the middle of a shift would put them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

Document = dict[str, object]

NAMES = {
    "en": "Amina Rahman",
    "bn": "আমিনা রহমান",
    "hi": "सुनीता शर्मा",
    "si": "නිමල් පෙරේරා",
    "ta": "மீனா குமார்",
    "vi": "Nguyễn Thị Hoa",
    "tr": "Ayşe Yılmaz",
    "ur": "فاطمہ بی بی",
    "ar": "فاطمة الزهراء",
}

REASONS = [
    {"code": "NF", "name": "No feeding"},
    {"code": "MB", "name": "Machine breakdown"},
    {"code": "PW", "name": "Power failure"},
    {"code": "NB", "name": "Needle break"},
    {"code": "LS", "name": "Line setting"},
    {"code": "TR", "name": "Training"},
]
FAULTS = [{"code": f"F{number:02d}", "name": f"Fault number {number}"} for number in range(1, 16)]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def result(
    outcome: str, reason: str | None = None, flags: tuple[str, ...] = (), **details: object
) -> Document:
    """What became of a scan of B000123; ``at`` is filled in when it is shown."""
    return {
        "outcome": outcome,
        "reason": reason,
        "flags": list(flags),
        "details": details,
        "bundle": "B000123",
        "operation": "OP310",
        "pieces": 20,
    }


def already_done(now: datetime) -> Document:
    return result(
        "refused",
        "already_done",
        done_by="E1003",
        done_name="Sumon Das",
        done_at=stamp(now - timedelta(minutes=42)),
        done_station="st04",
    )


def asks(command: str, needs: str, choices: list[dict[str, str]] | None = None) -> Document:
    return {"command": command, "needs": needs, "choices": choices or []}


def row(seq: int, now: datetime, kind: str, state: str, can: tuple[str, ...] = ()) -> Document:
    return {
        "seq": seq,
        "at": stamp(now - timedelta(minutes=7 * (100 - seq))),
        "kind": kind,
        "bundle": f"B0001{seq:02d}",
        "operation": "OP310",
        "pieces": 20,
        "earned": "24.00" if state == "counted" else None,
        "state": state,
        "reason": "already_done" if state == "refused" else None,
        "can": list(can),
    }


def recent(now: datetime) -> list[Document]:
    return [
        row(99, now, "done", "counted", ("undo", "dispute")),
        row(98, now, "refused", "refused", ("dispute",)),
        row(97, now, "held", "held"),
        row(96, now, "done", "disputed"),
        row(95, now, "done", "voided"),
    ]


class Shift:
    """A station's documents: each call of ``document`` is a later one, with what was changed."""

    def __init__(
        self, language: str = "en", numerals: str = "native", after: Shift | None = None
    ) -> None:
        self._language = language
        self._numerals = numerals
        self._numbers: Iterator[int] = after._numbers if after else itertools.count(1)

    def document(self, changes: Mapping[str, object] | None = None, **more: object) -> Document:
        now = datetime.now(UTC)
        changed = {**(changes or {}), **more}
        news = changed.get("result")
        if isinstance(news, dict) and "at" not in news:
            changed["result"] = {**news, "at": stamp(now)}
        return {**self._usual(now), **changed}

    def _usual(self, now: datetime) -> Document:
        name = NAMES[self._language]
        return {
            "v": 1,
            "number": next(self._numbers),
            "at": stamp(now),
            "place": {"site": "dhk1", "line": "l03", "station": "st07"},
            "timezone": "Asia/Dhaka",
            "language": self._language,
            "numerals": self._numerals,
            "currency": "BDT",
            "link": {"online": True, "unsent": 0},
            "alarms": [],
            "operator": {
                "operator": "E1001",
                "name": name,
                "since": stamp(now - timedelta(hours=4)),
            },
            "result": None,
            "bundle": {
                "bundle": "B000123",
                "order": "PO-7781",
                "style": "TEE-114",
                "size": "XL",
                "colour": "Navy",
                "pieces": 20,
                "operation": "OP310",
                "operation_name": "Attach collar",
                "rate": "1.20",
                "unit": "piece",
            },
            "today": {
                "pieces": 312,
                "earned": "374.40",
                "predicted": "688.00",
                "target": 624,
                "target_now": 330,
                "efficiency": "62.4",
                "attended_min": 240,
                "off_min": 12,
                "disputed": 0,
                "held": 0,
            },
            "guarantee": {
                "period": "day",
                "earned": "374.40",
                "guaranteed": "440.00",
                "make_up": "65.60",
            },
            "standard": {"on": True},
            "asks": None,
            "calls": [],
            "recent": recent(now),
            "choices": {
                "reasons": REASONS,
                "faults": FAULTS,
                "help": ["mechanic", "quality", "supervisor"],
            },
        }
