"""The talk with UHFReaders of both generations, against simulated ones and in a test's own time."""

from __future__ import annotations

from typing import Any

import pytest

from bartack_drivers.base import Read
from bartack_sim.devices import uhfreader18, uhfreader288
from bartack_sim.devices.chafon import ChafonReader
from unit.drivers.played import Played

EPC = "E2801160600002094C4C8B1A"
INVENTORY_18 = b"\x04\xff\x01"
SET_POWER, SET_SCAN_TIME, SET_REGION = b"\x05\xff\x2f", b"\x05\xff\x25", b"\x06\xff\x22"
SET_MODE, BEEPER, BUZZ = b"\x0a\xff\x35", b"\x05\xff\x40", b"\x07\xff\x33"
WRITES = (SET_POWER, SET_SCAN_TIME, SET_REGION, SET_MODE, BEEPER)


def played(driver: str, device: dict[str, str] | None = None, **options: object) -> Played:
    make: Any = {"uhfreader18": uhfreader18.device, "uhfreader288": uhfreader288.device}[driver]
    return Played(driver, make(**(device or {})), **options)


def reader(play: Played) -> Any:
    assert isinstance(play.device, ChafonReader)
    return play.device


both = pytest.mark.parametrize("driver", ["uhfreader18", "uhfreader288"])


@both
def test_settings_are_written_once(driver: str) -> None:
    """What differs is set; a reader that keeps it is not written to again."""
    play = played(driver, region="eu")
    play.run(3.0)
    assert (reader(play).power_dbm, reader(play).highest, reader(play).lowest) == (20, 0x4E, 0)
    assert play.said(SET_POWER)
    again = Played(driver, play.device, region="eu")
    again.now_s = play.now_s
    again.run(3.0)
    assert not again.said(*WRITES)
    assert again.talk.trouble == ""


@both
def test_a_reader_kept_to_fewer_channels_stays_so(driver: str) -> None:
    """A region is a band; which of its channels are used is the technician's."""
    play = played(driver, region="us")
    reader(play).highest, reader(play).lowest = 0x05, 0x85
    play.run(3.0)
    assert not play.said(SET_REGION)


@both
def test_a_silent_reader_is_reported_and_still_listened_to(driver: str) -> None:
    """No answer to the set-up names the baud rate; what is reported all the same is read."""
    play = played(driver, {"active": "true"})
    play.hears = False
    play.device.place(EPC)
    assert play.values(10.0) == {EPC}
    assert "does not answer when asked to say what it is at 57600 bits/s" in play.talk.trouble
    assert "115200" in play.talk.trouble
    assert 5 < len(play.sent) < 20


@both
def test_a_reader_that_comes_back_is_read_within_5_s(driver: str) -> None:
    """After a minute without power the reader is read again, and the trouble is over."""
    play = played(driver)
    play.device.place(EPC)
    assert play.values(3.0) == {EPC}
    play.hears = play.speaks = False
    play.run(60.0)
    assert play.talk.trouble
    play.hears = play.speaks = True
    play.device.power_up()
    assert play.values(5.0) == {EPC}
    assert play.talk.trouble == ""


@both
def test_a_short_power_failure_costs_no_more_than_5_s(driver: str) -> None:
    """A round that got lost with the power is not waited for without end."""
    play = played(driver)
    play.run(2.05)
    play.device.power_up()
    play.device.place(EPC)
    assert play.values(5.0) == {EPC}
    assert play.talk.trouble == ""


@both
def test_a_reader_that_reports_by_itself_is_no_trouble(driver: str) -> None:
    """In active mode inventories get no answer; that is as it should be while reports come."""
    play = played(driver, {"active": "true"})
    play.device.place(EPC)
    assert play.values(30.0) == {EPC}
    assert play.talk.trouble == ""
    assert not play.said(SET_MODE)


@both
def test_a_reader_that_does_not_keep_a_setting_is_not_worn_out(
    driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that is agreed to and not kept is written once, and reported."""
    play = played(driver)
    hear = play.device.hear

    def forget(data: bytes, now_s: float) -> list[bytes]:
        answers = hear(data, now_s)
        reader(play).power_dbm = 26
        return answers

    monkeypatch.setattr(play.device, "hear", forget)
    for _ in range(20):
        play.run(2.05)
        play.device.power_up()
    assert sum(SET_POWER in said for said in play.sent) == 1
    assert "agrees to set its power to 20 dBm, but does not do so; see option power_dbm" in (
        play.talk.trouble
    )


@both
def test_a_refusal_is_told_in_words(driver: str) -> None:
    """A status that says no is reported with its meaning and the option to look at."""
    play = played(driver)
    settle = reader(play)._settle
    reader(play)._settle = lambda code, data: (0xFF, b"") if code == 0x2F else settle(code, data)
    play.run(3.0)
    assert play.talk.trouble == (
        "the reader refuses to set its power to 20 dBm (status FF): it does not take this value; "
        "see option power_dbm"
    )


@both
def test_one_refused_round_is_no_trouble(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that noise struck is refused once; only what is refused again is reported."""
    play = played(driver)
    play.run(2.0)
    look, refusals = reader(play).look, [(0xFE, b"")]
    monkeypatch.setattr(
        play.device, "look", lambda *given: refusals.pop() if refusals else look(*given)
    )
    for _ in range(200):
        play.run(0.02)
        assert play.talk.trouble == ""
    assert not refusals


def test_uhfreader18_with_a_long_scan_time_is_waited_for() -> None:
    """A reader that keeps its own scan time is given that time, and read."""
    play = played("uhfreader18")
    settle = reader(play)._settle
    reader(play)._settle = lambda code, data: (0xFF, b"") if code == 0x25 else settle(code, data)
    reader(play).scan_time = 30
    play.run(10.0)
    assert play.talk.trouble.startswith("the reader refuses to look for tags for 0.3 s at a time")
    assert len(play.sent) < 12
    play.device.place(EPC)
    assert play.values(4.0) == {EPC}


def test_uhfreader18_is_asked_without_pause() -> None:
    """The scan time is set to the option's, so that a tag is seen within a second."""
    play = played("uhfreader18", scan_time_s=0.5)
    play.run(3.0)
    assert reader(play).scan_time == 5
    play.device.place(EPC)
    first = play.run(1.0)[0]
    assert first == Read("epc", EPC, first.mono_s)
    assert INVENTORY_18 in play.sent[-1]


def test_uhfreader18_gives_many_tags_in_several_frames() -> None:
    """A round is over with the frame that no more follow, and all its tags are read."""
    play = played("uhfreader18")
    wanted = {f"{number:08X}" for number in range(10)}
    for value in sorted(wanted):
        play.device.place(value)
    assert play.values(4.0) == wanted
    assert play.talk.trouble == ""


@pytest.mark.parametrize(("wish", "mode"), [("active", 1), ("answer", 0)])
def test_the_work_mode_is_set_where_it_is_wanted(wish: str, mode: int) -> None:
    """With the option the reader is put into the mode, once, and read in it."""
    play = played("uhfreader18", {"active": "true" if mode == 0 else "false"}, work_mode=wish)
    play.device.place(EPC)
    assert play.values(10.0) == {EPC}
    assert reader(play).mode == bytes([mode, 0x06 if mode else 0x02, 4, 0, 1, 0])
    assert sum(SET_MODE in said for said in play.sent) == 1
    assert play.talk.trouble == ""


def test_active_mode_that_sends_no_epcs_is_reported() -> None:
    """A reader that reports over Wiegand, or words of memory, says so with the way out."""
    play = played("uhfreader18", {"active": "true"})
    reader(play).mode = bytes([1, 0x00, 4, 0, 1, 0])
    play.run(3.0)
    assert "other than EPCs, or over another line" in play.talk.trouble
    assert 'work_mode = "answer"' in play.talk.trouble


@pytest.mark.parametrize(
    ("device", "accepted", "burst"),
    [
        ({}, True, bytes([2, 0, 1])),
        ({}, False, bytes([6, 2, 2])),
        ({"active": "true"}, True, bytes([2, 0, 1])),
    ],
)
def test_uhfreader18_beeps_when_it_listens(
    device: dict[str, str], accepted: bool, burst: bytes
) -> None:
    """A beep waits for the end of the round, for a busy reader ignores it; then it is heard."""
    play = played("uhfreader18", device)
    buzzes: list[bytes] = []
    settle = reader(play)._settle

    def listen(code: int, data: bytes) -> tuple[int, bytes]:
        buzzes.extend([data] if code == 0x33 else [])
        answer: tuple[int, bytes] = settle(code, data)
        return answer

    reader(play)._settle = listen
    play.run(3.07)
    assert not play.said(BUZZ)
    assert play.talk.beep(accepted=accepted) == b""
    play.run(0.5)
    assert buzzes == [burst]
    play.run(3.0)
    assert buzzes == [burst]


def test_a_beep_for_a_reader_that_is_away_is_forgotten() -> None:
    """A reader that comes back does not beep for what was scanned long ago."""
    play = played("uhfreader18")
    play.run(2.0)
    play.hears = False
    play.talk.beep(accepted=True)
    play.run(10.0)
    play.said()
    play.hears = True
    play.run(5.0)
    assert not play.said(BUZZ)


def test_uhfreader288_asks_each_antenna_in_turn() -> None:
    """Tags before the second antenna are read with its number."""
    play = played("uhfreader288", {"antennas": "1,3", "tags_at": "3"}, antennas=["1", "3"])
    play.device.place(EPC)
    reads = play.run(4.0)
    assert {(read.value, read.antenna, read.rssi_raw) for read in reads} == {(EPC, 3, 0x6B)}
    assert play.talk.trouble == ""


def test_uhfreader288_tells_of_a_missing_antenna() -> None:
    """A port without antenna is reported, and the others are read all the same."""
    play = played("uhfreader288", {"antennas": "1"}, antennas=["1", "2"])
    play.device.place(EPC)
    play.run(3.0)
    for _ in range(10):
        assert play.values(2.0) == {EPC}
        assert play.talk.trouble == (
            "the reader refuses to look for tags at antenna 2 (status F8): "
            "antenna error; check the antenna and its cable"
        )


@pytest.mark.parametrize("beep", [True, False])
def test_uhfreader288_beeper_is_switched(beep: bool) -> None:
    """The reader's own beeper is as the option says."""
    play = played("uhfreader288", beep=beep)
    play.run(2.0)
    assert reader(play).beeper == beep
    assert play.said(BEEPER) != beep  # it left the factory beeping


@pytest.mark.parametrize(
    ("driver", "other"), [("uhfreader18", uhfreader288), ("uhfreader288", uhfreader18)]
)
def test_a_reader_of_the_other_generation_is_told(driver: str, other: Any) -> None:
    """The wrong driver reads nothing and names the right one."""
    play = Played(driver, other.device())
    play.device.place(EPC)
    assert play.run(8.0) == []
    assert "status FD" in play.talk.trouble
