"""How an LLRP reader is set up, kept alive and left; it needs llrpkit.

One client owns a reader. It is told to send a keepalive every ten seconds, to forget every
inventory of others, and to run one that reports each tag at once until the end.

Source: EPCglobal Low Level Reader Protocol 1.0.1.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from bartack_drivers.base import Read
from bartack_drivers.codecs import llrp
from bartack_drivers.codecs.llrp import LlrpCodec, Message, Transmitter
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell

HELLO_S: Final = 3.0
"""A reader says within so long whether it takes the connection."""

ANSWER_S: Final = 1.0
TRIES: Final = 3
KEEPALIVE_MS: Final = 10_000
SILENT_S: Final = 25.0
"""Two keepalives are missing: the reader is set up anew."""

ROUND_S: Final = 2.0
"""Between two rounds with a reader that refuses or does not answer."""

_TAKEN: Final = (
    "another client owns the reader, and it takes one at a time: end that program or take this "
    "reader out of it"
)
_REFUSALS: Final = MappingProxyType(
    {1: _TAKEN, 2: _TAKEN, 3: "the reader refuses the connection; see its web page", 4: _TAKEN}
)

Steps = Generator[Ask[Message] | Tell | Rest | Report, Message | None, Message | None]


def conversation(antennas: Sequence[int], power_dbm: int) -> Conversation[Message]:
    """The talk with a reader that uses these antennas, all where none is named."""
    return Conversation(LlrpCodec(), sightings, _script(antennas, power_dbm), farewell=llrp.close())


def sightings(message: Message, now_s: float) -> list[Read]:
    return [
        Read("epc", tag.epc, now_s, rssi_dbm=tag.rssi_dbm, antenna=tag.antenna)
        for tag in message.tags
    ]


def _script(antennas: Sequence[int], power_dbm: int) -> Script[Message]:
    hello = yield Ask("", b"", lambda message: message.connection is not None, HELLO_S, tries=1)
    refusal = _REFUSALS.get((hello and hello.connection) or 0, "")
    yield Report("connection", refusal)
    if refusal:
        yield from _heard(ROUND_S)
    while True:
        if (yield from _set_up(antennas, power_dbm)) is None:
            yield from _heard(ROUND_S)
            continue
        yield Report("connection")
        while (yield from _is_well()):
            pass


def _is_well() -> Generator[Ask[Message] | Tell | Rest | Report, Message | None, bool]:
    """Wait for a keepalive; false where none came, or the reader is not reading any more."""
    message = yield from _heard(SILENT_S)
    if message is None or message.connection is not None:
        return False
    listed = yield from _asked("", llrp.list_inventories(), llrp.LIST_RESPONSE)
    return listed is None or bool(listed.status) or llrp.ROSPEC in listed.running


def _set_up(antennas: Sequence[int], power_dbm: int) -> Steps:
    """Start the inventory; the reader's answer, or None where it did not come to that."""
    keepalive = llrp.keep_alive_each(KEEPALIVE_MS)
    if (yield from _done("send keepalives", keepalive, llrp.SET_CONFIG_RESPONSE)) is None:
        return None
    yield Tell(llrp.release())
    powers = yield from _asked("list its powers", llrp.ask_powers(), llrp.CAPABILITIES_RESPONSE)
    settings = yield from _asked("list its antennas", llrp.ask_antennas(), llrp.CONFIG_RESPONSE)
    transmitters, lack = _powered(powers, settings, antennas, power_dbm)
    yield Report("power", lack)
    if (yield from _done("end other inventories", llrp.delete_all(), llrp.DELETE_RESPONSE)) is None:
        return None
    return (yield from _start(llrp.add(antennas, transmitters)))


def _start(add: bytes) -> Steps:
    done: Message | None = None
    refusal = ""
    for purpose, request, answer in (
        ("take an inventory", add, llrp.ADD_RESPONSE),
        ("enable the inventory", llrp.enable(), llrp.ENABLE_RESPONSE),
        ("start the inventory", llrp.start(), llrp.START_RESPONSE),
    ):
        done = yield from _asked(purpose, request, answer)
        if done is None:
            return None
        refusal = refusal or _refused(purpose, done)
    # A request that is repeated because its answer is late is refused then: the last step tells.
    started = done is not None and not done.status
    yield Report("inventory", "" if started else refusal)
    return done if started else None


def _powered(
    powers: Message | None,
    settings: Message | None,
    antennas: Sequence[int],
    power_dbm: int,
) -> tuple[list[Transmitter], str]:
    """How the antennas are to be set, and what is wrong with that for a technician.

    A reader's powers come in steps; the highest that is not above the wanted one is taken.
    """
    table = () if powers is None else powers.powers_cdbm
    found = () if settings is None else settings.transmitters
    chosen = [it for it in found if not antennas or it.antenna in antennas]
    if not table or not chosen:
        return [], "the reader does not say how its power is set; set it on its web page"
    fitting = [it for it in table if it[1] <= 100 * power_dbm]
    if not fitting:
        least = min(cdbm for _, cdbm in table) / 100
        fitting = [min(table, key=lambda it: it[1])]
        lack = f"the reader sends with {least:g} dBm, its least power; raise power_dbm to that"
    else:
        lack = ""
    index, _ = max(fitting, key=lambda it: it[1])
    return [replace(it, power=index) for it in chosen], lack


def _done(purpose: str, request: bytes, answer: int) -> Steps:
    """Ask for something and report a refusal; the answer, or None where it was not done."""
    message = yield from _asked(purpose, request, answer)
    if message is None:
        return None
    yield Report(f"refused {purpose}", _refused(purpose, message))
    return None if message.status else message


def _refused(purpose: str, message: Message) -> str:
    if not message.status:
        return ""
    words = f": {message.description}" if message.description else ""
    return (
        f"the reader refuses to {purpose} (status {message.status}{words}); check `antennas`, and "
        "that its firmware speaks LLRP 1.0.1"
    )


def _asked(purpose: str, request: bytes, answer: int) -> Steps:
    """Ask, and acknowledge keepalives while the answer is waited for."""
    expected = (answer, llrp.ERROR, llrp.KEEPALIVE)
    message = yield Ask(purpose, request, lambda it: it.type in expected, ANSWER_S, TRIES)
    while message is not None and message.type == llrp.KEEPALIVE:
        yield Tell(llrp.acknowledge())
        message = yield Ask(purpose, b"", lambda it: it.type in expected, ANSWER_S, tries=1)
    return message


def _heard(timeout_s: float) -> Steps:
    """Wait for a keepalive and acknowledge it, or for news of the connection."""
    message = yield Ask(
        "", b"", lambda it: it.type == llrp.KEEPALIVE or it.connection == 0, timeout_s, tries=1
    )
    if message is not None and message.type == llrp.KEEPALIVE:
        yield Tell(llrp.acknowledge())
    return message
