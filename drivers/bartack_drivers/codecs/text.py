"""Wire protocol of scanners that send each label as a line of text.

A line is an optional prefix, an optional AIM identifier, the label, an optional trailer and an
ending: CR, LF, CR LF, Tab, or nothing but a pause. What stands between is kept as it is, spaces
included. The AIM identifier may also come before the prefix; scanners differ.

Bytes are UTF-8 where they can be, else in the configured encoding. A line that is in neither, is
too long, or holds control characters that no label has is line noise: discarded and counted.

A reader of badges sends numbers in place of labels. A line that is no number of the form that is
configured is discarded too, and handed out as strange, so that somebody can be told.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from bartack_drivers.base import VALUE_MAX_CHARS
from bartack_drivers.codecs.framing import Tally
from bartack_drivers.em4100 import parse_form
from bartack_drivers.symbologies import split_aim

Ending = Literal["auto", "cr", "lf", "crlf", "tab", "none"]

ENDINGS: Final = MappingProxyType[Ending, tuple[bytes, ...]](
    {
        "auto": (b"\r", b"\n", b"\t"),
        "cr": (b"\r",),
        "lf": (b"\n",),
        "crlf": (b"\r\n",),
        "tab": (b"\t",),
        "none": (),
    }
)

LINE_MAX_BYTES: Final = 4 * VALUE_MAX_CHARS
"""Longest line that is held; enough for the longest label in UTF-8."""

_CONTROLS_OF_LABELS: Final = frozenset("\t\r\n\x04\x1c\x1d\x1e\x1f")
"""Line breaks of QR texts, and the separators of GS1 and ISO 15434 messages."""


@dataclass(frozen=True, slots=True)
class LineFrame:
    """One label: its text and, where an AIM identifier told it, its symbology and whether it is a
    GS1 element string."""

    text: str
    symbology: str | None = None
    gs1: bool = False


@dataclass(frozen=True, slots=True)
class BadgeFrame:
    """One badge: what is known of its id, in upper-case hex."""

    id: str


@dataclass(frozen=True, slots=True)
class StrangeFrame:
    """A line that should be a badge's number and is none; it counts as discarded."""

    text: str


Line = LineFrame | BadgeFrame | StrangeFrame


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How a scanner is set up to send lines; ``badge_form`` names a form of badge numbers."""

    ending: Ending = "auto"
    prefix: str = ""
    trailer: str = ""
    aim: bool = False
    encoding: str = "latin-1"
    line_max_bytes: int = LINE_MAX_BYTES
    badge_form: str = ""

    def frame(self, line: bytes) -> Line | None:
        """Read one line without its ending as the label or badge it is; None where it is noise."""
        label = self.label(line)
        if label is None or not self.badge_form:
            return label
        badge = parse_form(self.badge_form, label.text)
        return StrangeFrame(label.text) if badge is None else BadgeFrame(badge)

    def label(self, line: bytes) -> LineFrame | None:
        """Read one line without its ending as a label; None where it is noise."""
        text = _decoded(line, self.encoding)
        if text is None:
            return None
        text = text.strip("\r\n").removesuffix(self.trailer)
        symbology, gs1 = None, False
        bare = text.removeprefix(self.prefix)
        if self.aim:
            bare, symbology, gs1 = split_aim(bare)
            bare = bare if text.startswith(self.prefix) else bare.removeprefix(self.prefix)
        if len(bare) > VALUE_MAX_CHARS or not _is_label(bare):
            return None
        return LineFrame(bare, symbology, gs1)


class TextCodec(Tally):
    """Bytes in, lines out. Every byte fed is in a good line, discarded, or still held.

    Line endings count with the line they end; empty lines are endings and nothing more.
    """

    def __init__(self, line_format: LineFormat) -> None:
        super().__init__()
        self._format = line_format
        self._endings = ENDINGS[line_format.ending]
        self._held = bytearray()
        self._oversized = False

    @property
    def held_bytes(self) -> int:
        """Bytes of a line whose end has not arrived."""
        return len(self._held)

    def feed(self, data: bytes) -> list[Line]:
        """Take bytes in pieces of any size and return the lines they complete."""
        frames: list[Line] = []
        self._held += data
        while (found := self._first_ending()) is not None:
            at, ending = found
            line = bytes(self._held[:at])
            del self._held[: at + len(ending)]
            frames += self._line(line, len(ending))
        self._shed_oversized()
        return frames

    def flush(self) -> list[Line]:
        """A pause on the line: where no ending is configured, what is held is a line.

        Where one is, a line may be continued: a person can type it.
        """
        if self._endings:
            return []
        line = bytes(self._held)
        self._held.clear()
        return self._line(line, 0)

    def _first_ending(self) -> tuple[int, bytes] | None:
        found = [(at, end) for end in self._endings if (at := self._held.find(end)) >= 0]
        return min(found) if found else None

    def _line(self, line: bytes, ending_bytes: int) -> list[Line]:
        whole = not self._oversized and len(line) <= self._format.line_max_bytes
        self._oversized = False
        if whole and not line:  # the LF of CR LF, or an empty line
            self._good_bytes += ending_bytes
            return []
        frame = self._format.frame(line) if whole else None
        if frame is None or isinstance(frame, StrangeFrame):
            self._discarded_bytes += len(line) + ending_bytes
            return [] if frame is None else [frame]
        self._count(len(line) + ending_bytes)
        return [frame]

    def _shed_oversized(self) -> None:
        """Drop what is held of a line that grew too long, but not the first half of its end."""
        spare = max((len(ending) for ending in self._endings), default=1) - 1
        if not self._oversized and len(self._held) <= self._format.line_max_bytes + spare:
            return
        self._oversized = True
        gone = max(0, len(self._held) - spare)
        self._discarded_bytes += gone
        del self._held[:gone]


def _decoded(line: bytes, encoding: str) -> str | None:
    for candidate in ("utf-8", encoding):
        try:
            return line.decode(candidate)
        except UnicodeError:
            continue
    return None


def _is_label(text: str) -> bool:
    """Whether ``text`` says something, and holds no control character that labels never have."""
    if text.isprintable():
        return bool(text) and not text.isspace()
    controls = {character for character in text if unicodedata.category(character) == "Cc"}
    return controls <= _CONTROLS_OF_LABELS and any(
        character not in controls and not character.isspace() for character in text
    )
