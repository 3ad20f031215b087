"""scripts/setup.sh: what it refuses, and that nothing half-installed passes for installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from source_tree import REPOSITORY

SCRIPT = "scripts/setup.sh"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the script and a project whose lock names a package that no index has."""
    folder = tmp_path / "clone"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(REPOSITORY / SCRIPT, folder / SCRIPT)
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    absent = f"no-such-package-of-ours==1.0 --hash=sha256:{'0' * 64}\n"
    (folder / "requirements.lock").write_text(absent)
    (folder / "requirements-dev.lock").write_text(absent)
    return folder


def set_up(folder: Path, task: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHON": sys.executable, "PIP_NO_INDEX": "1", **changes}
    return subprocess.run(
        [folder / SCRIPT, task],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def program(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_a_failed_install_is_not_taken_for_installed(clone: Path) -> None:
    """When pip fails the set-up fails, leaves no stamp, and tries again the next time."""
    for _ in range(2):
        result = set_up(clone, "check")
        assert result.returncode != 0
        assert "no-such-package-of-ours" in result.stderr
        assert list((clone / ".venv").glob(".installed-*")) == []


def test_an_old_python_is_refused_with_the_way_out(clone: Path, tmp_path: Path) -> None:
    """An interpreter below 3.11 is named, and nothing is made."""
    old = tmp_path / "python3.10"
    program(old, "exit 1")
    result = set_up(clone, "check", PYTHON=str(old))
    assert result.returncode != 0
    assert str(old) in result.stderr
    assert "3.11" in result.stderr
    assert not (clone / ".venv").exists()


def test_no_python_at_all_is_said_plainly(clone: Path, tmp_path: Path) -> None:
    """Where every python on the path is too old the message says what to install."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        program(programs / name, "exit 1")
    path = os.pathsep.join([str(programs), "/usr/bin", "/bin"])
    result = set_up(clone, "check", PYTHON="", PATH=path)
    assert result.returncode != 0
    assert "apt install python3 python3-venv" in result.stderr
    assert not (clone / ".venv").exists()


def test_an_unknown_task_is_a_usage_error(clone: Path) -> None:
    """A task that does not exist exits with 2 and the usage."""
    result = set_up(clone, "everything")
    assert result.returncode == 2
    assert "usage" in result.stderr
