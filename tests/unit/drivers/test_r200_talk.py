"""What the r200 driver says to its reader, and which of its reports it believes."""

from __future__ import annotations

import pytest

from bartack_drivers.base import Read
from bartack_drivers.readers.r200 import FRAMES_OF_A_RUN
from bartack_drivers.registry import DRIVERS
from bartack_drivers.talks.doubt import DOUBT_S, Doubts
from bartack_sim.devices.r200 import R200, device
from unit.drivers.talking import Room, talk

EPC = "30751FEB705C5904E3D50D70"
SHORT = "03269201"
NOTICE = bytes.fromhex("BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E")
SHORT_NOTICE = bytes.fromhex("BB 02 22 00 09 CF 10 00 03 26 92 01 2A 79 6B 7E")

STOP, READ_ON = "BB 00 28 00 00 28 7E", "BB 00 27 00 03 22 FF FF 4A 7E"
GET_POWER, SET_20_DBM = "BB 00 B7 00 00 B7 7E", "BB 00 B6 00 02 07 D0 8F 7E"
SET_EUROPE, HOP = "BB 00 07 00 01 03 0B 7E", "BB 00 AD 00 01 FF AD 7E"


def room(module: R200 | None = None, **options: object) -> Room:
    return Room(talk("r200", **options), module or device())


def shown(it: Room, value: str, duration_s: float = 0.5) -> list[Read]:
    it.device.place(value)
    reads = it.reads(duration_s)
    it.device.remove(value)
    return reads


@pytest.mark.parametrize("framing", ["bb", "aa"])
def test_either_framing_is_found_and_read(framing: str) -> None:
    """Within 2 s of opening, the reader has its settings and reads, whichever framing it has."""
    it = room(device(framing=framing), region="eu")
    it.reads(2.0)
    module = it.device
    assert isinstance(module, R200)
    assert (module.region, module.power, module.hopping) == (3, 2000, True)
    assert {read.value for read in shown(it, SHORT)} == {SHORT}
    assert it.conversation.trouble == ""


def test_a_read_has_its_signal() -> None:
    """A read is the EPC in upper-case hex with the signal in dBm."""
    assert talk("r200").feed(NOTICE, 3.0) == [Read("epc", EPC, 3.0, rssi_dbm=-55)]


def test_only_what_differs_is_written() -> None:
    """A setting that the reader has already is not sent; without a region none is."""
    module = device()
    module.power = 2000
    it = room(module)
    it.reads(1.0)
    assert it.times_said(GET_POWER) == 1
    assert it.times_said("BB 00 B6") == it.times_said("BB 00 07") == it.times_said("BB 00 08") == 0
    assert it.times_said(HOP) == it.times_said(READ_ON) == 1


def test_what_differs_is_written() -> None:
    """Power and region are set where the reader has others."""
    it = room(region="eu")
    it.reads(1.0)
    assert it.times_said(SET_20_DBM) == it.times_said(SET_EUROPE) == 1


def test_a_framing_that_is_set_is_the_only_one_tried() -> None:
    """With framing aa nothing is said in the other."""
    it = room(device(framing="aa"), framing="aa")
    it.reads(3.0)
    assert it.times_said("BB 00") == 0
    assert it.conversation.trouble == ""


def test_a_reader_that_does_not_answer_is_listened_to() -> None:
    """Without a send line tags are read all the same, and the technician is told."""
    it = room()
    it.hears = False
    it.reads(3.0)
    trouble = it.conversation.trouble
    assert "does not answer when asked to stop and say what it is" in trouble
    assert [read.value for read in it.conversation.feed(NOTICE + SHORT_NOTICE, it.now_s)] == [
        EPC,
        SHORT,
    ]
    it.hears = True
    it.reads(5.0)
    assert it.conversation.trouble == ""


def test_nobody_is_asked_in_haste() -> None:
    """A reader that is away is asked a few times in ten seconds and no more."""
    it = room()
    it.is_on = False
    it.reads(10.0)
    assert 5 <= len(it.said) <= 15


@pytest.mark.parametrize("outage_s", [0.0, 0.4, 3.0, 7.7])
def test_after_a_power_failure_it_is_set_up_and_reads_within_five_seconds(outage_s: float) -> None:
    """However long it was away: its power is set again, and reading goes on."""
    it = room()
    it.reads(1.0)
    it.is_on = False
    it.reads(outage_s)
    it.is_on = True
    it.device.power_up()
    it.forget()
    it.reads(5.0)
    module = it.device
    assert isinstance(module, R200)
    assert module.power == 2000
    assert EPC in {read.value for read in shown(it, EPC, 0.2)}
    assert it.conversation.trouble == ""


def test_rounds_that_are_over_are_asked_for_anew() -> None:
    """A run that ends by itself is followed by another within two seconds, again and again."""
    it = room(device(rounds_max="20"))
    it.device.place(EPC)
    for _ in range(5):
        assert EPC in it.values(2.5)
    assert it.times_said(READ_ON) >= 4
    assert it.conversation.trouble == ""


def test_a_run_is_begun_anew_before_its_rounds_are_over() -> None:
    """A reader that never falls silent is told to read on before it would."""
    it = room()
    it.reads(1.0)
    it.forget()
    none = bytes.fromhex("BB 01 FF 00 01 15 16 7E")
    it.conversation.feed(none * FRAMES_OF_A_RUN, it.now_s)
    it.reads(0.5)
    assert it.times_said(STOP) == it.times_said(READ_ON) == 1


def test_a_sleeping_reader_is_woken() -> None:
    """A reader that loses the byte that wakes it is asked again."""
    it = room(device(sleep_s="3"))
    it.now_s = 5.0
    it.reads(1.0)
    assert {read.value for read in shown(it, EPC)} == {EPC}
    assert it.conversation.trouble == ""


def test_a_refusal_is_told_with_its_code_and_way_out() -> None:
    """A power that the module does not take is reported until it takes one."""
    it = room(power_dbm=5)
    it.reads(1.0)
    assert it.conversation.trouble == (
        "the reader refuses to set its power: it does not know the command (code 17); "
        "choose another power_dbm"
    )
    assert EPC in {read.value for read in shown(it, EPC)}


def test_a_reader_that_cannot_hop_says_so_until_it_can() -> None:
    """Error 20 is a trouble in words; a round that goes well ends it."""
    it = room()
    it.reads(1.0)
    it.conversation.feed(bytes.fromhex("BB 01 FF 00 01 20 21 7E"), it.now_s)
    assert "all channels are busy (code 20)" in it.conversation.trouble
    it.reads(0.5)
    assert it.conversation.trouble == ""


def test_a_report_whose_crc_does_not_fit_must_come_twice() -> None:
    """Where the tag's CRC fitted once, damage with a right checksum is no read."""
    damaged = bytearray(SHORT_NOTICE)
    damaged[8] ^= 1  # two errors that the sum does not see
    damaged[9] ^= 1
    reads = talk("r200")
    assert [read.value for read in reads.feed(SHORT_NOTICE, 0.0)] == [SHORT]
    assert reads.feed(bytes(damaged), 1.0) == []
    assert reads.counters.bad_checksums == 0
    assert reads.feed(bytes(damaged), 1.1 + DOUBT_S) == []
    assert [read.value for read in reads.feed(bytes(damaged), 1.2 + DOUBT_S)] == ["02279201"]


def test_a_firmware_without_crc_is_believed() -> None:
    """Where no CRC ever fitted each report counts, the first one too."""
    module = device(crc="zero")
    it = room(module)
    assert [
        read.value for read in it.conversation.feed(module.notice(bytes.fromhex(SHORT)), 0.0)
    ] == [SHORT]


def test_doubts_are_forgotten() -> None:
    """What is kept of doubted reports does not grow with time."""
    doubts = Doubts()
    for number in range(200):
        assert not doubts.confirm(number.to_bytes(4, "big"), number * 0.1)
    assert len(doubts) < 30


def test_probes_know_the_reader_from_an_echo() -> None:
    """An answer in the probe's framing counts; an echo of the question, or nothing, does not."""
    bb, aa = DRIVERS["r200"].probes
    assert (bb.order, aa.order) == (1, 2)
    for probe, framing in ((bb, "bb"), (aa, "aa")):
        (answer,) = device(framing=framing).hear(probe.request, 0.0)
        assert probe.answers(b"\x00" + answer)
        assert not probe.answers(probe.request)
        assert not probe.answers(b"")
        (other,) = (it for it in (bb, aa) if it is not probe)
        assert not other.answers(answer)
