"""Finding out which reader it is: what is understood, what is asked, and that nothing else is."""

from __future__ import annotations

import dataclasses
import random
import re
import tomllib
from collections.abc import Callable

import pytest

from bartack.found import reader_tables, role_of
from bartack_drivers.base import DeviceBusy, DeviceLost, OptionError
from bartack_drivers.detect import Finding, Line, PortReport, detect_port, questions
from bartack_drivers.driver import Driver, Probe
from bartack_drivers.hearing import best_fits, listening_rates
from bartack_drivers.readers import rdm6300, text
from bartack_drivers.registry import DRIVERS

BADGE = b"\x0262E3086CED08\x03"
BADGE_CRLF = b"\x0262E3086CED08\r\n\x03"
LINE = b"B000123-OP310\r"
QUESTION, ANSWER = b"?who", b"!me"

silent = dataclasses.replace(rdm6300.DRIVER, name="silent", claims=None, heard_at=())


def asking(
    name: str, order: int = 1, rates: tuple[int, ...] = (115200,), request: bytes = QUESTION
) -> Driver:
    """A driver whose reader never talks first."""
    probe = Probe(order, rates, request, lambda heard: ANSWER in heard)
    return dataclasses.replace(silent, name=name, probes=(probe,))


class FakeLine:
    """A port in a world of its own: ``says`` gives what comes at a rate, ``hears`` the answers."""

    def __init__(
        self,
        says: Callable[[int], bytes] = lambda _: b"",
        hears: Callable[[int, bytes], bytes] = lambda _, __: b"",
        impossible: tuple[int, ...] = (),
    ) -> None:
        self.now_s = 0.0
        self.sent: list[tuple[int, bytes]] = []
        self.closed = False
        self._says, self._hears, self._impossible = says, hears, impossible
        self._rate = 0
        self._waiting = b""

    def read(self, timeout_s: float) -> bytes:
        self.now_s += timeout_s
        data, self._waiting = self._waiting + self._says(self._rate), b""
        return data

    def write(self, data: bytes) -> None:
        self.sent.append((self._rate, data))
        self._waiting += self._hears(self._rate, data)

    def set_baudrate(self, baudrate: int) -> None:
        if baudrate in self._impossible:
            raise OptionError("baudrate", f"cannot do {baudrate} bits/s")
        self._rate, self._waiting = baudrate, b""

    def check_path(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def look(line: FakeLine, *drivers: Driver) -> PortReport:
    def open_port(port: str, baudrate: int) -> Line:
        return line

    report = detect_port("port", drivers, 0.4, open_port, lambda: line.now_s)
    assert line.closed
    return report


def found(report: PortReport) -> list[tuple[str, int, str]]:
    return [(it.driver, it.baudrate, it.how) for it in report.found]


BOTH = (rdm6300.DRIVER, text.DRIVER)


class TestHearing:
    """What is understood, and by whom best."""

    @pytest.mark.parametrize(
        ("data", "names"),
        [
            *[(BADGE * 3, ["rdm6300"]), (BADGE_CRLF * 2, ["rdm6300"]), (LINE * 2, ["text"])],
            *[(b"\xf0\x00" + BADGE * 2, ["rdm6300"]), (b"", []), (b"\r\n", [])],
            *[(BADGE[:-2], []), (bytes(range(256)), []), (LINE[:-1], [])],
        ],
    )
    def test_the_stricter_protocol_is_believed(self, data: bytes, names: list[str]) -> None:
        """Frames with a checksum win over lines; fragments and binary rubbish are nobody's."""
        assert [it.name for it in best_fits([(0.0, data), (0.1, b"")], BOTH)] == names

    def test_relatives_are_told_apart_by_their_claims(self) -> None:
        """Of two drivers for one frame the one whose row claims it wins; else both are named."""
        relative = dataclasses.replace(
            rdm6300.DRIVER, name="relative", claims=lambda heard: b"\r\n\x03" in heard
        )
        for data, name in ((BADGE, "rdm6300"), (BADGE_CRLF, "relative")):
            fits = best_fits([(0.0, data)], (rdm6300.DRIVER, relative))
            assert [it.name for it in fits] == [name]
        twin = dataclasses.replace(rdm6300.DRIVER, name="twin")
        assert len(best_fits([(0.0, BADGE)], (rdm6300.DRIVER, twin))) == 2

    def test_noise_is_nobodys(self) -> None:
        """Random bytes are no reader of any driver, whatever frames they happen to hold."""
        rng = random.Random(5)
        for _ in range(30):
            heard = [(tenth / 10, rng.randbytes(120)) for tenth in range(4)]
            assert best_fits(heard, DRIVERS.values()) == []

    def test_usual_rates_come_first(self) -> None:
        """9600, then 115200, then the others; rates that no row has are not listened at."""
        odd = dataclasses.replace(rdm6300.DRIVER, heard_at=(19200, 2400))
        assert listening_rates([odd, text.DRIVER]) == [9600, 115200, 2400, 19200]


class TestListening:
    """A reader that talks is known without a word to it."""

    def test_a_badge_reader_is_heard_and_nothing_is_sent(self) -> None:
        """A frame with a checksum at the rate of its driver is enough."""
        line = FakeLine(lambda rate: BADGE if rate == 9600 else b"")
        assert found(look(line, *BOTH, asking("r"))) == [("rdm6300", 9600, "heard")]
        assert line.sent == []

    def test_a_device_that_ignores_the_rate_is_given_its_usual_one(self) -> None:
        """What is understood at every rate is reported at the rate its driver knows."""
        late = dataclasses.replace(rdm6300.DRIVER, heard_at=(57600,))
        assert found(look(FakeLine(lambda _: BADGE), late, text.DRIVER)) == [
            ("rdm6300", 57600, "heard")
        ]

    def test_a_device_set_to_another_rate_is_found_there(self) -> None:
        """Frames at a rate that is not the driver's are still its frames."""
        line = FakeLine(lambda rate: BADGE if rate == 115200 else b"")
        assert found(look(line, *BOTH)) == [("rdm6300", 115200, "heard")]

    def test_one_badge_at_a_foreign_rate_is_listened_for_again(self) -> None:
        """On USB a badge that is seen while another rate is tried is found at the usual rate."""
        line = FakeLine(lambda _: BADGE if line.now_s > 0.5 else b"")
        assert found(look(line, *BOTH)) == [("rdm6300", 9600, "heard")]

    def test_a_scanner_is_asked_who_it_is(self) -> None:
        """Lines of text may come from a reader that answers: its answer says more."""
        line = FakeLine(lambda rate: LINE if rate == 9600 else b"", lambda _, __: ANSWER)
        assert found(look(line, *BOTH, asking("r"))) == [("r", 115200, "answered")]
        line = FakeLine(lambda rate: LINE if rate == 9600 else b"")
        assert found(look(line, *BOTH, asking("r"))) == [("text", 9600, "heard")]

    def test_bytes_that_nobody_understands_are_told(self) -> None:
        """Noise is no reader, and a technician hears at which rates it came."""
        report = look(FakeLine(lambda rate: b"\x00\xf0" if rate == 115200 else b""), *BOTH)
        assert found(report) == []
        assert report.noticed == ("bytes came at 115200 bits/s that no driver understands",)


class TestAsking:
    """Sent is what rows have as probes, in their order, and nothing else."""

    def test_questions_come_in_their_order_and_once(self) -> None:
        """Lower orders first, each at its rates; what two drivers ask is asked once."""
        rows = [
            asking("c", 3, (9600,), request=b"c"),
            asking("a", 1, (115200, 38400), request=b"a"),
            asking("twin", 1, (115200, 38400), request=b"a"),
            asking("b", 2, (57600, 115200), request=b"b"),
        ]
        line = FakeLine()
        assert found(look(line, *rows)) == []
        expected = [(115200, b"a"), (38400, b"a"), (57600, b"b"), (115200, b"b"), (9600, b"c")]
        assert line.sent == expected
        assert [len(it.askers) for it in questions(rows)] == [2, 2, 1, 1, 1]

    def test_the_first_answer_ends_the_questions(self) -> None:
        """Who answered is asked nothing more; all drivers of that answer are named."""
        line = FakeLine(hears=lambda rate, _: ANSWER if rate == 57600 else b"")
        rows = [asking("a", 1, (115200, 57600)), asking("b", 1, (115200, 57600))]
        report = look(line, *rows, asking("z", 2, (9600,), request=b"z"))
        assert found(report) == [("a", 57600, "answered"), ("b", 57600, "answered")]
        assert line.sent == [(115200, QUESTION), (57600, QUESTION)]

    def test_an_echo_is_no_answer(self) -> None:
        """What was sent and comes back proves nothing, and is told."""
        probe = Probe(1, (9600,), QUESTION, lambda heard: QUESTION in heard)
        row = dataclasses.replace(silent, probes=(probe,))
        report = look(FakeLine(hears=lambda _, data: data), row)
        assert found(report) == []
        assert "sends back what is sent" in report.noticed[0]

    def test_an_answer_behind_an_echo_counts(self) -> None:
        """On two wires that carry both directions the question comes before the answer."""
        report = look(FakeLine(hears=lambda _, data: data + ANSWER), asking("r"))
        assert found(report) == [("r", 115200, "answered")]

    def test_a_late_answer_counts(self) -> None:
        """A reader that answers only when the next question comes is found all the same."""
        line = FakeLine(hears=lambda _, data: ANSWER if data == b"z" else b"")
        probe = Probe(2, (115200,), b"z", lambda heard: b"z!" in heard)
        other = dataclasses.replace(silent, name="z", probes=(probe,))
        report = look(line, asking("r", 1, (9600, 115200)), other)
        assert found(report) == [("r", 115200, "answered")]

    def test_noise_does_not_hide_an_answer(self) -> None:
        """Bytes before and behind the answer are no matter; a spoilt answer is asked for again."""
        line = FakeLine(lambda _: b"\x80", lambda _, __: ANSWER if len(line.sent) > 1 else b"!m")
        assert found(look(line, asking("r"))) == [("r", 115200, "answered")]


class TestPortsThatFail:
    """A port that cannot be used is a report, never an exception."""

    def test_a_port_that_cannot_be_opened_says_why(self) -> None:
        """The reason of the error is the report."""

        def busy(port: str, baudrate: int) -> Line:
            raise DeviceBusy(port, "held by minicom (pid 812)")

        report = detect_port("port", BOTH, open_port=busy)
        assert "minicom (pid 812)" in report.unusable

    def test_a_device_that_is_pulled_meanwhile_is_told(self) -> None:
        """The line is closed and the loss told."""

        def gone(_: int) -> bytes:
            raise DeviceLost("port", "unplugged")

        assert "unplugged" in look(FakeLine(gone), *BOTH).unusable

    def test_a_rate_the_port_cannot_do_is_passed_over(self) -> None:
        """The other rates are tried all the same."""
        line = FakeLine(lambda rate: LINE if rate == 115200 else b"", impossible=(9600,))
        assert found(look(line, *BOTH)) == [("text", 115200, "heard")]


class TestTables:
    """What is found becomes tables that a station file can hold."""

    def test_names_are_unique_and_rates_only_told_where_unusual(self) -> None:
        """Two badge readers get two names; the usual rate is left out."""
        reports = [
            PortReport(f"/dev/{driver}{rate}", (Finding(driver, rate, "heard"),))
            for driver, rate in (("rdm6300", 9600), ("rdm6300", 115200), ("text", 9600))
        ]
        readers = tomllib.loads(reader_tables([*reports, PortReport("/dev/x")]))["reader"]
        assert [it["name"] for it in readers] == ["badge", "badge-2", "bundle"]
        assert [it.get("baudrate") for it in readers] == [None, 115200, None]

    def test_of_several_only_the_first_is_in_force(self) -> None:
        """Two readers on one port would be a mistake: the others are commented out, complete."""
        both = (Finding("text", 9600, "heard"), Finding("rdm6300", 9600, "heard"))
        tables = reader_tables([PortReport('/dev/"x"', both)])
        assert [it["driver"] for it in tomllib.loads(tables)["reader"]] == ["text"]
        other = re.sub(r"^# (?=\[\[|\w+ = )", "", tables, flags=re.MULTILINE)
        readers = tomllib.loads(other)["reader"]
        assert [it["driver"] for it in readers] == ["text", "rdm6300"]
        assert {it["port"] for it in readers} == {'/dev/"x"'}

    def test_nothing_found_is_no_table(self) -> None:
        """Standard output stays empty."""
        assert reader_tables([PortReport("/dev/x")]) == ""

    def test_roles_follow_what_is_read(self) -> None:
        """Cards are badges, labels and UHF tags are bundles; the medium named first decides."""
        roles = [
            role_of(dataclasses.replace(silent, media=media))
            for media in (("em4100", "iso14443"), ("epc",), ("barcode", "em4100"))
        ]
        assert roles == ["badge", "bundle", "bundle"]
