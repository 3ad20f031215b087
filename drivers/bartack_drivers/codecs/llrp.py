"""Wire protocol LLRP of readers on the network: messages over TCP, all integers big-endian.

A message is 3 bits 0, 3 bits version, 10 bits type, a 4-byte length that includes the ten bytes of
this header, a 4-byte id, and parameters. Framing is here; reports of tags are read beside, and all
other messages are read and written by llrpkit. There is no checksum: TCP has one.

Source: EPCglobal Low Level Reader Protocol 1.0.1 and 1.1.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from llrpkit.exceptions import LLRPError
from llrpkit.protocol import decode_message, enums, messages, params

from bartack_drivers.codecs.framing import NO_FRAME, Found, FrameCodec, NoFrame
from bartack_drivers.codecs.llrp_report import Tag, tags_in

HEADER_BYTES: Final = 10
MESSAGE_MAX_BYTES: Final = 0x10000
"""Longest message that is believed. A report of one tag has some 50 bytes."""

CAPABILITIES_RESPONSE: Final = 11
CONFIG_RESPONSE: Final = 12
SET_CONFIG_RESPONSE: Final = 13
ADD_RESPONSE: Final = 30
DELETE_RESPONSE: Final = 31
START_RESPONSE: Final = 32
ENABLE_RESPONSE: Final = 34
LIST_RESPONSE: Final = 36
TAG_REPORT: Final = 61
KEEPALIVE: Final = 62
EVENT: Final = 63
ERROR: Final = 100

_STATUS: Final = 287
_FIRST_PARAMETERS: Final = {
    **dict.fromkeys([4, 11, 12, 13, 30, 31, 32, 33, 34, 35, 36, 100], (_STATUS,)),
    **dict.fromkeys([50, 51, 52, 53, 54], (_STATUS,)),
    TAG_REPORT: (240, 242, 1023),
    EVENT: (246,),
    KEEPALIVE: (),
}
"""What a reader sends, and which parameters can stand first in it."""

ALL_ANTENNAS: Final = 0
ROSPEC: Final = 1
"""The number of our inventory; all others are deleted."""


@dataclass(frozen=True, slots=True)
class Transmitter:
    """How an antenna is set: ``power`` is an index into the reader's table of powers."""

    antenna: int
    hop_table: int
    channel: int
    power: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a reader.

    ``status`` is 0 for success, None where the message has none. ``connection`` is what a
    connection attempt came to: 0 for success. ``powers_cdbm`` are the transmit powers by index,
    ``running`` the numbers of inventories under way.
    """

    type: int
    tags: tuple[Tag, ...] = ()
    status: int | None = None
    description: str = ""
    connection: int | None = None
    powers_cdbm: tuple[tuple[int, int], ...] = ()
    transmitters: tuple[Transmitter, ...] = ()
    running: tuple[int, ...] = ()


class LlrpCodec(FrameCodec[Message]):
    """Bytes in, messages out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes(range(0x04, 0x0C)))


def _cut(data: bytes, at: int) -> Found[Message] | NoFrame | None:
    header = data[at : at + HEADER_BYTES]
    if len(header) < 2:
        return None
    kind = int.from_bytes(header[:2], "big") & 0x3FF
    if kind not in _FIRST_PARAMETERS:
        return NO_FRAME
    if len(header) < 6:
        return None if header[2:4] <= b"\x00\x01" else NO_FRAME
    length = int.from_bytes(header[2:6], "big")
    if not HEADER_BYTES <= length <= MESSAGE_MAX_BYTES:
        return NO_FRAME
    if not _is_plausible(kind, data[at : at + length], length):
        return NO_FRAME
    if len(data) < at + length:
        return None
    message = _read(data[at : at + length])
    return NO_FRAME if message is None else Found(message, length)


def _is_plausible(kind: int, begun: bytes, length: int) -> bool:
    """Whether the parameters that have come are such a message's, so that junk holds up nothing."""
    if length == HEADER_BYTES:
        return kind in (KEEPALIVE, TAG_REPORT)
    allowed: Container[int] = _FIRST_PARAMETERS[kind]
    position = HEADER_BYTES
    while position + 4 <= len(begun):
        parameter = int.from_bytes(begun[position : position + 2], "big")
        size = int.from_bytes(begun[position + 2 : position + 4], "big")
        if parameter not in allowed or size < 4 or position + size > length:
            return False
        position += size
        allowed = allowed if kind == TAG_REPORT else range(128, 1024)
    return kind != KEEPALIVE


def _read(data: bytes) -> Message | None:
    """Read one whole message; None where it is none.

    llrpkit promises ``LLRPError`` for any bytes. Parameters that are nested without end exhaust
    the interpreter's stack instead, and the rest is caught because its promise is young.
    """
    try:
        if int.from_bytes(data[:2], "big") & 0x3FF == TAG_REPORT:
            return Message(TAG_REPORT, tags=tags_in(data[HEADER_BYTES:]))
        message = decode_message(data)
    except (LLRPError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        return None
    match message:
        case messages.READER_EVENT_NOTIFICATION():
            attempt = message.reader_event_notification_data.connection_attempt_event
            return Message(EVENT, connection=None if attempt is None else attempt.status)
        case messages.GET_READER_CAPABILITIES_RESPONSE():
            powers = _powers(message.regulatory_capabilities)
            return _answer(message.MESSAGE_TYPE, message.llrp_status, powers_cdbm=powers)
        case messages.GET_READER_CONFIG_RESPONSE():
            transmitters = _transmitters(message.antenna_configurations)
            return _answer(message.MESSAGE_TYPE, message.llrp_status, transmitters=transmitters)
        case messages.GET_ROSPECS_RESPONSE():
            active = enums.ROSpecState.Active
            running = [it.ro_spec_id for it in message.ro_specs if it.current_state == active]
            return _answer(message.MESSAGE_TYPE, message.llrp_status, running=tuple(running))
    status = getattr(message, "llrp_status", None)
    if isinstance(status, params.LLRPStatus):
        return _answer(message.MESSAGE_TYPE, status)
    return Message(message.MESSAGE_TYPE)


def _answer(
    kind: int,
    status: params.LLRPStatus,
    *,
    powers_cdbm: tuple[tuple[int, int], ...] = (),
    transmitters: tuple[Transmitter, ...] = (),
    running: tuple[int, ...] = (),
) -> Message:
    return Message(
        kind,
        status=int(status.status_code),
        description=status.error_description,
        powers_cdbm=powers_cdbm,
        transmitters=transmitters,
        running=running,
    )


def _powers(regulatory: params.RegulatoryCapabilities | None) -> tuple[tuple[int, int], ...]:
    if regulatory is None or regulatory.uhf_band_capabilities is None:
        return ()
    entries = regulatory.uhf_band_capabilities.transmit_power_level_table_entrys
    return tuple((entry.index, entry.transmit_power_value) for entry in entries)


def _transmitters(settings: Sequence[params.AntennaConfiguration]) -> tuple[Transmitter, ...]:
    return tuple(
        Transmitter(
            setting.antenna_id,
            setting.rf_transmitter.hop_table_id,
            setting.rf_transmitter.channel_index,
            setting.rf_transmitter.transmit_power,
        )
        for setting in settings
        if setting.rf_transmitter is not None
    )


# What is said to a reader. The ids of requests are fixed: one is under way at a time.


def keep_alive_each(period_ms: int) -> bytes:
    """Let the reader send a keepalive each ``period_ms``."""
    spec = params.KeepaliveSpec(
        keepalive_trigger_type=enums.KeepaliveTriggerType.Periodic,
        periodic_trigger_value=period_ms,
    )
    return messages.SET_READER_CONFIG(keepalive_spec=spec).to_bytes(1)


def release() -> bytes:
    """Let the reader send what it may have been told to hold back. It does not answer this."""
    return messages.ENABLE_EVENTS_AND_REPORTS().to_bytes(10)


def ask_powers() -> bytes:
    """Ask for the table of transmit powers."""
    wanted = enums.GetReaderCapabilitiesRequestedData.Regulatory_Capabilities
    return messages.GET_READER_CAPABILITIES(requested_data=wanted).to_bytes(2)


def ask_antennas() -> bytes:
    """Ask how each antenna is set."""
    wanted = enums.GetReaderConfigRequestedData.AntennaConfiguration
    return messages.GET_READER_CONFIG(requested_data=wanted).to_bytes(3)


def delete_all() -> bytes:
    """End and forget every inventory."""
    return messages.DELETE_ROSPEC(ro_spec_id=0).to_bytes(4)


def add(antennas: Sequence[int], transmitters: Sequence[Transmitter]) -> bytes:
    """An inventory that runs until it is deleted and reports each tag at once.

    ``antennas``: their numbers, none for all. ``transmitters``: how they are set meanwhile.
    """
    settings = [
        params.AntennaConfiguration(
            antenna_id=it.antenna,
            rf_transmitter=params.RFTransmitter(
                hop_table_id=it.hop_table, channel_index=it.channel, transmit_power=it.power
            ),
            air_protocol_inventory_command_settings=[_again_and_again()],
        )
        for it in transmitters
    ] or [
        params.AntennaConfiguration(
            antenna_id=ALL_ANTENNAS, air_protocol_inventory_command_settings=[_again_and_again()]
        )
    ]
    inventory = params.InventoryParameterSpec(
        inventory_parameter_spec_id=1,
        protocol_id=enums.AirProtocols.EPCGlobalClass1Gen2,
        antenna_configurations=settings,
    )
    search = params.AISpec(
        antenna_ids=list(antennas) or [ALL_ANTENNAS],
        ai_spec_stop_trigger=params.AISpecStopTrigger(),
        inventory_parameter_specs=[inventory],
    )
    boundary = params.ROBoundarySpec(
        ro_spec_start_trigger=params.ROSpecStartTrigger(),
        ro_spec_stop_trigger=params.ROSpecStopTrigger(),
    )
    spec = params.ROSpec(
        ro_spec_id=ROSPEC,
        ro_boundary_spec=boundary,
        spec_parameters=[search],
        ro_report_spec=_each_tag_at_once(),
    )
    return messages.ADD_ROSPEC(ro_spec=spec).to_bytes(5)


def _again_and_again() -> params.C1G2InventoryCommand:
    """Session 0: a tag that stays is reported all the time, and one that comes back at once."""
    singulation = params.C1G2SingulationControl(session=0, tag_population=4)
    return params.C1G2InventoryCommand(c1_g2_singulation_control=singulation)


def _each_tag_at_once() -> params.ROReportSpec:
    return params.ROReportSpec(
        ro_report_trigger=enums.ROReportTriggerType.Upon_N_Tags_Or_End_Of_ROSpec,
        n=1,
        tag_report_content_selector=params.TagReportContentSelector(
            enable_antenna_id=True, enable_peak_rssi=True
        ),
    )


def enable() -> bytes:
    return messages.ENABLE_ROSPEC(ro_spec_id=ROSPEC).to_bytes(6)


def start() -> bytes:
    return messages.START_ROSPEC(ro_spec_id=ROSPEC).to_bytes(7)


def list_inventories() -> bytes:
    return messages.GET_ROSPECS().to_bytes(11)


def acknowledge() -> bytes:
    """The answer to a keepalive."""
    return messages.KEEPALIVE_ACK().to_bytes(8)


def close() -> bytes:
    """Let another client have the reader."""
    return messages.CLOSE_CONNECTION().to_bytes(9)
