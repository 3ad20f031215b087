"""The UHF Prime codec: every frame whole or in pieces, and nothing invented from noise."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.uhf_prime import (
    FRAME_MAX_BYTES,
    GET_PARAMETERS,
    INFO,
    INVENTORY,
    NOTHING_HERE,
    SET_PARAMETERS,
    START,
    STOP,
    PrimeFrame,
    TagReport,
    UhfPrimeCodec,
    command,
    tag_of,
)

POLYNOMIAL = 0x8408


def frame(body: bytes) -> bytes:
    """Body and CRC, as the manual prints the algorithm."""
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ POLYNOMIAL if crc & 1 else crc >> 1
    return body + crc.to_bytes(2, "big")


def report(tenths: int, epc: bytes, antenna: int = 1) -> bytes:
    head = b"\xcf\x00\x00\x01" + bytes([6 + len(epc), 0])
    signal = tenths.to_bytes(2, "big", signed=True)
    return frame(head + signal + bytes([antenna, 0, len(epc)]) + epc)


TAG = bytes.fromhex("CF0000011200FD8A01000CE280691500004020ED9648B35057")
TAGS = {
    "CF-69x": (TAG, TagReport("E280691500004020ED9648B3", -63, 1)),
    "another": (
        bytes.fromhex("CF0000011200FD4E01000C0000000000088880056245662082"),
        TagReport("000000000008888005624566", -69, 1),
    ),
    "a third": (
        bytes.fromhex("CF0000011200FD3A01000CE28069950000400A8F3981330A1D"),
        TagReport("E28069950000400A8F398133", -71, 1),
    ),
    "4 bytes": (report(-635, bytes.fromhex("00323038"), 2), TagReport("00323038", -63.5, 2)),
}
ANSWERS = {
    "nothing here": (bytes.fromhex("CF0000010112421D"), INVENTORY, NOTHING_HERE),
    "stopped": (bytes.fromhex("CF00000201009EEA"), STOP, 0),
    "settings": (
        bytes.fromhex("CF0000721A00000001800400010103" + "8602EE01F43121010400000C000301052C68"),
        GET_PARAMETERS,
        0,
    ),
    "settings written": (bytes.fromhex("CF0000710100F156"), SET_PARAMETERS, 0),
    "power written": (bytes.fromhex("CF000053010047D5"), 0x53, 0),
}
WHOLE = [*(data for data, _ in TAGS.values()), *(data for data, _, _ in ANSWERS.values())]

epcs = st.sampled_from([4, 8, 12, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
reports = st.builds(report, st.integers(-900, 0), epcs)
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\xcf\xcf\x00\x01\x12\x0c\xff\xfd"), max_size=40
).map(bytes)
streams = st.lists(noise | reports | st.sampled_from(WHOLE), max_size=6).map(b"".join)


@pytest.mark.parametrize(("data", "tag"), TAGS.values(), ids=TAGS)
def test_a_tag_report_is_read(data: bytes, tag: TagReport) -> None:
    """A whole report is one tag; whole dBm are whole numbers."""
    (found,) = UhfPrimeCodec().feed(data)
    seen = tag_of(found)
    assert seen == tag
    assert seen is not None
    assert type(seen.rssi_dbm) is type(tag.rssi_dbm)


@pytest.mark.parametrize(("data", "code", "status"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_no_tag(data: bytes, code: int, status: int) -> None:
    """Answers are frames that report nothing."""
    (found,) = UhfPrimeCodec().feed(data)
    assert (found.command, found.status, tag_of(found)) == (code, status, None)


@pytest.mark.parametrize("data", WHOLE, ids=lambda data: data[:8].hex())
def test_a_vector_is_read_byte_by_byte(data: bytes) -> None:
    """A frame is read with its last byte and not before."""
    codec = UhfPrimeCodec()
    found = [codec.feed(data[at : at + 1]) for at in range(len(data))]
    assert not any(found[:-1])
    assert len(found[-1]) == 1


@pytest.mark.parametrize("data", WHOLE, ids=lambda data: data[:8].hex())
@given(before=noise, after=st.binary(max_size=30))
def test_a_vector_is_read_among_noise(data: bytes, before: bytes, after: bytes) -> None:
    """A good frame is read whatever came before and after it, at the latest when silence comes."""
    codec = UhfPrimeCodec()
    found = codec.feed(before + data + after) + codec.flush()
    assert UhfPrimeCodec().feed(data)[0] in found


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = UhfPrimeCodec(), UhfPrimeCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = UhfPrimeCodec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(epc=epcs, at=st.integers(0, 28), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_id(epc: bytes, at: int, byte: int) -> None:
    """One changed byte loses a frame; it never makes it another tag."""
    data = bytearray(report(-630, epc))
    data[at % len(data)] = byte
    codec = UhfPrimeCodec()
    tags = [tag_of(found) for found in codec.feed(bytes(data)) + codec.flush()]
    assert {tag.epc for tag in tags if tag} <= {epc.hex().upper()}


@given(status=st.integers(0, 255), data=st.binary(max_size=80))
def test_a_right_checksum_around_anything_is_survived(status: int, data: bytes) -> None:
    """Whatever stands in a good frame: no exception, and an id is an EPC of whole words."""
    tag = tag_of(PrimeFrame(0, INVENTORY, status, data))
    assert tag is None or (tag.epc and len(tag.epc) % 4 == 0)


@pytest.mark.parametrize(
    "data", ["FD8A 01 00 0C E280", "FD8A 01 00 03 E28069", "FD8A0100 00", "FD"]
)
def test_a_report_that_does_not_fit_its_frame_is_none(data: str) -> None:
    """Cut reports, odd lengths and empty EPCs are no tags."""
    assert tag_of(PrimeFrame(0, INVENTORY, 0, bytes.fromhex(data))) is None


def test_a_bar_code_is_no_tag() -> None:
    """What a handheld's bar code engine reads comes in the same frame, without radio."""
    data = bytes.fromhex("CF0000010C0000000000 06 0234393003 0D")
    (found,) = UhfPrimeCodec().feed(frame(data))
    assert tag_of(found) is None


def test_an_echo_is_no_answer() -> None:
    """A line that sends back what was sent makes no frames."""
    codec = UhfPrimeCodec()
    assert codec.feed(START + command(INFO) + command(STOP)) + codec.flush() == []


@pytest.mark.parametrize("length", range(256))
def test_a_wrong_length_does_not_hold_the_next_reports_back(length: int) -> None:
    """A length that does not fit the EPC behind it shows at once."""
    codec = UhfPrimeCodec()
    codec.feed(TAG[:4] + bytes([length]) + TAG[5:])
    found = codec.feed(TAG) + codec.feed(TAG)
    assert len(found) >= 2


def test_a_wrong_checksum_is_counted() -> None:
    """A frame whose checksum does not fit is no read, and is counted as such."""
    codec = UhfPrimeCodec()
    assert codec.feed(TAG[:-1] + b"\x00") == []
    assert codec.counters.bad_checksums == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (START, "CFFF0001050000000000F5B5"),
        (command(STOP), "CFFF000200E761"),
        (command(GET_PARAMETERS), "CFFF00720017A5"),
        (command(INFO), "CFFF0070002415"),
    ],
)
def test_commands_are_as_users_recorded_them(sent: bytes, expected: str) -> None:
    """Commands go to the address that every reader answers to."""
    assert sent == bytes.fromhex(expected)
