"""Writing for the eye: letters beyond the built-in font, joined and ordered as people read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_hub.tickets.letters import FontError, Letters, Unwritable, Writing
from installed import Require


def order(writing: Writing) -> list[object]:
    """What is drawn from left to right: built-in text, and the outline of each letter."""
    return [
        item
        for piece in writing.pieces
        for item in ([piece.text] if piece.text else [glyph.outline for glyph in piece.glyphs])
    ]


def test_western_letters_need_no_font() -> None:
    """The built-in font writes western European names as they are."""
    assert order(Letters().write("Jürgen O'Brien")) == ["Jürgen O'Brien"]


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("রহিমা", "U+09B0 (bengali letter ra)"),
        ("Ana\x07", "U+0007"),
        ("a\nb", "U+000A"),
        ("\ufffe", "U+FFFE"),
    ],
)
def test_what_no_font_has_is_told(text: str, character: str) -> None:
    """A letter without a font, and what is no letter at all, is named with the way out."""
    with pytest.raises(Unwritable) as caught:
        Letters().write(text)
    assert str(caught.value).startswith(character)
    assert "fonts of [tickets]" in str(caught.value)


def test_bengali_is_shaped(require: Require) -> None:
    """The vowel sign i stands before the consonant that it is written after."""
    letters = Letters([require("Lohit Bengali")])
    (consonant,) = order(letters.write("ক"))
    drawn = order(letters.write("কি"))
    assert len(drawn) == 2
    assert drawn[1] == consonant
    assert len(order(letters.write("স্ত"))) == 1  # three signs, one joined letter


def test_a_text_may_mix_fonts(require: Require) -> None:
    """Each letter is written in the first font that has it; a font is kept while it can be."""
    letters = Letters([require("Lohit Bengali")])
    drawn = order(letters.write("Cuff ক 2"))
    assert drawn[0] == "Cuff "
    assert drawn[1:2] == order(letters.write("ক"))


def test_right_to_left_stays_right_to_left(require: Require) -> None:
    """Urdu begins at the right; numbers and names in it keep their own direction."""
    letters = Letters([require("DejaVu")])
    first, last = order(letters.write("ع"))[0], order(letters.write("د"))[0]
    assert order(letters.write("د ع")) == [first, last]
    assert order(letters.write("ع 12/3")) == ["12/3", first]
    assert order(letters.write("ع Lahore 12")) == ["Lahore 12", first]


def test_brackets_open_the_right_way_round(require: Require) -> None:
    """What is an opening bracket for people who read from the right closes for those who do not."""
    drawn = order(Letters([require("DejaVu")]).write("ع (7)"))
    assert drawn[:2] == ["(", "7"]
    assert len(drawn) == 4


def test_a_text_that_changes_direction_is_refused(require: Require) -> None:
    """What begins in one direction and goes on in the other is told, not printed out of order."""
    with pytest.raises(Unwritable, match="begins from left to right"):
        Letters([require("DejaVu")]).write("Aisha عائشہ")


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2067", "\ufeff"])
def test_marks_of_direction_turn_nothing_round(mark: str) -> None:
    """A mark that would show a name backwards is left out."""
    assert order(Letters().write(f"Ana{mark} Li")) == ["Ana Li"]


@pytest.mark.parametrize("content", [b"", b"wOF2" + b"\0" * 100, b"garbage" * 1000])
def test_a_file_that_is_no_font_is_named(tmp_path: Path, content: bytes) -> None:
    """A web font or any other file is refused by its name."""
    file = tmp_path / "font.ttf"
    file.write_bytes(content)
    with pytest.raises(FontError, match=r"font\.ttf: not a TrueType or OpenType font"):
        Letters([file])


def test_a_missing_font_is_named(tmp_path: Path) -> None:
    """A font that is not there is told with the system's reason."""
    with pytest.raises(FontError, match=r"none\.ttf: cannot read: No such file"):
        Letters([tmp_path / "none.ttf"])


@given(st.text(max_size=60))
def test_any_text_is_written_or_refused(text: str) -> None:
    """Whatever a table holds becomes a writing of some width, or a message."""
    try:
        writing = Letters().write(text)
    except Unwritable:
        return
    assert writing.width >= 0
