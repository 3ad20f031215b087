"""From strace's text to the steps that matter to a disk: writes, syncs, names, and lights. Pure.

strace prints one call a line, its bytes as ``\\x41\\x42``, and a file descriptor with its path in
angle brackets. A call that another thread's call interrupts is printed as ``<unfinished ...>`` and
``<... resumed>``; a write counts from its beginning, a sync only from its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEDGER = "ledger.db"
LIGHTS = "lights.jsonl"
NOT_KEPT = (".lock", "-shm")
"""SQLite rebuilds the -shm file after a power cut, and the lock file holds nothing."""

_LINE = re.compile(r"(?P<pid>\d+) +(?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)(?:\) += (?P<result>-?\d+).*| <unfinished.*)")
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>.*= (?P<result>-?\d+).*")
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_FD = re.compile(r"\d+<(?P<path>[^>]*)>(?P<gone>\(deleted\))?")
_TEXT = re.compile(r'"(?P<hex>(?:\\x[0-9a-f]{2})*)"')


class TraceError(ValueError):
    """A line that is not understood: better to stop than to judge by half a record."""


@dataclass(frozen=True, slots=True)
class Write:
    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: int


@dataclass(frozen=True, slots=True)
class Name:
    """``name`` leads to ``file`` from now on; None when it was removed."""

    name: str
    file: int | None


@dataclass(frozen=True, slots=True)
class SyncFolder:
    pass


@dataclass(frozen=True, slots=True)
class Shown:
    """A light was shown for the event ``seq`` of ``log``."""

    log: str
    seq: int
    green: bool


Change = Write | Truncate
Step = Change | Sync | Name | SyncFolder | Shown


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of one thread; ``result`` is None while it runs."""

    name: str
    arguments: str
    result: int | None


def calls(text: str) -> Iterator[Call]:
    """Every call, in the order in which its effect is certain: see the first lines."""
    open_calls: dict[str, Call] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise TraceError(f"not strace's: {line[:120]}")
        pid, rest = match["pid"], match["rest"]
        if rest.startswith(("---", "+++")):
            continue
        if resumed := _RESUMED.fullmatch(rest):
            begun = open_calls.pop(pid)
            if not begun.name.startswith(("pwrite", "write")):
                yield Call(begun.name, begun.arguments, int(resumed["result"]))
            elif int(resumed["result"]) < 0:
                raise TraceError(f"a write that failed after it was counted: {rest[:120]}")
            continue
        call = _CALL.fullmatch(rest)
        if call is None:
            if rest.startswith("<... ") or rest.endswith("= ?"):  # it died in this call
                continue
            raise TraceError(f"not understood: {line[:120]}")
        result = call["result"]
        seen = Call(call["name"], call["arguments"], None if result is None else int(result))
        if seen.result is None:
            open_calls[pid] = seen
            if not seen.name.startswith(("pwrite", "write")):
                continue
        yield seen


class Trace:
    """Follows names and files of the ledger's folder through a trace."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._files: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._half_a_light = b""

    def steps(self, text: str) -> Iterator[Step]:
        for call in calls(text):
            if call.result is None or call.result >= 0:
                yield from self._step(call)

    def _step(self, call: Call) -> Iterator[Step]:
        match call.name:
            case "openat":
                yield from self._opened(call)
            case "pwrite64" | "write":
                yield from self._written(call)
            case "ftruncate":
                file = self._file(call)
                if file is not None:
                    self._sizes[file] = int(call.arguments.rpartition(", ")[2], 0)
                    yield Truncate(file, self._sizes[file])
            case "fsync" | "fdatasync":
                file = self._file(call)
                if file is not None:
                    yield Sync(file)
                elif _path(call) == self._folder:
                    yield SyncFolder()
            case "unlink":
                name = self._kept(_texts(call)[0].decode())
                if name is not None and name in self._files:
                    del self._files[name]
                    yield Name(name, None)
            case "rename":
                yield from self._renamed(call)

    def _opened(self, call: Call) -> Iterator[Step]:
        name = self._kept(_texts(call)[0].decode())
        if name is None:
            return
        if "O_TRUNC" in call.arguments:
            raise TraceError(f"O_TRUNC is not modelled: {name}")
        if "O_CREAT" in call.arguments and name not in self._files:
            file = len(self._sizes)
            self._files[name], self._sizes[file] = file, 0
            yield Name(name, file)

    def _written(self, call: Call) -> Iterator[Step]:
        path = _path(call)
        if path == f"{self._folder}/{LIGHTS}":
            yield from self._lights(_texts(call)[0])
            return
        file = self._file(call)
        if file is None:
            return
        data = _texts(call)[0]
        offset = self._sizes[file]
        if call.name == "pwrite64":
            offset = int(call.arguments.rpartition(", ")[2])
        if call.result not in (None, len(data)):
            raise TraceError(f"{call.result} of {len(data)} bytes written to {path}")
        self._sizes[file] = max(self._sizes[file], offset + len(data))
        yield Write(file, offset, data)

    def _lights(self, data: bytes) -> Iterator[Step]:
        *lines, self._half_a_light = (self._half_a_light + data).split(b"\n")
        for line in lines:
            light = json.loads(line)
            if light["seq"] is not None:
                yield Shown(light["log"], light["seq"], light["outcome"] == "ok")

    def _renamed(self, call: Call) -> Iterator[Step]:
        old, new = (self._kept(text.decode()) for text in _texts(call))
        if old is not None and new is not None and old in self._files:
            self._files[new] = self._files.pop(old)
            yield Name(new, self._files[new])
            yield Name(old, None)

    def _file(self, call: Call) -> int | None:
        name = self._kept(_path(call))
        return None if name is None else self._files.get(name)

    def _kept(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        mine = folder == self._folder and name.startswith(LEDGER)
        return name if mine and not name.endswith(NOT_KEPT) else None


def _path(call: Call) -> str:
    """The path of the descriptor a call works on; empty when it was removed meanwhile."""
    match = _FD.match(call.arguments)
    return "" if match is None or match["gone"] else _unhex(match["path"]).decode()


def _texts(call: Call) -> list[bytes]:
    return [_unhex(match["hex"]) for match in _TEXT.finditer(call.arguments)]


def _unhex(text: str) -> bytes:
    return bytes.fromhex(_HEX.sub(r"\1", text))
