"""The files of the nine languages: complete, sound, and drawable by the typefaces that ship.

The checker is shown to bite on planted mistakes before it is believed about the files.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import get_args

import pytest

from bartack.languages import LANGUAGES, load_languages
from bartack.reasons import REASONS, Flag, Info, Refused, sentence_key
from source_tree import ROOTS, all_modules, called
from unit.agent.language_faults import faults, without_twins
from unit.agent.typefaces import drawn_characters

FOLDER = ROOTS["bartack"] / "languages"

COMMANDS = (
    *("undo", "split", "shared", "defect", "repair", "off-start", "off-end", "help"),
    *("help-answer", "sign-out", "dispute", "approve", "reject", "pieces", "fault", "owner"),
    *("reason", "operation", "correct", "cancel"),
)
WORDS = {
    "command": COMMANDS,
    "state": ("counted", "voided", "disputed", "held", "refused"),
    "owner": ("operator", "previous", "cutting", "machine"),
    "help": ("mechanic", "quality", "supervisor"),
    "period": ("day", "week", "month"),
}


def texts_of(code: str) -> dict[str, str]:
    return without_twins((FOLDER / f"{code}.json").read_text(encoding="utf-8"))


@cache
def drawn() -> frozenset[int]:
    return drawn_characters()


def alarms() -> set[str]:
    """The codes of all alarms that the agent raises, from its source."""
    return {
        node.args[0].value
        for module in all_modules()
        if module.package == "bartack"
        for node in ast.walk(module.tree())
        if isinstance(node, ast.Call)
        and called(node).endswith(".alarm")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_sound(code: str) -> None:
    """Keys and placeholders are those of English, and each text is clean, short and drawable."""
    assert list(faults(code, texts_of(code), texts_of("en"), drawn())) == []


def test_every_file_is_a_language_and_loads() -> None:
    """What ships is what is listed, in the order of the files as they are read."""
    assert {file.stem for file in FOLDER.glob("*.json")} == set(LANGUAGES)
    languages = load_languages()
    assert {code: dict(languages.of(code).texts) for code in LANGUAGES} == {
        code: texts_of(code) for code in LANGUAGES
    }


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    """A code that the rules can give is never shown bare, and none is translated for nothing."""
    groups = ("refused", "info", "flag")
    assert {key for key in texts_of("en") if key.partition(".")[0] in groups} == {
        reason.key for reason in REASONS
    }
    assert len(REASONS) == sum(len(get_args(codes)) for codes in (Refused, Info, Flag))


def test_every_alarm_has_a_sentence_and_every_sentence_an_alarm() -> None:
    """An alarm that the agent raises is told to the operator in words."""
    assert len(alarms()) > 5
    assert {key for key in texts_of("en") if key.startswith("alarm.")} == {
        f"alarm.{code}" for code in alarms()
    }


@pytest.mark.parametrize("group", WORDS)
def test_every_word_of_a_closed_list_is_there(group: str) -> None:
    """Commands, states, fault owners, calls and periods have a word each, and no other has."""
    assert {key for key in texts_of("en") if key.startswith(f"{group}.")} == {
        f"{group}.{word}" for word in WORDS[group]
    }


def test_an_answer_finds_its_sentence() -> None:
    """The key follows from outcome and reason; what counted has a sentence of its own."""
    assert sentence_key("ok", None) == "ok"
    assert sentence_key("refused", "already_done") == "refused.already_done"
    assert {sentence_key("info", code) for code in get_args(Info)} <= texts_of("en").keys()


ENGLISH = {
    "ok": "Counted. Pieces: {pieces}.",
    "refused.wrong_line": "Bundle {bundle} is of line {expected_line}.",
    "command.undo": "Undo",
}
BENGALI = {
    "ok": "গোনা হয়েছে। পিস: {pieces}\u00a0।",
    "refused.wrong_line": "বান্ডিল {bundle} লাইন {expected_line}-এর।",
    "command.undo": "ফিরিয়ে নিন",
}
URDU = {
    "ok": "گن لیا۔ پیس: {pieces}۔",
    "refused.wrong_line": "بنڈل {bundle} لائن {expected_line} کا ہے۔",
    "command.undo": "واپس لیں",
}
PLANTED = [
    ({"command.undo": None}, "missing"),
    ({"command.redo": "ফের করুন"}, "not in English"),
    ({"ok": "গোনা হয়েছে।"}, "placeholders"),
    ({"ok": "গোনা হয়েছে {pieces} {pieces}।"}, "placeholders"),
    ({"ok": "গোনা হয়েছে {peices}।"}, "{peices} is unknown"),
    ({"ok": "গোনা হয়েছে {pieces।"}, "by accident"),
    ({"ok": "গোনা হয়েছে {pieces}।"}, "reads as a 1"),
    ({"command.undo": ""}, "says nothing"),
    ({"ok": "{pieces}"}, "says nothing"),
    ({"command.undo": "Undo"}, "not translated"),
    ({"command.undo": "ফিরিয়ে নিন "}, "by accident"),
    ({"command.undo": "'ফিরিয়ে' নিন"}, "by accident"),
    ({"command.undo": "ফিরিয়ে  নিন"}, "by accident"),
    ({"command.undo": "ফিরিয়ে…নিন..."}, "by accident"),
    ({"command.undo": "ফিরি\u09df\u09c7 নিন"}, "not in NFC"),
    ({"command.undo": "ফিরিয়ে\u202e নিন"}, "no place"),
    ({"command.undo": "ফিরিয়ে নিন ৫"}, "no place"),
    ({"command.undo": "ফিরিয়ে নিন" * 5}, "too many"),
    ({"command.undo": "ফিরিয়ে নিন।"}, "is a label"),
    ({"ok": "গোনা হয়েছে {pieces}"}, "end as a sentence"),
    ({"command.undo": "ফিরিয়ে undo"}, "not Bengali"),
    ({"command.undo": "ফিরিয়ে ☺"}, "no shipped typeface"),
]


def test_sound_texts_pass() -> None:
    """The checker finds nothing in what is right."""
    for code, texts in (("en", ENGLISH), ("bn", BENGALI), ("ur", URDU)):
        assert list(faults(code, texts, ENGLISH, drawn())) == []


@pytest.mark.parametrize(("change", "fault"), PLANTED, ids=str)
def test_a_planted_mistake_is_found(change: dict[str, str | None], fault: str) -> None:
    """Each law of the checker finds the mistake it is there for, and names the key."""
    texts = {key: text for key, text in {**BENGALI, **change}.items() if text is not None}
    found = [line for line in faults("bn", texts, ENGLISH, drawn()) if fault in line]
    assert found
    assert found[0].startswith(next(iter(change)))


def test_letters_of_the_neighbour_are_found() -> None:
    """Arabic yeh and kaf in Urdu, and Urdu ones in Arabic, look nearly right and are not."""
    texts = {**URDU, "command.undo": "واپس ليں"}
    assert any("another language" in line for line in faults("ur", texts, ENGLISH, drawn()))
    assert any("another language" in line for line in faults("ar", URDU, ENGLISH, drawn()))


def test_a_key_that_stands_twice_is_found() -> None:
    """JSON would keep the last of two texts in silence."""
    with pytest.raises(ValueError, match=r"twice: \['ok'\]"):
        without_twins('{"ok": "a", "ok": "b"}')
