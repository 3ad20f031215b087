"""Line faults are pure: the same seed breaks the same bytes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim import faults
from bartack_sim.devices.rdm6300 import Rdm6300, frame
from bartack_sim.faults import CLEAN, LineFaults, burst

rates = st.floats(0.0, 1.0)
line_faults = st.builds(LineFaults, noise=rates, split=rates, truncated=rates)


@given(st.binary(max_size=64), st.integers())
def test_a_clean_line_delivers_what_was_sent(data: bytes, seed: int) -> None:
    """Without faults the burst is the data, in one piece."""
    assert burst(data, CLEAN, random.Random(seed)) == (data,)


@given(st.binary(min_size=1, max_size=64), line_faults, st.integers())
def test_the_same_seed_breaks_the_same_bytes(data: bytes, rates: LineFaults, seed: int) -> None:
    """A burst is a function of the bytes, the rates and the seed."""
    assert burst(data, rates, random.Random(seed)) == burst(data, rates, random.Random(seed))


@given(st.binary(max_size=64), st.integers())
def test_splitting_loses_nothing(data: bytes, seed: int) -> None:
    """The pieces of a split frame, joined, are the frame."""
    assert b"".join(faults.split(data, random.Random(seed))) == data


@given(st.binary(min_size=1, max_size=64), st.integers())
def test_a_truncated_frame_is_a_true_beginning(data: bytes, seed: int) -> None:
    """Truncation takes at least one byte off the end and changes no other."""
    short = faults.truncated(data, random.Random(seed))
    assert len(short) < len(data)
    assert data.startswith(short)


@given(st.integers(0, 2**40 - 1), st.integers())
def test_a_wrong_checksum_is_wrong_and_nothing_else_is(number: int, seed: int) -> None:
    """Only the two checksum digits change, and they do change."""
    right = frame(f"{number:010X}")
    wrong = Rdm6300().spoil(right, random.Random(seed))
    assert wrong != right
    assert (wrong[:11], wrong[13:]) == (right[:11], right[13:])


@given(st.binary(max_size=32), st.integers())
def test_noise_only_adds(data: bytes, seed: int) -> None:
    """The bytes that were sent are still there, in order, among the noise."""
    noisy = iter(faults.with_noise(data, random.Random(seed)))
    assert all(byte in noisy for byte in data)


def test_a_rate_beyond_one_is_refused() -> None:
    """A rate that is no rate is refused by name."""
    with pytest.raises(ValueError, match="noise"):
        LineFaults(noise=1.5)
