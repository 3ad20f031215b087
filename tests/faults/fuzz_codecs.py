"""Feeds every driver's conversation with bytes that a coverage-guided fuzzer thinks up.

A program of its own, because the fuzzer takes over its process::

    python tests/faults/fuzz_codecs.py SECONDS SEED [--planted]

The first byte chooses the driver, the second where the rest is cut in two. It ends with 0 when
every input kept the garbage law. ``--planted`` breaks it on purpose, to show that this is found.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["bartack_drivers"]):
    from bartack_drivers.conversation import Conversation
    from bartack_drivers.registry import DRIVERS, check_options
    from contract.recordings import recordings_of

TALKERS = [driver for driver in DRIVERS.values() if driver.converse is not None]
PLANTED = "--planted" in sys.argv
INPUT_MAX_BYTES = 700


def talk(index: int) -> Conversation[Any]:
    driver = TALKERS[index % len(TALKERS)]
    assert driver.converse is not None
    return driver.converse(check_options(driver, {})[0])


def keep_the_law(data: bytes) -> None:
    """Feed one input in two pieces with pauses; raise what the driver raises."""
    if len(data) < 2:
        return
    conversation, stream = talk(data[0]), data[2:]
    cut = data[1] * len(stream) // 255
    now_s = 0.0
    for piece in (stream[:cut], stream[cut:]):
        conversation.outgoing(now_s)
        conversation.feed(piece, now_s)
        for _ in range(8):
            now_s += 0.5
            conversation.outgoing(now_s)
            conversation.idle(now_s)
    codec = conversation.codec
    counted = codec.good_bytes + codec.counters.discarded_bytes + codec.held_bytes
    if counted != len(stream) or (PLANTED and b"\x02" in stream[:4] and stream.count(b"6")):
        raise RuntimeError(f"{len(stream)} bytes came, {counted} are accounted for")


def sow(folder: Path) -> None:
    """Begin with what real readers send."""
    for index, driver in enumerate(TALKERS):
        for recording in recordings_of(driver.name):
            name = f"{driver.name}-{recording.folder.name}"
            data = bytes([index, 128]) + recording.data[: INPUT_MAX_BYTES - 2]
            (folder / name).write_bytes(data)


def main() -> None:
    seconds, seed = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sow(folder)
        arguments = [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-max_len={INPUT_MAX_BYTES}",
            f"-artifact_prefix={name}/",
            "-print_final_stats=1",
            str(folder),
        ]
        atheris.Setup(arguments, keep_the_law)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
