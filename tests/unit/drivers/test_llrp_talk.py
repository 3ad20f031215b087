"""The talk with an LLRP reader: set up, kept alive, refused, left; time is injected."""

from __future__ import annotations

import pytest

from bartack_drivers.codecs import llrp
from bartack_drivers.codecs.llrp import Message
from bartack_drivers.conversation import Conversation
from bartack_sim.devices import llrp as sim
from bartack_sim.devices.llrp import DISABLED, RUNNING, LlrpReader
from contract.talking import Table, conversation_of

TAG = "E2801160"


def connected(reader: LlrpReader, **options: object) -> Table:
    """A client whose connection the reader has just taken, one second later."""
    table = Table(conversation_of("llrp", **options), reader)
    table.conversation.outgoing(0.0)
    table.power_up()
    table.go_on(1.0)
    return table


def kinds(table: Table) -> list[int]:
    """The types of the messages that were sent."""
    data = b"".join(table.said)
    found = []
    while data:
        found.append(int.from_bytes(data[:2], "big") & 0x3FF)
        data = data[int.from_bytes(data[2:6], "big") :]
    return found


def test_a_reader_is_set_up_and_read() -> None:
    """The session's messages go out in their order, each once, and tags are reads."""
    reader = sim.device()
    table = connected(reader)
    assert kinds(table) == [3, 64, 1, 2, 21, 20, 24, 22]
    assert reader.keepalive_s == 10.0
    table.device.place(TAG)
    reads = table.go_on(0.3)
    assert {(read.value, read.antenna, read.rssi_dbm) for read in reads} == {(TAG, 1, -50)}
    assert table.conversation.trouble == ""


def test_nothing_is_asked_before_the_reader_takes_the_connection() -> None:
    """The first word is the reader's."""
    table = Table(conversation_of("llrp"), sim.device())
    table.go_on(1.0)
    assert table.said == []


def test_antennas_and_power_are_set() -> None:
    """The chosen antenna is used, with the highest power of the table that is not above."""
    reader = sim.device()
    connected(reader, antennas="2", power_dbm=22)
    assert reader.inventories[1].antennas == (2,)
    assert reader.inventories[1].power == 3


def test_a_power_below_the_table_is_reported() -> None:
    """Where the reader cannot go so low its least power is set, and that is said."""
    reader = sim.device()
    table = connected(reader, power_dbm=3)
    assert reader.inventories[1].power == 1
    assert "10 dBm, its least power" in table.conversation.trouble


def test_an_antenna_that_is_not_there_is_reported() -> None:
    """A refusal is told in the reader's words, again and again tried, and never for good."""
    reader = sim.device("1")
    table = connected(reader, antennas="4")
    assert "refuses to take an inventory (status 101: there are 1" in table.conversation.trouble
    count = len(table.said)
    table.go_on(5.0)
    assert count < len(table.said) < count + 40


@pytest.mark.parametrize("outcome", [1, 2, 3])
def test_a_refused_connection_is_reported(outcome: int) -> None:
    """A reader that has a client already says so, and so do we."""
    talk = conversation_of("llrp")
    talk.outgoing(0.0)
    talk.feed(sim.connection_event(outcome), 0.1)
    assert ("another client owns the reader" in talk.trouble) == (outcome != 3)
    assert talk.trouble


def test_keepalives_are_answered_during_the_set_up_too() -> None:
    """Every keepalive has its answer, or the reader hangs up."""
    talk = conversation_of("llrp")
    talk.outgoing(0.0)
    talk.feed(sim.WELCOME, 0.1)
    assert talk.outgoing(0.1) == llrp.keep_alive_each(10_000)
    talk.feed(sim.message(62, 0), 0.2)
    assert talk.outgoing(0.2) == llrp.acknowledge()
    talk.feed(sim.message(13, 1, sim.status((0, ""))), 0.3)
    assert talk.outgoing(0.3) == llrp.release() + llrp.ask_powers()


def test_keepalives_are_answered_for_hours() -> None:
    """While all is well keepalives are answered, the inventory is looked at, and no more."""
    table = connected(sim.device())
    table.said.clear()
    table.go_on(60.0)
    assert set(kinds(table)) == {72, 26}
    assert kinds(table).count(72) >= 5


def test_missing_keepalives_set_the_reader_up_anew() -> None:
    """A reader that fell silent is reported, and read again when it is back."""
    table = connected(sim.device())
    table.device.place(TAG)
    table.cut = True
    table.go_on(40.0)
    assert "does not answer when asked to send keepalives" in table.conversation.trouble
    table.cut = False
    table.device.power_up()
    assert table.go_on(5.0)
    assert table.conversation.trouble == ""


def test_an_inventory_that_ended_is_started_anew() -> None:
    """A reader that lives and does not read any more is found out by its next keepalive."""
    reader = sim.device()
    table = connected(reader)
    reader.place(TAG)
    reader.inventories[1].state = DISABLED
    assert table.go_on(12.0)
    assert table.conversation.trouble == ""


def test_a_reader_that_cannot_list_inventories_is_left_alone() -> None:
    """No answer to that question, or a refusal, changes nothing."""
    talk = conversation_of("llrp")
    talk.outgoing(0.0)
    talk.feed(sim.WELCOME, 0.0)
    for kind in (13, 11, 12, 31, 30, 34, 32):
        talk.feed(sim.message(kind, 0, sim.status((0, ""))), 0.1)
    talk.outgoing(0.1)
    trouble = talk.trouble
    for start_s, answer in ((10.0, b""), (20.0, sim.message(100, 0, sim.status((109, "no"))))):
        talk.feed(sim.message(62, 0), start_s)
        assert talk.outgoing(start_s) == llrp.acknowledge() + llrp.list_inventories()
        talk.feed(answer, start_s)
        said = b"".join(talk.outgoing(start_s + step) for step in range(9))
        assert said.replace(llrp.list_inventories(), b"") == b""
    assert talk.trouble == trouble


def test_a_reader_that_started_anew_is_set_up_anew() -> None:
    """Its word that it takes the connection begins the session again."""
    table = connected(sim.device())
    table.device.place(TAG)
    table.power_up()
    assert table.go_on(1.0)


def test_news_of_another_client_changes_nothing() -> None:
    """A reader that turned somebody else away says so to us: no reason to begin again."""
    table = connected(sim.device())
    table.said.clear()
    table.conversation.feed(sim.connection_event(4), table.now_s)
    table.go_on(2.0)
    assert table.said == []


def test_answers_that_come_late_do_not_hinder() -> None:
    """A repeated request that is refused because the first was done is no trouble."""
    reader = sim.device()
    reader.inventories[1] = sim.Inventory((0,), None, DISABLED)
    talk: Conversation[Message] = conversation_of("llrp")
    talk.outgoing(0.0)
    talk.feed(sim.WELCOME, 0.0)
    for kind, code in [(13, 0), (11, 101), (12, 101), (31, 0), (30, 101), (34, 0), (32, 0)]:
        talk.outgoing(0.1)
        talk.feed(sim.message(kind, 0, sim.status((code, ""))), 0.1)
    assert "how its power is set" in talk.trouble
    assert "refuses" not in talk.trouble


def test_the_last_word_is_good_bye() -> None:
    """One client owns a reader until it closes: the farewell is CLOSE_CONNECTION."""
    assert conversation_of("llrp").farewell == bytes.fromhex("040E0000000A00000009")


def test_reports_count_without_any_set_up() -> None:
    """A recording that is played with nobody answering gives its reads."""
    talk = conversation_of("llrp")
    assert [read.value for read in talk.feed(sim.tag_report(bytes(12)), 0.0)] == ["0" * 24]


def test_a_running_inventory_is_what_the_reader_has() -> None:
    """The inventory of another client is gone after the set-up."""
    reader = sim.device()
    table = Table(conversation_of("llrp"), reader)
    table.conversation.outgoing(0.0)
    table.power_up()
    reader.inventories[9] = sim.Inventory((0,), None, RUNNING)
    table.go_on(1.0)
    assert list(reader.inventories) == [1]
    assert reader.inventories[1].state == RUNNING
