"""Driver of UHF readers with an R200 or M100 module (also sold as QM100, JRD-100, YRM100).

The module forgets its settings with its power, so they are compared and set whenever it is found.
It is told to read in as many rounds as it can, and each round says something: silence means that
it lost power, or that the rounds are over.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs import r200
from bartack_drivers.codecs.r200 import Framing, R200Codec, R200Frame, command, error_text, tag_of
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option
from bartack_drivers.talks.doubt import Doubts

SILENCE_S: Final = 1.0
"""A reader that reads is never silent for so long."""

RETRY_S: Final = 2.0
"""Pause after a reader did not answer in any framing."""

FRAMES_OF_A_RUN: Final = 60_000
"""After so many it is told to read anew: a run has 65535 rounds, and a round one frame or more."""

_FIND: Final = "stop and say what it is"
_FRAMINGS: Final = {"auto": tuple(Framing), "bb": (Framing.BB,), "aa": (Framing.AA,)}

_Talk = Generator[Ask[R200Frame] | Tell | Rest | Report, R200Frame | None, Framing | None]


class TagReads:
    """The reads of tag reports.

    The checksum of a frame is one byte, which noise meets by chance; the tag's own CRC in it is
    far stronger, but some firmware may leave it out. So a report whose CRC does not fit counts
    where none ever fitted, and else only when it comes twice.
    """

    def __init__(self) -> None:
        self._has_fitted = False
        self._doubts = Doubts()

    def __call__(self, frame: R200Frame, now_s: float) -> list[Read]:
        tag = tag_of(frame)
        if tag is None:
            return []
        self._has_fitted |= tag.crc_fits
        if not tag.crc_fits and self._has_fitted:
            report = frame.parameters[1:]  # all but the signal, which varies
            if not self._doubts.confirm(report, now_s):
                return []
        return [Read("epc", tag.epc.hex().upper(), now_s, rssi_dbm=tag.rssi_dbm)]


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting that can be read: what it shall be, and which option to change if it cannot."""

    name: str
    get: int
    set: int
    wanted: bytes
    option: str


def converse(options: Options) -> Conversation[R200Frame]:
    """What sets the reader up and keeps it reading."""
    power = (cast(int, options["power_dbm"]) * 100).to_bytes(2, "big")
    settings = [_Setting("power", r200.GET_POWER, r200.SET_POWER, power, "power_dbm")]
    if region := cast(str, options["region"]):
        number = bytes([r200.REGIONS[region]])
        settings.insert(0, _Setting("region", r200.GET_REGION, r200.SET_REGION, number, "region"))
    framings = _FRAMINGS[cast(str, options["framing"])]
    return Conversation(R200Codec(), TagReads(), _script(framings, settings))


def _script(framings: tuple[Framing, ...], settings: list[_Setting]) -> Script[R200Frame]:
    while True:
        framing = yield from _find(framings)
        if framing is None:
            yield Rest(RETRY_S)
            continue
        # What answered once is asked first from now on.
        framings = tuple(sorted(framings, key=lambda it: it is not framing))
        for setting in settings:
            yield from _keep(framing, setting)
        hop = command(framing, r200.HOPPING, b"\xff")
        yield from _order("hop between channels", r200.HOPPING, hop, "region")
        yield from _read(framing)


def _find(framings: tuple[Framing, ...]) -> _Talk:
    """Stop the reader and return the framing it answers in; None where it answers in none.

    Two questions at once: one that reads may hear the first only, one that sleeps loses it.
    """
    for framing in framings:
        purpose = _FIND if framing is framings[-1] else ""
        request = command(framing, r200.STOP) + command(framing, r200.INFO, b"\x00")
        answer = yield Ask(purpose, request, _answers(r200.STOP, r200.INFO))
        if answer is not None:
            yield Report(_FIND)
            return answer.framing
    return None


def _keep(framing: Framing, setting: _Setting) -> Script[R200Frame]:
    """Read a setting, and write it if it differs."""
    ask = Ask(f"tell its {setting.name}", command(framing, setting.get), _answers(setting.get))
    answer = yield ask
    purpose = f"set its {setting.name}"
    if answer is not None and answer.parameters == setting.wanted:
        yield Report(f"{purpose}: refused")
        return
    request = command(framing, setting.set, setting.wanted)
    yield from _order(purpose, setting.set, request, setting.option)


def _order(purpose: str, code: int, request: bytes, option: str) -> Script[R200Frame]:
    """Send a command, and report it where it is refused."""
    answer = yield Ask(purpose, request, _answers(code))
    if answer is not None:
        refusal = f"the reader refuses to {purpose}: "
        trouble = "" if answer.error is None else refusal + error_text(answer.error)
        yield Report(f"{purpose}: refused", trouble and f"{trouble}; choose another {option}")


def _read(framing: Framing) -> Script[R200Frame]:
    """Have it read until it falls silent, or its rounds are nearly over."""
    request = r200.read_on(framing)
    frame = yield Ask("read tags", request, _anything, SILENCE_S, tries=1)
    for _ in range(FRAMES_OF_A_RUN):
        if frame is None:
            return
        quiet = frame.error is None or frame.error == r200.NOTHING_HERE
        trouble = "" if quiet else f"the reader cannot read: {error_text(frame.error or 0)}"
        yield Report("reading", trouble)
        frame = yield Ask("", b"", _anything, SILENCE_S, tries=1)


def _answers(*codes: int) -> Callable[[R200Frame], bool]:
    """Judges whether a frame answers one of these commands: the last of a run's rounds do not."""
    return lambda frame: (
        frame.kind == r200.RESPONSE
        and (frame.command in codes or frame.error not in (None, r200.NOTHING_HERE))
    )


def _anything(frame: R200Frame) -> bool:
    return True


def _probe(order: int, framing: Framing) -> Probe:
    def answers(data: bytes) -> bool:
        return any(
            frame.framing is framing
            and frame.kind == r200.RESPONSE
            and frame.command == r200.INFO
            and frame.parameters[1:].isascii()
            and len(frame.parameters) > 1
            for frame in R200Codec().feed(data)
        )

    return Probe(order, (115200,), command(framing, r200.INFO, b"\x00"), answers)


DRIVER = Driver(
    name="r200",
    title="UHF reader with a module R200, M100, QM100, JRD-100 or YRM100",
    media=("epc",),
    link="serial",
    proof="capture",
    evidence="frames that users of both framings show, the tag's own CRC fitting; the maker's "
    "manual; simulated readers",
    options=(
        baudrate_option(115200),
        Option(
            "framing",
            "text",
            "auto",
            "first byte of its frames: bb (M100 kind) or aa (R200 of Invelion); auto finds out",
            choices=tuple(_FRAMINGS),
        ),
        Option(
            "region",
            "text",
            "",
            "radio band, as the law of the place has it; empty leaves the reader's own",
            choices=("", *r200.REGIONS),
        ),
        Option(
            "power_dbm",
            "integer",
            20,
            "power in dBm; less reads less far",
            least=0,
            most=33,
        ),
    ),
    converse=converse,
    probes=(_probe(1, Framing.BB), _probe(2, Framing.AA)),
)
