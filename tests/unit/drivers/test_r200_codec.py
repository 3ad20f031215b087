"""The R200 codec: both framings, whole or in pieces, and no tag but those that were there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.r200 import (
    FRAME_MAX_BYTES,
    NOTICE,
    RESPONSE,
    TAG,
    Framing,
    R200Codec,
    R200Frame,
    R200Tag,
    command,
    error_text,
    read_on,
    tag_of,
)
from bartack_sim.devices.r200 import R200

VECTORS = {
    "manual": (
        "BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E",
        "30751FEB705C5904E3D50D70",
        -55,
    ),
    "M100 of a user": (
        "BB 02 22 00 11 C4 30 00 E2 00 00 1D 73 15 01 65 21 40 8F C6 B8 3E C2 7E",
        "E200001D7315016521408FC6",
        -60,
    ),
    "M100 of another": (
        "BB 02 22 00 11 CB 34 00 E2 00 47 1B B0 00 60 13 04 45 09 D0 95 82 D4 7E",
        "E200471BB0006013044509D0",
        -53,
    ),
    "four-byte EPC": ("BB 02 22 00 09 CF 10 00 03 26 92 01 2A 79 6B 7E", "03269201", -49),
    "R200 framing": (
        "AA 02 22 00 11 C7 30 00 E2 80 68 90 00 00 50 0E 88 C6 A4 A7 11 9B 29 DD",
        "E28068900000500E88C6A4A7",
        -57,
    ),
}
vectors = pytest.mark.parametrize(("text", "epc", "rssi_dbm"), VECTORS.values(), ids=VECTORS)

COMMANDS = {
    "info": (command(Framing.BB, 0x03, b"\x00"), "BB 00 03 00 01 00 04 7E"),
    "info, AA": (command(Framing.AA, 0x03, b"\x00"), "AA 00 03 00 01 00 04 DD"),
    "many rounds": (read_on(Framing.BB), "BB 00 27 00 03 22 FF FF 4A 7E"),
    "many rounds, AA": (read_on(Framing.AA), "AA 00 27 00 03 22 FF FF 4A DD"),
    "stop": (command(Framing.BB, 0x28), "BB 00 28 00 00 28 7E"),
    "20 dBm": (command(Framing.BB, 0xB6, b"\x07\xd0"), "BB 00 B6 00 02 07 D0 8F 7E"),
    "Europe": (command(Framing.BB, 0x07, b"\x03"), "BB 00 07 00 01 03 0B 7E"),
    "hopping": (command(Framing.BB, 0xAD, b"\xff"), "BB 00 AD 00 01 FF AD 7E"),
}

NO_TAG = bytes.fromhex("BB 01 FF 00 01 15 16 7E")

epcs = st.integers(1, 31).flatmap(lambda words: st.binary(min_size=2 * words, max_size=2 * words))
framings = st.sampled_from(["bb", "aa"])
# Bytes that frames are made of, so that noise comes close to being a frame.
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\xbb\xaa\x01\x02\x22\x00\x05\x7e\xdd"), max_size=40
).map(bytes)


def notice(epc: bytes, framing: str = "bb", crc: str = "tag") -> bytes:
    return R200(framing, crc, 65535, 0.0).notice(epc)


def framed(kind: int, code: int, parameters: bytes) -> bytes:
    """A frame with the right checksum around any parameters."""
    body = bytes([kind, code]) + len(parameters).to_bytes(2, "big") + parameters
    return b"\xbb" + body + bytes([sum(body) % 256, 0x7E])


def epcs_of(data: bytes) -> list[str]:
    tags = [tag_of(frame) for frame in R200Codec().feed(data)]
    return [tag.epc.hex().upper() for tag in tags if tag]


@vectors
def test_a_vector_is_one_tag(text: str, epc: str, rssi_dbm: int) -> None:
    """A notice is one tag with its signal, and its own CRC fits."""
    codec = R200Codec()
    (frame,) = codec.feed(bytes.fromhex(text))
    assert tag_of(frame) == R200Tag(bytes.fromhex(epc), rssi_dbm, True)
    assert codec.held_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(text: str, epc: str, rssi_dbm: int) -> None:
    """A frame is read with its last byte and not before."""
    codec, data = R200Codec(), bytes.fromhex(text)
    found = [codec.feed(data[at : at + 1]) for at in range(len(data))]
    assert [len(frames) for frames in found] == [0] * (len(data) - 1) + [1]


@vectors
@given(before=noise)
def test_a_vector_is_read_among_noise(text: str, epc: str, rssi_dbm: int, before: bytes) -> None:
    """A good frame is read whatever came before, at the latest when the line falls silent."""
    codec = R200Codec()
    frames = codec.feed(before + bytes.fromhex(text)) + codec.flush()
    tags = [tag_of(frame) for frame in frames]
    assert R200Tag(bytes.fromhex(epc), rssi_dbm, True) in tags


@pytest.mark.parametrize(("made", "text"), COMMANDS.values(), ids=COMMANDS)
def test_commands_are_those_of_the_manual(made: bytes, text: str) -> None:
    """Each command is byte for byte what the manual shows."""
    assert made == bytes.fromhex(text)


@given(epc=epcs, framing=framings)
def test_any_epc_is_read_at_its_length(epc: bytes, framing: str) -> None:
    """The EPC is as long as the frame says, from one word to thirty-one."""
    assert epcs_of(notice(epc, framing)) == [epc.hex().upper()]


@given(st.lists(noise | st.builds(notice, epcs, framings), max_size=5).map(b"".join), st.data())
def test_the_way_bytes_are_cut_does_not_matter(stream: bytes, data: st.DataObject) -> None:
    """Any split gives the same frames and counts, every byte is accounted for, few are held."""
    cuts = data.draw(st.lists(st.integers(0, len(stream))))
    whole, pieces = R200Codec(), R200Codec()
    frames = whole.feed(stream)
    edges = sorted({0, len(stream), *cuts})
    assert frames == [it for a, b in pairwise(edges) for it in pieces.feed(stream[a:b])]
    assert whole.counters == pieces.counters
    assert whole.good_bytes + whole.counters.discarded_bytes + whole.held_bytes == len(stream)
    assert whole.held_bytes < FRAME_MAX_BYTES


@given(epc=epcs, framing=framings, data=st.data())
def test_a_changed_byte_never_gives_another_tag(
    epc: bytes, framing: str, data: st.DataObject
) -> None:
    """One changed byte loses a report; it never makes it another tag's."""
    changed = bytearray(notice(epc, framing))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    codec = R200Codec()
    tags = [tag_of(frame) for frame in codec.feed(bytes(changed)) + codec.flush()]
    assert {tag.epc for tag in tags if tag and tag.crc_fits} <= {epc}


def test_both_framings_in_one_stream() -> None:
    """Each frame is judged by its own first byte; ends of the other framing do not fit."""
    one, other = notice(b"\x03\x26", "bb"), notice(b"\x92\x01", "aa")
    assert epcs_of(one + other + one) == ["0326", "9201", "0326"]
    assert epcs_of(one[:-1] + b"\xdd") == []


def test_a_wrong_checksum_is_counted() -> None:
    """A frame whose checksum does not fit is none, and is counted as such."""
    codec = R200Codec()
    frame = notice(b"\x03\x26\x92\x01")
    assert codec.feed(frame[:-2] + bytes([frame[-2] ^ 1]) + frame[-1:]) == []
    assert codec.counters.bad_checksums == 1


def test_an_echo_of_a_command_is_no_frame() -> None:
    """What the host sent is not what a reader says."""
    codec = R200Codec()
    assert codec.feed(command(Framing.BB, 0x28)) == []
    assert codec.held_bytes == 0


@pytest.mark.parametrize(
    "parameters",
    ["", "C9", "C9 30 00", "C9 00 00 FF FF", "C9 30 00 E2 00 11 22", "C9 08 00 E2 11 22"],
)
def test_what_holds_no_whole_epc_is_no_tag(parameters: str) -> None:
    """A right frame that is too short, odd, or shorter than its PC says reports nothing."""
    assert epcs_of(framed(NOTICE, TAG, bytes.fromhex(parameters))) == []


def test_only_notices_of_tags_are_tags() -> None:
    """An answer with the bytes of a tag in it is none."""
    frame = bytes.fromhex(VECTORS["four-byte EPC"][0])
    body = frame[5:-2]
    assert epcs_of(framed(RESPONSE, TAG, body)) == []
    assert epcs_of(framed(NOTICE, 0x39, body)) == []


def test_a_firmware_that_leaves_the_crc_out_is_told_apart() -> None:
    """A CRC of zeros does not fit, and the EPC is read all the same."""
    (frame,) = R200Codec().feed(notice(bytes.fromhex("03269201"), crc="zero"))
    assert tag_of(frame) == R200Tag(bytes.fromhex("03269201"), -55, False)


def test_errors_have_codes_and_words() -> None:
    """Error 15 is no tag, 20 is hopping; an unknown one has its code; other frames have none."""
    (frame,) = R200Codec().feed(NO_TAG)
    assert frame.error == 0x15
    assert error_text(0x15) == "no tag (code 15)"
    assert "channels are busy" in error_text(0x20)
    assert error_text(0x77) == "an error without a name (code 77)"
    assert R200Frame(Framing.BB, NOTICE, 0xFF, b"\x15").error is None
    assert R200Frame(Framing.BB, RESPONSE, 0xFF, b"").error is None
