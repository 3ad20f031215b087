"""The feed: numbered changes for every open browser, from whatever thread they come."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_hub.board import Board, LinePlan
from bartack_hub.feed import Feed, TooManyStreamsError, difference
from browser.floor import Station, operations, operators

NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Asia/Dhaka"))
PLAN = LinePlan("l03", "Asia/Dhaka", time(8), time(17), (), 800)
T = TypeVar("T")


def feed(streams_max: int = 5) -> Feed:
    made = Feed(Board("dhk1", {"l03": PLAN}), lambda: NOW, streams_max)
    made.reference(operators(), operations())
    return made


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on a loop of its own thread: another test may have one open on this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(work, 20)).result()


@asynccontextmanager
async def pulsing(served: Feed) -> AsyncIterator[None]:
    pulse = asyncio.create_task(served.pulse())
    await asyncio.sleep(0)  # lets it begin
    try:
        yield
    finally:
        pulse.cancel()
        with suppress(asyncio.CancelledError):
            await pulse


Message = tuple[str, dict[str, Any]]


async def next_of(stream: AsyncIterator[tuple[str, str]]) -> Message:
    name, document = await anext(stream)
    return name, json.loads(document)


def output(message: Mapping[str, Any]) -> int:
    return int(message["lines"]["l03"]["output"])


members = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))
states = st.fixed_dictionaries(
    {"at": st.integers(), "lines": members, "stations": members, "n": st.integers(0, 2)}
)


@given(states, states)
def test_a_patch_makes_the_next_state(before: dict[str, Any], after: dict[str, Any]) -> None:
    """What differs, laid over the state before, gives the state after."""
    patch = difference(before, after)
    patched = dict(before)
    for key, value in patch.items():
        if isinstance(value, dict):
            patched[key] = {k: v for k, v in (before[key] | value).items() if v is not None}
        else:
            patched[key] = value
    assert patched == after


@given(states)
def test_no_change_is_a_heartbeat(state: dict[str, Any]) -> None:
    """Between equal states a patch says the time and nothing else."""
    assert difference(state, state) == {"at": state["at"]}


def test_first_a_snapshot_then_patches() -> None:
    """A stream begins with everything, then a commit on another thread comes as a patch."""

    async def work() -> None:
        served, station = feed(), Station("st06")
        served.commit([station.work(NOW, "B000001", 12)])
        async with pulsing(served):
            stream = served.stream()
            name, first = await next_of(stream)
            assert (name, output(first)) == ("snapshot", 12)
            event = station.work(NOW, "B000002", 10)
            thread = threading.Thread(target=served.commit, args=([event],))
            thread.start()
            name, patch = await next_of(stream)
            while "lines" not in patch:
                name, patch = await next_of(stream)
            thread.join()
            assert (name, output(patch)) == ("patch", 22)
            assert set(patch["stations"]) == {"l03/st06"}
            assert "refusals" not in patch

    run(work())


def test_many_commits_make_few_changes() -> None:
    """A burst of events is sent together instead of one by one."""

    async def work() -> int:
        served, station = feed(), Station("st06")
        async with pulsing(served):
            stream = served.stream()
            await next_of(stream)
            for bundle in range(200):
                served.commit([station.work(NOW, f"B{bundle:06d}", 1)])
                await asyncio.sleep(0)
            messages = 0
            while True:
                _, patch = await next_of(stream)
                messages += 1
                if output({"lines": {"l03": {"output": 0}}} | patch) == 200:
                    return messages

    assert run(work()) <= 3


def test_who_falls_behind_is_given_everything() -> None:
    """A stream that missed a change is sent a snapshot, and is right again."""

    async def work() -> Message:
        served, station = feed(), Station("st06")
        async with pulsing(served):
            slow, quick = served.stream(), served.stream()
            await next_of(slow)
            await next_of(quick)
            for bundle in range(2):
                served.commit([station.work(NOW, f"B{bundle:06d}", 5)])
                while "lines" not in (await next_of(quick))[1]:
                    pass
            return await next_of(slow)

    name, message = run(work())
    assert (name, output(message)) == ("snapshot", 10)


def test_silence_has_a_heartbeat() -> None:
    """Without any event a patch still says the time, so that a page knows the hub lives."""

    async def work() -> Message:
        served = feed()
        async with pulsing(served):
            stream = served.stream()
            await next_of(stream)
            return await next_of(stream)

    name, message = run(work())
    assert (name, list(message)) == ("patch", ["at"])


def test_streams_are_bounded_and_given_back() -> None:
    """No more streams than allowed are open; one that ends makes room."""

    async def work() -> None:
        served = feed(streams_max=2)
        async with pulsing(served):
            one, other, third = served.stream(), served.stream(), served.stream()
            await next_of(one)
            await next_of(other)
            with pytest.raises(TooManyStreamsError):
                await next_of(third)
            await one.aclose()  # type: ignore[attr-defined]  # an async generator behind its interface
            assert (await next_of(served.stream()))[0] == "snapshot"

    run(work())


def test_streams_end_when_told() -> None:
    """Ending the streams from another thread lets each of them finish."""

    async def work() -> list[Message]:
        served = feed()
        async with pulsing(served):
            stream = served.stream()
            await next_of(stream)
            threading.Thread(target=served.end_streams).start()
            return [message async for message in stream if message[0] == "snapshot"]  # type: ignore[misc]  # text here

    assert run(work()) == []


def test_one_pulse_at_a_time() -> None:
    """A feed is served by one server; a second one is refused, a later one is welcome."""

    async def work() -> None:
        served = feed()
        async with pulsing(served):
            with pytest.raises(RuntimeError, match="already served"):
                await served.pulse()
        async with pulsing(served):
            assert (await next_of(served.stream()))[0] == "snapshot"

    run(work())


def test_memory_is_given_back() -> None:
    """What is days old is forgotten in the course of time, and today is not."""
    clock = [NOW]
    served = Feed(Board("dhk1", {"l03": PLAN}), lambda: clock[0])
    served.reference(operators(), operations())
    served.commit([Station("st06").work(NOW, "B000001", 12)])
    assert output(served.snapshot()) == 12
    clock[0] = NOW + timedelta(days=4)
    served.snapshot()
    clock[0] = NOW
    assert output(served.snapshot()) == 0
