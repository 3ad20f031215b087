"""File systems of a test's own: a small one in memory, and an ext4 image behind a loop device.

``power_off`` shuts a file system down as a pulled plug does. It refuses anything that is not a
loop device that holds an image of the test's own folder.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_EXT4_IOC_SHUTDOWN = (2 << 30) | (4 << 16) | (ord("X") << 8) | 125
"""``_IOR('X', 125, __u32)`` of Linux' fs/ext4/ext4.h."""
_NOLOGFLUSH = 2
"""Stop at once: what is not in the journal on the disk by now never gets there."""


@contextmanager
def small_memory(folder: Path, size_kb: int) -> Iterator[Path]:
    """A tmpfs of ``size_kb`` at ``folder``. Needs root."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "bartack-test", str(folder))
    try:
        yield folder
    finally:
        _run("umount", str(folder))


@dataclass(frozen=True, slots=True)
class Image:
    """An ext4 image and where it is mounted."""

    file: Path
    folder: Path
    options: str = "errors=remount-ro"

    def mount(self) -> None:
        _run("mount", "-o", f"loop,{self.options}", str(self.file), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def repair(self) -> None:
        """What systemd-fsck does at boot; codes up to 2 say that it is well again."""
        done = subprocess.run(["e2fsck", "-f", "-y", str(self.file)], capture_output=True)
        assert done.returncode <= 2, done.stdout

    def device(self) -> str:
        """The loop device behind the mount, such as ``loop0``, after every check there is."""
        backing = [
            line.split()[0]
            for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
            if line.split()[1] == str(self.folder)
        ]
        assert len(backing) == 1, f"{self.folder} is not mounted once: {backing}"
        name = backing[0].removeprefix("/dev/")
        assert name.startswith("loop"), f"{self.folder} is on {name}, which is no loop device"
        behind = Path(f"/sys/block/{name}/loop/backing_file").read_text(encoding="utf-8").strip()
        assert Path(behind) == self.file.resolve(), f"{name} holds {behind}"
        mine = self.folder.stat().st_dev
        for other in (Path("/"), self.file.parent, self.folder.parent, Path.home(), Path.cwd()):
            assert other.stat().st_dev != mine, f"{other} lies on the same file system"
        return name

    def power_off(self, running: int) -> None:
        """Pull the plug of this image and of process ``running``, in one moment.

        The process goes first and is not waited for: of a sync that is under way the kernel may
        say that it went well though its data is lost, but without power nobody shows a light for
        it.
        """
        self.device()
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            assert os.fstat(folder).st_dev == self.folder.stat().st_dev
            stop = struct.pack("I", _NOLOGFLUSH)
            os.kill(running, signal.SIGKILL)
            fcntl.ioctl(folder, _EXT4_IOC_SHUTDOWN, stop)
        finally:
            os.close(folder)

    def fail(self) -> None:
        """Have the kernel find an error, after which it lets nothing be written any more."""
        trigger = Path(f"/sys/fs/ext4/{self.device()}/trigger_fs_error")
        trigger.write_text("the test wants one", encoding="ascii")


@contextmanager
def ext4_image(place: Path, folder: Path, size_mb: int) -> Iterator[Image]:
    """A fresh ext4 in ``place``, mounted at ``folder``; skips where there are no loop devices."""
    image = Image(place / "disk.img", folder)
    folder.mkdir()
    with image.file.open("wb") as file:
        file.truncate(size_mb * 1024**2)
    _run("mkfs.ext4", "-q", "-F", str(image.file))
    try:
        image.mount()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no loop devices here: {error.stderr}")
    try:
        yield image
    finally:
        if os.path.ismount(folder):
            image.unmount()


def _run(*command: str) -> None:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": path})
