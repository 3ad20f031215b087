"""Driver of Zebra and Symbol barcode scanners that speak SSI.

The scanner is told to send packets, in its memory and not for ever, and each label is acknowledged
at once, or the scanner would send it again. It is asked every few seconds whether it still sends
packets: one that lost power sends bare text, which has no checksum and is not read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.ssi import (
    BEEP,
    BEEP_AFTER_DECODE,
    CMD_ACK,
    CMD_NAK,
    DECODE_DATA,
    EVENT,
    GS1_128,
    NAK_REASONS,
    PACKETED_DATA,
    PARAM_SEND,
    SCAN_ENABLE,
    SYMBOLOGIES,
    Packet,
    SsiCodec,
    packet,
    parameter_request,
    parameter_send,
)
from bartack_drivers.codecs.text import LINE_MAX_BYTES, LineFormat
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option, encoding_fault

CHECK_S: Final = 3.2
"""How often the scanner is asked whether it still sends packets. Between, the line is silent for
so long that half a packet is given up."""

ANSWER_S: Final = 0.7
"""An answer has started after less; at 9600 baud the longest label ahead of it takes 0.3 s."""

WAKE: Final = b"\x00"
WAKE_S: Final = 0.05

SENT_AGAIN_MAX_S: Final = 5.0
"""A packet is sent again 2 s and 4 s after it was first."""

CONTINUED_MAX_S: Final = 2.4
"""The rest of a label begins within 2 s, and its longest packet takes 0.3 s at 9600 baud. Sooner
given up, a rest that was held back would be read as a label of its own."""

NO_READ: Final = b"NR"
"""What a scanner sends in place of a label that it could not read."""

SENDS_TEXT: Final = "the reader sends plain text, which this driver does not read; use driver text"

_PURPOSE: Final = "send its labels in packets"
_ACCEPTED_BEEP: Final = 0x00
"""One short high beep."""

_REFUSED_BEEP: Final = 0x07
"""Three short low beeps."""

_LABEL_MAX_BYTES: Final = 2 * LINE_MAX_BYTES
"""Where more is joined, it is no label, however it continues."""

_Asking = Generator[Ask[Packet] | Tell | Rest | Report, Packet | None, Packet | None]
_Values = Generator[Ask[Packet] | Tell | Rest | Report, Packet | None, int | None]
_Doing = Generator[Ask[Packet] | Tell | Rest | Report, Packet | None, bool]


class Labels:
    """The reads of label packets: joined where one label takes several, each counted once."""

    def __init__(self, encoding: str) -> None:
        self._format = LineFormat(encoding=encoding)
        self._last: tuple[bytes, bool] | None = None
        self._last_s = -math.inf
        self._begun = b""
        self._skips = False
        self._lost = False

    def __call__(self, packet: Packet, now_s: float) -> list[Read]:
        self._lost = self._lost or not packet.follows
        if packet.opcode != DECODE_DATA or not packet.data:
            return []
        lost, self._lost = self._lost and not packet.is_sent_again, False
        since_s, self._last_s = now_s - self._last_s, now_s
        again = packet.is_sent_again and since_s <= SENT_AGAIN_MAX_S
        last, self._last = self._last, (packet.data, packet.is_continued)
        if again and self._last == last:
            return []
        continues = last is not None and last[1]
        late = since_s > CONTINUED_MAX_S
        if not continues or late or lost:
            # The rest of a label that was dropped, or of which a part may be lost, is no label.
            self._begun, self._skips = b"", continues and (again or not late)
        return [] if self._skips else self._join(packet, now_s)

    def _join(self, packet: Packet, now_s: float) -> list[Read]:
        begun = self._begun or packet.data[:1]
        # The type is in each packet; where only the first has it, the rest is all text.
        whole = begun + packet.data[packet.data[0] == begun[0] :]
        self._begun = whole[:_LABEL_MAX_BYTES] if packet.is_continued else b""
        return [] if packet.is_continued else self._label(whole[0], whole[1:], now_s)

    def _label(self, kind: int, text: bytes, now_s: float) -> list[Read]:
        line = self._format.label(text)
        if line is None or text == NO_READ:
            return []
        return [
            Read("barcode", line.text, now_s, symbology=SYMBOLOGIES.get(kind), gs1=kind == GS1_128)
        ]


def converse(options: Options) -> Conversation[Packet]:
    """What sets the scanner up and acknowledges its labels."""
    codec = SsiCodec()
    script = _script(
        codec, beep=cast(bool, options["beep"]), permanent=cast(bool, options["permanent"])
    )
    labels = Labels(cast(str, options["encoding"]))
    return Conversation(codec, labels, script, beep=_beep)


def _beep(accepted: bool) -> bytes:
    return packet(BEEP, bytes([_ACCEPTED_BEEP if accepted else _REFUSED_BEEP]))


def _script(codec: SsiCodec, *, beep: bool, permanent: bool) -> Script[Packet]:
    settled = False
    while True:
        told = yield from _parameter(PACKETED_DATA)
        packeted = told == 1 or (yield from _switch_to_packets(permanent=permanent))
        yield Report("text", SENDS_TEXT if codec.hears_text else "")
        if packeted:
            yield Report(_PURPOSE)
            if told != 1 or not settled:
                yield from _set_beeper(beep=beep, permanent=permanent)
                yield from _ask("", packet(SCAN_ENABLE), _is_verdict)
        settled = packeted
        yield from _ask("", b"", _is_nothing, CHECK_S, tries=1)


def _parameter(number: int) -> _Values:
    """The value of a parameter; None where the scanner does not tell it."""
    yield from _ask("", WAKE, _is_nothing, WAKE_S, tries=1)
    answer = yield from _ask("", parameter_request(number), _tells)
    return None if answer is None else answer.parameter(number)


def _switch_to_packets(*, permanent: bool) -> _Doing:
    answer = yield from _ask(
        _PURPOSE, parameter_send(PACKETED_DATA, 1, permanent=permanent), _is_verdict
    )
    refused = answer is not None and answer.opcode == CMD_NAK
    reason = NAK_REASONS.get(answer.data[0], "") if answer and answer.data else ""
    yield Report(
        "refusal",
        f"the reader refuses to {_PURPOSE} ({reason or 'no reason given'}); set it to packeted "
        "data with its own bar codes, or to plain text and use driver text"
        if refused
        else "",
    )
    return answer is not None and not refused


def _set_beeper(*, beep: bool, permanent: bool) -> _Doing:
    told = yield from _parameter(BEEP_AFTER_DECODE)
    if told is None or told == beep:
        return True
    request = parameter_send(BEEP_AFTER_DECODE, int(beep), permanent=permanent)
    answer = yield from _ask("", request, _is_verdict)
    return answer is not None


def _ask(
    purpose: str,
    request: bytes,
    answers: Callable[[Packet], bool],
    timeout_s: float = ANSWER_S,
    tries: int = 2,
) -> _Asking:
    """Ask, and acknowledge labels that come before the answer."""

    def is_heeded(packet: Packet) -> bool:
        return answers(packet) or _wants_acknowledgement(packet)

    answer = yield Ask(purpose, request, is_heeded, timeout_s, tries)
    while answer is not None and _wants_acknowledgement(answer):
        yield Tell(packet(CMD_ACK))
        answer = yield Ask(purpose, b"", is_heeded, timeout_s, tries=1)
    return answer


def _wants_acknowledgement(packet: Packet) -> bool:
    return packet.opcode in (DECODE_DATA, EVENT)


def _is_verdict(packet: Packet) -> bool:
    return packet.opcode in (CMD_ACK, CMD_NAK)


def _tells(packet: Packet) -> bool:
    return packet.opcode in (PARAM_SEND, CMD_NAK)


def _tells_packets(heard: bytes) -> bool:
    return any(it.parameter(PACKETED_DATA) is not None for it in SsiCodec().feed(heard))


def _is_nothing(_: Packet) -> bool:
    return False


DRIVER = Driver(
    name="ssi",
    title="Zebra or Symbol barcode scanner that speaks SSI over a serial line",
    media=("barcode",),
    link="serial",
    proof="vendor example",
    evidence="packets of the maker's guide, which users' programs confirm; simulated scanners",
    options=(
        baudrate_option(9600),
        Option(
            "encoding",
            "text",
            "latin-1",
            "encoding of labels that are not UTF-8",
            fault=encoding_fault,
        ),
        Option("beep", "switch", False, "the scanner beeps by itself on each label it decodes"),
        Option(
            "permanent",
            "switch",
            False,
            "the scanner keeps what it is set to without power; written when it differs",
        ),
    ),
    converse=converse,
    beeps=True,
    # Out of the box it sends bare text, as any scanner; only its answer tells.
    probes=(Probe(10, (9600,), WAKE + parameter_request(PACKETED_DATA), _tells_packets),),
    heard_at=(9600,),
)
