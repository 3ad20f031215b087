"""The tests' own law: where CI=true a skipped test is a failed one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from source_tree import REPOSITORY

TESTS = {
    "by reason": 'def test_it(): pytest.skip("no broker here")',
    "by marker": '@pytest.mark.skipif(True, reason="no broker here")\ndef test_it(): pass',
    "by tool": '@pytest.mark.require("no-tool")\ndef test_it(): pass',
    "whole module": 'pytest.skip("no broker here", allow_module_level=True)',
}


def run(folder: Path, source: str, *, ci: str) -> subprocess.CompletedProcess[str]:
    """Runs one test file beside a copy of our conftest.py."""
    for name in ("conftest.py", "installed.py"):
        shutil.copy(REPOSITORY / "tests" / name, folder / name)
    with (folder / "installed.py").open("a") as installed:
        installed.write('\nTOOLS["no-tool"] = Tool("no-broker-package", ("no-such-program",))\n')
    (folder / "test_planted.py").write_text(f"import pytest\n\n{source}\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider"],
        cwd=folder,
        # Only conftest.py is looked at, and other plugins take most of the time to start.
        env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", sorted(TESTS))
def test_a_skip_fails_on_ci(kind: str, tmp_path: Path) -> None:
    """Whichever way a test is skipped, CI fails and shows the reason."""
    result = run(tmp_path, TESTS[kind], ci="true")
    assert result.returncode not in {0, 5}, result.stdout
    assert "on CI nothing is skipped" in result.stdout
    assert "no broker here" in result.stdout or "no-broker-package" in result.stdout


@pytest.mark.parametrize("kind", ["by reason", "by marker", "by tool"])
def test_a_skip_is_told_elsewhere(kind: str, tmp_path: Path) -> None:
    """Away from CI a skipped test is skipped, and its reason stands in the summary."""
    result = run(tmp_path, TESTS[kind], ci="false")
    assert result.returncode == 0, result.stdout
    assert "1 skipped" in result.stdout


@pytest.mark.parametrize(
    "source",
    [
        '@pytest.mark.photographs\ndef test_it(): pytest.skip("no pictures here")',
        "@pytest.mark.xfail\ndef test_it(): assert False",
    ],
)
def test_photographs_and_expected_failures_are_let_through(source: str, tmp_path: Path) -> None:
    """The photographs lie outside of the repository; an expected failure is not a skip."""
    assert run(tmp_path, source, ci="true").returncode == 0
