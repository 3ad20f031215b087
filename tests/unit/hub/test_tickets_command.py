"""The command `bartack-hub tickets`, from imported tables to what `bartack decode` reads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner, Result

from bartack_hub.cli.tickets import tickets as command
from bartack_hub.tickets.cards import SUBJECTS
from bartack_hub.tickets.settings import TicketsFile
from source_tree import REPOSITORY
from unit.hub.printed import cut, masked, pages

BIN = Path(sys.executable).parent
OPERATORS = """\
operator,name,badges,language
E1044,Rahima Begum,0107D12A5B;E1044,bn
E1051,Shilpi Akter,0107D12A9E,bn
"""

Tickets = Callable[..., Result]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's settings file, the example tables imported with one badge that can be printed."""
    folder = tmp_path_factory.mktemp("hub")
    shutil.copytree(REPOSITORY / "config" / "reference", folder / "tables")
    (folder / "tables" / "operators.csv").write_text(OPERATORS, encoding="utf-8")
    text = (REPOSITORY / "config" / "hub.toml").read_text(encoding="utf-8")
    file = folder / "hub.toml"
    file.write_text(text.replace("sqlite:////var/lib/bartack-hub", f"sqlite:///{folder}"))
    run("bartack-hub", "import", "--config", file, folder / "tables").check_returncode()
    return file


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def tickets(hub: Path) -> Tickets:
    """Runs the command in this process, which is what takes no second to start."""

    def invoke(*arguments: str | Path) -> Result:
        words = ["--config", str(hub), *map(str, arguments)]
        return CliRunner().invoke(command, words, catch_exceptions=False)

    return invoke


def test_coupons_of_an_order_are_decoded(hub: Path, tmp_path: Path) -> None:
    """`bartack decode` reads bars and QR code of printed coupons, each alone, as the same text."""
    output = tmp_path / "coupons.pdf"
    result = run(
        *("bartack-hub", "tickets", "--config", hub, "bundles", "--order", "PO-88122"),
        *("--per", "operation", "--from", "B000130", "--output", output),
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith(f"{output}: labels 6, pages 1; print at 100 %")
    size = TicketsFile()
    (page,) = pages(output.read_bytes())
    files = []
    for place in range(6):
        for kind in ("code128", "qr"):
            file = tmp_path / f"{place}-{kind}.png"
            cv2.imwrite(str(file), masked(cut(page, size, place), kind, 29 * size.qr_module_mm))
            files.append(file)
    decoded = run("bartack", "decode", "--json", "--formats", "code128,qr", *files)
    found = [json.loads(line) for line in decoded.stdout.splitlines()]
    assert [it["symbology"] for it in found] == ["code128", "qr"] * 6
    assert [it["value"] for it in found[::2]] == [it["value"] for it in found[1::2]]
    names = [it["value"][:-2] for it in found[::2]]
    assert names == [f"B000130-OP{number}" for number in range(310, 370, 10)]


def test_operators_without_a_printable_badge_are_named(tickets: Tickets, tmp_path: Path) -> None:
    """Who has only RFID numbers is told; where nobody else was asked for, nothing is printed."""
    output = tmp_path / "badges.pdf"
    both = tickets("badges", "--output", output)
    assert both.exit_code == 0
    assert "operator E1051: no badge to print, only RFID numbers" in both.stderr
    assert "labels 1, pages 1;" in both.stderr
    other = tmp_path / "other.pdf"
    one = tickets("badges", "--operator", "E1051", "--output", other)
    assert (one.exit_code, one.stdout) == (3, "")
    assert one.stderr.splitlines()[-1] == "nothing was printed"
    assert not other.exists()


def test_the_printed_tables_are_good_for_a_station(tickets: Tickets, tmp_path: Path) -> None:
    """What `pattern` shows can be pasted into the example station file as it is."""
    shown = tickets("pattern")
    assert shown.exit_code == 0, shown.stderr
    text = (REPOSITORY / "config" / "station.toml").read_text(encoding="utf-8")
    station = tmp_path / "station.toml"
    station.write_text(re.sub(r"\[\[code\]\]\n(.+\n)+", lambda _: shown.stdout, text))
    checked = run("bartack", "config", "check", station)
    assert checked.returncode == 0, checked.stderr
    parsed = json.loads(run("bartack", "config", "show", station).stdout)
    assert [code["kind"] for code in parsed["code"]] == ["bundle", "badge"]
    assert {code["check"] for code in parsed["code"]} == {"iso7064_mod37_36"}


def test_the_manual_shows_the_very_same_tables(tickets: Tickets) -> None:
    """The tables in docs/tickets.md are those of the example data."""
    text = (REPOSITORY / "docs" / "tickets.md").read_text(encoding="utf-8")
    assert f"```toml\n{tickets('pattern').stdout}```" in text


def test_cards_go_to_standard_output(tickets: Tickets) -> None:
    """With - as the output the PDF can be piped to a printer, and the talk stays apart."""
    result = tickets("cards", "--only", "work", "--only", "help", "--output", "-")
    assert len(pages(result.stdout_bytes)) == 2
    assert result.stderr.startswith("-: labels 10, pages 2;")


def test_the_help_names_every_subject(tickets: Tickets) -> None:
    """Whoever asks for help finds all that --only takes."""
    told = " ".join(tickets("cards", "--help").stdout.split())
    assert f"repeatable: {', '.join(SUBJECTS)}." in told


def test_all_cards_come_from_what_was_imported(tickets: Tickets, tmp_path: Path) -> None:
    """Without a choice every subject is printed, with the faults, reasons and operations."""
    result = tickets("cards", "--pieces", "1-30", "--output", tmp_path / "cards.pdf")
    assert result.exit_code == 0, result.stderr
    own = 6 + 30 + (2 + 4) + 2 + 4 + (4 + 5)
    imported = sum(
        len((REPOSITORY / "config" / "reference" / f"{name}.csv").read_text().splitlines()) - 1
        for name in ("faults", "reasons", "operations")
    )
    assert f"labels {own + imported}, " in result.stderr


def test_missing_tables_are_told_and_the_rest_is_printed(
    hub: Path, tickets: Tickets, tmp_path: Path
) -> None:
    """A factory without a list of faults gets its defect cards and hears what is missing."""
    bare = tmp_path / "hub.toml"
    bare.write_text(hub.read_text(encoding="utf-8").replace(str(hub.parent), str(tmp_path)))
    shutil.copytree(hub.parent / "tables", tmp_path / "tables")
    (tmp_path / "tables" / "faults.csv").unlink()
    run("bartack-hub", "import", "--config", bare, tmp_path / "tables").check_returncode()
    result = tickets("--config", bare, "cards", "--only", "quality", "--output", "-")
    assert result.stderr.startswith("faults: no rows were imported, so there are no cards of it\n")
    assert "labels 6, pages 1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("bundles", "--order", "PO-1"), 3, "order PO-1: no bundle of it was imported"),
        (("bundles", "--from", "B9", "--to", "B1"), 3, "there are B000123 to B000130"),
        (("badges", "--operator", "E9"), 3, "operator E9: not imported"),
        (("cards", "--output", "/no/such/folder/x.pdf"), 1, "No such file or directory"),
        (("cards", "--only", "lunch"), 2, "'lunch': one of work, pieces, quality"),
        (("cards", "--pieces", "0-5"), 2, "'0-5': write it like 1-30, from 1 to 9999"),
        (("cards", "--pieces", "9-5"), 2, "'9-5': write it like 1-30"),
        (("cards", "--pieces", "ten"), 2, "'ten': write it like 1-30"),
        (("cards", "--pieces", "1-10000"), 2, "from 1 to 9999"),
    ],
)
def test_mistakes_are_told(
    tickets: Tickets, tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    """What cannot be printed ends with its exit code and a sentence, and leaves no file."""
    output = tmp_path / "none.pdf"
    extra = () if "--output" in arguments else ("--output", output)
    result = tickets(*arguments, *extra)
    assert (result.exit_code, result.stdout) == (code, "")
    assert told in result.stderr
    assert not output.exists()


def test_labels_that_do_not_fit_are_named_and_none_is_printed(
    hub: Path, tickets: Tickets, tmp_path: Path
) -> None:
    """On a label that is too narrow every ticket is told with the width that it needs."""
    narrow = tmp_path / "narrow.toml"
    text = re.sub(r"\[tickets\]\n(.+\n)+", "", hub.read_text(encoding="utf-8"))
    narrow.write_text(text + '\n[tickets]\npage = "label"\nwidth_mm = 50\nheight_mm = 30\n')
    output = tmp_path / "none.pdf"
    words = ("bundles", "--per", "operation", "--output", output, "--config", narrow)
    result = tickets(*words)
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert lines[0].startswith("label B000123-OP310: text: 'B000123-OP310-N' needs ")
    assert lines[-2:] == [
        "… and 28 more",
        "48 labels have no room or no letters; nothing was printed",
    ]
    assert not output.exists()


def test_without_reference_data_the_way_out_is_told(
    hub: Path, tickets: Tickets, tmp_path: Path
) -> None:
    """A hub that has no store yet says what to do first."""
    file = tmp_path / "hub.toml"
    file.write_text(hub.read_text(encoding="utf-8").replace(str(hub.parent), str(tmp_path)))
    result = tickets("--config", file, "bundles", "--output", "-")
    assert (result.exit_code, result.stdout) == (6, "")
    assert "there is no store yet; run or import first" in result.stderr
