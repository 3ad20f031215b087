"""One of our programs whose MQTT client fails from within when a file appears.

Run as ``sabotaged.py PART FILE bartack|bartack-hub ARGUMENT…``. PART is the end of a callback's
name (``publish`` for ``_on_publish``), which then raises, or ``thread``: paho's own is ended as if
something inside of it had failed. FILE is taken away when that is done.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from pathlib import Path
from typing import Any

from bartack import cli
from bartack.mqtt import Connection
from bartack_hub import cli as hub_cli

CALLBACKS = ("connect", "connect_fail", "disconnect", "publish", "message")
LOOK_EVERY_S = 0.05


def break_callback(name: str, wanted: Path) -> None:
    """Have a callback raise, once, when the file is there."""
    whole = getattr(Connection, f"_on_{name}")

    def failing(connection: Connection, *given: Any) -> None:
        if wanted.exists():
            wanted.unlink()
            raise RuntimeError(f"broken on purpose: {name}")
        whole(connection, *given)

    setattr(Connection, f"_on_{name}", failing)


def end_thread(wanted: Path) -> None:
    """Wait for the file, then have paho's thread leave whatever it is in."""
    pause = threading.Event()
    while not wanted.exists():
        pause.wait(LOOK_EVERY_S)
    for thread in threading.enumerate():
        if thread.name.startswith("paho-mqtt") and thread.ident is not None:
            raised = ctypes.py_object(SystemExit)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), raised)
    wanted.unlink()


def main() -> None:
    part, wanted, program = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if part in CALLBACKS:
        break_callback(part, wanted)
    else:
        threading.Thread(target=end_thread, args=[wanted], daemon=True).start()
    sys.argv = sys.argv[3:]
    commands = {"bartack": cli.main, "bartack-hub": hub_cli.main}
    commands[program]()


if __name__ == "__main__":
    main()
