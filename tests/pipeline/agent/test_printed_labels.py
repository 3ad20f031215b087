"""Labels that the hub prints count at a station with the hub's pattern; misread ones do not."""

from __future__ import annotations

import re
import subprocess

from rig import COMMANDS, Rig


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
