"""Options: complete, typed, and every mistake told at once with the way out."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.base import OptionError
from bartack_drivers.driver import Driver
from bartack_drivers.options import Kind, Option
from bartack_drivers.registry import DRIVERS, check_options, find_driver, open_source

drivers = st.sampled_from(list(DRIVERS.values()))
anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.text(max_size=8) | st.integers(), max_size=3)
)


def test_every_mistake_is_told_at_once() -> None:
    """Each wrong key and value has its own error, and the rest of the options is still complete."""
    given_options = {"baudrat": 9600, "suffix": "newline", "aim": "yes", "encoding": "latin-99"}
    complete, mistakes = check_options(DRIVERS["text"], {**given_options, "prefix": "*"})
    assert [mistake.option for mistake in mistakes] == ["baudrat", "suffix", "aim", "encoding"]
    assert "did you mean baudrate?" in str(mistakes[0])
    assert "crlf" in str(mistakes[1])
    assert "true or false" in str(mistakes[2])
    assert complete == {
        **{option.name: option.default for option in DRIVERS["text"].options},
        "prefix": "*",
    }


@given(driver=drivers, data=st.data())
def test_any_options_give_options_or_mistakes(driver: Driver, data: st.DataObject) -> None:
    """Whatever stands in a file, the result is complete, and each key is taken or told wrong."""
    names = st.sampled_from([option.name for option in driver.options]) | st.text(max_size=6)
    given_options = data.draw(st.dictionaries(names, anything, max_size=5))
    complete, mistakes = check_options(driver, given_options)
    assert complete.keys() == {option.name for option in driver.options}
    wrong = {mistake.option for mistake in mistakes}
    assert wrong <= given_options.keys()
    assert all(
        complete[name] == _as_taken(given_options[name]) for name in given_options.keys() - wrong
    )


def _as_taken(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        *[("integer", "12", 12), ("number", "0.5", 0.5), ("switch", "True", True)],
        *[("text", "*", "*"), ("list", "a, b", ("a", "b")), ("integers", "6, 8", (6, 8))],
    ],
)
def test_options_are_read_from_a_command_line(kind: Kind, text: str, value: object) -> None:
    """Text becomes the option's type."""
    assert Option("it", kind, 0, "").parse(text) == value


@pytest.mark.parametrize("kind", ["integer", "number", "switch", "integers"])
def test_text_of_another_type_is_told_wrong(kind: Kind) -> None:
    """Text that is not of the option's type is an OptionError that says which type it is."""
    with pytest.raises(OptionError, match="is not"):
        Option("it", kind, 0, "").parse("maybe")


def test_a_number_out_of_bounds_is_told_with_the_bounds() -> None:
    """The error of a number says from where to where it may go."""
    _, mistakes = check_options(DRIVERS["rdm6300"], {"confirm": 0})
    assert str(mistakes[0]) == "confirm: 0 is not from 1 to 10"


def test_a_word_may_stand_for_a_number() -> None:
    """An option that can be left to the device takes its word, and no other."""
    exposure = Option("it", "integer", "auto", "", least=100, most=999, word="auto")
    assert [exposure.parse(text) for text in ("auto", "100")] == ["auto", 100]
    assert [exposure.check(value) for value in ("auto", 999)] == ["auto", 999]
    for wrong in ("Auto", "", 99, 1000, True):
        with pytest.raises(OptionError):
            exposure.check(wrong)


def test_lists_of_numbers_and_patterns_are_checked_one_by_one() -> None:
    """Each length has its bounds, and each pattern must be one; none at all is the default."""
    camera = DRIVERS["camera"]
    good = {"itf_digits": [6, 14], "patterns": [r"B\d+", ""], "code39_chars": []}
    assert check_options(camera, good)[1] == []
    wrong = {"itf_digits": [14, 5], "patterns": ["B+", "(B"], "code39_chars": [True]}
    told = [str(mistake) for mistake in check_options(camera, wrong)[1]]
    assert told[0] == "itf_digits: 5 is not from 6 to 80"
    assert "'(B' is not a regular expression" in told[1]
    assert "not a list of whole numbers" in told[2]


def test_an_unknown_driver_suggests_the_nearest() -> None:
    """A misspelt driver is told which one was meant."""
    with pytest.raises(OptionError, match="did you mean rdm6300"):
        find_driver("rdm630")
    with pytest.raises(OptionError, match="did you mean camera"):
        open_source("kamera", "/dev/null", {})


def test_serial_stations_need_no_camera_libraries() -> None:
    """Opening a serial driver imports neither OpenCV nor zxing-cpp."""
    program = (
        "import sys\n"
        "from bartack_drivers.base import DeviceMissing\n"
        "from bartack_drivers.registry import open_source\n"
        "for name in ('rdm6300', 'text'):\n"
        "    try: open_source(name, '/dev/no-such-port', {})\n"
        "    except DeviceMissing: pass\n"
        "assert not {'cv2', 'zxingcpp', 'numpy', 'llrpkit'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_missing_camera_library_is_named_with_the_way_to_install_it() -> None:
    """Without OpenCV a camera gives MissingExtra, which says what to install."""
    program = (
        "import sys\n"
        "sys.modules['cv2'] = None\n"
        "from bartack_drivers.base import MissingExtra\n"
        "from bartack_drivers.registry import open_source\n"
        "try: open_source('camera', '/dev/video0', {})\n"
        "except MissingExtra as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "pip install 'bartack[camera]'" in ended.stdout


def test_a_missing_llrp_library_is_named_with_the_way_to_install_it() -> None:
    """Without llrpkit an LLRP reader gives MissingExtra, which says what to install."""
    program = (
        "import sys\n"
        "sys.modules['llrpkit'] = None\n"
        "from bartack_drivers.base import MissingExtra\n"
        "from bartack_drivers.registry import open_source\n"
        "try: open_source('llrp', 'tcp://127.0.0.1:9', {})\n"
        "except MissingExtra as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "pip install 'bartack[llrp]'" in ended.stdout
