"""Events: canonical bytes, hashes, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import (
    EVENT_MAX_BYTES,
    INTEGER_MAX,
    Event,
    EventError,
    Head,
    Json,
    canonical,
    first_break,
    parse_event,
    seal,
    strict_json,
)
from sewing import LOG, PLACE, moment

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
numbers = st.integers(-INTEGER_MAX, INTEGER_MAX)
values = st.none() | st.booleans() | numbers | texts | st.lists(texts | numbers, max_size=4)
fields = st.dictionaries(texts.map(lambda key: f"x{key}"), values, max_size=5)


def chain(count: int) -> list[Event]:
    head, events = Head(LOG), []
    for number in range(count):
        events.append(seal(head, PLACE, moment(number), "work.done", "scan", {"pieces": number}))
        head = events[-1].head
    return events


@given(fields)
def test_an_event_survives_its_own_bytes(contents: dict[str, Json]) -> None:
    """What is sealed, written and read again is the same event with the same bytes."""
    event = seal(Head(LOG), PLACE, moment(), "work.done", "scan", contents)
    again = parse_event(event.body)
    assert again == event
    assert again.body == event.body


def test_the_canonical_form_is_what_the_contract_says() -> None:
    """Keys are sorted, there is no white space, and text stays UTF-8."""
    assert canonical({"b": 1, "a": ["å", None, True]}) == '{"a":["å",null,true],"b":1}'.encode()


documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_the_canonical_form_is_that_of_every_json_library(document: Json) -> None:
    """Python's own json, told to sort, writes the same bytes, so anyone can check a hash."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(document) == text.encode()


def test_the_hash_is_over_the_canonical_bytes_without_the_hash() -> None:
    """Anyone can compute an event's hash with a JSON library and SHA-256."""
    import hashlib

    event = chain(1)[0]
    document = json.loads(event.body)
    claimed = document.pop("hash")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == claimed == event.hash


@given(st.data())
def test_no_change_of_a_byte_goes_unnoticed(data: st.DataObject) -> None:
    """An event with any one character changed is refused, or still reads as the same event."""
    event = seal(Head(LOG), PLACE, moment(), "work.done", "scan", {"pieces": 12, "bundle": "B1"})
    text = event.body.decode()
    index = data.draw(st.integers(0, len(text) - 1))
    swapped = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    altered = text[:index] + swapped + text[index + 1 :]
    if altered == text:
        return
    with pytest.raises(EventError):
        parse_event(altered)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_rubbish_is_refused_and_never_crashes(rubbish: bytes | str) -> None:
    """Whatever is not an event raises EventError and nothing else."""
    with pytest.raises(EventError):
        parse_event(rubbish)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1.5}',
        '{"a":NaN}',
        '{"a":1,"a":2}',
        "[" * 100_000,
        '{"a":' + "9" * 5000 + "}",
    ],
    ids=["float", "nan", "twice", "deep", "huge"],
)
def test_json_beyond_the_contract_is_refused(text: str) -> None:
    """Floats, repeated keys, bottomless nesting and endless digits are not our JSON."""
    with pytest.raises(EventError):
        strict_json(text)


@pytest.mark.parametrize(
    "contents",
    [{"seq": 2}, {"big": INTEGER_MAX + 1}, {"half": "\ud800"}, {"long": "x" * EVENT_MAX_BYTES}],
    ids=["envelope", "integer", "surrogate", "size"],
)
def test_an_event_that_could_not_be_read_back_is_not_accepted(contents: dict[str, Json]) -> None:
    """A field that hides the envelope, or that other readers would misread, is refused."""
    with pytest.raises((EventError, UnicodeEncodeError)):
        parse_event(seal(Head(LOG), PLACE, moment(), "a.b", "scan", contents).body)


@given(st.integers(0, 5))
def test_the_chain_names_the_first_event_that_does_not_follow(index: int) -> None:
    """Dropping, swapping or doubling an event breaks the chain exactly there."""
    events = chain(6)
    assert first_break(events, Head(LOG)) is None
    dropped = events[:index] + events[index + 1 :]
    if index < 5:
        assert f"seq {index + 2}:" in str(first_break(dropped, Head(LOG)))
    doubled = events[: index + 1] + events[index:]
    assert f"seq {index + 1}:" in str(first_break(doubled, Head(LOG)))
