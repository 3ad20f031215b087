"""Two stations of a line that tell each other what they credited: real agents, broker and hub."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from pipeline.hub.hub_bench import Client
from rig import OTHER_BADGE, Rig
from running import wait_until

LINE = "bartack/v1/dhk1/l03"


def watching(stack: ExitStack, port: int) -> Client:
    """A client that hears all that is retained on the line."""
    client = Client(port, f"{LINE}/+/credits/#", f"{LINE}/+/session", f"{LINE}/+/notices")
    stack.callback(client.stop)
    return client


def told(client: Client, station: str) -> set[str]:
    """The bundles that a station tells it has credited."""
    lists = [name for name in list(client.held) if name.startswith(f"{LINE}/{station}/credits/")]
    rows = [row for name in lists for row in client.document(name).get("credits", [])]
    return {row[0] for row in rows}


def signed_in(client: Client) -> dict[str, str]:
    """Who is signed in where, as the stations tell."""
    topics = [name for name in list(client.held) if name.endswith("/session")]
    return {name.split("/")[4]: client.document(name)["operator"] for name in topics}


def notices(client: Client, station: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.document(f"{LINE}/{station}/notices").get("notices", [])
    return found


def test_double_credits_are_found_and_both_stations_are_told(stations: tuple[Rig, Rig]) -> None:
    """Stations that are cut off from each other both credit a bundle; when they are back, the hub
    disputes the later one, whichever it heard of first, and tells both. The books keep both."""
    one, two = stations
    with ExitStack() as stack:
        client = watching(stack, one.port)
        one.tap()
        two.tap(OTHER_BADGE)
        assert one.scan("B000001")["outcome"] == "ok"
        wait_until(lambda: told(client, "st07") == {"B000001"}, "st07 tells its credit")
        wait_until(lambda: signed_in(client) == {"st07": "E1", "st08": "E2"}, "both sessions")
        one.broker.kill()
        first, later = two.scan("B000002"), one.scan("B000002")
        assert (first["outcome"], later["outcome"]) == ("ok", "ok")
        two.agent.terminate()
        one.broker.start()
        one.wait_drained()  # the hub hears of the later one first
        client = watching(stack, one.port)
        wait_until(lambda: told(client, "st07") == {"B000001", "B000002"}, "st07 tells all again")
        assert notices(client, "st07") == []
        two.agent.start()
        wait_until(lambda: notices(client, "st07"), "st07 is told")
        wait_until(lambda: notices(client, "st08"), "st08 is told")
        (disputed,), (stands,) = notices(client, "st07"), notices(client, "st08")
    work = {"bundle": "B000002", "operation": "OP310"}
    assert disputed == work | {
        "log": later["log"],
        "seq": later["seq"],
        "kind": "disputed",
        "station": "st08",
        "operator": "E2",
        "at": first["at"],
    }
    assert (stands["kind"], stands["seq"], stands["operator"]) == ("stands", first["seq"], "E1")
    done = [event for event in one.committed() if event.type == "work.done"]
    assert sorted(event.text("bundle") for event in done) == ["B000001", "B000002", "B000002"]
