"""Driver of UHFReader288 readers and their successors: CF-RU64xx, CF-MU8xx/90x, E710, E310.

The reader is asked for tags over and over, one antenna after the other. One that is set to report
tags by itself (real-time mode) is listened to.
"""

from __future__ import annotations

from functools import partial
from typing import Final, cast

from bartack_drivers.codecs.uhfreader import (
    INFO,
    INVENTORY,
    SET_BEEPER,
    ReaderFrame,
    UhfReaderCodec,
    command,
    tags_288,
)
from bartack_drivers.conversation import Conversation, Script
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option
from bartack_drivers.talks.uhfreader import (
    BAUDRATES,
    INFO_BYTES,
    Setting,
    Talk,
    info_in,
    radio_options,
    tenths,
)

_BEEPER: Final = 9
"""Where the answer to INFO says whether the beeper is on; shorter answers do not say it."""

_SELECT: Final = bytes([4, 0, 1, 0, 0, 0, 0])
"""Q 4, session 0, in which tags answer each round anew, no mask, target A."""


def converse(options: Options) -> Conversation[ReaderFrame]:
    """What talks with one reader."""
    rounds = {
        f"look for tags at antenna {antenna}": _inventory(int(antenna), tenths(options))
        for antenna in cast(tuple[str, ...], options["antennas"])
    }
    talk = Talk(options, tags_288, rounds, other="uhfreader18")
    script = talk.script(partial(_set_up, talk, options))
    return Conversation(UhfReaderCodec(), talk.sightings, script)


def _set_up(talk: Talk, options: Options, info: ReaderFrame) -> Script[ReaderFrame]:
    yield from talk.ensure_radio(info, options)
    if _beeper(info.data):
        beep = bytes([cast(bool, options["beep"])])
        purpose = f"switch its beeper {'on' if beep[0] else 'off'}"
        setting = Setting(purpose, "beep", INFO, _beeper, beep, SET_BEEPER, beep)
        yield from talk.ensure(setting, info.data)


def _beeper(info: bytes) -> bytes:
    return info[_BEEPER : _BEEPER + 1]


def _inventory(antenna: int, scan_tenths: int) -> bytes:
    return command(INVENTORY, _SELECT + bytes([0x7F + antenna, scan_tenths]))


def _is_there(heard: bytes) -> bool:
    info = info_in(heard)
    return info is not None and len(info.data) > INFO_BYTES


DRIVER = Driver(
    name="uhfreader288",
    title="UHF reader UHFReader288: CF-RU64xx, CF-MU8xx, CF-MU90x, E710 and E310 readers",
    media=("epc",),
    link="serial",
    proof="capture",
    evidence="frames recorded from readers by a user and printed by others; simulated readers",
    options=(
        baudrate_option(BAUDRATES[0]),
        *radio_options(),
        Option(
            "antennas",
            "list",
            ("1",),
            "antenna ports in use, asked in turn",
            choices=("1", "2", "3", "4"),
        ),
        Option("beep", "switch", False, "the reader beeps by itself at each tag"),
    ),
    converse=converse,
    probes=(Probe(4, BAUDRATES, command(INFO), _is_there),),
    heard_at=BAUDRATES,
)
