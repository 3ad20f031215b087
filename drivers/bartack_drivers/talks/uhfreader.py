"""The talk with a UHFReader of either generation: set it up, then look for tags round after round.

Readers answer one command at a time and ignore what comes meanwhile, so a beep waits for the end
of a round. In active mode a reader reports tags by itself and does not answer inventories; it is
then listened to. Power, region and scan time survive a power failure and are written only where
they differ, and not over and over where a reader does not keep them: its memory wears.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.uhfreader import (
    ALIVE,
    BUZZ,
    FAULTS,
    INFO,
    INVENTORY,
    LISTS,
    MORE_FOLLOWS,
    NO_TAG,
    NOT_SAVED,
    OK,
    PUSHED,
    SET_POWER,
    SET_REGION,
    UNKNOWN,
    ReaderFrame,
    TagReport,
    UhfReaderCodec,
    command,
)
from bartack_drivers.conversation import Ask, Report, Rest, Script
from bartack_drivers.driver import Options
from bartack_drivers.options import Option

BAUDRATES: Final = (57600, 115200)
"""The rates that readers leave the factory with, the usual one first."""

RETRY_S: Final = 0.5
LISTEN_S: Final = 2.0
SLICE_S: Final = 0.1
PAUSE_S: Final = 0.05
"""Between rounds. Readers take no command within 15 ms after another byte."""

LATE_S: Final = 1.0
"""How much longer than its scan time a reader may take to answer."""

UNANSWERED_MAX: Final = 3

INFO_BYTES: Final = 8
"""Least length of the answer to INFO: version (2), type, protocols, highest and lowest channel,
power, scan time."""

REGIONS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {"china": (0x13, 0x40), "us": (0x31, 0x80), "korea": (0x1F, 0xC0), "eu": (0x4E, 0x00)}
)
"""Highest and lowest channel of each band; the upper two bits of both say which band it is."""

_FINE: Final = frozenset({*LISTS, OK, NO_TAG, 0xFA})
"""Statuses of a round in which the reader did what it could."""

_LOOK: Final = "answer when asked to look for tags"
_BEEPS: Final = MappingProxyType({True: bytes([2, 0, 1]), False: bytes([6, 2, 2])})
"""On, off (x 50 ms), times: once short, or twice long."""

Tags = Callable[[ReaderFrame], list[TagReport] | None]
SetUp = Callable[[ReaderFrame], Script[ReaderFrame]]
"""What is set in a reader that answered INFO so."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that the reader keeps: how it is asked for and set, and what it is to be.

    ``purpose`` completes "the reader refuses to …". ``held`` takes from an answer to ``query`` what
    is to be equal to ``wanted``; ``data`` goes with the command ``code`` that sets it.
    """

    purpose: str
    option: str
    query: int
    held: Callable[[bytes], bytes]
    wanted: bytes
    code: int
    data: bytes


class Talk:
    """What is known of a reader while it is talked with. One conversation has one."""

    def __init__(
        self, options: Options, tags: Tags, rounds: Mapping[str, bytes], other: str
    ) -> None:
        """``rounds``: the inventory commands that are asked in turn, by their purpose. ``other``:
        the driver that reads the reports of the other generation."""
        self.scan_time_s = cast(float, options["scan_time_s"])
        self.by_itself = False
        """Whether the reader is known to report tags without being asked."""
        self._baudrate = cast(int, options["baudrate"])
        self._tags = tags
        self._rounds = rounds
        self._other = other
        self._pushed = False
        self._unanswered = 0
        self._beep: bool | None = None
        self._faulty: set[str] = set()
        """The rounds that failed last time. A command that noise struck fails once."""
        self._in_vain: dict[int, bytes] = {}
        """What was held although it had been set otherwise, by the command that sets it."""
        self._settled: set[int] = set()

    def sightings(self, frame: ReaderFrame, now_s: float) -> list[Read]:
        """The reads of one frame, asked for or not."""
        self._pushed = self._pushed or frame.command in (PUSHED, ALIVE)
        return [
            Read("epc", tag.epc, now_s, rssi_raw=tag.rssi, antenna=tag.antenna)
            for tag in self._tags(frame) or ()
        ]

    def beep(self, accepted: bool) -> bytes:
        """Let the reader beep as soon as it listens again."""
        self._beep = accepted
        return b""

    def script(self, set_up: SetUp) -> Script[ReaderFrame]:
        """Set the reader up, read, and begin anew when it fell silent."""
        usual, newer = BAUDRATES
        other = newer if self._baudrate == usual else usual
        purpose = f"say what it is at {self._baudrate} bits/s (other usual rate: {other})"
        while True:
            info = yield Ask(purpose, command(INFO), answers(INFO), tries=3)
            if info is None:
                self._beep = None  # nobody would know any more what it is about
                yield Rest(RETRY_S)
                continue
            if len(info.data) >= INFO_BYTES:
                yield from set_up(info)
            yield from self._listen() if self.by_itself else self._read()

    def ensure(self, setting: Setting, found: bytes) -> Script[ReaderFrame]:
        """Set what differs in ``found``, the answer to its query, and see whether it took."""
        self._settled.discard(setting.code)
        held = setting.held(found)
        if held != setting.wanted:
            if self._in_vain.get(setting.code) == held:
                return
            answer = yield Ask(
                setting.purpose, command(setting.code, setting.data), answers(setting.code)
            )
            if answer is None:
                return
            if text := refusal(setting.purpose, answer.status):
                yield Report(setting.purpose, f"{text}; see option {setting.option}")
                return
            again = yield Ask("", command(setting.query), answers(setting.query))
            if again is None:
                return
            if (held := setting.held(again.data)) != setting.wanted:
                self._in_vain[setting.code] = held
                text = f"the reader agrees to {setting.purpose}, but does not do so"
                yield Report(setting.purpose, f"{text}; see option {setting.option}")
                return
        self._in_vain.pop(setting.code, None)
        self._settled.add(setting.code)
        yield Report(setting.purpose)

    def holds(self, code: int) -> bool:
        """Whether the reader has what the command ``code`` sets."""
        return code in self._settled

    def ensure_radio(self, info: ReaderFrame, options: Options) -> Script[ReaderFrame]:
        """Power and region, which both generations keep alike."""
        power = bytes([cast(int, options["power_dbm"])])
        purpose = f"set its power to {power[0]} dBm"
        setting = Setting(purpose, "power_dbm", INFO, _power, power, SET_POWER, power)
        yield from self.ensure(setting, info.data)
        if region := cast(str, options["region"]):
            data = bytes(REGIONS[region])
            purpose = f"use the band of region {region}"
            # Within its band a reader may be kept to fewer channels; that is left as it is.
            band = _band(bytes(4) + data)
            setting = Setting(purpose, "region", INFO, _band, band, SET_REGION, data)
            yield from self.ensure(setting, info.data)

    def _read(self) -> Script[ReaderFrame]:
        """Ask for tags until there is no answer."""
        while True:
            for purpose, inventory in self._rounds.items():
                yield from self._say_beep()
                late_s = self.scan_time_s + LATE_S
                answer = yield Ask("", inventory, _ends_round, late_s)
                if answer is None:
                    yield from self._wonder()
                    return
                self._pushed, self._unanswered = False, 0
                yield Report(_LOOK)
                yield from self._judge(purpose, answer)
                yield Rest(PAUSE_S)

    def _listen(self) -> Script[ReaderFrame]:
        for _ in range(round(LISTEN_S / SLICE_S)):
            yield from self._say_beep()
            yield Rest(SLICE_S)

    def _say_beep(self) -> Script[ReaderFrame]:
        accepted, self._beep = self._beep, None
        if accepted is not None:
            yield Ask("", command(BUZZ, _BEEPS[accepted]), answers(BUZZ), 1.0, tries=1)

    def _judge(self, purpose: str, answer: ReaderFrame) -> Script[ReaderFrame]:
        trouble = ""
        if answer.status not in _FINE:
            trouble = refusal(purpose, answer.status)
        elif answer.status in LISTS and answer.data and self._tags(answer) is None:
            trouble = f"the reader reports tags in another form; try driver = {self._other!r}"
        if not trouble:
            self._faulty.discard(purpose)
            yield Report(purpose)
        elif purpose in self._faulty:
            yield Report(purpose, trouble)
            yield Rest(RETRY_S)
        else:
            self._faulty.add(purpose)

    def _wonder(self) -> Script[ReaderFrame]:
        """A round went unanswered: the reader is gone, or it reports tags by itself."""
        if self._pushed:
            self._pushed, self._unanswered = False, 0
            yield Report(_LOOK)
            yield from self._listen()
            return
        self._unanswered += 1
        if self._unanswered >= UNANSWERED_MAX:
            text = "the reader answers, but not when asked to look for tags; is it in active mode?"
            yield Report(_LOOK, f"{text} Set it to answer mode, or try driver = {self._other!r}")


def answers(code: int) -> Callable[[ReaderFrame], bool]:
    """Whether a frame answers the command ``code``, if only by not knowing it."""
    return lambda frame: frame.command in (code, UNKNOWN)


def refusal(purpose: str, status: int) -> str:
    """What ``status`` says, for a technician; empty where the reader did what it was told."""
    if status in (OK, NOT_SAVED):
        return ""
    reason = FAULTS.get(status, "for a reason of its own")
    return f"the reader refuses to {purpose} (status {status:02X}): {reason}"


def radio_options() -> tuple[Option, ...]:
    """The options of both generations, without those of the line."""
    return (
        Option(
            "power_dbm",
            "integer",
            20,
            "transmit power in dBm, kept by the reader; low, to read this station's tags only",
            least=0,
            most=30,
        ),
        Option(
            "region",
            "text",
            "",
            "radio band, kept by the reader; empty leaves it as it is",
            choices=("", *REGIONS),
        ),
        Option(
            "scan_time_s",
            "number",
            0.3,
            "longest time of one round in seconds, in steps of 0.1",
            least=0.3,
            most=25.5,
        ),
    )


def tenths(options: Options) -> int:
    """The scan time as the wire has it."""
    return round(cast(float, options["scan_time_s"]) * 10)


def info_in(heard: bytes) -> ReaderFrame | None:
    """The answer to INFO among what was heard."""
    found = [frame for frame in UhfReaderCodec().feed(heard) if frame.command == INFO]
    whole = [frame for frame in found if frame.status == OK and len(frame.data) >= INFO_BYTES]
    return whole[0] if whole else None


def _power(info: bytes) -> bytes:
    return info[6:7]


def _band(info: bytes) -> bytes:
    return bytes(channel >> 6 for channel in info[4:6])


def _ends_round(frame: ReaderFrame) -> bool:
    return frame.command == UNKNOWN or (frame.command == INVENTORY and frame.status != MORE_FOLLOWS)
