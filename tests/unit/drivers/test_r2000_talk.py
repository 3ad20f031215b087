"""What the r2000 driver says to its reader: antennas, rounds, and little to its flash."""

from __future__ import annotations

import pytest

from bartack_drivers.base import Read
from bartack_drivers.registry import DRIVERS
from bartack_drivers.talks.doubt import DOUBT_S
from bartack_sim.devices.r2000 import R2000, device
from unit.drivers.talking import Room, talk

EPC = "E200301666130121155074EF"
REPORT = bytes.fromhex("A0 13 01 89 04 30 00 E2 00 30 16 66 13 01 21 15 50 74 EF 45 BF")
ROUND, ROUND_OF_ANY = "A0 04 01 89 01 D1", "A0 04 FF 89 01 D3"
ANTENNA_1, ANTENNA_2 = "A0 04 01 74 00 E7", "A0 04 01 74 01 E6"


def room(reader: R2000 | None = None, **options: object) -> Room:
    return Room(talk("r2000", **options), reader or device())


def reader_of(it: Room) -> R2000:
    assert isinstance(it.device, R2000)
    return it.device


def test_a_tag_is_read_again_in_each_round() -> None:
    """The next round is asked for when one has ended."""
    it = room()
    it.device.place(EPC)
    assert len(it.values(2.0)) > 10
    assert it.times_said(ROUND) > 10
    assert it.conversation.trouble == ""


def test_a_read_has_its_signal_and_antenna() -> None:
    """A read is the EPC in upper-case hex, the signal in dBm, and the antenna as on the wire."""
    assert talk("r2000").feed(REPORT, 3.0) == [
        Read("epc", EPC, 3.0, rssi_dbm=-60, antenna=0),
    ]


def test_a_report_counts_whatever_noise_follows() -> None:
    """Stray bytes behind a report take nothing from it, however they come."""
    for noise in (b"\x55", b"\x04\x30", b"\x55\xa0\x13", b"\x00" * 40):
        for size in (1, 3, 64):
            reads, stream = talk("r2000"), REPORT + noise
            parts = [stream[at : at + size] for at in range(0, len(stream), size)]
            assert [read.value for part in parts for read in reads.feed(part, 0.0)] == [EPC]


def test_a_report_that_lost_a_byte_must_come_twice() -> None:
    """A byte too few can meet the check, which is the next frame's head then."""
    shorter = framed_with_check(0xA0)
    assert talk("r2000").feed(shorter + REPORT[1:], 0.0) == []
    assert len(talk("r2000").feed(shorter + REPORT, 0.0)) == 2


def framed_with_check(check: int) -> bytes:
    """A report whose check is this byte."""
    body = REPORT[:-2]
    return body + bytes([-(sum(body) + check) & 0xFF, check])


def test_a_report_with_its_check_left_behind_must_come_twice() -> None:
    """A byte too many can meet the check; what it leaves behind the frame gives it away."""
    longer = REPORT[:10] + REPORT[-1:] + REPORT[10:]
    reads = talk("r2000")
    assert reads.feed(longer, 0.0) == []
    assert reads.counters.good_frames == 1
    assert reads.feed(longer, 0.1 + DOUBT_S) == []
    assert [read.value for read in reads.feed(longer, 0.2 + DOUBT_S)] == [
        "E20030BF1666130121155074"
    ]
    assert [read.value for read in reads.feed(REPORT + REPORT, 0.3 + DOUBT_S)] == [EPC, EPC]


def test_power_and_region_are_written_where_they_differ() -> None:
    """A setting that differs is written, with the channels of the whole band."""
    it = room(region="eu", power_dbm=18)
    it.reads(1.0)
    reader = reader_of(it)
    assert (reader.power, reader.region) == (18, bytes([2, 0, 6]))
    assert reader.flash_writes == 2


def test_what_is_right_is_never_written() -> None:
    """A reader that has its settings, though with fewer channels, is left alone."""
    reader = device(power="20")
    reader.region = bytes([1, 20, 30])
    it = room(reader, region="us")
    it.reads(5.0)
    it.device.power_up()
    it.reads(5.0)
    assert reader.flash_writes == 0


def test_the_beeper_is_written_only_where_it_is_asked_for() -> None:
    """It cannot be read: with beep it is written once while the port is open, else not at all."""
    it = room(device(power="20"), beep="quiet")
    for _ in range(3):
        it.reads(3.0)
        it.device.power_up()
    reader = reader_of(it)
    assert (reader.beeper, reader.flash_writes) == (0, 1)
    other = room(device(power="20"))
    other.reads(3.0)
    assert (reader_of(other).beeper, reader_of(other).flash_writes) == (2, 0)


def test_a_value_that_does_not_stay_is_not_written_again() -> None:
    """A reader that rounds its power is told of, and its flash is spared."""
    it = room()
    it.reads(1.0)
    reader = reader_of(it)
    for _ in range(3):
        reader.power = 21
        it.is_on = False
        it.reads(2.0)
        it.is_on = True
        it.reads(5.0)
    assert reader.flash_writes == 1
    assert it.conversation.trouble == "the reader does not keep the power_dbm that it was given"


def test_the_antenna_is_chosen_before_a_round() -> None:
    """The work antenna is set before the first round."""
    it = room()
    it.reads(1.0)
    said = b"".join(it.said)
    assert 0 <= said.index(bytes.fromhex(ANTENNA_1)) < said.index(bytes.fromhex(ROUND))


def test_antennas_take_turns() -> None:
    """A tag is read at each antenna that is named, and the read says at which."""
    it = room(device(connected="8"), antennas=["1", "2", "6"])
    it.device.place(EPC)
    assert {read.antenna for read in it.reads(2.0)} == {0, 1, 5}
    assert it.conversation.trouble == ""


def test_a_missing_antenna_is_told_and_the_others_read() -> None:
    """Code 22 is a trouble that names the antenna, until it is there."""
    it = room(antennas=["1", "2"])
    it.device.place(EPC)
    assert {read.antenna for read in it.reads(3.0)} == {0}
    assert it.conversation.trouble == (
        "antenna 2 does not read: antenna missing; check its cable (code 22)"
    )
    reader_of(it).connected = 2
    assert {read.antenna for read in it.reads(3.0)} == {0, 1}
    assert it.conversation.trouble == ""


def test_a_reader_of_another_address_is_found() -> None:
    """Who does not answer at address 1 is reached at the public one."""
    it = room(device(address="0"))
    it.device.place(EPC)
    assert EPC in it.values(3.0)
    assert it.times_said(ROUND) == 0
    assert it.times_said(ROUND_OF_ANY) > 0
    assert it.conversation.trouble == ""


def test_a_reader_that_does_not_answer_is_listened_to() -> None:
    """Without a send line tags are read all the same, and the technician is told."""
    it = room()
    it.hears = False
    it.reads(3.0)
    assert "does not answer when asked to tell its version" in it.conversation.trouble
    assert [read.value for read in it.conversation.feed(REPORT, it.now_s)] == [EPC]
    it.hears = True
    it.reads(5.0)
    assert it.conversation.trouble == ""


def test_nobody_is_asked_in_haste() -> None:
    """A reader that is away is asked a few times in ten seconds and no more."""
    it = room()
    it.is_on = False
    it.reads(10.0)
    assert 5 <= len(it.said) <= 15


@pytest.mark.parametrize("outage_s", [0.0, 0.03, 0.4, 3.0, 7.7])
def test_after_a_power_failure_it_reads_within_five_seconds(outage_s: float) -> None:
    """However long it was away: its antenna is chosen again, and reading goes on."""
    it = room(antennas=["1"])
    it.reads(1.0)
    it.is_on = False
    it.reads(outage_s)
    it.is_on = True
    it.device.power_up()
    it.reads(5.0)
    it.device.place(EPC)
    assert EPC in it.values(0.3)
    assert it.conversation.trouble == ""


def test_a_refusal_is_told_with_its_code() -> None:
    """What the reader does not take is reported in words, with the option's name."""
    conversation = talk("r2000", power_dbm=33)
    conversation.outgoing(0.0)
    for answer in ("A0 05 01 72 01 09 DE", "A0 04 01 77 14 D0", "A0 04 01 76 48 9D"):
        conversation.feed(bytes.fromhex(answer), 0.1)
        conversation.outgoing(0.1)
    assert conversation.trouble == (
        "the reader refuses to set its power_dbm: it cannot do this power (code 48)"
    )


def test_the_probe_knows_the_reader_from_an_echo() -> None:
    """A version counts; an echo of the question, or nothing, does not."""
    (probe,) = DRIVERS["r2000"].probes
    assert probe.order == 3
    assert probe.request == bytes.fromhex("A0 03 01 72 EA")
    assert probe.answers(b"\x00" + device().hear(probe.request, 0.0)[0])
    assert not probe.answers(probe.request)
    assert not probe.answers(b"\xdf\xee\xf3")
