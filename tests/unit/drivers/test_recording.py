"""Recordings: written as they pass, read back whole, damaged or cut off."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.base import DeviceMissing
from bartack_drivers.links.recorded import ReplayClock, ReplayLink
from bartack_drivers.recording import About, Passage, Recorder, RecordingFull, about, passages

ABOUT = About("text", {"suffix": "cr", "formats": ("a", "b")}, "/dev/ttyUSB0", "2026-11-28T04:00Z")
HEADER = b'{"bartack_recording":1,"driver":"text","options":{},"port":"p"}\n'

passed = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["rx", "tx"]), st.binary(min_size=1)),
    max_size=20,
)


def recorded(items: list[tuple[int, str, bytes]]) -> bytes:
    """What a recorder writes when bytes pass, each so many milliseconds after the other."""
    now_s = 0.0
    file = io.BytesIO()
    recorder = Recorder(file, ABOUT, lambda: now_s, 1 << 30)
    for after_ms, direction, data in items:
        now_s += after_ms / 1000
        recorder.passed("rx" if direction == "rx" else "tx", data)
    return file.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recording") / "it.jsonl"


@given(items=passed)
def test_what_passed_is_read_back(file: Path, items: list[tuple[int, str, bytes]]) -> None:
    """Bytes, directions and times are those that were recorded, and so is what it is of."""
    file.write_bytes(recorded(items))
    found = list(passages(file))
    assert [(it.direction, it.data) for it in found] == [(way, data) for _, way, data in items]
    times = [it.t_s for it in found]
    assert times == pytest.approx(
        [sum(it[0] for it in items[: n + 1]) / 1000 for n in range(len(items))]
    )
    said = about(file)
    assert (said.driver, said.port, said.started) == (ABOUT.driver, ABOUT.port, ABOUT.started)
    assert said.options == {"suffix": "cr", "formats": ["a", "b"]}


@given(items=passed, cut=st.integers(0))
def test_a_recording_cut_off_anywhere_is_read_up_to_there(
    file: Path, items: list[tuple[int, str, bytes]], cut: int
) -> None:
    """A power failure costs the line it fell into and nothing before."""
    whole = recorded(items)
    begun = whole.index(b"\n") + 1
    kept = whole[: begun + cut % (len(whole) - begun + 1)]
    file.write_bytes(kept)
    found = [it.data for it in passages(file)]
    assert found == [data for _, _, data in items][: kept.count(b"\n") - 1]


def test_each_line_is_json_and_the_first_says_what_it_is() -> None:
    """The form that other people's tools read."""
    lines = [
        json.loads(line) for line in recorded([(5, "rx", b"\x02A"), (1, "tx", b"?")]).splitlines()
    ]
    assert lines[0]["bartack_recording"] == 1
    assert lines[1:] == [{"t": 0.005, "rx": "0241"}, {"t": 0.006, "tx": "3F"}]


def test_a_full_recording_says_so_and_stays_whole(file: Path) -> None:
    """No line is begun that would go over the bound."""
    target = io.BytesIO()
    recorder = Recorder(target, ABOUT, lambda: 0.0, 300)
    for _ in range(3):
        recorder.passed("rx", b"0123456789")
    with pytest.raises(RecordingFull):
        recorder.passed("rx", bytes(100))
    assert len(target.getvalue()) <= 300
    file.write_bytes(target.getvalue())
    assert len(list(passages(file))) == 3


def test_plain_bytes_are_what_a_device_sent(file: Path) -> None:
    """A file without a first line of ours is one stream of bytes, whatever it holds."""
    for data in (b"", b"\x02\x03", b'{"t":1}\n', bytes(range(256)) * 40):
        file.write_bytes(data)
        assert about(file) == About()
        assert b"".join(it.data for it in passages(file)) == data


@pytest.mark.parametrize(
    "line",
    [
        *(b"{}", b"[]", b"x", b'{"t":-1,"rx":"00"}', b'{"t":NaN,"rx":"00"}', b'{"t":1,"rx":"0"}'),
        *(b'{"t":true,"rx":""}', b'{"t":"1","rx":"00"}', b'{"t":1,"rx":5}', b"[" * 100_000),
    ],
)
def test_a_damaged_line_is_named(file: Path, line: bytes) -> None:
    """What was before it is given out; then the error says which line it is."""
    file.write_bytes(HEADER + b'{"t":0,"rx":"41"}\n' + line + b"\n")
    found = passages(file)
    assert next(found) == Passage(0.0, "rx", b"A")
    with pytest.raises(DeviceMissing, match="line 3"):
        next(found)


def test_time_does_not_run_backwards(file: Path) -> None:
    """Lines out of order are damage."""
    file.write_bytes(HEADER + b'{"t":2,"rx":"41"}\n{"t":1,"rx":"41"}\n')
    with pytest.raises(DeviceMissing, match="line 3"):
        list(passages(file))


@pytest.mark.parametrize("path", ["none", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_missing(path: str) -> None:
    """No such file, a folder, and nonsense are told alike."""
    for read in (about, lambda file: list(passages(file))):
        with pytest.raises(DeviceMissing, match="cannot be read"):
            read(Path(path))


class TestReplay:
    """A recording in the place of a device."""

    def test_bytes_come_at_their_times(self, file: Path) -> None:
        """Only what the device sent comes, when it came; then there is silence."""
        file.write_bytes(recorded([(500, "rx", b"A"), (250, "tx", b"?"), (250, "rx", b"B")]))
        clock = ReplayClock()
        link = ReplayLink(file, clock, clock.sleep)
        came = []
        while clock() < 3.0:
            if data := link.read(0.2):
                came.append((round(clock(), 3), data))
            link.write(b"heard by nobody")
        assert came == [(0.5, b"A"), (1.0, b"B")]
        assert link.ended
        assert link.damage == ""

    def test_damage_ends_it_once(self, file: Path) -> None:
        """A damaged recording falls silent and is not begun again: its tags would count twice."""
        file.write_bytes(HEADER + b'{"t":0,"rx":"41"}\nx\n')
        clock = ReplayClock()
        link = ReplayLink(file, clock, clock.sleep)
        assert [link.read(1.0) for _ in range(3)] == [b"A", b"", b""]
        assert "line 3" in link.damage
