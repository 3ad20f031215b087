"""The `[[feedback]]` tables of a station file: what they mean, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.config import StationFile, load_station
from bartack.feedback.settings import mistakes
from bartack.settings import SettingsError

HEAD = """\
site = "dhk1"
line = "l03"
station = "st07"
broker = { host = "127.0.0.1", insecure = true }
[[reader]]
name = "badge"
driver = "rdm6300"
port = "/dev/ttyS0"
[[feedback]]
"""
FIRST = HEAD.count("\n")
"""The line of the first table's header."""


def loaded(folder: Path, text: str) -> StationFile:
    file = folder / "station.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return load_station(file)


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(folder, text)
    file = folder / "station.toml"
    return [str(it).removeprefix(f"{file}:") for it in caught.value.mistakes]


def test_lamps_and_a_display_with_their_usual_places(tmp_path: Path) -> None:
    """Little needs to be said: the chip of the header, the bus of the header, address and size."""
    config = loaded(
        tmp_path,
        'driver = "gpio"\ngreen = 17\nred = 22\n[[feedback]]\ndriver = "lcd"\n'
        '[[feedback]]\ndriver = "lcd"\nport = "/dev/i2c-3"\naddress = 0x3F\nsize = "20x4"\n',
    )
    lamps, near, far = config.feedback
    assert (lamps.device, lamps.lines, lamps.active_low) == (
        "/dev/gpiochip0",
        {"green": 17, "red": 22},
        False,
    )
    assert (near.device, near.address, near.size) == ("/dev/i2c-1", 0x27, "16x2")
    assert (far.device, far.address, far.size) == ("/dev/i2c-3", 0x3F, "20x4")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ('driver = "lamp"\n', 1, "feedback.1.driver: Input should be 'console'"),
        ('driver = "gpio"\n', 0, "feedback.1: name the line of at least one of green, amber"),
        ('driver = "gpio"\ngreen = -1\n', 2, "feedback.1.green: Input should be greater"),
        ('driver = "gpio"\ngreen = "GPIO17"\n', 2, "feedback.1.green: Input should be a valid int"),
        ('driver = "gpio"\ngreen = 5\nblue = 6\n', 3, "feedback.1.blue: unknown key"),
        ('driver = "gpio"\ngreen = 5\nsize = "16x2"\n', 3, "feedback.1.size: only with driver lcd"),
        (
            'driver = "gpio"\ngreen = 5\nred = 5\n',
            3,
            "feedback.1.red: 5 is green of feedback 1 already",
        ),
        (
            'driver = "gpio"\ngreen = 5\n[[feedback]]\ndriver = "gpio"\nbuzzer = 5\n',
            5,
            "feedback.2.buzzer: 5 is green of feedback 1 already",
        ),
        ('driver = "lcd"\nport = ""\n', 2, "feedback.1.port: String should have at least 1"),
        ('driver = "lcd"\naddress = 0x78\n', 2, "feedback.1.address: Input should be less"),
        ('driver = "lcd"\nsize = "8x1"\n', 2, "feedback.1.size: Input should be '16x2' or '20x4'"),
        ('driver = "lcd"\ngreen = 5\n', 2, "feedback.1.green: only with driver gpio"),
        (
            'driver = "lcd"\n[[feedback]]\ndriver = "lcd"\n',
            2,
            "feedback.2.address: 39 is address of feedback 1 already",
        ),
        ('driver = "console"\nport = "x"\n', 2, "feedback.1.port: only with driver gpio or lcd"),
        ('driver = "console"\nreader = "badge"\n', 2, "feedback.1.reader: only with driver reader"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, text: str, line: int, expected: str) -> None:
    """Each kind of mistake names its line and key, and what is right."""
    first = told(tmp_path, text)[0]
    assert first.startswith(f"{FIRST + line}: {expected}")


def test_one_address_on_two_buses_is_two_displays(tmp_path: Path) -> None:
    """Only the same wire is taken: an address of another bus is free."""
    text = 'driver = "lcd"\n[[feedback]]\ndriver = "lcd"\nport = "/dev/i2c-3"\n'
    assert len(loaded(tmp_path, text).feedback) == 2


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=3), scalars)
keys = st.sampled_from(["driver", "port", "green", "red", "address", "size", "path", "x"])
drivers = st.sampled_from(["gpio", "lcd", "console", "reader", "x"]) | values


@given(
    st.lists(
        st.dictionaries(keys, values).flatmap(
            lambda table: drivers.map(lambda driver: {**table, "driver": driver})
        ),
        max_size=3,
    )
)
def test_no_table_is_too_strange_to_be_judged(tables: list[dict[str, object]]) -> None:
    """Whatever types stand in a file, the check comes to an end with places in it."""
    for (name, index, key), what in mistakes(tables):
        assert name == "feedback"
        assert isinstance(index, int)
        assert key
        assert what
