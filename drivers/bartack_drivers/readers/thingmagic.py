"""Driver of ThingMagic and JADAK Mercury modules: M5e, M6e, M6e Nano, M7e, and Silion's.

They keep no setting that matters over a power failure. Modules that can read without end and tell
each second that they live; the others are asked again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import MappingProxyType
from typing import Final, TypeVar, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs import mercury
from bartack_drivers.codecs.mercury import Frame, MercuryCodec, command, tags_of
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option

SILENT_S: Final = 3.0
"""A reader that reads says each second that it does; longer silence is a power failure."""

STOP_S: Final = 1.0
BOOT_S: Final = 2.0
SEARCH_S: Final = 1.5
ROUND_S: Final = 1.0
"""Between two rounds with a reader that refuses or does not answer."""

PAUSE_S: Final = 0.05
"""Between two searches of a reader that has to be asked."""

BUFFER_PARTS_MAX: Final = 64

NO_REGION: Final = 0x0503
UNKNOWN: Final = frozenset({0x0100, 0x0101, 0x0105, 0x0109})
"""What a reader answers that does not know a command: its length, operation or parameter."""

_TROUBLES: Final = MappingProxyType(
    {
        0x0401: "the reader has no tag protocol set; take it off power for a moment",
        0x0405: "the reader's radio is off; take it off power for a moment",
        NO_REGION: "no region is set in the reader, so it may not send: set `region`",
        0x0504: "the reader is too hot and pauses until it has cooled; lower `power_dbm`, or mount "
        "it on metal",
        0x0505: "no antenna, or an unfit one, is connected (high return loss); check the antenna, "
        "its cable and `antenna`",
    }
)
_WORDS: Final = MappingProxyType(
    {
        0x0100: "wrong length",
        0x0101: "it does not know this command",
        0x0105: "it cannot take this value",
        NO_REGION: "invalid region",
    }
)

REGIONS: Final = MappingProxyType(
    {
        "us": 0x01,
        "eu": 0x08,
        "eu_old": 0x02,
        "india": 0x04,
        "japan": 0x05,
        "china": 0x06,
        "korea": 0x09,
        "australia": 0x0B,
        "newzealand": 0x0C,
        "na2": 0x0D,
        "na3": 0x0E,
    }
)
"""Codes of regions; ``eu`` is what the maker calls EU3, and ``korea`` KR2."""

R = TypeVar("R")
Steps = Generator[Ask[Frame] | Tell | Rest | Report, Frame | None, R]


def converse(options: Options) -> Conversation[Frame]:
    """What sets the reader up and listens to it."""
    script = _script(
        cast(str, options["region"]), cast(int, options["antenna"]), cast(int, options["power_dbm"])
    )
    return Conversation(MercuryCodec(), _sightings, script)


def _sightings(frame: Frame, now_s: float) -> list[Read]:
    return [
        Read("epc", tag.epc, now_s, rssi_dbm=tag.rssi_dbm, antenna=tag.antenna)
        for tag in tags_of(frame)
    ]


def _script(region: str, antenna: int, power_dbm: int) -> Script[Frame]:
    while True:
        awake = yield from _wake()
        ready = awake and (yield from _set_up(region, antenna, power_dbm))
        if not ready or not (yield from _read()):
            yield Rest(ROUND_S)


def _wake() -> Steps[bool]:
    """End what an earlier program began, and start the firmware where it has not been."""
    yield _ask("", mercury.STOP, STOP_S, tries=1)
    program = yield _ask("say which program runs", command(mercury.PROGRAM))
    if program is None:
        return False
    if program.status not in UNKNOWN and not _is_bootloader(program.data):
        return True
    booted = yield _ask("start its firmware", command(mercury.BOOT), BOOT_S, tries=1)
    return booted is not None


def _is_bootloader(data: bytes) -> bool:
    return data[-1:] == b"\x11"


def _set_up(region: str, antenna: int, power_dbm: int) -> Steps[bool]:
    """Write each setting that differs; false where the reader does not answer."""
    pair = bytes([antenna, antenna])
    settings = [("use Gen2 tags", mercury.GET_PROTOCOL, b"", mercury.SET_PROTOCOL, b"\x00\x05")]
    if region:
        code = bytes([REGIONS[region]])
        settings.append(("use `region`", mercury.GET_REGION, b"", mercury.SET_REGION, code))
    power = mercury.power_of(power_dbm)
    settings += [
        ("use `antenna`", mercury.GET_ANTENNA, b"\x02", mercury.SET_ANTENNA, b"\x02" + pair),
        ("use `power_dbm`", mercury.GET_POWER, b"\x00", mercury.SET_POWER, power),
    ]
    for purpose, getter, key, setter, value in settings:
        done = yield from _ensure(purpose, command(getter, key), command(setter, value), value)
        if done is None:
            return False
        yield Report(f"refused {purpose}", _refusal(purpose, done.status))
    # Without this a tag that stays is reported once. Readers that are asked do not know it.
    every = b"\x01\x0c\x00"
    get, put = command(mercury.GET_OPTION, every[:2]), command(mercury.SET_OPTION, every)
    return (yield from _ensure("report every read", get, put, every)) is not None


def _ensure(purpose: str, get: bytes, put: bytes, value: bytes) -> Steps[Frame | None]:
    """Have a setting; the answer to the last that was asked, None where none came."""
    now = yield _ask("say how it is set", get)
    if now is None or (now.status == 0 and now.data.endswith(value)):
        return now
    return (yield _ask(purpose, put))


def _read() -> Steps[bool]:
    """Read until the reader falls silent; false where it refuses to."""
    frame = yield _ask("read without end", mercury.START, ROUND_S)
    if frame is None:
        return False
    if frame.status in UNKNOWN:
        return (yield from _poll())
    while frame is not None:
        yield Report("reading", _trouble(frame.status))
        if frame.operation == mercury.CONTINUOUS and frame.status:
            return False
        frame = yield Ask("", b"", _is_answer(mercury.READ_MULTIPLE), SILENT_S, tries=1)
    return True


def _poll() -> Steps[bool]:
    """Search and fetch, for readers that cannot read without end."""
    while True:
        if (yield _ask("clear its tags", command(mercury.CLEAR_TAGS))) is None:
            return False
        found = yield _ask("search for tags", mercury.SEARCH, SEARCH_S)
        if found is None or found.status in UNKNOWN:  # as in the bootloader after a power failure
            return False
        trouble = _trouble(found.status)
        yield Report("reading", trouble)
        if found.status == 0:
            yield from _fetch()
        yield Rest(ROUND_S if trouble else PAUSE_S)


def _fetch() -> Steps[None]:
    for _ in range(BUFFER_PARTS_MAX):
        part = yield _ask("hand over its tags", mercury.NEXT_TAGS)
        if part is None or not tags_of(part):
            return


def _ask(purpose: str, request: bytes, timeout_s: float = 0.5, tries: int = 3) -> Ask[Frame]:
    return Ask(purpose, request, _is_answer(request[2]), timeout_s, tries)


def _is_answer(operation: int) -> Callable[[Frame], bool]:
    return lambda frame: frame.operation == operation


def _trouble(status: int) -> str:
    """What a status means to a technician; errors of a single tag mean nothing."""
    if status in _TROUBLES:
        return _TROUBLES[status]
    return "" if status == 0 or status >> 8 == 0x04 else f"the reader reports {status:04X}"


def _refusal(purpose: str, status: int) -> str:
    if status == 0:
        return ""
    words = _WORDS.get(status)
    return (
        f"the reader refuses to {purpose} ({status:04X}{': ' + words if words else ''}); choose "
        "another value"
    )


def _is_version(heard: bytes) -> bool:
    return any(frame.operation == mercury.VERSION for frame in MercuryCodec().feed(heard))


DRIVER = Driver(
    name="thingmagic",
    title="UHF module ThingMagic or JADAK M5e, M6e, Nano, M7e, or Silion SIM7",
    media=("epc",),
    link="serial",
    proof="vendor example",
    evidence="frames printed in hookup and developer guides; simulated readers",
    options=(
        baudrate_option(115200),
        Option(
            "region",
            "text",
            "",
            "whose radio rules hold; empty: as the reader is set",
            choices=("", *REGIONS),
        ),
        Option("antenna", "integer", 1, "number of the antenna", least=1, most=15),
        Option("power_dbm", "integer", 20, "read power, dBm", least=0, most=33),
    ),
    converse=converse,
    probes=(
        Probe(
            order=6,
            baudrates=(115200, 9600),
            request=command(mercury.VERSION),
            answers=_is_version,
        ),
    ),
)
