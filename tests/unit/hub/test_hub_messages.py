"""What arrives is sorted, what is wanted at the broker gets there within the window."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import Place
from bartack.mqtt import Message
from bartack.retained import Retained, Wanted
from bartack.service import notify, watchdog_interval_s
from bartack.wire import (
    CHUNK_MAX_BYTES,
    PAYLOAD_MAX_BYTES,
    ReferenceTable,
    Row,
    events_topic,
    join_reference,
    parse_reference,
    reference_hash,
    reference_topic,
    status_topic,
)
from bartack_hub.broker_link import BrokerLink
from bartack_hub.intake import sort_messages
from bartack_hub.reference_chunks import lines_too_large, messages
from unit.hub.ledgers import NOW, PLACE, batch, ledger

OTHER = Place("dhk1", "l03", "st08")


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def kinds(topic: str, payload: bytes) -> list[str]:
    intake = sort_messages("dhk1", [Message(topic, payload, 1)], NOW)
    return [item.kind for item in intake.unreadable]


def test_events_and_reports_are_read() -> None:
    """A station's batch and status come out as values."""
    events = batch(ledger(3))
    offline = b'{"v":1,"online":false,"boot":"b","log":"l"}'
    intake = sort_messages(
        "dhk1",
        [
            Message(events_topic(PLACE), events.payload(), 1),
            Message(status_topic(OTHER), offline, 2),
        ],
        NOW,
    )
    assert intake.batches == (events,)
    assert [(item.line, item.station) for item in intake.reports] == [("l03", "st08")]
    assert intake.unreadable == ()


@pytest.mark.parametrize(
    ("topic", "payload", "kind"),
    [
        (events_topic(OTHER), batch(ledger(1)).payload(), "unreadable"),
        (events_topic(PLACE), b"{", "unreadable"),
        (events_topic(PLACE), b'{"v":1,"events":' + b"[" * 5000, "unreadable"),
        (events_topic(PLACE), b" " * (PAYLOAD_MAX_BYTES + 1), "too_large"),
        (status_topic(PLACE), b'{"v":1,"online":false,"\\ud800":1}', "unreadable"),
        (status_topic(PLACE), b'{"v":1,"online":false,"x":"\\udfff"}', "unreadable"),
        (status_topic(PLACE), b'{"v":1,"online":false,"x":' + b"9" * 400 + b"}", "unreadable"),
        (status_topic(PLACE), b'{"v":1,"online":false,"x":' + deep(400) + b"}", "unreadable"),
        ("bartack/v1/ctg2/l03/st07/events", b"{}", "other_site"),
        ("bartack/v1/dhk1/l03/st07/state", b"{}", "unexpected_topic"),
        ("bartack/v1/dhk1/l03/ref/events", b"{}", "unreadable"),
        ("", b"{}", "unreadable"),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_kind(topic: str, payload: bytes, kind: str) -> None:
    """A forged, broken or misplaced message is set aside, and nothing of it is taken."""
    assert kinds(topic, payload) == [kind]


def test_a_station_takes_back_its_report() -> None:
    """An empty status is what a broker passes on when a retained one is cleared."""
    intake = sort_messages("dhk1", [Message(status_topic(PLACE), b"", 1)], NOW)
    assert [(item.station, item.document) for item in intake.reports] == [("st07", {})]
    assert intake.unreadable == ()


@given(st.text(max_size=60), st.binary(min_size=1, max_size=200))
def test_no_message_raises(topic: str, payload: bytes) -> None:
    """Any topic with any payload is sorted."""
    for name in (topic, events_topic(PLACE), status_topic(PLACE)):
        assert len(kinds(name, payload)) == 1


# --- retained messages ------------------------------------------------------------------------


class Broker:
    """Holds retained messages, and answers only when asked to."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.sent: list[int] = []

    def publish(self, wanted: Wanted) -> int:
        self.held[wanted.topic] = wanted.payload
        self.sent.append(len(self.sent) + 1)
        return self.sent[-1]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("want"), st.integers(0, 4), st.integers(0, 99)),
            st.tuples(st.sampled_from(["answer", "down", "up"]), st.integers(1, 3), st.just(0)),
        )
    )
)
def test_the_broker_ends_with_the_newest_within_the_window(
    steps: list[tuple[str, int, int]],
) -> None:
    """Through lost links and late answers never more than the window is unanswered, and in the
    end the broker holds the newest of every topic."""
    retained, broker = Retained(), Broker()
    newest: dict[str, bytes] = {}
    open_mids: list[int] = []
    window = 0
    for step, number, value in steps:
        match step:
            case "want":
                newest[f"t{number}"] = b"%d" % value
                retained.want(Wanted(f"t{number}", newest[f"t{number}"]))
            case "answer" if open_mids:
                retained.answered(open_mids.pop(0))
            case "down":
                retained.down()
                open_mids, window = [], 0
            case "up" if window == 0:
                window = number
                retained.up(window)
        before = len(broker.sent)
        retained.send(broker.publish)
        open_mids += broker.sent[before:]
        assert len(open_mids) <= window
    retained.down()
    retained.up(2)
    while not retained.is_settled:
        before = len(broker.sent)
        retained.send(broker.publish)
        for mid in broker.sent[before:]:
            retained.answered(mid)
    assert broker.held == newest


def test_without_a_link_nothing_is_lost() -> None:
    """A publish that the connection did not take stays wanted."""
    retained = Retained()
    retained.want(Wanted("t", b"1"))
    retained.up(5)
    retained.send(lambda _: None)
    assert not retained.is_settled


# --- reference data as messages ----------------------------------------------------------------


def bundles(count: int, line: str = "l03") -> list[Row]:
    return [{"bundle": f"B{number:06d}", "line": line} for number in range(count)]


def table(name: str, rows: list[Row]) -> ReferenceTable:
    return ReferenceTable(name, 7, reference_hash(rows), tuple(rows))


def test_a_line_gets_its_own_bundles_and_those_of_no_line() -> None:
    """Bundles are split by line, each part with a hash of its own; the rest goes to all."""
    rows = [*bundles(2), *bundles(1, "l04"), {"bundle": "ANY", "line": ""}]
    wanted, counts = messages("dhk1", ["l03", "l04"], [table("bundles", rows)], {}, {}, {})
    assert counts == {("l03", "bundles"): 1, ("l04", "bundles"): 1}
    parts = {item.topic: join_reference([parse_reference(item.payload)]) for item in wanted}
    numbers = {topic: [row["bundle"] for row in part.rows] for topic, part in parts.items() if part}
    assert numbers == {
        reference_topic("dhk1", "l03", "bundles"): ["B000000", "B000001", "ANY"],
        reference_topic("dhk1", "l04", "bundles"): ["B000000", "ANY"],
    }


def test_a_line_has_its_own_shifts_unless_some_hold_for_all() -> None:
    """Without imported shifts each line gets those of the settings file, told by the version."""
    own = {"l03": [{"start": "06:00", "end": "14:00"}], "l04": [{"start": "22:00", "end": "06:00"}]}
    topics = {line: reference_topic("dhk1", line, "shifts") for line in own}

    def sent(imported: ReferenceTable) -> dict[str, tuple[int, tuple[dict[str, str], ...]]]:
        wanted, _ = messages("dhk1", list(own), [imported], {}, own, {})
        parsed = {item.topic: parse_reference(item.payload) for item in wanted}
        joined = [join_reference([chunk]) for chunk in parsed.values()]
        assert None not in joined
        return {topic: (chunk.version, chunk.rows) for topic, chunk in parsed.items()}

    assert sent(table("shifts", [])) == {
        topics[line]: (8, tuple(rows)) for line, rows in own.items()
    }
    all_day = {"start": "08:00", "end": "17:00"}
    assert sent(table("shifts", [all_day])) == {topics[line]: (7, (all_day,)) for line in own}


def test_chunks_no_longer_used_are_cleared() -> None:
    """A table that shrank and a line that went leave no retained message behind."""
    published = {("l03", "bundles"): 3, ("gone", "operators"): 2}
    wanted, _ = messages("dhk1", ["l03"], [table("bundles", bundles(1))], published, {}, {})
    assert [item.topic for item in wanted if item.payload == b""] == [
        reference_topic("dhk1", "l03", "bundles", 1),
        reference_topic("dhk1", "l03", "bundles", 2),
        reference_topic("dhk1", "gone", "operators"),
        reference_topic("dhk1", "gone", "operators", 1),
    ]


def test_a_large_table_comes_in_chunks_that_join_again() -> None:
    """Every chunk fits into a message, and together they are the table."""
    whole = table("bundles", bundles(5000))
    wanted, counts = messages("dhk1", ["l03"], [whole], {}, {}, {})
    assert counts["l03", "bundles"] == len(wanted) > 1
    assert max(len(item.payload) for item in wanted) <= CHUNK_MAX_BYTES
    assert join_reference([parse_reference(item.payload) for item in wanted]) == whole


def test_a_table_that_stations_cannot_take_is_found() -> None:
    """Only the lines that get too much are named."""
    huge = [{"bundle": f"B{number}", "line": "l03", "note": "x" * 60_000} for number in range(1100)]
    assert lines_too_large(table("bundles", huge), ["l03", "l04"]) == ["l03"]


# --- the link's state, and systemd -------------------------------------------------------------


def test_a_refused_link_is_logged_once_and_stays_the_reason() -> None:
    """However often the broker refuses, one line is logged and the refusal is what is shown."""
    shown: list[tuple[bool, str]] = []
    with structlog.testing.capture_logs() as logged:
        link = BrokerLink(lambda up, detail: shown.append((up, detail)), structlog.get_logger())
        for _ in range(50):
            link.down("the broker refused: Not authorized")
        link.up()
        link.trouble("cannot write: full")
        link.trouble("")
    assert [entry["event"] for entry in logged] == ["broker_down", "broker_up"]
    assert set(shown[:-3]) == {(False, "the broker refused: Not authorized")}
    assert shown[-3:] == [(True, ""), (False, "cannot write: full"), (True, "")]


@pytest.fixture
def listener(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[str, socket.socket]]:
    abstract = request.param
    address = f"@bartack-{os.getpid()}-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if abstract else address)
        systemd.settimeout(5)
        yield address, systemd


@pytest.mark.parametrize("listener", [False, True], indirect=True, ids=["path", "abstract"])
def test_systemd_hears_the_state(
    listener: tuple[str, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state arrives at a socket with a path and at an abstract one."""
    monkeypatch.setenv("NOTIFY_SOCKET", listener[0])
    notify("READY=1")
    assert listener[1].recv(100) == b"READY=1"


def test_the_watchdog_is_fed_twice_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of systemd's time; none when systemd does not ask or asks another process."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    notify("READY=1")
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    assert watchdog_interval_s() == 15.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog_interval_s() is None
    monkeypatch.delenv("WATCHDOG_USEC")
    assert watchdog_interval_s() is None
