"""The files of a page: its own folder, and what all our pages share.

Shared are the colours and the typeface (``theme.css``), icons, the open stream, and lit-html. They
stand once, so that the screen at a station and the wall board cannot come to differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.staticfiles import StaticFiles

SHARED: Final = Path(__file__).with_name("static")


def page_files(folder: Path) -> StaticFiles:
    """Serves ``folder``, and ``SHARED`` for names that it has not."""
    return StaticFiles(directory=folder, packages=[("bartack.serving", SHARED.name)])
