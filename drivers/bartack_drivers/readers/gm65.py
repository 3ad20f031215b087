"""Driver of GM65, GM60 and GM861 barcode modules on a serial line.

Labels come as text. The module's settings are read every few seconds and written where they are
not as they shall be, so that a module that lost power is set up again; only ``save`` makes them
last in it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.gm65 import (
    DONE,
    Answer,
    Frame,
    Gm65Codec,
    read_zone,
    save_zones,
    write_zone,
)
from bartack_drivers.codecs.text import LineFrame
from bartack_drivers.conversation import (
    INTERRUPTED_S,
    Ask,
    Conversation,
    Report,
    Rest,
    Script,
    Tell,
)
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option, encoding_fault

CHECK_S: Final = 2.0
"""How often the settings are looked at."""

WRITES_MAX: Final = 2
"""So often in succession a setting may have to be written."""

PAUSE_S: Final = 0.1
"""Silence that ends a label where no tail does. At 9600 baud a byte takes 1 ms."""

MODES: Final = MappingProxyType({"manual": 0x00, "continuous": 0x02, "sensing": 0x03})
LIGHTS: Final = MappingProxyType({"off": 0x00, "standard": 0x01, "always": 0x02})
TAILS: Final = MappingProxyType({"cr": 0x01, "crlf": 0x21, "tab": 0x41, "none": 0x00})

ON_COMMAND: Final = 0x01
"""The mode in which a module scans only when it is told to, which nobody does."""

WAITS_FOR_COMMANDS: Final = (
    "the reader scans only on a command, which nobody gives it; set mode to manual, continuous or "
    "sensing"
)

_MODE_BITS: Final = 0x03
_LIGHT_SHIFT: Final = 2
_AIM_SHIFT: Final = 4
_SOUND_ON: Final = 0x40
_SUCCESS_SOUND: Final = 0x04
_TAIL_ON: Final = 0x01
_TAIL_BITS: Final = 0x61
_MODEL: Final = read_zone(0x00E0, 1)

Outcome = Literal["right", "written", "unknown"]

_Steps = Ask[Frame] | Tell | Rest | Report
_Setting = Generator[_Steps, Frame | None, Outcome]


@dataclass(frozen=True, slots=True)
class Zone:
    """A byte of settings: in the bits of ``mask`` it shall be ``bits``, the others are left.

    ``count``: how many bytes are read from it on. Answers do not say what they answer; their
    lengths, which are all different and not 1, do.
    """

    name: str
    address: int
    count: int
    mask: int
    bits: int


def converse(options: Options) -> Conversation[Frame]:
    """What reads the labels and keeps the module's settings."""
    by_pause = options["tail"] == "none"
    codec = Gm65Codec(cast(str, options["encoding"]), ends_by_pause=by_pause)
    script = _script(_zones(options), saves=cast(bool, options["save"]))
    return Conversation(codec, _labels, script, silence_s=PAUSE_S if by_pause else INTERRUPTED_S)


def _labels(frame: Frame, now_s: float) -> list[Read]:
    return [Read("barcode", frame.text, now_s)] if isinstance(frame, LineFrame) else []


def _zones(options: Options) -> tuple[Zone, ...]:
    mask, bits = _SOUND_ON, _SOUND_ON * cast(bool, options["beep"])
    fields = (
        ("mode", MODES, 0),
        ("light", LIGHTS, _LIGHT_SHIFT),
        ("aim_light", LIGHTS, _AIM_SHIFT),
    )
    for name, values, shift in fields:
        if options[name]:
            mask |= 0x03 << shift
            bits |= values[cast(str, options[name])] << shift
    tail = TAILS[cast(str, options["tail"])]
    zones = [
        Zone("mode and lights", 0x0000, 2, mask, bits),
        Zone("tail", 0x0060, 3, _TAIL_BITS if tail else _TAIL_ON, tail),
    ]
    if options["beep"]:
        zones.append(Zone("sound", 0x000E, 4, _SUCCESS_SOUND, _SUCCESS_SOUND))
    return tuple(zones)


def _script(zones: Sequence[Zone], *, saves: bool) -> Script[Frame]:
    unsaved = False
    writes = dict.fromkeys(zones, 0)
    while True:
        outcomes: set[Outcome] = set()
        for zone in zones:
            outcome = yield from _set(zone)
            outcomes.add(outcome)
            if outcome == "unknown":
                break
            writes[zone] = writes[zone] + 1 if outcome == "written" else 0
            # A power failure between is no fault of the module: twice may happen.
            trouble = f"the reader does not keep its setting of {zone.name}; is it a GM65?"
            yield Report(zone.name, trouble if writes[zone] > WRITES_MAX else "")
        unsaved = unsaved or "written" in outcomes
        if saves and unsaved and outcomes == {"right"}:
            saved = yield Ask("save its settings", save_zones(), _is_done, timeout_s=1.0, tries=1)
            unsaved = saved is None
        yield Rest(CHECK_S)


def _set(zone: Zone) -> _Setting:
    """Look at a zone, and write it if it is not as it shall be."""
    asked = read_zone(zone.address, zone.count)
    answer = yield Ask("tell its settings", asked, _has(zone.count), tries=3)
    if not isinstance(answer, Answer):
        return "unknown"
    value = answer.data[0]
    wanted = value & ~zone.mask | zone.bits
    if zone.address == 0:
        waits = wanted & _MODE_BITS == ON_COMMAND
        yield Report("command", WAITS_FOR_COMMANDS if waits else "")
    if wanted == value:
        return "right"
    done = yield Ask("change its settings", write_zone(zone.address, wanted), _is_done)
    return "unknown" if done is None else "written"


def _has(count: int) -> Callable[[Frame], bool]:
    return lambda frame: (
        isinstance(frame, Answer) and frame.kind == DONE and len(frame.data) == count
    )


_is_done: Final = _has(1)


def _is_model(heard: bytes) -> bool:
    return any(_is_done(frame) for frame in Gm65Codec("latin-1").feed(heard))


DRIVER = Driver(
    name="gm65",
    title="GM65, GM60 or GM861 barcode module on a serial line",
    media=("barcode",),
    link="serial",
    proof="vendor example",
    evidence="exchanges of the manual, which users' programs confirm; simulated modules",
    options=(
        baudrate_option(9600),
        Option(
            "mode",
            "text",
            "",
            "when it scans: manual (its key), continuous, sensing; empty: as the module is set",
            choices=("", *MODES),
        ),
        Option(
            "light",
            "text",
            "",
            "its lamp: off, standard (while it scans), always; empty: as the module is set",
            choices=("", *LIGHTS),
        ),
        Option(
            "aim_light",
            "text",
            "",
            "its aiming mark: off, standard, always; empty: as the module is set",
            choices=("", *LIGHTS),
        ),
        Option("beep", "switch", False, "the module beeps by itself on each label it decodes"),
        Option(
            "tail",
            "text",
            "cr",
            "what the module is set to send after a label; none: a pause of 100 ms ends it",
            choices=tuple(TAILS),
        ),
        Option(
            "encoding",
            "text",
            "gbk",
            "encoding of labels that are not UTF-8",
            fault=encoding_fault,
        ),
        Option(
            "save",
            "switch",
            False,
            "the module keeps what it is set to without power, in its flash",
        ),
    ),
    converse=converse,
    has_checksum=False,
    probes=(Probe(8, (9600,), _MODEL, _is_model),),
)
