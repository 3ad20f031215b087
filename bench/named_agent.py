"""The agent with each thread's name told to the kernel, which this Python does not do by itself.

Its CPU time can then be seen by thread. Takes the arguments of ``bartack``.
"""

from __future__ import annotations

import threading
from pathlib import Path

from bartack.cli import main

_run = threading.Thread.run


def _named_run(self: threading.Thread) -> None:
    name = self.name.removeprefix("paho-mqtt-client-")
    label = "mqtt" if name != self.name else name.removeprefix("reader ")
    Path(f"/proc/self/task/{self.native_id}/comm").write_text(label[:15], encoding="utf-8")
    _run(self)


if __name__ == "__main__":
    Path("/proc/self/comm").write_text("main", encoding="utf-8")
    threading.Thread.run = _named_run  # type: ignore[method-assign]  # every thread passes here
    main()
