"""Labels and cards that the hub prints do at a real station what they are for."""

from __future__ import annotations

import re
import subprocess

from bartack_hub.tickets.cards import Pieces, card_labels
from rig import Rig
from running import COMMANDS


def test_a_printed_ticket_counts_and_a_misread_one_does_not(rig: Rig) -> None:
    """With the pasted tables the ticket's text is credited, and one wrong character is refused."""
    rig.import_reference()
    shown = subprocess.run(
        [COMMANDS / "bartack-hub", "tickets", "--config", rig.hub_file, "pattern"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    text = rig.station_file.read_text()
    rig.station_file.write_text(re.sub(r"\[\[code\]\]\n(.+\n)+", lambda _: shown, text))
    rig.start_all()
    rig.tap()
    misread = rig.scan("B000101-OP310-G")
    assert (misread["outcome"], misread["reason"]) == ("refused", "bad_check_digit")
    assert misread["bundle"] is None
    good = rig.scan("B000001-OP310-T")
    assert (good["outcome"], good["bundle"], good["operation"]) == ("ok", "B000001", "OP310")
    assert rig.scan("B000001")["reason"] == "unknown_code"


def test_printed_cards_do_what_they_say_without_a_setting(rig: Rig) -> None:
    """The texts of cards reach the rules of a station whose file says nothing about them."""
    cards = {it.name: it.text for it in card_labels(["work", "pieces"], Pieces(), {})}
    rig.import_reference()
    rig.start_all()
    rig.tap()
    assert rig.scan("B000001")["outcome"] == "ok"
    assert rig.scan(cards["CMD-UNDO"])["reason"] == "undone"
    asked = [rig.scan(cards[name])["reason"] for name in ("CMD-SPLIT", "CMD-PIECES-5")]
    assert asked == ["need_pieces", "need_bundle"]
    split = rig.scan("B000002")
    assert (split["outcome"], split["pieces"]) == ("ok", 5)
    wrong = cards["CMD-UNDO"][:-1] + "B"
    assert rig.scan(wrong)["reason"] == "bad_check_digit"
