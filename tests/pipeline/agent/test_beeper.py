"""The scanner in the operator's hand beeps for what counted and for what was refused."""

from __future__ import annotations

from bartack_sim.devices.pty import Port
from bartack_sim.devices.ssi import SsiScanner
from bartack_sim.devices.wire import Wire
from rig import BADGE, Rig
from running import wait_until


def test_the_scanner_tells_counted_from_refused(rig: Rig) -> None:
    """After the commit the scanner itself beeps once for a count and lower for a refusal."""
    text = f'driver = "text"\nport = "{rig.folder}/scanner"'
    ssi = f'driver = "ssi"\nport = "{rig.folder}/ssi"'
    beeper = '\n[[feedback]]\ndriver = "reader"\nreader = "scanner"\n'
    rig.station_file.write_text(rig.station_file.read_text().replace(text, ssi) + beeper)
    scanner = SsiScanner()
    with Port(rig.folder / "ssi") as port, Wire(port, scanner) as wire:
        rig.import_reference()
        for process in (rig.broker, rig.hub, rig.agent):
            process.start()
        wait_until(lambda: port.listened, "the agent listens")
        wait_until(lambda: rig.agent.log.read_text().count('"reference data"') >= 3, "reference")
        rig.tap(BADGE)
        beeps = list(scanner.beeps)
        assert rig.next_light(lambda: wire.place("B000001"))["outcome"] == "ok"
        assert rig.next_light(lambda: wire.place("B000001-OP999"))["outcome"] == "refused"
        wait_until(lambda: len(scanner.beeps) == len(beeps) + 2, "two beeps")
        assert scanner.beeps[-2:] == [0x00, 0x07]
