"""The agent, one of whose loops stands still for ever once a file appears.

Run as ``stuck.py LOOP FILE ARGUMENT…``; LOOP is the name under which the loop says that it turns.
FILE is taken away when it does so no more.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from bartack import cli
from bartack.health import Health


def main() -> None:
    loop, wanted = sys.argv[1], Path(sys.argv[2])
    whole = Health.pulse

    def pulse(health: Health, name: str) -> None:
        whole(health, name)
        if name == loop and wanted.exists():
            wanted.unlink()
            threading.Event().wait()

    Health.pulse = pulse  # type: ignore[assignment,method-assign]  # broken on purpose
    sys.argv = ["bartack", *sys.argv[3:]]
    cli.main()


if __name__ == "__main__":
    main()
