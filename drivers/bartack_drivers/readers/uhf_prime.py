"""Driver of "UHF Prime" readers: CF-591, CF-600, CF-661, CF-69x, M200, H103.

Many leave the factory in active mode and report tags from power-up on; others are told to read
without end. All settings are one block that the reader keeps for good: it is read first, and
written only where something in it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.uhf_prime import (
    ANTENNAS,
    BUZZER_TIME,
    FAULTS,
    GET_PARAMETERS,
    INFO,
    INVENTORY,
    NOTHING_HERE,
    OK,
    PARAMETERS_BYTES,
    POWER,
    SET_PARAMETERS,
    START,
    STOP,
    WORK_MODE,
    PrimeFrame,
    UhfPrimeCodec,
    command,
    tag_of,
)
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option

RETRY_S: Final = 1.0
SILENCE_S: Final = 2.0
"""Silence after which the reader is asked whether it is still there and as it was."""

OVER_S: Final = 0.5
"""Silence behind "nothing here" that makes it mean "the inventory is over"."""

_MODES: Final = ("answer", "active")
_SHORT_START: Final = command(INVENTORY, bytes(2))
"""Some take two bytes in place of five."""

_WRONG_VALUE: Final = 0x01
_TELL: Final = "say how it is set up"
_CHANGE: Final = "change its settings"
_READ: Final = "read tags"


def converse(options: Options) -> Conversation[PrimeFrame]:
    """What talks with one reader."""
    return Conversation(UhfPrimeCodec(), _sightings, _Talk(options).script())


def _sightings(frame: PrimeFrame, now_s: float) -> list[Read]:
    tag = tag_of(frame)
    if tag is None:
        return []
    return [Read("epc", tag.epc, now_s, rssi_dbm=tag.rssi_dbm, antenna=tag.antenna or None)]


class _Talk:
    """The script, and what is known of the reader while it runs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._mode = 0
        self._stopped = False
        self._in_vain: bytes | None = None
        """Settings that were held although others had been written."""

    def script(self) -> Script[PrimeFrame]:
        """Set the reader up, let it read, and begin anew when it fell silent."""
        while True:
            self._stopped = False
            found = yield Ask("", command(GET_PARAMETERS), _answers(GET_PARAMETERS))
            if found is None:  # while it reads, it may hear nothing but this
                yield from self._stop()
                found = yield Ask(_TELL, command(GET_PARAMETERS), _answers(GET_PARAMETERS))
            if found is None:
                yield Tell(START)
                yield Rest(RETRY_S)
                continue
            yield Report(_TELL)
            yield from self._set_up(found)
            # A reader in active mode reads by itself; stopped, it may not begin again by itself.
            if self._mode == 0 or self._stopped:
                yield from self._start()
            yield from self._listen()

    def _stop(self) -> Script[PrimeFrame]:
        self._stopped = True
        yield Ask("", command(STOP), _answers(STOP), tries=1)

    def _set_up(self, found: PrimeFrame) -> Script[PrimeFrame]:
        """Write the settings where they differ, and see whether that took."""
        have = found.data
        if found.status != OK or len(have) < PARAMETERS_BYTES:
            self._mode = 0
            yield Report(_CHANGE, "the reader does not say how it is set up; it is left as it is")
            return
        self._mode, want = have[WORK_MODE], _wish(have, self._options)
        if want != have:
            if have == self._in_vain:  # its memory wears: not over and over
                return
            yield from self._stop()
            answer = yield Ask(_CHANGE, command(SET_PARAMETERS, want), _answers(SET_PARAMETERS))
            if answer is None:
                return
            if answer.status != OK:
                if answer.status == _WRONG_VALUE:
                    self._in_vain = have
                text = _refusal(_CHANGE, answer.status)
                yield Report(_CHANGE, f"{text}; see options power_dbm and antennas")
                return
            self._mode = want[WORK_MODE]
            again = yield Ask("", command(GET_PARAMETERS), _answers(GET_PARAMETERS))
            if again is None:
                return
            if again.data != want:
                self._in_vain = again.data
                yield Report(_CHANGE, "the reader agrees to change its settings, but does not")
                return
        self._in_vain = None
        yield Report(_CHANGE)

    def _start(self) -> Script[PrimeFrame]:
        for start in (START, _SHORT_START):
            answer = yield Ask("", start, _answers(INVENTORY), 1.0)
            if answer is None or answer.status != _WRONG_VALUE:
                break
        if answer is not None:
            yield Report(_READ, _refusal(_READ, answer.status))

    def _listen(self) -> Script[PrimeFrame]:
        """Follow what the reader reports until it falls silent."""
        while True:
            frame = yield Ask("", b"", _answers(INVENTORY), SILENCE_S, tries=1)
            if frame is None:
                return
            yield Report(_READ, _refusal(_READ, frame.status))
            if frame.status == NOTHING_HERE and self._mode == 0:
                more = yield Ask("", b"", _answers(INVENTORY), OVER_S, tries=1)
                if more is None:
                    yield from self._start()


def _wish(have: bytes, options: Options) -> bytes:
    """The settings that ``options`` ask for, leaving of ``have`` what they do not speak of."""
    want = bytearray(have)
    want[POWER] = cast(int, options["power_dbm"])
    antennas = cast(tuple[str, ...], options["antennas"])
    want[ANTENNAS] = sum(1 << (int(antenna) - 1) for antenna in set(antennas))
    if options["work_mode"]:
        want[WORK_MODE] = _MODES.index(cast(str, options["work_mode"]))
    match options["beep"]:
        case "on":
            want[BUZZER_TIME] = want[BUZZER_TIME] or 1
        case "off":
            want[BUZZER_TIME] = 0
    return bytes(want)


def _answers(code: int) -> Callable[[PrimeFrame], bool]:
    return lambda frame: frame.command == code


def _refusal(purpose: str, status: int) -> str:
    """What ``status`` refuses, for a technician; empty where it tells that nothing was found."""
    if purpose == _READ and status not in FAULTS:
        return ""
    reason = FAULTS.get(status, "for a reason of its own")
    return f"the reader refuses to {purpose} (status {status:02X}): {reason}"


def _is_there(heard: bytes) -> bool:
    return any(frame.command == INFO for frame in UhfPrimeCodec().feed(heard))


DRIVER = Driver(
    name="uhf_prime",
    title='UHF reader of the "UHF Prime" family: CF-591, CF-600, CF-661, CF-69x, M200, H103',
    media=("epc",),
    link="serial",
    proof="capture",
    evidence="frames recorded from readers by several independent users; simulated readers",
    options=(
        baudrate_option(115200),
        Option(
            "power_dbm",
            "integer",
            20,
            "transmit power in dBm, kept by the reader; low, to read this station's tags only",
            least=1,
            most=33,
        ),
        Option(
            "antennas",
            "list",
            ("1",),
            "antenna ports in use, kept by the reader",
            choices=("1", "2", "3", "4", "5", "6", "7", "8"),
        ),
        Option(
            "work_mode",
            "text",
            "",
            "answer: the station starts reading; active: the reader reads from power-up on; kept "
            "by the reader; empty leaves it as it is",
            choices=("", *_MODES),
        ),
        Option(
            "beep",
            "text",
            "",
            "whether the reader beeps by itself at each tag; kept by the reader; empty leaves it "
            "as it is",
            choices=("", "off", "on"),
        ),
    ),
    converse=converse,
    probes=(Probe(5, (115200,), command(INFO), _is_there),),
    heard_at=(115200,),
)
