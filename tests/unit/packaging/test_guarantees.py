"""The promises in docs/guarantees.md are those that tests show."""

from __future__ import annotations

import ast
import re

import pytest

from source_tree import REPOSITORY

TEXT = (REPOSITORY / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def named_in(file: str) -> dict[str, bool]:
    """The tests of a file, and whether each is marked slow as a whole."""
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    marks = [ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    all_slow = any("pytest.mark.slow" in mark for mark in marks)
    return {
        node.name: all_slow or "pytest.mark.slow" in map(ast.unparse, node.decorator_list)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_a_promise_names_a_test_that_exists(file: str, test: str) -> None:
    """Every row links to a test of that name."""
    assert test in named_in(file)


def test_every_row_is_shown_by_a_test() -> None:
    """No promise stands there without a test."""
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    bare = [row for row in rows if "`tests/" not in row and "| shown by" not in row]
    assert len(NAMED) > 25
    assert bare == []


def test_what_takes_minutes_is_marked_so() -> None:
    """The sign for long runs stands before exactly those tests that only make faults runs."""
    for sign, file, test in re.findall(r"(∞ )?`(tests/[\w/]+\.py)::(\w+)`", TEXT):
        assert named_in(file)[test] == bool(sign), f"{file}::{test}"
