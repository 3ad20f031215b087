"""What durability costs by itself on this disk: a 300-byte append, then fdatasync.

python bench/bare_sync.py FILE SECONDS      prints how many a second
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def open_file(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def fdatasync_s(file: int) -> float:
    """Seconds that one append and fdatasync take."""
    began_s = time.perf_counter()
    os.write(file, b"x" * 300)
    os.fdatasync(file)
    return time.perf_counter() - began_s


def main() -> None:
    file, seconds = open_file(Path(sys.argv[1])), float(sys.argv[2])
    began_s = time.perf_counter()
    count = 0
    while time.perf_counter() - began_s < seconds:
        fdatasync_s(file)
        count += 1
    print(f"{count / (time.perf_counter() - began_s):.1f}")


if __name__ == "__main__":
    main()
