"""The scanner that the ``text`` driver reads, as it leaves the factory: each label and a CR."""

from __future__ import annotations

from bartack_sim.devices.scanner import ScannerSettings, TextScanner

EXAMPLES = ("B000123-OP310", "B000124")


def device(suffix: str = "cr", prefix: str = "", aim: str | None = None) -> TextScanner:
    """A scanner that is set up so; see ``ScannerSettings``."""
    return TextScanner(ScannerSettings(suffix, prefix, aim))
