"""The talk with Mercury modules: set-up, continuous reading, asking, troubles; injected time."""

from __future__ import annotations

import pytest

from bartack_drivers.codecs import mercury
from bartack_drivers.codecs.mercury import command
from bartack_drivers.registry import find_driver
from bartack_sim.devices import thingmagic as sim
from bartack_sim.devices.thingmagic import MercuryModule
from contract.talking import Table, conversation_of

TAG = "E2801160"
MANY = [f"{number:024X}" for number in range(1, 9)]
every_model = pytest.mark.parametrize("model", sim.MODELS)


def table_with(module: MercuryModule, **options: object) -> Table:
    table = Table(conversation_of("thingmagic", **options), module)
    table.power_up()
    return table


def commands(table: Table) -> list[bytes]:
    """What was sent, command by command."""
    data = b"".join(table.said)
    found = []
    while data:
        found.append(data[: 5 + data[1]])
        data = data[5 + data[1] :]
    return found


def writes(table: Table) -> set[int]:
    """The operations with a high bit: those that set something."""
    return {it[2] for it in commands(table) if it[2] >= 0x91}


@every_model
def test_every_model_is_set_up_and_read(model: str) -> None:
    """From power-up each model reads tags within seconds, with the settings as asked."""
    module = sim.device(model)
    table = table_with(module, region="eu", antenna=2, power_dbm=15)
    module.place(TAG)
    assert {(read.value, read.rssi_dbm) for read in table.go_on(5.0)} == {(TAG, -60)}
    assert table.conversation.trouble == ""
    assert (module.region, module.antennas, module.power_cdbm) == (0x08, b"\x02\x02", 1500)
    assert module.streaming == (model != "m5e")


@every_model
def test_a_power_failure_is_noticed_and_mended(model: str) -> None:
    """Reading goes on within five seconds of a power failure that the port does not show."""
    module = sim.device(model)
    table = table_with(module, region="eu")
    module.place(TAG)
    assert table.go_on(5.0)
    table.cut = True
    table.go_on(20.0)
    assert "does not answer when asked to" in table.conversation.trouble
    table.cut = False
    module.power_up()
    table.go_on(4.5)
    assert table.go_on(0.5)
    assert table.conversation.trouble == ""
    module.power_up()
    table.go_on(4.5)
    assert table.go_on(0.5)


def test_what_is_right_already_is_not_written() -> None:
    """A second program that opens the reader stops it, writes nothing, and starts it."""
    module = sim.device("m6e")
    table_with(module, region="eu").go_on(5.0)
    assert module.streaming
    second = Table(conversation_of("thingmagic", region="eu"), module)
    second.go_on(5.0)
    assert module.streaming
    assert writes(second) == set()
    assert commands(second)[0] == mercury.STOP


def test_only_what_differs_is_written() -> None:
    """One other power is one write."""
    module = sim.device("m6e")
    table_with(module).go_on(5.0)
    second = Table(conversation_of("thingmagic", power_dbm=10), module)
    second.go_on(5.0)
    assert writes(second) == {mercury.SET_POWER}


def test_the_readers_own_region_is_left() -> None:
    """Without the option nothing is said about a region."""
    module = sim.device("m6e", region="01")
    table = table_with(module)
    table.go_on(5.0)
    assert not {mercury.GET_REGION, mercury.SET_REGION} & {it[2] for it in commands(table)}
    assert module.region == 1


def test_a_reader_without_region_says_what_to_set() -> None:
    """0503 names the option, and nothing spins."""
    table = table_with(sim.device("nano"))
    table.go_on(10.0)
    assert "set `region`" in table.conversation.trouble
    assert len(commands(table)) < 150


@pytest.mark.parametrize("model", ["m6e", "m5e"])
@pytest.mark.parametrize(
    ("status", "words"), [(0x0504, "too hot"), (0x0505, "no antenna"), (0x0777, "0777")]
)
def test_a_trouble_comes_and_goes(model: str, status: int, words: str) -> None:
    """What the reader reports is said while it lasts, whether it streams or is asked."""
    module = sim.device(model)
    table = table_with(module)
    module.place(TAG)
    table.go_on(3.0)
    module.fault = status
    table.go_on(3.0)
    assert words in table.conversation.trouble
    module.fault = 0
    assert table.go_on(3.0)
    assert table.conversation.trouble == ""


def test_a_refused_setting_is_reported_and_reading_goes_on() -> None:
    """A power the module cannot send is told with the option's name; tags are read."""
    module = sim.device("m6e")
    table = table_with(module, power_dbm=33)
    module.place(TAG)
    assert table.go_on(3.0)
    assert "refuses to use `power_dbm` (0105" in table.conversation.trouble


def test_a_whole_buffer_is_fetched() -> None:
    """A reader that is asked hands over all its tags, in as many parts as it takes."""
    module = sim.device("m5e")
    for value in MANY:
        module.place(value)
    assert {read.value for read in table_with(module).go_on(4.0)} == set(MANY)


def test_tags_that_come_before_the_stop_are_reads() -> None:
    """A reader that streams from an earlier program is read from its first frame on."""
    talk = conversation_of("thingmagic")
    assert talk.outgoing(0.0) == mercury.STOP
    sent = sim.streamed(sim.stored(bytes.fromhex(TAG))) * 3 + sim.frame(0x2F, 0, b"\x00\x00\x02")
    assert [read.value for read in talk.feed(sent, 0.1)] == [TAG] * 3
    assert talk.outgoing(0.1) == command(mercury.PROGRAM)


def test_a_silent_reader_is_reported_and_still_listened_to() -> None:
    """Nobody answers, and a recording that is played gives its reads all the same."""
    talk = conversation_of("thingmagic")
    for step in range(100):
        talk.idle(step / 10)
        talk.outgoing(step / 10)
    assert "does not answer when asked to say which program runs" in talk.trouble
    assert [it.value for it in talk.feed(sim.streamed(sim.stored(bytes(4))), 10.0)] == ["0" * 8]


def test_nothing_that_changes_a_tag_is_ever_sent() -> None:
    """Of all operations only those are sent that read, and that set what power keeps."""
    sent = set()
    for model in sim.MODELS:
        table = table_with(sim.device(model), region="eu")
        table.go_on(8.0)
        sent |= {it[2] for it in commands(table)}
    assert sent <= {
        *(0x04, 0x0C, 0x22, 0x29, 0x2A, 0x2F),
        *(0x61, 0x62, 0x63, 0x67, 0x6A),
        *(0x91, 0x92, 0x93, 0x97, 0x9A),
    }


def test_the_probe_knows_a_module_and_no_echo() -> None:
    """The question of detection is answered by a version, not by itself coming back."""
    (probe,) = find_driver("thingmagic").probes
    assert probe.request == bytes.fromhex("FF00031D0C")
    assert probe.answers(b"".join(sim.device().hear(probe.request, 0.0)))
    assert not probe.answers(probe.request * 3)
    assert not probe.answers(b"")
