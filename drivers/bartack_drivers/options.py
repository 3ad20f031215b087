"""An option of a driver: its type, default and bounds, and what a wrong value is told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeGuard

from bartack_drivers.base import OptionError

Kind = Literal["text", "integer", "number", "switch", "list", "integers"]

_KIND_NAMES: Final = MappingProxyType(
    {
        "text": "a text",
        "integer": "a whole number",
        "number": "a number",
        "switch": "true or false",
        "list": "a list of texts",
        "integers": "a list of whole numbers",
    }
)

OptionValue = str | int | float | bool | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a driver.

    ``choices`` bound a text, or the entries of a list; ``least`` and ``most`` numbers. ``fault``
    says what else is wrong with a text. ``word``: a text that may stand in the place of a number.
    """

    name: str
    kind: Kind
    default: OptionValue
    help: str
    choices: tuple[str, ...] = ()
    least: float = -math.inf
    most: float = math.inf
    fault: Callable[[str], str | None] = lambda _: None
    word: str = ""

    def check(self, value: object) -> OptionValue:
        """Return ``value`` as the driver takes it, a list as a tuple; or raise ``OptionError``."""
        checked = self._typed(value)
        if checked == () and self.default != ():
            raise OptionError(self.name, "is empty; leave it out for the default")
        for one in checked if isinstance(checked, tuple) else (checked,):
            if isinstance(one, (int, float)) and not self.least <= one <= self.most:
                raise OptionError(self.name, f"{one!r} is not from {self.least} to {self.most}")
            if self.choices and one not in self.choices:
                known = ", ".join(choice or "empty" for choice in self.choices)
                raise OptionError(self.name, f"{one!r} is not one of {known}")
            if isinstance(one, str) and (fault := self.fault(one)):
                raise OptionError(self.name, fault)
        return checked

    def parse(self, text: str) -> OptionValue:
        """Read the value from a command line: lists with commas, switches as true and false."""
        if self.word and text == self.word:
            return text
        try:
            match self.kind:
                case "integer":
                    return self.check(int(text))
                case "number":
                    return self.check(float(text))
                case "switch":
                    return self.check({"true": True, "false": False}.get(text.lower(), text))
                case "list":
                    return self.check([part.strip() for part in text.split(",")])
                case "integers":
                    return self.check([int(part) for part in text.split(",")])
                case "text":
                    return self.check(text)
        except ValueError:
            raise OptionError(self.name, f"{text!r} is not {_KIND_NAMES[self.kind]}") from None

    def _typed(self, value: object) -> OptionValue:
        if isinstance(value, str) and (self.kind == "text" or (self.word and value == self.word)):
            return value
        if self.kind == "switch" and isinstance(value, bool):
            return value
        if self.kind == "integer" and _is_whole(value):
            return value
        if (
            self.kind == "number"
            and isinstance(value, (int, float))
            and not isinstance(value, bool)
        ):
            return value
        if self.kind == "list" and isinstance(value, (list, tuple)):
            parts = tuple(part for part in value if isinstance(part, str))
            if len(parts) == len(value):
                return parts
        if self.kind == "integers" and isinstance(value, (list, tuple)):
            numbers = tuple(part for part in value if _is_whole(part))
            if len(numbers) == len(value):
                return numbers
        raise OptionError(self.name, f"{value!r} is not {_KIND_NAMES[self.kind]}")


def _is_whole(value: object) -> TypeGuard[int]:
    """To Python, true and false are whole numbers; to a technician they are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def pattern_fault(pattern: str) -> str | None:
    """Say what is wrong with a regular expression, if anything is."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"{pattern!r} is not a regular expression: {error}"
    return None


def encoding_fault(name: str) -> str | None:
    """Say what is wrong with the name of a text encoding, if anything is."""
    try:
        b"A\xff".decode(name)
    except UnicodeError:
        return None  # known; these bytes just mean nothing in it
    except (LookupError, ValueError):
        return f"{name!r} is not a text encoding Python knows; try latin-1, gbk or shift_jis"
    return None
