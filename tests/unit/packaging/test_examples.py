"""The example configuration: accepted by the commands it is for, and consistent in itself."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from bartack.config import Checks, SignOut, Work, load_station
from source_tree import REPOSITORY

CONFIG = REPOSITORY / "config"
BIN = Path(sys.executable).parent
COLUMNS = {
    "operators": "operator,name,badges,language,role",
    "operations": "style,seq,operation,name,sam,rate",
    "bundles": "bundle,order,style,size,colour,pieces,line",
    "rates": "style,operation,from,rate",
    "reasons": "code,name,pay,rate_per_hour,cap_min,approval",
    "faults": "code,name",
    "curves": "curve,week,factor",
    "guarantees": "from,period,per_hour",
}


def run(command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs one of our installed commands."""
    return subprocess.run(
        [BIN / command, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def rows(table: str) -> list[dict[str, str]]:
    with (CONFIG / "reference" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commented_in(text: str) -> str:
    """The text with its commented-out tables in force, such as '# [[reader]]' and its keys."""
    tables = r"\[\[(reader|feedback)\]\]$"
    keys = "name|driver|port|role|formats|web_port|numerals|currency"
    return re.sub(rf"^# (?={tables}|({keys}) = )", "", text, flags=re.M)


def settings_in_force(text: str) -> str:
    """The text with the commented-out settings of its tables in force."""
    keys = "|".join(key for table in (Work, Checks, SignOut) for key in table.model_fields)
    return re.sub(rf"^# (?=({keys}) = )", "", text, flags=re.M)


@pytest.mark.parametrize("variant", ["as it is", "with camera and screen"])
def test_the_station_example_is_accepted(variant: str, tmp_path: Path) -> None:
    """`bartack config check` finds nothing wrong with the example, nor with its commented table."""
    text = (CONFIG / "station.toml").read_text(encoding="utf-8")
    file = tmp_path / "station.toml"
    file.write_text(text if variant == "as it is" else commented_in(text), encoding="utf-8")
    result = run("bartack", "config", "check", file)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_station_example_shows_every_setting_of_work_as_it_comes(tmp_path: Path) -> None:
    """Its commented settings of work, checks and sign-out are all there are, at their defaults."""
    text = (CONFIG / "station.toml").read_text(encoding="utf-8")
    file = tmp_path / "station.toml"
    file.write_text(text, encoding="utf-8")
    as_it_is = load_station(file)
    file.write_text(settings_in_force(text), encoding="utf-8")
    assert load_station(file) == as_it_is
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    for name, table in (("work", Work), ("checks", Checks), ("sign_out", SignOut)):
        assert set(given[name]) == set(table.model_fields)


def test_the_schema_says_what_each_setting_of_work_means() -> None:
    """An editor that reads `bartack config schema` shows a sentence for every such key."""
    definitions = json.loads(run("bartack", "config", "schema").stdout)["$defs"]
    for table in (Work, Checks, SignOut):
        keys = definitions[table.__name__]["properties"]
        assert [key for key, value in keys.items() if not value.get("description")] == []


def test_the_hub_example_is_accepted() -> None:
    """`bartack-hub config check` finds nothing wrong with the example."""
    result = run("bartack-hub", "config", "check", CONFIG / "hub.toml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_reference_examples_are_imported(tmp_path: Path) -> None:
    """The hub takes the example tables, with the store of its example file moved to a folder."""
    text = (CONFIG / "hub.toml").read_text(encoding="utf-8")
    file = tmp_path / "hub.toml"
    file.write_text(text.replace("sqlite:////var/lib/bartack-hub", f"sqlite:///{tmp_path}"))
    result = run("bartack-hub", "import", "--config", file, CONFIG / "reference")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "hub.db").is_file()


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_the_reference_examples_have_the_columns_of_the_contract(table: str) -> None:
    """Every table has the columns that the hub imports, and no empty cell."""
    header = (CONFIG / "reference" / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == COLUMNS[table]
    assert [row for row in rows(table) if not all(row.values())] == []


def test_the_reference_examples_fit_each_other_and_the_station() -> None:
    """Bundles name a known style, badges are the badge reader's, and the station's work exists."""
    styles = {row["style"] for row in rows("operations")}
    assert {row["style"] for row in rows("bundles")} <= styles
    badges = [badge for row in rows("operators") for badge in row["badges"].split(";")]
    assert [badge for badge in badges if not re.fullmatch(r"[0-9A-F]{10}", badge)] == []
    assert len(set(badges)) == len(badges)
    station = (CONFIG / "station.toml").read_text(encoding="utf-8")
    pattern = re.search(r"^pattern = '(.*)'$", station, re.MULTILINE)
    operation = re.search(r'^operation = "(\w+)"', station, re.MULTILINE)
    assert pattern
    assert operation
    assert [row for row in rows("bundles") if not re.fullmatch(pattern[1], row["bundle"])] == []
    assert operation[1] in {row["operation"] for row in rows("operations")}


def test_money_and_minutes_are_exact_decimals() -> None:
    """SAM and rate are positive decimals with at most two places, never binary fractions."""
    for row in rows("operations"):
        for value in (Decimal(row["sam"]), Decimal(row["rate"])):
            assert value > 0
            assert value == value.quantize(Decimal("0.01"))
