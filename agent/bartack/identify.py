"""From a read to a scan: what a person meant by showing this to that reader. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bartack.events import ID
from bartack_drivers.base import Read

Role = Literal["badge", "bundle", "any"]
ScanKind = Literal["badge", "bundle", "unknown"]


@dataclass(frozen=True, slots=True)
class CodePattern:
    """How this factory's labels read. Named groups of ``pattern``: bundle, operation, badge."""

    kind: Literal["badge", "bundle"]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Scan:
    """One intended act. ``label`` is what the reader saw; the ids are what it means here."""

    kind: ScanKind
    label: str
    reader: str
    badge: str = ""
    bundle: str = ""
    operation: str = ""


def identify(reader: str, role: Role, read: Read, codes: Sequence[CodePattern]) -> Scan:
    """What ``read`` means at a reader of this role; kind ``unknown`` when nothing fits.

    A tag at a badge reader is a badge. A label is what the first fitting pattern says, as far as
    the reader's role allows it; at a badge reader without badge patterns the whole text counts.
    """
    label = read.value.encode("utf-8", "replace").decode("utf-8")
    if read.medium != "barcode":
        kind: ScanKind = "unknown" if role == "bundle" else "badge"
        badge = label.upper() if kind == "badge" else ""
        return Scan(kind, label, reader, badge=badge)
    allowed = [code for code in codes if role in (code.kind, "any")]
    for code in allowed:
        found = code.pattern.fullmatch(label)
        if found is not None:
            return _matched(code, label, reader, found.groupdict())
    if role == "badge" and not allowed:
        return Scan("badge", label, reader, badge=label.upper())
    return Scan("unknown", label, reader)


def _matched(code: CodePattern, label: str, reader: str, groups: dict[str, str | None]) -> Scan:
    if code.kind == "badge":
        return Scan("badge", label, reader, badge=(groups.get("badge") or label).upper())
    bundle, operation = groups.get("bundle") or "", groups.get("operation") or ""
    if not ID.fullmatch(bundle) or (operation and not ID.fullmatch(operation)):
        return Scan("unknown", label, reader)
    return Scan("bundle", label, reader, bundle=bundle, operation=operation)
