"""The hub's settings file: good ones load, every mistake has its line."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from bartack.settings import SettingsError
from bartack_hub.board.shifts import LinePlan
from bartack_hub.config import load_hub

GOOD = """\
site = "dhk1"
[broker]
host = "localhost"
insecure = true
[store]
url = "sqlite:///hub.db"
[lines.l03]
timezone = "Asia/Dhaka"
shift_start = "08:00"
shift_end = "17:00"
breaks = ["13:00-14:00"]
target_pieces = 960
[lines.night]
timezone = "Asia/Ho_Chi_Minh"
shift_start = "22:00"
shift_end = "06:00"
breaks = ["23:45-00:15", "02:00-02:30"]
target_pieces = 0
bucket_minutes = 30
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.toml"


def mistakes(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_hub(file)
    return [f"{item.line}: {item.key}: {item.what}" for item in caught.value.mistakes]


def test_a_good_file_becomes_plans(file: Path) -> None:
    """Lines become plans, also a night shift whose break passes midnight; defaults are filled."""
    file.write_text(GOOD, encoding="utf-8")
    hub = load_hub(file)
    assert hub.plans()["l03"] == LinePlan(
        line="l03",
        timezone="Asia/Dhaka",
        shift_start=time(8),
        shift_end=time(17),
        breaks=((time(13), time(14)),),
        target_pieces=960,
        bucket_minutes=60,
    )
    assert hub.plans()["night"].bucket_minutes == 30
    assert (hub.web.host, hub.web.port) == ("127.0.0.1", 8700)


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///hub.db", "/etc/x/hub.db"), ("sqlite:////var/lib/hub.db", "/var/lib/hub.db")],
)
def test_a_relative_store_is_meant_from_the_files_folder(file: Path, url: str, path: str) -> None:
    """Three slashes are relative to the settings file, four are absolute."""
    file.write_text(GOOD.replace("sqlite:///hub.db", url), encoding="utf-8")
    assert load_hub(file).store.path(Path("/etc/x")) == Path(path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('site = "dhk1"', 'site = "dhk 1"', "1: site: letters, digits"),
        ("sqlite:///hub.db", "postgresql://hub", "6: store.url: PostgreSQL is not supported"),
        ("sqlite:///hub.db", "hub.db", '6: store.url: write "sqlite:////absolute'),
        ("Asia/Dhaka", "Asia/Nowhere", "8: lines.l03.timezone: no such time zone"),
        ("Asia/Dhaka", "../../etc/passwd", "8: lines.l03.timezone: no such time zone"),
        ('"08:00"', '"25:00"', "9: lines.l03.shift_start: a time of day"),
        ('"08:00"', "8", "9: lines.l03.shift_start: a time of day"),
        ("13:00-14:00", "13:00", "11: lines.l03.breaks.1: a span in quotes"),
        ("13:00-14:00", "13:00-13:00", "11: lines.l03.breaks: 13:00-13:00 has no length"),
        ("13:00-14:00", "16:30-17:30", "11: lines.l03.breaks: 16:30-17:30 is not inside the shift"),
        ("02:00-02:30", "12:00-12:30", "17: lines.night.breaks: 12:00-12:30 is not inside"),
        ("target_pieces = 960", "target_pieces = -1", "12: lines.l03.target_pieces: "),
        (
            "bucket_minutes = 30",
            "bucket_minutes = 7",
            "19: lines.night.bucket_minutes: minutes that",
        ),
        ("bucket_minutes = 30", "bucket = 30", "19: lines.night.bucket: unknown key"),
        ("[lines.night]", '[lines."a b"]', "13: lines.a b.[key]: letters, digits"),
        ("insecure = true", "", "2: broker: set ca_file"),
        (
            "[store]",
            "[tickets]\ncolumns = 3\n[store]",
            "5: tickets: the labels need 306.9 mm of the 210.0 mm of A4",
        ),
        ("[store]", "[tickets]\nmodule = 0.4\n[store]", "6: tickets.module: unknown key"),
    ],
)
def test_a_mistake_has_its_line(file: Path, old: str, new: str, expected: str) -> None:
    """Each mistake is reported at its own key's line, with the way out."""
    found = mistakes(file, GOOD.replace(old, new))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_all_mistakes_come_at_once(file: Path) -> None:
    """A file with several mistakes reports each of them."""
    text = GOOD.replace("Asia/Dhaka", "x").replace("= 960", '= "many"').replace("hub.db", "")
    assert [item.partition(":")[0] for item in mistakes(file, text)] == ["6", "8", "12"]


def test_a_file_without_lines_is_refused(file: Path) -> None:
    """A hub without any line has nothing to show."""
    text = GOOD.partition("[lines")[0]
    assert [item.partition(": ")[2] for item in mistakes(file, text)] == ["lines: missing"]
