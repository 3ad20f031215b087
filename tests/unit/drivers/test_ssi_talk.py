"""What the ssi driver says to its scanner, and which labels it counts."""

from __future__ import annotations

import pytest

from bartack_drivers.base import Read
from bartack_drivers.readers.ssi import CONTINUED_MAX_S, SENDS_TEXT, SENT_AGAIN_MAX_S
from bartack_sim.devices.ssi import SsiScanner, packet
from unit.drivers.talking import Room, talk

ACK = "04 D0 04 00 FF 28"
TO_PACKETS = "07 C6 04 00 FF EE 01 FD 41"
TO_PACKETS_FOR_EVER = "07 C6 04 08 FF EE 01 FD 39"
ENABLE = "04 E9 04 00 FF 0F"
BEEPER = "07 C6 04 00 FF 38"
AGAIN, MORE = 1, 2


def room(scanner: SsiScanner | None = None, **options: object) -> Room:
    it = Room(talk("ssi", **options), scanner or SsiScanner())
    it.now_s = 100.0
    return it


def label(text: str, status: int = 0, kind: int = 3) -> bytes:
    return packet(0xF3, bytes([kind]) + text.encode(), status)


def heard(*sent: tuple[float, bytes]) -> list[str]:
    conversation = talk("ssi")
    return [read.value for at_s, data in sent for read in conversation.feed(data, at_s)]


def test_a_scanner_is_woken_and_told_to_send_packets() -> None:
    """The scanner is set up in its memory, enabled and muted; then labels come as packets."""
    it = room()
    it.reads(2.0)
    assert it.said[0] == b"\x00"
    assert it.times_said(TO_PACKETS) == it.times_said(ENABLE) == it.times_said(BEEPER) == 1
    it.device.place("B000123")
    (read,) = it.reads(1.0)
    assert (read.medium, read.value, read.symbology) == ("barcode", "B000123", "code128")
    assert it.conversation.trouble == ""


def test_only_what_differs_is_written() -> None:
    """A scanner that sends packets and beeps as it shall is not set; checks write nothing."""
    it = room(SsiScanner(packeted="true"), beep=True)
    it.reads(15.0)
    assert it.times_said("C6 04") == 0
    assert it.times_said(ENABLE) == 1


def test_a_permanent_setting_is_written_once() -> None:
    """``permanent`` sets the bit that says so, and a power failure then needs no setting."""
    it = room(permanent=True)
    it.reads(2.0)
    assert it.times_said(TO_PACKETS_FOR_EVER) == 1
    it.forget()
    it.device.power_up()
    it.reads(10.0)
    assert it.times_said("C6 04") == 0


def test_each_label_is_acknowledged_at_once() -> None:
    """Labels are acknowledged while the driver waits and while it asks, and come once."""
    it = room(SsiScanner(packeted="true"))
    values = []
    for number in range(40):
        it.device.place(f"B{number:06}")
        values += it.values(0.21)
    assert values == [f"B{number:06}" for number in range(40)]
    assert it.times_said(ACK) == 40


def test_a_label_in_many_packets_is_one_read() -> None:
    """A long label comes whole, each packet of it acknowledged."""
    it = room(SsiScanner(packeted="true", symbology="qr"))
    it.reads(1.0)
    it.device.place("B" * 256)
    (read,) = it.reads(2.0)
    assert (read.value, read.symbology) == ("B" * 256, "qr")
    assert it.times_said(ACK) == 2


def test_what_is_sent_again_is_no_new_label() -> None:
    """The same packet sent again is read once; scanned anew, it is read anew."""
    once = label("A1"), label("A1", AGAIN)
    assert heard((0.0, once[0]), (2.0, once[1]), (4.0, once[1])) == ["A1"]
    assert heard((0.0, once[0]), (0.5, once[0])) == ["A1", "A1"]


def test_what_is_heard_only_the_second_time_is_a_label() -> None:
    """Sent again after the first was lost, it is read; also when long ago the same was scanned."""
    assert heard((0.0, label("A1", AGAIN))) == ["A1"]
    assert heard((0.0, label("A1")), (1.0, label("B2", AGAIN))) == ["A1", "B2"]
    late_s = SENT_AGAIN_MAX_S + 1
    assert heard((0.0, label("A1")), (late_s, label("A1", AGAIN))) == ["A1", "A1"]


def test_parts_are_joined() -> None:
    """Parts of a label are one read, also when one of them is sent twice."""
    parts = label("A1-", MORE), label("B2-", MORE), label("B2-", MORE | AGAIN), label("C3")
    assert heard(*((0.1 * at, part) for at, part in enumerate(parts))) == ["A1-B2-C3"]


def test_a_part_that_was_held_back_is_joined() -> None:
    """A rest of which half comes 2 s late is no label of its own."""
    conversation, rest = talk("ssi"), label("B2")
    assert conversation.feed(label("A1-", MORE) + rest[:5], 0.0) == []
    assert [read.value for read in conversation.feed(rest[5:], 2.3)] == ["A1-B2"]


def test_a_part_without_its_rest_is_dropped() -> None:
    """When the rest does not come in 2 s, nothing is read of the label, and the next one is."""
    late_s = CONTINUED_MAX_S + 0.5
    assert heard((0.0, label("A1-", MORE)), (late_s, label("B2"))) == ["B2"]
    rest = (late_s, label("B2-", MORE | AGAIN)), (late_s + 0.1, label("C3"))
    assert heard((0.0, label("A1-", MORE)), *rest) == []


def test_parts_around_a_damaged_one_are_not_joined() -> None:
    """A label with a part missing in its middle is never read."""
    damaged = label("B2-", MORE)[:-1] + b"\x00"
    assert heard((0.0, label("A1-", MORE) + damaged + label("C3")), (9.0, label("D4"))) == ["D4"]


@pytest.mark.parametrize(
    ("kind", "name"), [(0x01, "code39"), (0x0B, "ean13"), (0x0F, "code128"), (0x7E, None)]
)
def test_the_type_tells_the_symbology(kind: int, name: str | None) -> None:
    """A known type names the symbology; an unknown one names none, and the label is read."""
    (read,) = talk("ssi").feed(label("A1", kind=kind), 1.0)
    assert read == Read("barcode", "A1", 1.0, symbology=name, gs1=kind == 0x0F)


def test_text_is_decoded() -> None:
    """UTF-8 is tried first, then ``encoding``; control characters that no label has are none."""
    conversation = talk("ssi", encoding="gbk")
    data = packet(0xF3, b"\x1c" + "裤".encode()) + packet(0xF3, b"\x1c" + "裤子".encode("gbk"))
    assert [read.value for read in conversation.feed(data, 0.0)] == ["裤", "裤子"]
    assert conversation.feed(label("A\x001"), 1.0) == []


def test_a_no_read_is_no_label() -> None:
    """What the scanner sends when it read nothing is not a read."""
    assert talk("ssi").feed(bytes.fromhex("07 F3 00 00 01 4E 52 FE 65"), 0.0) == []


def test_a_scanner_that_lost_power_is_set_up_again() -> None:
    """Labels are read within 5 s of the power failure; bare text meanwhile is none."""
    it = room()
    it.reads(2.0)
    it.device.power_up()
    it.forget()
    it.device.place("B000001")
    assert it.reads(4.0) == []
    it.device.place("B000002")
    assert it.values(1.0) == ["B000002"]
    assert it.times_said(ENABLE) == 1
    assert it.conversation.trouble == ""


def test_bare_text_is_told_of() -> None:
    """A scanner that hears nothing and sends text is reported and nothing is read of it."""
    it = room()
    it.hears = False
    it.device.place("B000123")
    assert it.reads(8.0) == []
    assert SENDS_TEXT in it.conversation.trouble
    assert "does not answer when asked to send its labels in packets" in it.conversation.trouble
    it.hears = True
    it.reads(8.0)
    assert it.conversation.trouble == ""


def test_a_refusal_is_told_in_words() -> None:
    """A scanner that denies packets is reported with its reason."""
    conversation = talk("ssi")
    now_s = 0.0
    while bytes.fromhex(TO_PACKETS) not in conversation.outgoing(now_s):
        now_s += 0.01
        conversation.idle(now_s)
    conversation.feed(packet(0xD1, b"\x06"), now_s)
    assert "refuses to send its labels in packets (denied)" in conversation.trouble
    conversation.feed(label("A1"), now_s)
    assert conversation.outgoing(now_s) == bytes.fromhex(ACK)


def test_the_scanner_says_accepted_and_refused() -> None:
    """The two beeps are packets that the scanner knows, and differ."""
    conversation = talk("ssi")
    assert conversation.beep(accepted=True) == bytes.fromhex("05E6040000FF11")
    assert conversation.beep(accepted=False) == bytes.fromhex("05E6040007FF0A")
