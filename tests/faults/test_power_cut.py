"""A power cut at every write of a shift loses no light and leaves a ledger that goes on.

The agent is real and its writes are recorded; the cuts are a simulation, whose limits stand in
``powercut``. Whole machines are cut off in ``test_ext4_shutdown``.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bartack.events import Event
from bartack.keys import load_or_make
from bartack.ledger import Ledger, LedgerReader
from bartack.station import decide
from faults import powercut
from faults.oracle import label
from faults.powercut import Cut, Image
from faults.trace_log import LEDGER, Name, Shown, Step, Sync, Trace, Truncate, Write
from faults.traced import record, untraced
from installed import Require
from rig import OTHER_BADGE, Rig
from sewing import bundle, moment, rules, signed

BUNDLES = 500
MEMORY = Path("/dev/shm")  # noqa: S108  # only to be fast; any folder will do
KEPT_BY_THE_STATION = 40

pytestmark = pytest.mark.require("strace", "mosquitto")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a shift wrote and showed, and what the hub had at its end."""

    steps: list[Step]
    committed: frozenset[tuple[str, int]]


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="bartack", dir=place) as folder:
        yield Path(folder)


def work_a_shift(rig: Rig, require: Require, scans: int) -> Recording:
    """Two lives of an agent: a new ledger, a shift with every kind of answer, an orderly end, a
    second shift on the same ledger with pruning, and a kill."""
    text = rig.station_file.read_text(encoding="utf-8")
    kept = f"[ledger]\nkeep_events = {KEPT_BY_THE_STATION}"
    rig.station_file.write_text(text.replace("[ledger]", kept), encoding="utf-8")
    trace = Trace(rig.folder)
    steps: list[Step] = []
    for life in (1, 2):
        rig.agent = record(rig, require, rig.folder / f"trace{life}")
        if life == 1:
            rig.start_all(BUNDLES)
            rig.tap()
        else:
            rig.agent.start()
            rig.wait_ready()
            rig.tap(OTHER_BADGE)
        first = 1 + (life - 1) * scans // 2
        for number in range(first, first + scans // 2):
            rig.scan(label(number))
        rig.scan(f"{label(first)}-OP310")
        rig.scan(f"B9{life:05d}")
        together = "\r".join(label(BUNDLES - life * 10 - n) for n in range(9))
        rig.scan(together)
        rig.wait_drained()
        if life == 1:
            assert rig.agent.terminate() == 0
        else:
            rig.agent.kill()
        steps += trace.steps((rig.folder / f"trace{life}").read_text(encoding="ascii"))
    rig.agent = untraced(rig)
    return Recording(steps, frozenset((event.log, event.seq) for event in rig.committed()))


@pytest.fixture(scope="module")
def short_shift(tmp_path_factory: pytest.TempPathFactory, require: Require) -> Recording:
    """Recorded once for the tests that only look at it."""
    with Rig(tmp_path_factory.mktemp("shift"), require("mosquitto")) as rig:
        return work_a_shift(rig, require, scans=40)


def check(image: Image, recording: Recording, folder: Path) -> None:
    """The ledger opens, verifies, holds what was shown, credits once, and takes another scan."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.files.items():
        (folder / name).write_bytes(content)
    path = folder / LEDGER
    load_or_make(path.with_name(f"{LEDGER}.key"))
    with Ledger(path, max_mb=64) as ledger:
        state = ledger.load(rules())
        decision = decide(state, bundle(BUNDLES - 50), moment())
        ledger.commit(decision.events, decision.state, signed(decision.state))
        with LedgerReader(path) as reader:
            _, broken = reader.verify()
            events, acked = reader.tail(100_000), reader.acked
    assert broken is None
    assert_holds(image.shown, events, acked, recording.committed)
    assert events[-1] == decision.events[-1]


def assert_holds(
    shown: frozenset[Shown],
    events: list[Event],
    acked: int,
    committed: frozenset[tuple[str, int]],
) -> None:
    here = {(event.log, event.seq) for event in events}
    gone = {(light.log, light.seq) for light in shown} - here
    lost = {event for event in gone if event[1] > acked or event not in committed}
    assert not lost, f"shown, and lost: {sorted(seq for _, seq in lost)}"
    done = [event.text("bundle") for event in events if event.type == "work.done"]
    assert len(done) == len(set(done)), "credited twice"


def check_all(recording: Recording, wanted: list[Cut], seed: int, folder: Path) -> int:
    """Check each cut; returns how many of their images are distinct."""
    seen: set[tuple[object, ...]] = set()
    for cut, image in powercut.images(recording.steps, wanted, seed):
        if image.identity in seen:
            continue
        seen.add(image.identity)
        try:
            check(image, recording, folder)
        except Exception as error:
            sizes = {name: len(content) for name, content in image.files.items()}
            raise AssertionError(f"seed {seed}, {cut}, files {sizes}: {error!r}") from error
    return len(seen)


def test_a_power_cut_at_some_writes_loses_no_light(
    short_shift: Recording, memory_folder: Path
) -> None:
    """After each of 500 cuts chosen by chance every light's event is there and work goes on."""
    seed = random.randrange(2**32)
    choose = random.Random(seed)
    wanted = choose.sample(powercut.cuts(short_shift.steps, rounds=2), 900)
    assert check_all(short_shift, wanted, seed, memory_folder) >= 500


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_power_cut_at_every_write_loses_no_light(
    rig: Rig, require: Require, memory_folder: Path
) -> None:
    """Cut at every single write, in at least 15,000 distinct ways, the ledger loses no light."""
    recording = work_a_shift(rig, require, scans=360)
    seed = random.randrange(2**32)
    wanted = powercut.cuts(recording.steps, rounds=3)
    assert check_all(recording, wanted, seed, memory_folder) >= 15_000


def test_the_simulation_finds_a_ledger_that_does_not_sync(
    short_shift: Recording, memory_folder: Path
) -> None:
    """With the recorded syncs of the WAL left out, the same checks find lost lights."""
    wal = {s.file for s in short_shift.steps if isinstance(s, Name) and s.name == f"{LEDGER}-wal"}
    unsafe: list[Step] = [
        step for step in short_shift.steps if not (isinstance(step, Sync) and step.file in wal)
    ]
    assert len(unsafe) < len(short_shift.steps)
    lying = Recording(unsafe, short_shift.committed)
    with pytest.raises(AssertionError, match="shown, and lost"):
        check_all(lying, [Cut(len(unsafe), "lost", 0)], 1, memory_folder)


def test_a_write_is_torn_where_the_sectors_end() -> None:
    """The parts of a write meet at multiples of 512 and make the whole again."""
    write = Write(0, 1000, bytes(range(256)) * 9)
    parts = powercut.sectors(write)
    offsets = [part.offset for part in parts if isinstance(part, Write)]
    assert offsets == [1000, 1024, *range(1536, 3304, 512)]
    whole, pieces = bytearray(), bytearray()
    powercut.put(whole, write)
    for part in reversed(parts):
        powercut.put(pieces, part)
    assert pieces == whole
    powercut.put(whole, Truncate(0, 3))
    assert whole == bytes(3)
