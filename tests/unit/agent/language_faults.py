"""What can be wrong with a language's file, as text that names the key. Pure, so that mistakes can
be planted."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from bartack.languages.sentences import PLACEHOLDER

Texts = Mapping[str, str]

KNOWN_PLACEHOLDERS = {
    *("name", "operator", "bundle", "operation", "pieces", "done_by", "done_name", "done_at"),
    *("done_station", "expected_line", "pieces_left", "missing", "code"),  # of answers
    *("station", "line", "time", "minutes", "unsent", "bundles"),  # of the page
}
SENTENCES = {"ok", "refused", "info", "flag", "alarm"}
LENGTH_MAX = {"screen": 70} | dict.fromkeys(SENTENCES, 110)
LABEL_LENGTH_MAX = 24
ENDS = ".?!।۔؟"
ACCIDENTS = re.compile(r"[\"'`<>&%\\]|\.\.|  |[{}]")
JOINERS = "\u200c\u200d"
SCRIPTS = {
    "bn": "BENGALI",
    "hi": "DEVANAGARI",
    "si": "SINHALA",
    "ta": "TAMIL",
    "ur": "ARABIC",
    "ar": "ARABIC",
}
ANOTHERS_LETTERS = {
    "ur": frozenset("\u064a\u0643\u0647\u0649\u0629"),  # what an Arabic keyboard types for ours
    "ar": frozenset("\u06cc\u06a9\u06c1\u06d2\u06af\u0679\u0688\u0691\u06ba\u06be"),
}
"""Letters that look right in one of the two languages and are wrong in it."""


def without_twins(source: str) -> dict[str, str]:
    """The texts of a file. Raises ``ValueError`` where a key stands twice."""

    def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
        twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        if twice:
            raise ValueError(f"stand twice: {twice}")
        return dict(pairs)

    texts: dict[str, str] = json.loads(source, object_pairs_hook=once)
    return texts


def faults(code: str, texts: Texts, english: Texts, drawn: Collection[int]) -> Iterator[str]:
    """All that is wrong; ``drawn`` are the code points that the shipped typefaces have."""
    yield from (f"{key}: missing" for key in english if key not in texts)
    yield from (f"{key}: not in English" for key in texts if key not in english)
    for key, text in texts.items():
        found = [*text_faults(key, text), *script_faults(code, text)]
        if key in english:
            found += placeholder_faults(text, english[key])
            if code != "en" and text == english[key]:
                found.append("not translated")
        unseen = {character for character in text if ord(character) not in drawn} - set(JOINERS)
        found += [f"no shipped typeface has {character!a}" for character in sorted(unseen)]
        yield from (f"{key}: {fault}: {text}" for fault in found)


def text_faults(key: str, text: str) -> Iterator[str]:
    group = key.partition(".")[0]
    bare = PLACEHOLDER.sub("", text)
    if not bare.strip():
        yield "says nothing"
    if text != text.strip() or ACCIDENTS.search(PLACEHOLDER.sub("x", text)):
        yield "quote, mark or space by accident"
    if "}।" in text:
        yield "a danda right after a value reads as a 1; put a no-break space between"
    if unicodedata.normalize("NFC", text) != text:
        yield "not in NFC"
    for character in bare:
        if character not in JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Co", "Nd"}:
            yield f"{character!a} has no place in a text"
    if len(text) > LENGTH_MAX.get(group, LABEL_LENGTH_MAX):
        yield f"{len(text)} characters are too many"
    if group in SENTENCES and text[-1:] not in ENDS:
        yield "does not end as a sentence"
    if group not in SENTENCES | {"screen"} and text[-1:] in ENDS:
        yield "ends as a sentence, but is a label"


def script_faults(code: str, text: str) -> Iterator[str]:
    script = SCRIPTS.get(code, "LATIN")
    for character in PLACEHOLDER.sub("", text):
        if character.isalpha() and not unicodedata.name(character).startswith(script):
            yield f"{character!r} is not {script.title()}"
        if character in ANOTHERS_LETTERS.get(code, ()):
            yield f"{character!r} ({ord(character):04X}) is the letter of another language"


def placeholder_faults(text: str, english: str) -> Iterator[str]:
    wanted, found = PLACEHOLDER.findall(english), PLACEHOLDER.findall(text)
    if Counter(wanted) != Counter(found):
        yield f"has the placeholders {sorted(found)}, English has {sorted(wanted)}"
    yield from (f"{{{name}}} is unknown" for name in found if name not in KNOWN_PLACEHOLDERS)
