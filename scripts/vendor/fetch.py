"""Fetch the third-party files that the pages ship, exactly as the lock beside this says.

``python scripts/vendor/fetch.py`` runs ``npm pack`` for each package, refuses a tarball whose
SHA-512 is not the locked one, and copies the named files with their licence. ``--relock`` takes
the hashes of what is fetched now: use it after changing a version in ``lock.json``, and read the
difference before committing it. A test hashes the committed files again.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path(__file__).with_name("lock.json")


def main() -> int:
    """Fetch everything; the exit code is 1 when a hash does not fit."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--relock", action="store_true", help="take the hashes as they are now")
    relock: bool = arguments.parse_args().relock
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    for package in lock["packages"]:
        with tempfile.TemporaryDirectory(prefix="vendor-") as folder:
            tarball = pack(f"{package['name']}@{package['version']}", Path(folder))
            integrity = integrity_of(tarball)
            if not relock and integrity != package["integrity"]:
                sys.stderr.write(
                    f"{package['name']} {package['version']}: the tarball's SHA-512 is not the one "
                    f"in {LOCK.name}. Find out why before you accept it with --relock.\n"
                )
                return 1
            package["integrity"] = integrity
            package["sha256"] = unpack(tarball, package["files"], ROOT / package["folder"])
    if relock:
        LOCK.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return 0


def pack(package: str, folder: Path) -> Path:
    """Let npm fetch the tarball of ``name@version`` into ``folder``."""
    subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=sys.stderr)
    return next(folder.glob("*.tgz"))


def integrity_of(tarball: Path) -> str:
    """The tarball's SHA-512 in the form that npm uses."""
    return "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()


def unpack(tarball: Path, names: list[str], folder: Path) -> dict[str, str]:
    """Copy the named members into ``folder``, without their own folders; the hash of each."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes: dict[str, str] = {}
    with tarfile.open(tarball) as archive:
        for name in names:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise FileNotFoundError(f"{tarball.name} has no file {name}")
            contents = member.read()
            target = folder / Path(name).name
            target.write_bytes(contents)
            hashes[target.name] = hashlib.sha256(contents).hexdigest()
    return hashes


if __name__ == "__main__":
    sys.exit(main())
