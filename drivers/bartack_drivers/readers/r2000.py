"""Driver of UHF readers with an Impinj R2000 and kin, whose frames begin with A0.

The reader reads one round at a time and is asked for the next when one has ended. Its power,
region and beeper are in flash: they are written only where they differ, and once while the port
is open, whatever the reader makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import cycle
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs import r2000
from bartack_drivers.codecs.r2000 import R2000Codec, R2000Frame, command, error_text, tag_of
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option
from bartack_drivers.talks.doubt import Doubts

ROUND_S: Final = 1.5
"""Longest silence within a round."""

PAUSE_S: Final = 0.01
"""Between two rounds, so that a reader that answers at once does not take a processor."""

FAILED_S: Final = 0.2
"""Pause after a round that failed at once."""

RETRY_S: Final = 2.0
"""Pause after a reader did not answer at any address."""

ONE_ROUND: Final = b"\x01"

_FIND: Final = "tell its version"

_Say = Ask[R2000Frame] | Tell | Rest | Report
_Talk = Generator[_Say, R2000Frame | None, R2000Frame | None]


class TagReads:
    """The reads of tag reports.

    The check of a frame is one byte, which damage meets now and then. A report that may be made of
    one that lost or gained a byte counts only when it comes twice.
    """

    def __init__(self) -> None:
        self._doubts = Doubts()

    def __call__(self, frame: R2000Frame, now_s: float) -> list[Read]:
        tag = tag_of(frame)
        if tag is None or (frame.shifted and not self._doubts.confirm(tag.epc, now_s)):
            return []
        value = tag.epc.hex().upper()
        return [Read("epc", value, now_s, rssi_dbm=tag.rssi_dbm, antenna=tag.antenna)]


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting in flash: how it is read, when it is right, and what is written if it is not.

    ``get`` is None where it cannot be read.
    """

    name: str
    get: int | None
    is_right: Callable[[bytes], bool]
    set: int
    data: bytes


def converse(options: Options) -> Conversation[R2000Frame]:
    """What sets the reader up and asks it for round after round."""
    antennas = tuple(int(number) for number in cast(tuple[str, ...], options["antennas"]))
    return Conversation(R2000Codec(), TagReads(), _script(_settings(options), antennas))


def _settings(options: Options) -> list[_Setting]:
    power = cast(int, options["power_dbm"])
    settings = [
        _Setting(
            "power_dbm",
            r2000.GET_POWER,
            lambda data: set(data) == {power},  # one byte, or one for each antenna
            r2000.SET_POWER,
            bytes([power]),
        )
    ]
    if name := cast(str, options["region"]):
        region = bytes(r2000.REGIONS[name])
        settings.append(
            _Setting(
                "region",
                r2000.GET_REGION,
                lambda data: data[:1] == region[:1],  # its channels may have been narrowed
                r2000.SET_REGION,
                region,
            )
        )
    if name := cast(str, options["beep"]):
        beep = bytes([r2000.BEEPS[name]])
        settings.append(_Setting("beep", None, lambda data: False, r2000.SET_BEEPER, beep))
    return settings


def _script(settings: list[_Setting], antennas: tuple[int, ...]) -> Script[R2000Frame]:
    written: set[str] = set()
    while True:
        address = yield from _find()
        if address is None:
            yield Rest(RETRY_S)
            continue
        for setting in settings:
            yield from _keep(address, setting, written)
        yield from _read(address, antennas)


def _find() -> Generator[_Say, R2000Frame | None, int | None]:
    """The address that the reader answers at; None where it answers at none."""
    for address in (r2000.FIRST_ADDRESS, r2000.PUBLIC_ADDRESS):
        purpose = _FIND if address == r2000.PUBLIC_ADDRESS else ""
        request = command(address, r2000.VERSION)
        answer = yield Ask(purpose, request, _answers(r2000.VERSION))
        if answer is not None:
            yield Report(_FIND)
            return address
    return None


def _keep(address: int, setting: _Setting, written: set[str]) -> Script[R2000Frame]:
    """Read a setting and write it if it differs, once: flash wears."""
    name = setting.name
    if setting.get is not None:
        request = command(address, setting.get)
        answer = yield Ask(f"tell its {name}", request, _answers(setting.get))
        if answer is None:
            return
        if setting.is_right(answer.data):
            yield Report(f"keep {name}")
            yield Report(f"set its {name}: refused")
            return
        if name in written:
            yield Report(f"keep {name}", f"the reader does not keep the {name} that it was given")
            return
    if name not in written:
        answer = yield from _order(address, f"set its {name}", setting.set, setting.data)
        if answer is not None and _code(answer) == r2000.DONE:
            written.add(name)


def _order(address: int, purpose: str, code: int, data: bytes) -> _Talk:
    """Send a command, report it where it is refused, and return the answer."""
    answer = yield Ask(purpose, command(address, code, data), _answers(code))
    if answer is not None:
        trouble = ""
        if _code(answer) != r2000.DONE:
            trouble = f"the reader refuses to {purpose}: {error_text(_code(answer))}"
        yield Report(f"{purpose}: refused", trouble)
    return answer


def _read(address: int, antennas: tuple[int, ...]) -> Script[R2000Frame]:
    """Ask for round after round, at one antenna after the other, until it falls silent.

    The antenna is chosen for each: a reader that lost power for a moment has forgotten it.
    """
    for antenna in cycle(antennas):
        number = bytes([antenna - 1])
        yield from _order(address, f"use antenna {antenna}", r2000.SET_ANTENNA, number)
        last = yield from _round(address)
        if last is None:
            return
        failed = len(last.data) == 1 and _code(last) not in (r2000.DONE, r2000.NO_TAG)
        why = error_text(_code(last)) if failed else ""
        yield Report(f"antenna {antenna}", why and f"antenna {antenna} does not read: {why}")
        yield Rest(FAILED_S if failed else PAUSE_S)


def _round(address: int) -> _Talk:
    """Ask for one round and return the frame that ends it; None where it fell silent."""
    request = command(address, r2000.INVENTORY, ONE_ROUND)
    frame = yield Ask("read tags", request, _answers(r2000.INVENTORY), ROUND_S, tries=1)
    while frame is not None and not r2000.ends_round(frame):
        frame = yield Ask("", b"", _answers(r2000.INVENTORY), ROUND_S, tries=1)
    return frame


def _answers(code: int) -> Callable[[R2000Frame], bool]:
    """Judges whether a frame answers command ``code``: one without data is an echo of ours."""
    return lambda frame: frame.command == code and bool(frame.data)


def _code(frame: R2000Frame) -> int:
    return frame.data[0]


def _is_version(data: bytes) -> bool:
    is_answer = _answers(r2000.VERSION)
    return any(is_answer(frame) and len(frame.data) == 2 for frame in R2000Codec().feed(data))


DRIVER = Driver(
    name="r2000",
    title="UHF reader with an Impinj R2000 or kin (IND903, YR8900, R300 and others; A0 frames)",
    media=("epc",),
    link="serial",
    proof="capture",
    evidence="logs of readers that users show; the protocol document of the IND903; simulated "
    "readers",
    options=(
        baudrate_option(115200),
        Option(
            "antennas",
            "list",
            ("1",),
            "antenna connectors to read at, in turn; the first is 1",
            choices=tuple("12345678"),
        ),
        Option(
            "region",
            "text",
            "",
            "radio band, as the law of the place has it; empty leaves the reader's own",
            choices=("", *r2000.REGIONS),
        ),
        Option(
            "power_dbm",
            "integer",
            20,
            "power in dBm; less reads less far; kept by the reader",
            least=0,
            most=33,
        ),
        Option(
            "beep",
            "text",
            "",
            "its own beeper: quiet, on each round, on each tag; kept by the reader, so name it "
            "once and take it out again; empty leaves it as it is",
            choices=("", *r2000.BEEPS),
        ),
    ),
    converse=converse,
    probes=(Probe(3, (115200, 38400), command(1, r2000.VERSION), _is_version),),
)
