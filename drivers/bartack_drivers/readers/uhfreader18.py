"""Driver of UHFReader18 desktop readers and modules: RRU9803M, CF-RU5102, CF-RU51xx, HW-VX6330K.

The reader is asked for tags over and over. One that is set to report tags by itself (active mode)
is listened to; the mode is only changed where the option says so, for it is kept for good.
"""

from __future__ import annotations

from functools import partial
from typing import Final, cast

from bartack_drivers.codecs.uhfreader import (
    GET_WORK_MODE,
    INFO,
    INVENTORY,
    OK,
    SET_SCAN_TIME,
    SET_WORK_MODE,
    ReaderFrame,
    UhfReaderCodec,
    command,
    tags_18,
)
from bartack_drivers.conversation import Ask, Conversation, Report, Script
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option
from bartack_drivers.talks.uhfreader import (
    BAUDRATES,
    INFO_BYTES,
    Setting,
    Talk,
    answers,
    info_in,
    radio_options,
    tenths,
)

_MODE_AT: Final = 4
"""Where the work mode begins in the answer to GET_WORK_MODE: behind the Wiegand settings."""
_MODE_BYTES: Final = 6
"""Mode, state, what is read, first address, words, time."""

_ACTIVE: Final = 0x01
_OTHER_PROTOCOL: Final = 0x01
_SERIAL: Final = 0x02
_SILENT: Final = 0x04
_SYRIS: Final = 0x10
_EPCS: Final = frozenset({0x04, 0x05})
"""What is read in active mode where reports are to be EPCs: all tags, or one at a time."""


def converse(options: Options) -> Conversation[ReaderFrame]:
    """What talks with one reader."""
    talk = Talk(options, tags_18, {"look for tags": command(INVENTORY)}, other="uhfreader288")
    script = talk.script(partial(_set_up, talk, options))
    return Conversation(UhfReaderCodec(), talk.sightings, script, beep=talk.beep)


def _set_up(talk: Talk, options: Options, info: ReaderFrame) -> Script[ReaderFrame]:
    yield from talk.ensure_radio(info, options)
    scan_time = bytes([tenths(options)])
    purpose = f"look for tags for {scan_time[0] / 10} s at a time"
    yield from talk.ensure(
        Setting(purpose, "scan_time_s", INFO, _scan_time, scan_time, SET_SCAN_TIME, scan_time),
        info.data,
    )
    longest = scan_time if talk.holds(SET_SCAN_TIME) else max(scan_time, _scan_time(info.data))
    talk.scan_time_s = longest[0] / 10
    answer = yield Ask("", command(GET_WORK_MODE), answers(GET_WORK_MODE))
    if answer is None or answer.status != OK or len(_mode(answer.data)) < _MODE_BYTES:
        return  # it has no modes
    wish = _wish(_mode(answer.data), options)
    purpose = f"work in {options['work_mode']} mode"
    yield from talk.ensure(
        Setting(purpose, "work_mode", GET_WORK_MODE, _mode, wish, SET_WORK_MODE, wish),
        answer.data,
    )
    talk.by_itself = wish[0] & 0x03 != 0
    yield Report("mode", "" if _reports_epcs(wish) else _NO_EPCS)


def _scan_time(info: bytes) -> bytes:
    return info[7:8]


def _mode(answer: bytes) -> bytes:
    return answer[_MODE_AT : _MODE_AT + _MODE_BYTES]


_NO_EPCS: Final = (
    "the reader is set to report by itself something other than EPCs, or over another line; set "
    'work_mode = "answer"'
)


def _wish(mode: bytes, options: Options) -> bytes:
    """The work mode that ``options`` ask for, leaving of ``mode`` what they do not speak of."""
    match options["work_mode"]:
        case "answer":
            return bytes([mode[0] & ~0x03]) + mode[1:]
        case "active":
            state = (mode[1] | _SERIAL | _SILENT) & ~(_OTHER_PROTOCOL | _SYRIS)
            if cast(bool, options["beep"]):
                state &= ~_SILENT
            reads = mode[2] if mode[2] in _EPCS else min(_EPCS)
            return bytes([(mode[0] & ~0x03) | _ACTIVE, state, reads]) + mode[3:]
    return mode


def _reports_epcs(mode: bytes) -> bool:
    state = mode[1] & (_OTHER_PROTOCOL | _SERIAL | _SYRIS)
    return mode[0] & 0x03 == 0 or (state == _SERIAL and mode[2] in _EPCS)


def _is_there(heard: bytes) -> bool:
    info = info_in(heard)
    return info is not None and len(info.data) == INFO_BYTES


DRIVER = Driver(
    name="uhfreader18",
    title="UHF reader UHFReader18: RRU9803M, CF-RU5102, CF-RU51xx and clones",
    media=("epc",),
    link="serial",
    proof="capture",
    evidence="frames recorded from readers by two independent users; the maker's manual; "
    "simulated readers",
    options=(
        baudrate_option(BAUDRATES[0]),
        *radio_options(),
        Option(
            "work_mode",
            "text",
            "",
            "answer: tags are asked for; active: the reader reports them by itself; kept by the "
            "reader; empty leaves it as it is",
            choices=("", "answer", "active"),
        ),
        Option(
            "beep",
            "switch",
            False,
            "the reader beeps by itself at each tag; only set together with work_mode active",
        ),
    ),
    converse=converse,
    beeps=True,
    probes=(Probe(4, BAUDRATES, command(INFO), _is_there),),
    heard_at=BAUDRATES,
)
