"""Reads the texts of all languages from the files that ship with the agent."""

from __future__ import annotations

import json
from importlib import resources
from types import MappingProxyType

from bartack.languages.sentences import LANGUAGES, Language, Languages
from bartack.languages.values import Numerals


def load_languages(numerals: Numerals = "latn") -> Languages:
    """Every language, with numbers written as ``numerals`` says. Call it once, at the start.

    Raises ``OSError`` or ``ValueError`` when the installation is broken.
    """
    return Languages({code: _load(code) for code in LANGUAGES}, numerals)


def _load(code: str) -> Language:
    file = resources.files("bartack.languages").joinpath(f"{code}.json")
    texts: dict[str, str] = json.loads(file.read_text("utf-8"))
    return Language(code, MappingProxyType(texts))
