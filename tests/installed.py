"""Programs, libraries and fonts that tests need beyond Python, and their Debian packages."""

from __future__ import annotations

import ctypes.util
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

Require = Callable[[str], Path]

SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])

FONTS = Path("/usr/share/fonts")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program (any of ``names``), a shared library or a font file, and its Debian package."""

    package: str
    names: tuple[str, ...] = ()
    library: str | None = None
    font: str | None = None

    def find(self) -> Path | None:
        if self.library is not None:
            found = ctypes.util.find_library(self.library)
            return Path(found) if found else None
        if self.font is not None:
            return next(FONTS.rglob(self.font), None)
        paths = (shutil.which(name, path=SEARCH_PATH) for name in self.names)
        return next((Path(path) for path in paths if path), None)


TOOLS = {
    "mosquitto": Tool("mosquitto", ("mosquitto",)),
    "mosquitto_passwd": Tool("mosquitto", ("mosquitto_passwd",)),
    "chromium": Tool("chromium", ("chromium", "chromium-browser")),
    "systemd-analyze": Tool("systemd", ("systemd-analyze",)),
    "openssl": Tool("openssl", ("openssl",)),
    "strace": Tool("strace", ("strace",)),
    "faketime": Tool("faketime", ("faketime",)),
    "mkfs.ext4": Tool("e2fsprogs", ("mkfs.ext4",)),
    "ip": Tool("iproute2", ("ip",)),
    "tc": Tool("iproute2", ("tc",)),
    "nft": Tool("nftables", ("nft",)),
    "losetup": Tool("mount", ("losetup",)),
    "libzbar0": Tool("libzbar0", library="zbar"),
    "DejaVu": Tool("fonts-dejavu-core", font="DejaVuSans.ttf"),
    "Lohit Bengali": Tool("fonts-lohit-beng-bengali", font="Lohit-Bengali.ttf"),
}


def find_or_skip(name: str) -> Path:
    """The path of a tool of ``TOOLS``; skips the running test where it is not installed."""
    tool = TOOLS[name]
    path = tool.find()
    if path is None:
        pytest.skip(f"{name} is not installed; as root: apt install {tool.package}")
    return path
