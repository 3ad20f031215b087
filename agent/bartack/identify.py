"""From a read to a scan: what a person meant by showing this to that reader. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bartack.events import ID
from bartack.labels import forms
from bartack.wire import is_check_valid
from bartack_drivers.base import Medium, Read

Role = Literal["badge", "bundle", "any"]
ScanKind = Literal["badge", "bundle", "tag", "command", "misread", "unknown"]
Check = Literal["iso7064_mod37_36"]


@dataclass(frozen=True, slots=True)
class CodePattern:
    """How this factory's labels read.

    Named groups of ``pattern``: bundle and operation, badge, or command and argument.

    ``check``: how the last letter or digit of such a label proves those before it; None: not.
    """

    kind: Literal["badge", "bundle", "command"]
    pattern: re.Pattern[str]
    check: Check | None = None


COMMAND_CARDS: Final = CodePattern(
    "command",
    re.compile(
        "CMD-(?P<command>UNDO|SPLIT|SHARED|DEFECT|REPAIR|OFF-START|OFF-END|HELP-ANSWER|HELP"
        "|SIGN-OUT|DISPUTE|APPROVE|REJECT|CORRECT|CANCEL|PIECES|FAULT|OWNER|REASON|OPERATION)"
        "(?:-(?P<argument>[A-Za-z0-9_-]{1,32}?))?-[0-9A-Z]"
    ),
    "iso7064_mod37_36",
)
"""How the hub prints command cards; a station knows them without being told."""


SCREEN: Final = "screen"
"""What stands for the reader and the label where a button was pressed."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One intended act. ``label`` is what the reader saw; the ids are what it means here.

    A ``tag`` means what reference data says: the bundle it is tied to or, where ``badge`` is set
    too, somebody's badge. A ``misread`` fits a pattern whose check character it fails, so that
    nothing of it is believed. A ``command`` is a card's or, where it is ``manual``, a button's;
    ``seq`` is the event that the button stands beside. ``presence``: it was noticed resting on a
    reader, not shown to one.
    """

    kind: ScanKind
    label: str
    reader: str
    badge: str = ""
    bundle: str = ""
    operation: str = ""
    medium: Medium = "barcode"
    presence: bool = False
    with_another: bool = False
    """A badge that lies on the reader together with another."""
    command: str = ""
    argument: str = ""
    seq: int | None = None
    manual: bool = False


def identify(reader: str, role: Role, read: Read, codes: Sequence[CodePattern]) -> Scan:
    """What ``read`` means at a reader of this role; kind ``unknown`` when nothing fits.

    The first pattern that fits one of the read's forms decides, as far as the reader's role allows
    it; patterns are for labels and EPCs, because the number of any other tag says nothing. Without
    one a tag is a tag, or a badge at a badge reader; a label at a badge reader without badge
    patterns is a badge by its whole text. A pattern that fits decides also where the label's check
    character is wrong: a later, looser pattern must not take a misread for something else.
    """
    readable = forms(read)
    label = readable[-1]
    allowed = [code for code in codes if code.kind == "command" or role in (code.kind, "any")]
    for code in allowed if read.medium in ("barcode", "epc") else ():
        for form in readable:
            found = code.pattern.fullmatch(form)
            if found is None:
                continue
            if code.check is not None and not is_check_valid(form):
                return Scan("misread", label, reader, medium=read.medium)
            return _matched(code, label, reader, found.groupdict(), read.medium)
    badge = label.upper()
    if read.medium != "barcode" and role != "badge":
        return Scan("tag", label, reader, badge if role == "any" else "", medium=read.medium)
    named = any(code.kind == "badge" for code in allowed)
    if read.medium != "barcode" or (role == "badge" and not named):
        return Scan("badge", label, reader, badge, medium=read.medium)
    return Scan("unknown", label, reader)


def button(command: str, argument: str, seq: int | None) -> Scan:
    """What somebody pressed on the operator's screen, as the card that it stands for."""
    return Scan("command", SCREEN, SCREEN, command=command, argument=argument, seq=seq, manual=True)


def _matched(
    code: CodePattern, label: str, reader: str, groups: dict[str, str | None], medium: Medium
) -> Scan:
    if code.kind == "badge":
        named = groups.get("badge")
        # What a pattern cut out is text that was registered, not a number of so many bits.
        source: Medium = "barcode" if named else medium
        return Scan("badge", label, reader, badge=(named or label).upper(), medium=source)
    if code.kind == "command":
        command, argument = groups.get("command") or "", groups.get("argument") or ""
        return Scan("command", label, reader, command=command.lower(), argument=argument)
    bundle, operation = groups.get("bundle") or "", groups.get("operation") or ""
    if not ID.fullmatch(bundle) or (operation and not ID.fullmatch(operation)):
        return Scan("unknown", label, reader)
    return Scan("bundle", label, reader, bundle=bundle, operation=operation, medium=medium)
