"""Reference data from CSV: what is taken, and every mistake with its line and column."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.settings import Mistake
from bartack_hub.reference import CELL_MAX_CHARS, COLUMNS, Source, Tables, read_tables

TEXTS = {
    "operators": "operator,name,badges,language\nE1,Rahima Begum,0107d12a5b;A-17,bn\nE2,Linh,,VI\n",
    "operations": (
        "style,seq,operation,name,sam,rate\nS1,10,OP310,Join,0.45,0.61\nS1,9,OP300,Hem,1,0\n"
    ),
    "bundles": (
        "bundle,order,style,size,colour,pieces,line\n"
        "B000002,PO-1,S1,M,Navy,012,l03\nB000001,PO-1,S1,M,Navy,12,\n"
    ),
}
LINES = ("l03", "l04")


def read(**texts: str | bytes) -> tuple[Tables, list[Mistake]]:
    """Read good tables, except for those given."""
    sources = {}
    for table in COLUMNS:
        text = texts.get(table, TEXTS[table])
        data = text.encode() if isinstance(text, str) else text
        sources[table] = Source(Path(f"{table}.csv"), data)
    return read_tables(sources, LINES)


def mistakes(**texts: str | bytes) -> list[str]:
    return [str(mistake) for mistake in read(**texts)[1]]


def operators(*rows: str) -> str:
    return "\n".join(["operator,name,badges,language", *rows])


def operations(*rows: str) -> str:
    return "\n".join(["style,seq,operation,name,sam,rate", "S1,1,OP1,Hem,1,1", *rows])


def bundles(*rows: str) -> str:
    return "\n".join(["bundle,order,style,size,colour,pieces,line", *rows])


def test_rows_are_normalised_and_sorted() -> None:
    """Hex badges are upper case, numbers plain, rows in the order of their keys."""
    tables, found = read()
    assert found == []
    assert [row["badges"] for row in tables["operators"]] == ["0107D12A5B;A-17", ""]
    assert [row["language"] for row in tables["operators"]] == ["bn", "vi"]
    assert [row["seq"] for row in tables["operations"]] == ["9", "10"]
    assert [(row["bundle"], row["pieces"], row["line"]) for row in tables["bundles"]] == [
        ("B000001", "12", ""),
        ("B000002", "12", "l03"),
    ]


def test_a_byte_order_mark_and_dos_lines_are_fine() -> None:
    """What a spreadsheet writes as CSV UTF-8 reads the same."""
    changed = {
        table: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        for table, text in TEXTS.items()
    }
    assert read(**changed) == read()


def test_further_columns_are_kept() -> None:
    """A column that nobody asked for stays in the rows."""
    tables, found = read(operators="operator,name,badges,language,grade\nE1,Asha,,bn,A\n")
    assert found == []
    assert tables["operators"][0]["grade"] == "A"


def test_a_badge_may_be_written_as_it_is_printed() -> None:
    """A form and its number become the hex digits that are known of the badge."""
    tables, found = read(
        operators=operators('E1,A,"8H10D:0040856634;2H4H: 111,27706;01026f6c3a",bn', "E2,B,X:1,bn")
    )
    assert found == []
    assert tables["operators"][0]["badges"] == "026F6C3A;6F6C3A;01026F6C3A"
    assert tables["operators"][1]["badges"] == "X:1"


def test_a_tag_goes_with_its_bundle() -> None:
    """The column of tags is optional, may be empty in a row, and comes out in upper case."""
    header = "bundle,order,style,size,colour,pieces,line,tag\n"
    tables, found = read(bundles=header + "B1,o,S1,M,red,1,,e2801160\nB2,o,S1,M,red,1,,\n")
    assert found == []
    assert [row["tag"] for row in tables["bundles"]] == ["E2801160", ""]


def tagged(*rows: str) -> str:
    return "\n".join(["bundle,order,style,size,colour,pieces,line,tag", *rows])


MISTAKES = [
    (
        "operators",
        operators("E1,A,8H10D:9999999999,bn"),
        "operators.csv:2: badges: '8H10D:9999999999': '9999999999' is no number of form 8H10D",
    ),
    (
        "operators",
        operators("E1,A,01026F6C3A,bn", "E2,B,10H:01026f6c3a,bn"),
        "operators.csv:3: badges: 01026F6C3A belongs to operator 'E1' in line 2 already",
    ),
    ("bundles", tagged("B1,o,S1,M,red,1,,E28"), "bundles.csv:2: tag: 'E28': write the EPC"),
    (
        "bundles",
        tagged("B1,o,S1,M,red,1,,E2801160", "B2,o,S1,M,red,1,,e2801160"),
        "bundles.csv:3: tag: E2801160 goes with bundle 'B1' in line 2 already",
    ),
    (
        "operators",
        operators("E1,Asha,,bn,extra"),
        "operators.csv:2: 5 cells where the header has 4",
    ),
    ("operators", operators("E1,Asha"), "operators.csv:2: 2 cells where the header has 4"),
    ("operators", operators("E 1,Asha,,bn"), "operators.csv:2: operator: 'E 1': 1 to 32 letters"),
    ("operators", operators("E1,,,bn"), "operators.csv:2: name: empty"),
    ("operators", operators("E1,A,,ben"), "operators.csv:2: language: 'ben': two letters"),
    (
        "operators",
        operators("E1,A,,bn", "", "E1,B,,bn"),
        "operators.csv:4: operator: operator 'E1' stands in line 2 already",
    ),
    (
        "operators",
        operators("E1,A,0107d12a5b,bn", "E2,B,0107D12A5B,bn"),
        "operators.csv:3: badges: 0107D12A5B belongs to operator 'E1' in line 2 already",
    ),
    (
        "operators",
        operators("E1,A,1.23457E+09,bn"),
        "operators.csv:2: badges: '1.23457E+09': a spre",
    ),
    ("operators", operators("E1,A,12 34,bn"), "operators.csv:2: badges: '12 34': write 10 hex"),
    ("operators", operators(f"E1,A,{'x' * 65},bn"), "operators.csv:2: badges: "),
    ("operators", operators("E1,A\x00B,,bn"), "operators.csv:2: name: the character U+0000"),
    ("operators", operators("E1,A\x1b[2J,,bn"), "operators.csv:2: name: the character U+001B"),
    ("operators", operators('E1,"A\nB",,bn'), "operators.csv:2: name: a line break"),
    ("operators", operators(f"E1,{'n' * 201},,bn"), "operators.csv:2: name: longer than 200"),
    ("operators", operators('E1,"A,,bn'), "operators.csv:2: not CSV"),
    ("operators", operators(), "operators.csv: no rows"),
    ("operators", "", "operators.csv:1: no column operator, name, badges, language"),
    ("operators", "operator;name;badges;language\nE1;A;;bn\n", "operators.csv:1: the columns must"),
    ("operators", "operator,name,badges\nE1,A,\n", "operators.csv:1: no column language"),
    (
        "operators",
        "operator,name,name,badges,language\n",
        "operators.csv:1: name: this column stands",
    ),
    ("operators", b"operator,name,badges,language\nE1,Jos\xe9,,es\n", "operators.csv:2: not UTF-8"),
    ("operators", TEXTS["operators"].encode("utf-16"), "operators.csv:1: not UTF-8"),
    (
        "operations",
        operations('S1,2,OP2,Hem,"0,45",1'),
        "operations.csv:3: sam: '0,45': write a plain",
    ),
    ("operations", operations("S1,2,OP2,Hem,1e3,1"), "operations.csv:3: sam: '1e3'"),
    ("operations", operations("S1,2,OP2,Hem,1,-1"), "operations.csv:3: rate: '-1'"),
    ("operations", operations("S1,2,OP2,Hem,1,NaN"), "operations.csv:3: rate: 'NaN'"),
    ("operations", operations("S1,2,OP2,Hem,1,٣"), "operations.csv:3: rate: '٣'"),
    ("operations", operations("S1,0,OP2,Hem,1,1"), "operations.csv:3: seq: '0': a whole number"),
    ("operations", operations("S1,x,OP2,Hem,1,1"), "operations.csv:3: seq: 'x'"),
    (
        "operations",
        operations("S1,2,OP1,Hem,1,1"),
        "operations.csv:3: operation: style 'S1', operatio",
    ),
    (
        "operations",
        operations("S1,01,OP2,Hem,1,1"),
        "operations.csv:3: seq: style 'S1', seq '1' stan",
    ),
    ("bundles", bundles("B1,o,S9,M,red,12,l03"), "bundles.csv:2: style: 'S9' has no operations"),
    ("bundles", bundles("B1,o,S1,M,red,12,l99"), "bundles.csv:2: line: 'l99' is not a line of the"),
    ("bundles", bundles("B1,o,S1,M,red,1.5,l03"), "bundles.csv:2: pieces: '1.5': a whole number"),
    ("bundles", bundles("B1,o,S1,M,red,-3,l03"), "bundles.csv:2: pieces: '-3'"),
    (
        "bundles",
        bundles("B1,o,S1,M,red,1,l03", "B1,o,S1,M,red,1,l03"),
        "bundles.csv:3: bundle: bundle 'B1' stands in line 2 already",
    ),
]


@pytest.mark.parametrize(("table", "text", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_place(table: str, text: str | bytes, expected: str) -> None:
    """A broken row gives one message: file, line, column, what, and the way out."""
    found = [item for item in mistakes(**{table: text}) if item.startswith(table)]
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_all_mistakes_come_at_once() -> None:
    """Mistakes of several rows and files are reported together, by file and line."""
    found = mistakes(
        operators=operators("E1,A,,b", "E 2,B,,bn"), bundles=bundles("B1,o,S9,M,red,0,l99")
    )
    assert [item.partition(" ")[0] for item in found] == [
        "bundles.csv:2:",
        "bundles.csv:2:",
        "bundles.csv:2:",
        "operators.csv:2:",
        "operators.csv:3:",
    ]


def test_no_bundles_is_a_day_without_work() -> None:
    """A bundles file with a header alone is taken."""
    tables, found = read(bundles=bundles())
    assert (found, tables["bundles"]) == ([], ())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    """No file raises: it gives rows or mistakes."""
    tables, found = read(operators=data)
    assert found or tables["operators"]


names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=CELL_MAX_CHARS
).filter(lambda text: not any((ord(char) & 0xFFFE) == 0xFFFE for char in text))


@given(names)
def test_any_printable_name_comes_through(name: str) -> None:
    """A name in any script, with commas and quotes, is the same text afterwards."""
    out = io.StringIO()
    csv.writer(out).writerow(["E1", name, "", "bn"])
    tables, found = read(operators=operators(out.getvalue()))
    expected = unicodedata.normalize("NFC", name.strip())
    if 0 < len(expected) <= CELL_MAX_CHARS:
        assert found == []
        assert tables["operators"][0]["name"] == expected
    else:
        assert [mistake.key for mistake in found] == ["name"]
