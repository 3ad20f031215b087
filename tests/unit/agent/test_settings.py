"""Station files: every mistake at once, each at its line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.config import load_station
from bartack.identify import COMMAND_CARDS
from bartack.settings import SettingsError, key_lines, line_of

GOOD = """\
site = "dhk1"
line = "l03"
station = "st07"

[work]
operation = "OP310"

[broker]
host = "127.0.0.1"
port = 1883
insecure = true

[[reader]]
name = "badge"
driver = "rdm6300"
port = "/dev/ttyS0"
role = "badge"

[[reader]]
name = "scanner"
driver = "text"
port = "/dev/ttyS1"
role = "bundle"
suffix = "cr"

[[code]]
kind = "bundle"
pattern = '^(?P<bundle>B\\d{6})$'

[[feedback]]
driver = "console"
path = "feedback.jsonl"
"""


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "station.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_station(file)
    return [str(mistake).removeprefix(f"{file}:") for mistake in caught.value.mistakes]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """What the file says arrives, defaults filled in, relative paths from its own folder."""
    file = tmp_path / "station.toml"
    file.write_text(GOOD, encoding="utf-8")
    config = load_station(file)
    assert config.options_of(config.reader[1])["suffix"] == "cr"
    assert config.options_of(config.reader[0])["baudrate"] == 9600
    assert config.feedback[0].path == tmp_path / "feedback.jsonl"
    assert config.rules.operation == "OP310"


def test_a_pattern_may_ask_for_the_check_character(tmp_path: Path) -> None:
    """`check` reaches the pattern that identifies labels; without it nothing is checked."""
    file = tmp_path / "station.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert load_station(file).codes[0].check is None
    file.write_text(
        GOOD.replace('kind = "bundle"\n', 'kind = "bundle"\ncheck = "iso7064_mod37_36"\n')
    )
    assert load_station(file).codes[0].check == "iso7064_mod37_36"


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Unknown keys, wrong values, missing keys and wrong driver options come in one list."""
    text = (
        GOOD.replace('site = "dhk1"', 'site = "dhk 1"')
        .replace("port = 1883", "port = 188300")
        .replace('host = "127.0.0.1"', 'hots = "127.0.0.1"')
        .replace('suffix = "cr"', 'sufix = "cr"')
        .replace('driver = "rdm6300"', 'driver = "rdm630"')
        .replace("(?P<bundle>", "(?P<bundle")
    )
    told = mistakes(tmp_path, text)
    assert [line.split(":")[0] for line in told] == ["1", "8", "9", "10", "15", "24", "28"]
    assert "letters, digits" in told[0]
    assert "broker.host: missing" in told[1]
    assert "unknown key" in told[2]
    assert "did you mean suffix" in told[5]
    assert "regular expression" in told[6]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('role = "badge"', 'role = "door"'), "17: reader.1.role"),
        (('name = "scanner"', 'name = "badge"'), "20: reader.2.name: two readers"),
        (("insecure = true", "insecure = false"), "8: broker: set ca_file"),
        (('station = "st07"', 'station = "ref"'), "3: station: ref is the name of a topic"),
        (('site = "dhk1"', 'site = "dhk1'), "1: not TOML"),
        (("(?P<bundle>B", "(?P<bundel>B"), "28: code.1.pattern: group bundel"),
        (('driver = "console"\npath', 'driver = "reader"\npath'), "30: feedback.1: reader: name"),
        (
            ('driver = "console"\npath = "feedback.jsonl"', 'driver = "reader"\nreader = "door"'),
            "32: feedback.1.reader: there is no reader 'door'",
        ),
        (
            ('driver = "console"\npath = "feedback.jsonl"', 'driver = "reader"\nreader = "badge"'),
            "32: feedback.1.reader: a reader of driver rdm6300 cannot be told to beep",
        ),
        (('kind = "bundle"', 'kind = "bundle"\ncheck = "mod10"'), "28: code.1.check: Input"),
        (
            ('role = "bundle"', 'role = "bundle"\npresence = { depart = 3 }'),
            "24: reader.2.presence.depart: unknown key",
        ),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    """Each kind of mistake names its line and key."""
    first = mistakes(tmp_path, GOOD.replace(*change))[0]
    assert first.startswith(told.split(":", maxsplit=1)[0] + ":")
    assert told.split(": ", maxsplit=1)[1].split(":")[0] in first


def test_a_file_that_cannot_be_read_is_told_as_that(tmp_path: Path) -> None:
    """A missing file and one that is not UTF-8 are told in those words."""
    with pytest.raises(SettingsError, match="cannot read: No such file"):
        load_station(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'site = "dhk1"\nline = "\xe9"\n')
    with pytest.raises(SettingsError, match=r"latin\.toml:2: not UTF-8"):
        load_station(tmp_path / "latin.toml")


keys = st.sampled_from(["a", "b-c", '"quoted key"', "d_1", "'e.f'"])
scalars = st.sampled_from(
    [
        "1",
        '"text # no comment"',
        "'[not.a.table]'",
        "[1, 2]",
        '{ x = "y" }',
        '""',
        "[\n  1, # one\n  2,\n]",
        '"""\n[inside]\nkey = 1\n"""',
        "'''\nx = 2\n'''",
    ]
)
tables = st.lists(
    st.tuples(st.sampled_from(["[t.{}]", "[[u]]", "[[u.v]]", "# [no]\n[w{}]"]), keys, scalars),
    max_size=6,
)


@given(st.lists(st.tuples(keys, scalars), max_size=3, unique_by=lambda item: item[0]), tables)
def test_every_key_of_any_toml_is_found_at_its_line(
    top: list[tuple[str, str]], parts: list[tuple[str, str, str]]
) -> None:
    """Each key's line holds that key, through tables, arrays of tables and multi-line values."""
    lines = [f"{key} = {value}" for key, value in top]
    for number, (header, key, value) in enumerate(parts):
        lines += [header.format(number), f"{key} = {value}"]
    text = "\n".join(lines) + "\n"
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the parts do not fit together, such as [[u.v]] before [[u]]
    found = key_lines(text)
    source = text.splitlines()

    def check(value: object, path: tuple[str | int, ...]) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                check(item, (*path, name))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for index, item in enumerate(value):
                check(item, (*path, index))
        elif path in found:
            assert str(path[-1]) in source[found[path] - 1]
        else:
            assert line_of(found, path) is not None

    check(document, ())
    for key, _ in top:
        assert (key.strip("\"'"),) in found


def test_a_camera_is_told_what_labels_look_like(tmp_path: Path) -> None:
    """The patterns of its role and the time after which a label is new reach its driver, unless the
    camera's own table says otherwise."""
    camera = GOOD.replace('driver = "text"', 'driver = "camera"').replace('suffix = "cr"', "{}")
    badges = "\n[[code]]\nkind = \"badge\"\npattern = '^E\\d+$'\n"
    file = tmp_path / "station.toml"

    def told(keys: str) -> tuple[object, object]:
        file.write_text(camera.replace("{}", keys) + badges, encoding="utf-8")
        config = load_station(file)
        options = config.options_of(config.reader[1])
        return options["patterns"], options["gone_s"]

    bundle = r"^(?P<bundle>B\d{6})$"
    cards = COMMAND_CARDS.pattern.pattern
    assert told("") == ((bundle, cards), 1.5)
    assert told('repeat_s = 5\npatterns = ["X.*"]') == (("X.*",), 5.0)
    assert told("repeat_s = 0.05\n") == ((bundle, cards), 0.3)
    assert told("repeat_s = 5\ngone_s = 2") == ((bundle, cards), 2.0)
    camera = camera.replace('role = "bundle"', 'role = "any"')
    assert told("")[0] == (bundle, r"^E\d+$", cards)
