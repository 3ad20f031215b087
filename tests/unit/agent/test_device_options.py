"""Options of a driver on the command line: every mistake is named before anything is opened."""

from __future__ import annotations

import pytest

from bartack.cli.common import USAGE
from bartack.cli.readers import driver_and_options


def test_options_are_read_as_what_they_are() -> None:
    """What is given is read by the option's kind, and the rest has its default."""
    driver, options = driver_and_options("r2000", ["power_dbm=12", "antennas=1, 3"])
    assert driver.name == "r2000"
    assert options["power_dbm"] == 12
    assert options["antennas"] == ("1", "3")
    assert options["beep"] == ""


def test_every_mistake_is_named_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown option, a wrong value and a value of another kind are three lines."""
    with pytest.raises(SystemExit) as ended:
        driver_and_options("r200", ["powr_dbm=3", "region=mars", "baudrate=fast"])
    assert ended.value.code == USAGE
    told = capsys.readouterr().err
    assert "powr_dbm: driver r200 has no such option; did you mean power_dbm?" in told
    assert "region: 'mars' is not one of empty, china, us, eu" in told
    assert "baudrate: 'fast' is not a whole number" in told


@pytest.mark.parametrize(("name", "pair"), [("r20", "framing=bb"), ("r200", "framing")])
def test_what_cannot_be_understood_ends_the_command(name: str, pair: str) -> None:
    """A driver that there is not, and an option without a value, are mistakes of usage."""
    with pytest.raises(SystemExit) as ended:
        driver_and_options(name, [pair])
    assert ended.value.code == USAGE
