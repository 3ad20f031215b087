"""The list of supported readers in the documentation is that of the registry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bartack.cli import main
from bartack_drivers.catalogue import MEDIA, by_medium, markdown
from bartack_drivers.registry import DRIVERS
from source_tree import REPOSITORY

PAGE = REPOSITORY / "docs" / "readers" / "README.md"
BEGIN, END = "<!-- bartack drivers --markdown -->\n", "<!-- end of table -->\n"
BARTACK = Path(sys.executable).parent / "bartack"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BARTACK, "drivers", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def told_of(*arguments: str) -> str:
    """What the command prints, without a process of its own for every driver."""
    done = CliRunner().invoke(main, ["drivers", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def whole_list() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("--json").stdout)
    return rows


def test_the_page_holds_the_table_of_the_registry() -> None:
    """Between its two marks stands what `bartack drivers --markdown` prints, to the letter."""
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    assert table == run("--markdown").stdout == markdown(DRIVERS.values()) + "\n"


def test_every_page_that_is_linked_is_there() -> None:
    """Each driver's page stands beside the table."""
    pages = {file.stem for file in PAGE.parent.glob("*.md")} - {"README"}
    assert pages == set(DRIVERS)


def test_every_medium_has_its_table() -> None:
    """A driver is listed below each medium it reads, with its proof."""
    tables = by_medium(DRIVERS.values()).split("\n\n")
    for table in tables:
        head, *rows = table.splitlines()
        medium = next(medium for medium, words in MEDIA.items() if words == head)
        assert [row.split()[0] for row in rows] == [
            name for name, driver in DRIVERS.items() if medium in driver.media
        ]
        assert all(DRIVERS[row.split()[0]].proof in row for row in rows)


@pytest.mark.parametrize("name", DRIVERS)
def test_a_drivers_options_are_told(name: str, whole_list: list[dict[str, Any]]) -> None:
    """With a name, the options with their defaults; as JSON, the same as in the whole list."""
    told = told_of(name)
    assert all(f"  {option.name} = " in told for option in DRIVERS[name].options)
    (described,) = json.loads(told_of(name, "--json"))
    assert described in whole_list


def test_an_unknown_driver_is_a_mistake_with_the_nearest() -> None:
    """A misspelt name is told which one was meant."""
    ended = run("camra")
    assert ended.returncode == 2
    assert "did you mean camera" in ended.stderr
