"""Recording and replaying by the commands, on real pseudo-terminals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner

from bartack.cli import main
from bartack_drivers.driver import Driver
from bartack_drivers.links.serial_port import SerialLink
from bartack_drivers.recording import passages
from bartack_drivers.registry import DRIVERS, open_source
from bartack_sim.devices.pty import Port
from bartack_sim.devices.wire import Wire, make_device, make_outlet
from contract.devices import PATIENCE_S, Pty, eventually, read_until
from contract.recordings import Recording, recordings_of

BARTACK = Path(sys.executable).parent / "bartack"
TALKERS = [driver for driver in DRIVERS.values() if driver.converse is not None]
every_talker = pytest.mark.parametrize("driver", TALKERS, ids=lambda driver: driver.name)
BADGE = recordings_of("rdm6300")[0]
AT_ONCE = 6
"""So many drivers are recorded at the same time."""


def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [BARTACK, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == code, ended.stderr
    return ended


def reads_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def recorded(
    file: Path, *arguments: str | Path, talk: IO[str] | int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """A recording command, once it has made its file; ``talk`` is where it says what it reads."""
    command = subprocess.Popen(
        [BARTACK, "record", "--output", file, *arguments],
        stdout=subprocess.PIPE,
        stderr=talk,
        text=True,
    )
    assert eventually(lambda: file.exists() and file.stat().st_size > 0)
    return command


@dataclass(frozen=True, slots=True)
class Session:
    """What came of recording a driver while its device was shown its examples."""

    output: str
    code: int
    read: bool
    seen: list[str]
    replayed: list[str]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Session]]]:
    """Several drivers are recorded at once: each for itself would mostly wait."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {it.name: pool.submit(session, it, tmp_path_factory.mktemp("it")) for it in TALKERS}


def session(driver: Driver, folder: Path) -> Session:
    file, talk = folder / "it.jsonl", folder / "talk"
    link = "tcp://127.0.0.1:0" if driver.link == "network" else str(folder / "port")
    with (
        talk.open("w", encoding="utf-8") as talking,
        make_outlet(driver.name, link) as port,
        Wire(port, make_device(driver.name)) as wire,
        recorded(file, "--driver", driver.name, "--port", str(port.link), talk=talking) as command,
    ):
        read = all(eventually(partial(shown_and_read, wire, it, talk)) for it in examples(driver))
        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=PATIENCE_S)
    lines = talk.read_text(encoding="utf-8").splitlines()
    seen = [line for line in lines if line.startswith(f'"{driver.name}"')]
    replayed = run("replay", file).stdout.splitlines()
    return Session(output, command.returncode, read, seen, replayed)


def examples(driver: Driver) -> tuple[str, ...]:
    values: tuple[str, ...] = import_module(f"bartack_sim.devices.{driver.name}").EXAMPLES
    return values


@every_talker
def test_a_recording_gives_the_reads_that_were_seen(
    driver: Driver, sessions: dict[str, Future[Session]]
) -> None:
    """What the driver read while it was recorded is what the recording gives, read at once."""
    it = sessions[driver.name].result()
    assert it.read
    assert (it.code, it.output) == (130, "")
    assert it.replayed == it.seen
    assert {line.split("  ")[2].strip('"') for line in it.replayed} == set(examples(driver))


def shown_and_read(wire: Wire, value: str, talk: Path) -> bool:
    """Show ``value`` for a moment; whether it has been read by now."""
    wire.show(value, 0.5)
    return f'"{value}"' in talk.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "recording",
    [recording for driver in TALKERS for recording in recordings_of(driver.name)],
    ids=lambda it: f"{it.driver}-{it.folder.name}",
)
def test_recorded_bytes_are_read_at_once(recording: Recording) -> None:
    """Plain bytes give their reads with the driver that is named."""
    file = str(recording.folder / "bytes.bin")
    words = ["replay", file, "--driver", recording.driver, *options_of(recording), "--json"]
    ended = CliRunner().invoke(main, words, catch_exceptions=False)  # no process for each
    assert ended.exit_code == 0, ended.stderr
    found = [(it["medium"], it["value"], it.get("symbology")) for it in reads_of(ended.stdout)]
    assert found == [(it["medium"], it["value"], it.get("symbology")) for it in recording.expected]


def options_of(recording: Recording) -> list[str]:
    return [
        part
        for name, value in recording.options.items()
        for part in ("--option", f"{name}={as_typed(value)}")
    ]


def as_typed(value: object) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_port_can_be_a_recording() -> None:
    """`replay:FILE` as a port is read as the device would be, and is silent after its end."""
    port = f"replay:{BADGE.folder / 'bytes.bin'}"
    with open_source("rdm6300", port, BADGE.options) as source:
        reads = read_until(source, len(BADGE.expected)) + source.read(0.2)
    assert [read.value for read in reads] == [it["value"] for it in BADGE.expected]
    ended = run("monitor", "--driver", "rdm6300", "--port", "replay:none", "--for", "5", code=4)
    assert "cannot be read" in ended.stderr


class TestRecord:
    """The file is there whatever happens, and nothing else is harmed."""

    def test_a_killed_recording_is_read_up_to_the_kill(self, tmp_path: Path) -> None:
        """After kill -9 all that had passed stands in the file."""
        file = tmp_path / "it.jsonl"
        with (
            Pty(tmp_path / "port") as pty,
            recorded(file, "--baudrate", "9600", "--port", pty.path) as command,
        ):
            pty.send(BADGE.data)
            assert eventually(lambda: b"rx" in file.read_bytes())
            command.kill()
            command.communicate(timeout=PATIENCE_S)
        assert b"".join(it.data for it in passages(file)) == BADGE.data
        ended = run("replay", file, "--driver", "rdm6300", *options_of(BADGE), "--json")
        assert [it["value"] for it in reads_of(ended.stdout)] == [
            it["value"] for it in BADGE.expected
        ]

    def test_only_listening_sends_nothing(self, tmp_path: Path) -> None:
        """Without a driver nothing goes to the device, and the file names no driver."""
        file = tmp_path / "it.jsonl"
        with (
            Port(tmp_path / "port") as port,
            recorded(file, "--baudrate", "9600", "--port", port.link) as command,
        ):
            assert port.receive(0.5) == b""
            port.send(b"\x00\x01")
            assert eventually(lambda: b"rx" in file.read_bytes())
            command.send_signal(signal.SIGINT)
            _, talk = command.communicate(timeout=PATIENCE_S)
        assert "2 bytes received, 0 bytes sent" in talk
        assert [it.direction for it in passages(file)] == ["rx"]
        assert "--driver" in run("replay", file, code=2).stderr

    def test_a_device_that_comes_back_is_recorded_on(self, tmp_path: Path) -> None:
        """A pulled cable ends nothing: what comes after it stands in the same file."""
        file, path = tmp_path / "it.jsonl", tmp_path / "port"
        first = Pty(path)
        with recorded(file, "--baudrate", "9600", "--port", path) as command:
            first.send(b"before")
            assert eventually(lambda: b"rx" in file.read_bytes())
            first.unplug()
            with Pty(path) as second:
                device = Path(second.device)
                assert eventually(lambda: is_open(command.pid, device))

                def sent_and_recorded() -> bool:
                    second.send(b"after")  # more than once: a port is emptied when it is opened
                    return b"after".hex().upper().encode() in file.read_bytes()

                assert eventually(sent_and_recorded)
            command.terminate()
            command.communicate(timeout=PATIENCE_S)
        data = b"".join(it.data for it in passages(file))
        assert data.startswith(b"beforeafter")
        assert data.removeprefix(b"before").replace(b"after", b"") == b""

    def test_a_bound_ends_it(self, tmp_path: Path) -> None:
        """At its largest size the recording ends by itself, whole."""
        file = tmp_path / "it.jsonl"
        with Pty(tmp_path / "port") as pty:
            arguments = ("--baudrate", "9600", "--port", pty.path, "--max-mb", "0.001")
            with recorded(file, *arguments) as command:
                pty.send(bytes(4000))
                _, talk = command.communicate(timeout=PATIENCE_S)
        assert command.returncode == 0
        assert "--max-mb" in talk
        assert file.stat().st_size <= 1000

    def test_a_file_is_not_written_over(self, tmp_path: Path) -> None:
        """Not without --force, and not before the device is open even then."""
        file = tmp_path / "it.jsonl"
        file.write_text("precious")
        arguments = ("record", "--baudrate", "9600", "--port", "/dev/no-such", "--output", file)
        assert "--force" in run(*arguments, code=2).stderr
        run(*arguments, "--force", code=4)
        assert file.read_text() == "precious"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ([], "--baudrate"),
            (["--driver", "camera"], "reads pictures"),
            (["--driver", "txt"], "did you mean text"),
            (["--baudrate", "9600", "--option", "a=b"], "--driver"),
            (["--driver", "text", "--option", "sufix=cr"], "did you mean suffix"),
        ],
    )
    def test_mistakes_are_told(self, arguments: list[str], told: str, tmp_path: Path) -> None:
        """Wrong options end it before anything is opened or made."""
        file = tmp_path / "it.jsonl"
        ended = run("record", "--port", "/dev/no-such", "--output", file, *arguments, code=2)
        assert told in ended.stderr
        assert not file.exists()


class TestPlay:
    """A recording as a device on a pseudo-terminal."""

    def played(self, file: Path, link: Path, *arguments: str) -> subprocess.Popen[str]:
        command = subprocess.Popen(
            [BARTACK, "replay", file, "--link", link, *arguments], stderr=subprocess.PIPE, text=True
        )
        assert eventually(link.is_symlink)
        return command

    def test_whoever_opens_the_port_gets_it_all(self, tmp_path: Path) -> None:
        """It waits for the program, then the driver reads what the recorded one read."""
        link = tmp_path / "port"
        with self.played(BADGE.folder / "bytes.bin", link) as command:
            assert command.stderr is not None
            assert "waiting for a program" in command.stderr.readline()
            with open_source("rdm6300", str(link), BADGE.options) as source:
                reads = read_until(source, len(BADGE.expected))
            command.communicate(timeout=PATIENCE_S)
        assert command.returncode == 0
        assert [read.value for read in reads] == [it["value"] for it in BADGE.expected]
        assert not link.is_symlink()

    def test_times_are_kept_and_speed_shortens_them(self, tmp_path: Path) -> None:
        """Bytes come as far apart as they were recorded, divided by the speed."""
        file, link = tmp_path / "it.jsonl", tmp_path / "port"
        lines = ['{"bartack_recording":1}', '{"t":0,"rx":"41"}', '{"t":4.0,"rx":"42"}']
        file.write_text("\n".join([*lines, ""]))
        with self.played(file, link, "--speed", "4") as command:
            port = SerialLink(str(link), 9600)
            try:
                assert first_byte(port) == b"A"
                began_s = time.monotonic()
                port.write(b"what a program says is taken and not heard")
                assert first_byte(port) == b"B"
                assert 0.5 < time.monotonic() - began_s < 3.0
            finally:
                port.close()
            command.communicate(timeout=PATIENCE_S)

    def test_a_program_that_goes_misses_nothing(self, tmp_path: Path) -> None:
        """While the port is closed the recording stands still; SIGTERM takes the link away."""
        file, link = tmp_path / "it.jsonl", tmp_path / "port"
        lines = ['{"bartack_recording":1}', '{"t":0,"rx":"41"}', '{"t":0.5,"rx":"42"}']
        file.write_text("\n".join([*lines, ""]))
        with self.played(file, link, "--loop") as command:
            for expected in (b"A", b"B", b"A"):
                port = SerialLink(str(link), 9600)
                try:
                    assert first_byte(port) == expected
                finally:
                    port.close()
                time.sleep(0.8)  # longer than the recording's pause: it must stand still
            command.terminate()
            command.communicate(timeout=PATIENCE_S)
        assert command.returncode == 130
        assert not link.is_symlink()

    def test_a_path_that_is_taken_is_left_alone(self, tmp_path: Path) -> None:
        """A file at the link's path is not replaced; a missing recording is told."""
        taken = tmp_path / "taken"
        taken.write_text("precious")
        ended = run("replay", BADGE.folder / "bytes.bin", "--link", taken, code=4)
        assert "choose another path" in ended.stderr
        assert taken.read_text() == "precious"
        assert (
            "cannot be read" in run("replay", tmp_path / "none", "--driver", "text", code=4).stderr
        )


def is_open(pid: int, device: Path) -> bool:
    """Whether a process has the device open."""
    return any(it.resolve() == device for it in Path(f"/proc/{pid}/fd").iterdir())


def first_byte(port: SerialLink) -> bytes:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        if data := port.read(0.1):
            return data
    return b""
