"""TOML files to frozen, validated values, every mistake reported at once with its line.

``tomllib`` gives positions only for syntax errors, so the line of a key is found by reading the
file's headers and keys a second time (``key_lines``); a key that cannot be found is reported at
its nearest parent. Both the station and the hub read their files through here.
"""

from __future__ import annotations

import errno
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from bartack.events import ID

KeyPath = tuple[str | int, ...]
Document = Mapping[str, object]
"""A TOML file's contents before validation."""
Found = tuple[KeyPath, str]
"""A mistake: the key it is at and what is wrong."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file. ``line`` is None when the whole file is meant."""

    file: Path
    line: int | None
    key: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{where}: {self.key}: {self.what}" if self.key else f"{where}: {self.what}"


class SettingsError(Exception):
    """A file that cannot be used; ``mistakes`` holds all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class Table(BaseModel):
    """Base of every table of a settings file: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,  # they are the descriptions of the JSON Schema
    )


def _id(value: str) -> str:
    if not ID.fullmatch(value):
        raise ValueError("letters, digits, - and _ only, 1 to 32 of them")
    return value


def _from_folder(value: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / value


Id = Annotated[str, AfterValidator(_id)]
LocalPath = Annotated[Path, AfterValidator(_from_folder)]
"""A path in a settings file; a relative one is meant from the file's own folder."""
Port = Annotated[int, Field(ge=1, le=65535)]


class Broker(Table):
    """How to reach the MQTT broker. Without user, password and TLS only if ``insecure``."""

    host: str = Field(min_length=1)
    port: Port = 8883
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password_file: LocalPath | None = None
    ca_file: LocalPath | None = None
    cert_file: LocalPath | None = None
    key_file: LocalPath | None = None
    insecure: bool = False
    keepalive_s: Annotated[int, Field(ge=5, le=60)] = 20
    reconnect_spread_s: Annotated[float, Field(ge=1, le=120)] = 30.0
    """After a lost link a station waits up to this long, by chance, before it tries again, so that
    a broker that was restarted is not stormed by the whole factory."""

    @model_validator(mode="after")
    def _secured(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together")
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file belong together")
        named = self.username is not None or self.cert_file is not None
        if not self.insecure and not (named and self.ca_file):
            raise ValueError(
                "set ca_file and either username with password_file or cert_file with key_file; "
                "a broker without them is only for trials and needs insecure = true"
            )
        return self

    def password(self) -> str | None:
        """The broker password: a systemd credential of that name, else the file itself.

        Raises ``OSError`` when there is neither, or when it is empty.
        """
        if self.password_file is None:
            return None
        file = self.password_file
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        if credentials and (Path(credentials) / file.name).is_file():
            file = Path(credentials) / file.name
        password = file.read_text(encoding="utf-8").strip()
        if not password:
            raise OSError(errno.ENODATA, "holds no password; write it there", str(file))
        return password


_T = TypeVar("_T", bound=Table)


def load(
    file: Path, model: type[_T], check: Callable[[Document], Iterable[Found]] = lambda _: ()
) -> _T:
    """Read and validate ``file``. Relative paths in it are meant from its folder.

    ``check`` finds what the model alone cannot see. Raises ``SettingsError`` with every mistake
    of both.
    """
    text, document = read_toml(file)
    found = list(check(document))
    value: _T | None = None
    try:
        value = model.model_validate(document, context={"folder": file.parent})
    except ValidationError as error:
        found = [(item["loc"], _plain(item["msg"])) for item in error.errors()] + found
    if value is None or found:
        lines = key_lines(text)
        located = [(line_of(lines, location), dotted(location), what) for location, what in found]
        located.sort(key=lambda item: item[0] or 0)
        raise SettingsError([Mistake(file, *item) for item in located])
    return value


def read_toml(file: Path) -> tuple[str, dict[str, object]]:
    """The text of a TOML file and its contents. Raises ``SettingsError``."""
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        raise SettingsError([Mistake(file, None, "", f"cannot read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError([Mistake(file, line, "", "not UTF-8; save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise SettingsError([Mistake(file, line, "", f"not TOML: {error}")]) from None


_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LONG_QUOTES = ('"""', "'''")
_VALUE_PART = re.compile(r"""\"{3}|'{3}|"(?:\\.|[^"\\])*"|'[^']*'|#.*|[\[\]{}]""")
_OPENING, _CLOSING = ("[", "{"), ("]", "}")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every key and table header of a valid TOML text."""
    lines: dict[KeyPath, int] = {}
    tables: dict[KeyPath, int] = {}
    table: KeyPath = ()
    quote, depth = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        value = line
        if not quote and depth == 0:
            if header := _HEADER.match(line):
                table = _table_path(header[1], _parts(header[2]), tables)
                lines.setdefault(table, number)
                continue
            if key := _KEY.match(line):
                path = table
                for part in _parts(key[1]):
                    path = (*path, part)
                    lines.setdefault(path, number)
                value = line[key.end() :]
        quote, depth = _after(value, quote, depth)
    return lines


def _after(value: str, quote: str, depth: int) -> tuple[str, int]:
    """Which multi-line quote and how many brackets are open after this part of a value."""
    position = 0
    while position < len(value):
        if quote:
            end = value.find(quote, position)
            if end < 0:
                return quote, depth
            position, quote = end + len(quote), ""
        elif (part := _VALUE_PART.search(value, position)) is None:
            break
        else:
            position = part.end()
            quote = part[0] if part[0] in _LONG_QUOTES else ""
            depth += (part[0] in _OPENING) - (part[0] in _CLOSING)
    return quote, depth


def line_of(lines: dict[KeyPath, int], location: KeyPath) -> int | None:
    """The line of a key, or of its nearest parent that stands in the file."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None


def dotted(location: KeyPath) -> str:
    """A key's place as people write it; the entries of ``[[tables]]`` count from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in location)


def _parts(text: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(text)]


def _table_path(bracket: str, parts: list[str], tables: dict[KeyPath, int]) -> KeyPath:
    path: KeyPath = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        last = index == len(parts) - 1
        if last and bracket == "[[":
            tables[path] = tables.get(path, -1) + 1
        if path in tables:
            path = (*path, tables[path])
    return path


def _plain(message: str) -> str:
    """pydantic's words, where a technician needs others."""
    message = message.removeprefix("Value error, ")
    if message == "Extra inputs are not permitted":
        return "unknown key"
    if message == "Field required":
        return "missing"
    return message
