"""What tests need beyond Python, and the law that CI skips nothing.

A test that needs a program or library says so, by marker or by fixture::

    from installed import Require

    @pytest.mark.require("mosquitto", "openssl")
    def test_…(require: Require) -> None:
        broker = require("mosquitto")

Where it is not installed, the test is skipped with the name of the package. With ``CI=true`` a
skipped test fails, and so does a skipped module; only the marker ``photographs`` is let
through, because those pictures lie outside of the repository.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from installed import Require, find_or_skip

# How fast a machine is that does other things meanwhile is no property of ours.
settings.register_profile(
    "untimed", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def require() -> Require:
    """``require("mosquitto")`` gives the tool's path, or skips the test with the reason."""
    return find_or_skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "require(*tools): skip where a program or library is not installed"
    )
    config.addinivalue_line(
        "markers", "photographs: needs the photographs, which lie outside of the repository"
    )


LONG_FIRST = ("faults", "pipeline", "browser", "contract")
"""Folders of long tests. Begun first, none of their files is left to run alone at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of long tests first; within and among the others the shuffled order stays."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=rank)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("require"):
        for name in marker.args:
            find_or_skip(name)


def is_ci() -> bool:
    return os.environ.get("CI") == "true"


def reason_of(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_expected_failure = hasattr(report, "wasxfail")
    is_allowed = item.get_closest_marker("photographs") is not None
    if is_ci() and report.skipped and not is_expected_failure and not is_allowed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: on CI nothing is skipped. {reason_of(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    is_allowed = collector.get_closest_marker("photographs") is not None
    if is_ci() and report.outcome == "skipped" and not is_allowed:
        report.outcome = "failed"
        report.longrepr = (
            f"{collector.nodeid}: on CI nothing is skipped. {reason_of(report.longrepr)}"
        )
    return report
