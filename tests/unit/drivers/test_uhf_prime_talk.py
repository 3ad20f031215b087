"""The talk with UHF Prime readers, against a simulated one and in a test's own time."""

from __future__ import annotations

import pytest

from bartack_sim.devices.uhf_prime import (
    ANTENNAS,
    MODE,
    POWER,
    SETTINGS,
    WRONG_VALUE,
    UhfPrime,
    device,
    frame,
)
from unit.drivers.played import Played

EPC = "E280691500004020ED9648B3"
BUZZER = 23
START, SHORT_START = b"\xcf\xff\x00\x01\x05", b"\xcf\xff\x00\x01\x02"
STOP, SET = b"\xcf\xff\x00\x02", b"\xcf\xff\x00\x71"


def played(made: UhfPrime, **options: object) -> Played:
    return Played("uhf_prime", made, **options)


def settings(play: Played) -> bytes:
    assert isinstance(play.device, UhfPrime)
    return play.device.settings


def test_a_tag_is_read_with_its_signal() -> None:
    """A reader in answer mode is told to read, and what it reads comes with dBm and antenna."""
    play = played(device())
    play.device.place(EPC)
    reads = play.run(2.0)
    assert {(it.value, it.rssi_dbm, it.antenna) for it in reads} == {(EPC, -63, 1)}
    assert len(reads) > 10
    assert play.talk.trouble == ""


def test_settings_are_written_once() -> None:
    """The block is written where an option differs, and whatever no option names stays."""
    play = played(device(), power_dbm=17, antennas=["1", "3"])
    play.run(2.0)
    wanted = bytearray(SETTINGS)
    wanted[MODE], wanted[POWER], wanted[ANTENNAS] = 0, 17, 0b101
    assert settings(play) == bytes(wanted)
    assert play.said(SET)
    assert isinstance(play.device, UhfPrime)
    again = played(play.device, power_dbm=17, antennas=["1", "3"])
    again.device.place(EPC)
    assert again.values(5.0) == {EPC}
    assert not again.said(SET)


@pytest.mark.parametrize(("beep", "found", "kept"), [("", 1, 1), ("", 0, 0), ("off", 1, 0)])
def test_the_beeper_is_left_unless_named(beep: str, found: int, kept: int) -> None:
    """Without the option the reader beeps as it did."""
    made = device()
    made.settings = made.settings[:BUZZER] + bytes([found]) + made.settings[BUZZER + 1 :]
    play = played(made, beep=beep)
    play.run(2.0)
    assert settings(play)[BUZZER] == kept


@pytest.mark.parametrize(("found", "kept"), [(0, 1), (7, 7)])
def test_a_beeper_that_is_on_keeps_its_time(found: int, kept: int) -> None:
    """Switching on what is on changes nothing."""
    made = device()
    made.settings = made.settings[:BUZZER] + bytes([found]) + made.settings[BUZZER + 1 :]
    play = played(made, beep="on")
    play.run(2.0)
    assert settings(play)[BUZZER] == kept


def test_a_reader_in_active_mode_is_only_listened_to() -> None:
    """One that reads by itself and is set as wanted is neither stopped nor started."""
    play = played(device(active="true"), power_dbm=33)
    play.device.place(EPC)
    assert play.values(10.0) == {EPC}
    play.device.remove(EPC)
    play.run(10.0)
    assert not play.said(START, STOP, SET)
    assert play.talk.trouble == ""


def test_a_reader_in_active_mode_reads_on_after_its_settings_changed() -> None:
    """Setting the power leaves it in its mode, and reading."""
    play = played(device(active="true"))
    play.device.place(EPC)
    play.run(2.0)
    assert (settings(play)[MODE], settings(play)[POWER]) == (1, 20)
    assert play.values(2.0) == {EPC}


@pytest.mark.parametrize(("wish", "mode"), [("active", 1), ("answer", 0)])
def test_the_work_mode_is_set_where_it_is_wanted(wish: str, mode: int) -> None:
    """With the option the reader is put into the mode, and read in it."""
    play = played(device(active="true" if mode == 0 else "false"), work_mode=wish)
    play.device.place(EPC)
    play.run(2.0)
    assert settings(play)[MODE] == mode
    assert play.values(2.0) == {EPC}


def test_a_silent_reader_is_reported_and_still_listened_to() -> None:
    """No answer to the set-up is a trouble; what is reported all the same is read."""
    play = played(device(active="true"))
    play.hears = False
    play.device.place(EPC)
    assert play.values(10.0) == {EPC}
    assert "does not answer when asked to say how it is set up" in play.talk.trouble
    assert len(play.sent) < 60


@pytest.mark.parametrize("active", ["true", "false"])
@pytest.mark.parametrize("idle", ["true", "false"])
def test_a_reader_that_comes_back_is_read_within_5_s(active: str, idle: str) -> None:
    """After a minute without power the reader is read again, and the trouble is over."""
    play = played(device(active=active, idle=idle))
    play.device.place(EPC)
    assert play.values(3.0) == {EPC}
    play.hears = play.speaks = False
    play.run(60.0)
    assert play.talk.trouble
    play.hears = play.speaks = True
    play.device.power_up()
    assert play.values(5.0) == {EPC}
    assert play.talk.trouble == ""


def test_a_short_power_failure_costs_no_more_than_5_s() -> None:
    """A reader that forgot its inventory with the power is started again."""
    play = played(device())
    play.run(2.0)
    play.device.power_up()
    play.device.place(EPC)
    assert play.values(5.0) == {EPC}


@pytest.mark.parametrize("idle", ["true", "false"])
def test_a_reader_without_tags_is_not_talked_to_without_end(idle: str) -> None:
    """Empty rounds are no trouble, and a tag that comes is read within a second."""
    play = played(device(idle=idle))
    play.run(30.0)
    assert len(play.sent) < 60
    assert play.talk.trouble == ""
    play.device.place(EPC)
    assert play.values(1.0) == {EPC}


def test_an_inventory_that_is_over_is_started_again() -> None:
    """ "Nothing here" and then silence means that the reader stopped."""
    play = played(device(idle="false"))
    play.run(2.0)
    made = play.device
    assert isinstance(made, UhfPrime)
    made._rounds_left = 1
    play.device.place(EPC)
    play.run(0.2)
    assert play.values(1.0) == {EPC}


def test_a_reader_whose_start_takes_two_bytes_is_started() -> None:
    """A refusal of the long form is followed by the short one."""
    play = played(device(start="2"))
    play.device.place(EPC)
    assert play.values(2.0) == {EPC}
    assert play.said(SHORT_START)
    assert play.talk.trouble == ""


def test_a_refusal_is_told_in_words_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes no such setting is asked once, reported, and read all the same."""
    made = device(idle="false")
    obey = made._obey

    def refuse(code: int, data: bytes) -> list[bytes]:
        return [frame(0, code, WRONG_VALUE)] if code == 0x71 else obey(code, data)

    monkeypatch.setattr(made, "_obey", refuse)
    play = played(made)
    play.run(20.0)
    assert play.talk.trouble == (
        "the reader refuses to change its settings (status 01): it does not take this value; "
        "see options power_dbm and antennas"
    )
    assert sum(SET in said for said in play.sent) == 1
    play.device.place(EPC)
    assert play.values(2.0) == {EPC}


def test_settings_that_are_not_kept_are_not_written_over_and_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader's memory wears: what it agrees to and does not keep is reported instead."""
    made = device(idle="false")
    obey = made._obey

    def forget(code: int, data: bytes) -> list[bytes]:
        answers = obey(code, data)
        made.settings = made.settings[:POWER] + bytes([26]) + made.settings[POWER + 1 :]
        return answers

    monkeypatch.setattr(made, "_obey", forget)
    play = played(made)
    play.run(30.0)
    assert sum(SET in said for said in play.sent) == 1
    assert "agrees to change its settings, but does not" in play.talk.trouble
