"""Bytes from a coverage-guided fuzzer: no driver raises, none loses count."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("fuzz_codecs.py")
RUNS_LEAST = 2000
"""Fewer inputs than this would prove nothing, however slow the machine."""


def fuzz(seconds: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), str(seconds), "1", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds + 90,
        check=False,
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [60, pytest.param(150, marks=pytest.mark.long)])
def test_no_bytes_break_a_driver(seconds: int) -> None:
    """Inputs bred from recordings for coverage give reads or counted discards, nothing else."""
    done = fuzz(seconds)
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    assert runs is not None
    assert int(runs[1]) > RUNS_LEAST


def test_a_planted_flaw_is_found() -> None:
    """A law broken on purpose ends the fuzzer at once."""
    done = fuzz(60, "--planted")
    assert done.returncode != 0
    assert "are accounted for" in done.stderr + done.stdout
