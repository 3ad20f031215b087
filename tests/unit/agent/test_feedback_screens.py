"""The rows of a display: they fit, and say the answer, the bundle and the count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import Json
from bartack.feedback.patterns import PATTERNS
from bartack.feedback.reasons import REASONS, WORDS_MAX_CHARS, markdown, named
from bartack.feedback.samples import sample
from bartack.feedback.screens import SIGNS, answer_rows, idle_rows
from bartack.reasons import REASONS as STATION_REASONS
from bartack_drivers.codecs.hd44780 import GLYPHS, SIZES, encoded
from source_tree import REPOSITORY

AT = "2026-11-28T08:00:00.000Z"
SHAPES = [(size.columns, size.rows) for size in SIZES.values()]
ids = st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True)


def document(**fields: Json) -> dict[str, Json]:
    counted = sample("counted", AT)
    return {**counted, "bundle": "B000123", "operator": "E1044", "operation": "OP310", **fields}


def test_a_count_shows_bundle_pieces_and_the_day() -> None:
    """Two rows are enough to see what was counted and where one stands."""
    assert answer_rows(document(), 480, 16, 2) == ("✓ B000123     12", "today        480")
    assert answer_rows(document(), 480, 20, 4) == (
        "✓ B000123         12",
        "OP310",
        "E1044",
        "today            480",
    )


def test_a_marked_count_says_what_is_odd() -> None:
    """It is counted, and the mark stands where the day's count else does."""
    rows = answer_rows(document(flags=["too_fast"]), 480, 16, 2)
    assert rows == ("✓ B000123     12", "⚑35 too fast")


def test_a_refusal_names_its_number_and_who_was_first() -> None:
    """The number leads to the sentence in the operator's language; the name ends a quarrel."""
    refused = {"outcome": "refused", "reason": "already_done"}
    assert answer_rows(document(**refused), 480, 16, 2)[0] == "✗10 already done"
    by = answer_rows(document(**refused, details={"done_by": "E2"}), 480, 16, 2)
    assert by == ("✗10 already done", "by E2")


def test_what_is_not_saved_calls_for_help() -> None:
    """No count is shown beside an answer that nothing stands behind."""
    unsaved = document(outcome="refused", reason="ledger_unavailable")
    assert answer_rows(unsaved, 480, 16, 2) == ("⚿31 NOT SAVED", "call for help")


@pytest.mark.parametrize(("columns", "rows"), SHAPES)
@given(
    kind=st.sampled_from([("ok", None), *(("refused", reason) for reason in REASONS)]),
    flag=st.sampled_from([None, "too_fast", "wrong_line", "not_known_here"]),
    bundle=st.none() | ids,
    operator=st.none() | ids,
    done_by=st.none() | ids,
    pieces=st.none() | st.integers(0, 10_000),
    today=st.integers(0, 100_000),
)
def test_every_screen_fits_the_display(
    columns: int,
    rows: int,
    kind: tuple[str, str | None],
    flag: str | None,
    bundle: str | None,
    operator: str | None,
    done_by: str | None,
    pieces: int | None,
    today: int,
) -> None:
    """Whatever the names, no row is longer than the display, and no number is cut."""
    outcome, reason = kind
    details: dict[str, Json] = {} if done_by is None else {"done_by": done_by}
    flags: list[Json] = [] if flag is None else [flag]
    shown = answer_rows(
        document(
            outcome=outcome,
            reason=reason,
            flags=flags,
            details=details,
            bundle=bundle,
            operator=operator,
            pieces=pieces,
        ),
        today,
        columns,
        rows,
    )
    assert len(shown) == rows
    assert all(len(row) <= columns for row in shown)
    assert b"?" not in encoded("".join(shown)) or "?" in "".join(shown)
    if outcome == "ok" and pieces is not None:
        assert shown[0].endswith(f" {pieces}")


@pytest.mark.parametrize(("columns", "rows"), SHAPES)
def test_before_the_first_answer_the_station_is_named(columns: int, rows: int) -> None:
    """A display that works says so before anybody scans."""
    shown = idle_rows("st07", 0, columns, rows)
    assert shown[0] == "Bartack st07"
    assert len(shown) == rows


def test_every_kind_of_answer_has_its_own_sign() -> None:
    """The first character alone tells the kind, and the display can draw it."""
    assert set(SIGNS) == set(PATTERNS)
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert set(SIGNS.values()) == set(GLYPHS)


def test_a_number_means_one_reason_and_its_words_fit() -> None:
    """Numbers are printed on cards at the machine, so none stands for two reasons."""
    numbers = [number for number, _ in REASONS.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= 99 for number in numbers)
    words = [words for _, words in REASONS.values()]
    assert all(len(it) <= WORDS_MAX_CHARS and it.isascii() for it in words)
    assert len(set(words)) >= len(words) - 1, "unknown card and unknown command say one thing"


def test_every_reason_of_the_station_has_a_number() -> None:
    """Nothing that a station may answer is left to be shown by a code cut short."""
    assert {it.code for it in STATION_REASONS} == set(REASONS)


def test_a_reason_without_a_number_is_shown_by_its_code() -> None:
    """A later version's reason is better cut short than hidden."""
    assert named("no_such_reason_yet") == "no such reason "


def test_the_page_holds_the_table_of_the_numbers() -> None:
    """The card beside the machine is written from this page."""
    assert markdown() in (REPOSITORY / "docs" / "feedback.md").read_text(encoding="utf-8")
