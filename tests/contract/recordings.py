"""Recorded devices: a folder with the bytes a device sent, and the reads they must give.

``tests/recorded/<driver>/<what it shows>/`` holds ``bytes.bin``, ``reads.jsonl`` (the expected
reads in order; for a camera the codes of its pictures) and ``about.toml`` (device, origin, and
the options it is read with).
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parents[1] / "recorded"


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded device."""

    folder: Path

    @property
    def driver(self) -> str:
        return self.folder.parent.name

    @property
    def data(self) -> bytes:
        return (self.folder / "bytes.bin").read_bytes()

    @property
    def about(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "about.toml").read_text(encoding="utf-8"))

    @property
    def options(self) -> dict[str, object]:
        return dict(self.about["options"])

    @property
    def expected(self) -> list[dict[str, str]]:
        lines = (self.folder / "reads.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    @property
    def reads(self) -> list[tuple[str, str, str | None]]:
        """The expected reads as medium, value and symbology."""
        return [(it["medium"], it["value"], it.get("symbology")) for it in self.expected]

    def codes(self) -> set[tuple[str, str | None]]:
        """The expected reads without their order."""
        return {(read["value"], read.get("symbology")) for read in self.expected}

    def parts(self) -> list[bytes]:
        """The pieces of a multipart stream, one picture each."""
        return [part for part in re.split(rb"(?=--frame\r\n)", self.data) if part]


def recordings_of(driver: str) -> list[Recording]:
    return [Recording(file.parent) for file in sorted((RECORDED / driver).glob("*/bytes.bin"))]
