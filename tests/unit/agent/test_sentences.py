"""Sentences: what is put into them shows, and nothing that is put into them can break them."""

from __future__ import annotations

import unicodedata
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.languages import LANGUAGES, NOT_KNOWN, load_languages, local_hour
from bartack.languages.values import MARKS_MAX, UNSEEN, VALUE_CHARACTERS_MAX, harmless

DHAKA = ZoneInfo("Asia/Dhaka")
LATIN = load_languages("latn")
NATIVE = load_languages("native")
KEYS = sorted(LATIN.of("en").texts)

FSI, PDI = "\u2068", "\u2069"
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_sentence_says_what_was_put_into_it() -> None:
    """English, left to right, with plain values, is plain text."""
    told = LATIN.sentence("en", "refused.already_done", done_name="Rina", done_at="14:05")
    assert told == "Already done by Rina at 14:05. Put it with the finished bundles."


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("bn", "bn"), ("bn-BD", "bn"), ("TA_LK", "ta"), ("xx", "en"), ("", "en"), ("../en", "en")],
)
def test_an_unknown_language_is_english(asked: str, spoken: str) -> None:
    """A code with a region is its language; a language that is not there is English."""
    assert LATIN.of(asked).code == spoken


def test_an_unknown_key_shows_itself() -> None:
    """A reason without a sentence is a code on the screen, not a crash."""
    assert LATIN.sentence("si", "refused.new_rule") == "refused.new_rule"


def test_a_missing_value_is_a_dash() -> None:
    """What is not known is not shown as a placeholder."""
    assert LATIN.sentence("en", "info.signed_out") == f"Signed out: {NOT_KNOWN}."
    assert LATIN.sentence("en", "info.signed_out", name=" ") == f"Signed out: {NOT_KNOWN}."


def test_a_colleague_without_a_name_is_told_by_id() -> None:
    """Another station's operator may be unknown here; the id is better than nothing."""
    told = LATIN.sentence("en", "refused.already_done", done_by="1042", done_at="14:05")
    assert told.startswith("Already done by 1042 at 14:05.")


def test_direction_is_that_of_the_script() -> None:
    """Urdu and Arabic run from right to left, the others from left to right."""
    assert {code for code in LANGUAGES if LATIN.of(code).direction == "rtl"} == {"ur", "ar"}


@pytest.mark.parametrize(
    ("language", "count"),
    [
        *(("en", "120"), ("bn", "১২০"), ("hi", "१२०"), ("ur", "۱۲۰"), ("ar", "١٢٠")),
        *(("si", "120"), ("ta", "120"), ("vi", "120"), ("tr", "120")),
    ],
)
def test_native_numerals_are_for_counts_and_times_only(language: str, count: str) -> None:
    """A count has the language's digits; an id stays as it is printed on the ticket."""
    told = NATIVE.sentence(language, "ok", bundle="B001-22", pieces=120)
    assert count in told
    assert "B001-22" in told
    assert "120" in LATIN.sentence(language, "ok", bundle="B001-22", pieces=120)


@pytest.mark.parametrize("language", ["ur", "ar"])
def test_ids_are_isolated_from_right_to_left_words(language: str) -> None:
    """An id among Urdu or Arabic words keeps the order of its parts."""
    told = LATIN.sentence(language, "refused.wrong_line", bundle="B001-8085", expected_line="L3")
    assert f"{FSI}B001-8085{PDI}" in told
    assert f"{FSI}L3{PDI}" in told


def test_a_right_to_left_name_is_isolated_in_english() -> None:
    """A name that runs the other way does not carry the time that follows it along."""
    told = LATIN.sentence("en", "refused.already_done", done_name="علی", done_at="14:05")
    assert f"by {FSI}علی{PDI} at 14:05" in told


def test_a_value_is_not_a_template() -> None:
    """A name that looks like a placeholder stays what it is."""
    told = LATIN.sentence("en", "ok", bundle="{pieces}", pieces=5)
    assert told == "Counted. Bundle {pieces}, pieces: 5."


HOSTILE = [
    ("Rina\u202egnp.exe", f"Rina{UNSEEN}gnp.exe"),
    ("Rina\u2069\u2067x", f"Rina{UNSEEN}{UNSEEN}x"),
    ("Ri\nna\x00\x1b[2J", f"Ri{UNSEEN}na{UNSEEN}{UNSEEN}[2J"),
    ("B1\u200b2", f"B1{UNSEEN}2"),
    ("a\ud800b", f"a{UNSEEN}b"),
    ("x" * 1000, "x" * (VALUE_CHARACTERS_MAX - 1) + "…"),
    ("\u200dA", f"{UNSEEN}A"),
    ("A\u200d\u200dB", f"A\u200d{UNSEEN}B"),
    ("ශ්\u200dරී", "ශ්\u200dරී"),
    ("ক্\u200cষ", "ক্\u200cষ"),
    ("Nguyễn", "Nguyễn"),
    ("a\u00a0b", "a b"),
]


@pytest.mark.parametrize(("value", "seen"), HOSTILE, ids=[ascii(value) for value, _ in HOSTILE])
def test_what_hides_or_turns_is_shown_as_such(value: str, seen: str) -> None:
    """Controls and turns are made visible; joiners that a script needs stay."""
    assert harmless(value) == seen


anything = st.text(st.characters(), max_size=80)


@given(st.sampled_from(LANGUAGES), st.sampled_from(KEYS), st.data())
def test_no_value_breaks_a_sentence(language: str, key: str, data: st.DataObject) -> None:
    """Around any value the words stay whole, isolates pair up, and no control gets through."""
    names = ["bundle", "operation", "name", "done_name", "done_at", "pieces", "code"]
    values = data.draw(st.dictionaries(st.sampled_from(names), anything))
    told = NATIVE.sentence(language, key, **values)
    assert depth_stays_flat(told)
    assert not TURNING & set(told) - {FSI, PDI}
    assert all(character not in told for character in "\n\r\x00\x1b\u2028")
    told.encode()
    words = NATIVE.of(language).texts[key]
    at = 0
    for part in words.replace("}", "{").split("{")[::2]:
        at = told.index(part, at) + len(part)
    assert told.endswith(words.rsplit("}", maxsplit=1)[-1])


def depth_stays_flat(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == FSI) - (character == PDI)
        if depth not in (0, 1):
            return False
    return depth == 0


@given(anything)
def test_a_harmless_value_is_short_and_flat(value: str) -> None:
    """No value is long or empty, and no letter carries a tower of marks."""
    seen = harmless(value)
    assert 0 < len(seen) <= VALUE_CHARACTERS_MAX
    run = 0
    for character in seen:
        run = run + 1 if unicodedata.category(character)[0] == "M" else 0
        assert run <= MARKS_MAX
    assert unicodedata.normalize("NFC", harmless(seen)) == unicodedata.normalize("NFC", seen)


def test_a_time_is_told_on_the_clock_of_the_line() -> None:
    """RFC 3339 in UTC becomes hours and minutes where the line is."""
    assert local_hour("2026-11-28T08:05:59Z", DHAKA) == "14:05"
    assert local_hour("2026-11-28T23:30:00.123+00:00", timezone(timedelta(hours=1))) == "00:30"


@pytest.mark.parametrize("at", ["", "noon", "2026-11-28T08:05:59", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_a_dash(at: str) -> None:
    """A time from another station that cannot be read is not known, and no crash."""
    assert local_hour(at, ZoneInfo("America/Lima")) == NOT_KNOWN
