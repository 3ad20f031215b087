"""Faulty pieces between two stations of a line: real agents, broker and hub."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction

from bartack.wire import with_check_character
from pipeline.hub.hub_bench import Client
from rig import OTHER_BADGE, Rig
from running import wait_until

LINE = "bartack/v1/dhk1/l03"
RATE = Fraction("0.45")


def command(label: str) -> str:
    """A command card as the hub prints it."""
    return with_check_character(f"CMD-{label}")


def shown(station: Rig, reason: str) -> bool:
    return any(light["reason"] == reason for light in station.lights())


def earned_by_asha(station: Rig) -> Fraction:
    """What the events of a station's ledger give the owner of the work."""
    money = Fraction(0)
    for event in station.ledger():
        worth = event.number("pieces") * RATE
        match event.type:
            case "work.done":
                money += worth
            case "defect.charged":
                money -= worth
            case "defect.closed" if event.fields["returned"]:
                money += worth
    return money


def test_a_fault_crosses_the_line_and_comes_back(stations: tuple[Rig, Rig]) -> None:
    """Sewn at st07, found at st08, repaired at st07 while the broker is away: taken off and shown
    there, confirmed by st08 when it hears of it, and given back."""
    one, two = stations
    two.tap(OTHER_BADGE)
    one.tap()
    assert one.scan("B000001")["outcome"] == "ok"
    with ExitStack() as stack:
        client = Client(one.port, f"{LINE}/st07/credits/#")
        stack.callback(client.stop)
        wait_until(lambda: client.held, "st07 tells its credit")
    one.tap(OTHER_BADGE)  # told after the credit: whoever closes a session for it knows both
    wait_until(lambda: shown(two, "signed_out"), "st08 has heard of the credit")
    two.tap(OTHER_BADGE)
    wait_until(lambda: shown(one, "signed_out"), "st07 has heard of the session")
    for label in (command("DEFECT"), "B000001", command("FAULT-F01"), command("PIECES-2")):
        assert two.scan(label)["outcome"] == "info", label
    assert two.scan(command("OWNER-operator"))["reason"] == "defect_noted"
    wait_until(lambda: shown(one, "notice_fault"), "st07 says that pay is off")
    assert earned_by_asha(one) == 10 * RATE
    one.tap()
    one.broker.kill()
    one.scan(command("REPAIR"))
    assert one.scan("B000001")["reason"] == "repaired"
    assert earned_by_asha(one) == 10 * RATE
    one.agent.kill()
    one.agent.start()
    one.wait_ready()
    one.broker.start()
    wait_until(lambda: earned_by_asha(one) == 12 * RATE, "the pay is back")
    one.wait_drained()
    two.wait_drained()
    repaired = [event for event in one.committed() if event.type == "work.repaired"]
    assert [(it.station, it.fields["paid"]) for it in repaired] == [("st08", False)]
