"""Changes to the bench's station file that a fault test wants."""

from __future__ import annotations

from rig import Rig


def change(rig: Rig, *changes: tuple[str, str]) -> None:
    """Replace text in the station file; fails where it does not stand there."""
    text = rig.station_file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{rig.station_file} has no {old!r}"
        text = text.replace(old, new, 1)
    rig.station_file.write_text(text, encoding="utf-8")


def scan_again_at_once(rig: Rig) -> None:
    """A label counts as a new scan at once, so that an operator may repeat a refused one."""
    change(rig, ('name = "scanner"', 'name = "scanner"\nrepeat_s = 0.05'))
    change(rig, ('name = "badge"', 'name = "badge"\nrepeat_s = 0.05'))


def ledger_at(rig: Rig, path: str) -> None:
    """Put the ledger elsewhere than the lights."""
    change(rig, ('path = "ledger.db"', f'path = "{path}"'))
