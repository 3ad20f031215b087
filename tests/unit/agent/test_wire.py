"""MQTT topics and payloads: what goes out comes in again, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack import wire
from bartack.events import Event, Head, Place, canonical, seal
from sewing import LOG, PLACE, bundle_rows, moment, table


def some_events(count: int, place: Place = PLACE) -> tuple[Event, ...]:
    head, events = Head(LOG), []
    for number in range(count):
        events.append(seal(head, place, moment(number), "work.done", "scan", {"pieces": 1}))
        head = events[-1].head
    return tuple(events)


def test_a_batch_survives_the_wire() -> None:
    """The hub reads exactly the events that the station sent."""
    batch = wire.EventBatch(PLACE, LOG, some_events(5), replay=True)
    assert wire.parse_events(PLACE, batch.payload()) == batch


def test_a_station_speaks_only_for_itself() -> None:
    """Events of another station, log or order are refused whole."""
    events = some_events(3)
    other = replace(PLACE, station="st08")
    for batch, place in [
        (wire.EventBatch(PLACE, LOG, events), other),
        (wire.EventBatch(PLACE, "0" * 32, events), PLACE),
        (wire.EventBatch(PLACE, LOG, (events[0], events[2])), PLACE),
        (wire.EventBatch(PLACE, LOG, ()), PLACE),
    ]:
        with pytest.raises(wire.WireError):
            wire.parse_events(place, batch.payload())


@given(st.binary(max_size=200))
def test_rubbish_from_the_broker_is_an_error_and_nothing_worse(payload: bytes) -> None:
    """Any payload is parsed or raises WireError."""
    parsers = (
        lambda p: wire.parse_events(PLACE, p),
        wire.parse_watermark,
        wire.parse_status,
        wire.parse_reference,
    )
    for parse in parsers:
        with pytest.raises(wire.WireError):
            parse(payload)


@pytest.mark.parametrize(
    "topic",
    [
        "bartack/v1/a/b/c",
        "bartack/v1/a/b/c/d/e",
        "bartack/v2/a/b/c/events",
        "bartack/v1/a/b/ref/events",
        "bartack/v1/a/b/c d/events",
        "bartack/v1//b/c/events",
        "",
    ],
)
def test_a_topic_that_is_not_a_stations_is_refused(topic: str) -> None:
    """Only bartack/v1/site/line/station/leaf with valid ids names a station."""
    with pytest.raises(wire.WireError):
        wire.parse_station_topic(topic)


def test_a_stations_topics_name_it() -> None:
    """Every topic of a station leads back to it."""
    for topic in (wire.events_topic(PLACE), wire.status_topic(PLACE), wire.ack_topic(PLACE)):
        assert wire.parse_station_topic(topic)[0] == PLACE


@given(st.integers(0, 3000), st.randoms(use_true_random=False))
def test_a_table_survives_its_chunks_in_any_order(count: int, random: object) -> None:
    """A reference table arrives whole from chunks in any order, each small enough to send."""
    whole = table("bundles", bundle_rows(count))
    chunks = wire.split_reference(whole)
    assert all(len(chunk.payload()) <= wire.CHUNK_MAX_BYTES for chunk in chunks)
    read = [wire.parse_reference(chunk.payload()) for chunk in chunks]
    random.shuffle(read)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert wire.join_reference(read) == whole
    if len(read) > 1:
        assert wire.join_reference(read[1:]) is None


def test_a_forged_row_is_found() -> None:
    """Rows that do not fit the hash of their table are refused."""
    chunk = wire.split_reference(table("bundles", bundle_rows(3)))[0]
    forged = replace(chunk, rows=tuple(bundle_rows(3, pieces=99)))
    with pytest.raises(wire.WireError):
        wire.join_reference([forged])


def test_chunks_that_disagree_how_many_there_are_do_not_join() -> None:
    """A forged chunk that claims more chunks than the others neither completes nor breaks them."""
    one, two = wire.split_reference(table("bundles", bundle_rows(1500)))[:2]
    forged = replace(one, chunk=4, chunks=5)
    assert wire.join_reference([one, forged]) is None
    assert wire.join_reference([forged, one, two]) is None


def test_what_is_too_large_is_not_even_read() -> None:
    """A payload over the limit is refused unread."""
    with pytest.raises(wire.WireError, match="larger"):
        wire.parse_status(canonical({"v": 1, "x": "y" * wire.PAYLOAD_MAX_BYTES}))
