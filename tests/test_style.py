"""What every file of ours keeps to: its size, its first lines, its errors, its locks.

Each law is shown to bite on a planted violation before it is believed about the tree.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from source_tree import REPOSITORY, Module, all_modules

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def sizes(module: Module) -> Iterator[str]:
    lines = module.source.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{module.name}: {lines} lines; the limit is {FILE_LINES_MAX}"
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{module.name}:{node.lineno}: {node.name} has {length} lines"


def docstrings(module: Module) -> Iterator[str]:
    if module.source.strip() and ast.get_docstring(module.tree()) is None:
        yield f"{module.name}: does not say in its first lines what it is"


def swallowing(module: Module) -> Iterator[str]:
    """Handlers that end an error of any kind without raising it or even looking at it."""
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.ExceptHandler) and node.name is None:
            caught = "" if node.type is None else ast.unparse(node.type)
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if caught in {"", "BaseException", "Exception"} and not raises:
                yield f"{module.name}:{node.lineno}: swallows errors"
        if isinstance(node, ast.Call) and ast.unparse(node).endswith("suppress(Exception)"):
            yield f"{module.name}:{node.lineno}: swallows errors"


Law = Callable[[Module], Iterator[str]]
LAWS: list[Law] = [sizes, docstrings, swallowing]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_tree_keeps_the_law(law: Law) -> None:
    """No module of the four packages breaks the law."""
    assert [broken for module in all_modules() for broken in law(module)] == []


def lines(count: int, indent: str = "") -> str:
    return f"{indent}x = 1\n" * count


PLANTED: list[tuple[Law, str]] = [
    (sizes, lines(401)),
    (sizes, "def f():\n" + lines(61, "    ")),
    (docstrings, "import json\n"),
    (swallowing, "try:\n    f()\nexcept Exception:\n    pass\n"),
    (swallowing, "try:\n    f()\nexcept:\n    g()\n"),
    (swallowing, "import contextlib\ncontextlib.suppress(Exception)\n"),
]


@pytest.mark.parametrize(("law", "source"), PLANTED)
def test_a_planted_violation_is_found(law: Law, source: str) -> None:
    """Each law finds the violation it is there for."""
    assert list(law(Module("bartack.core", source)))


# --- what no file may hold --------------------------------------------------------------------

NOT_OURS = {".git", ".venv", ".hypothesis", "build", "dist", "vendor", "node_modules"}
LOCKS = ("requirements.lock", "requirements-dev.lock")
ADDRESS = re.compile(r"https?:|file:|git\+|--(?:extra-)?index-url|--find-links")

# Built from parts, so that this file keeps its own law.
FOREIGN = re.compile(
    "|".join(
        [
            r"pypi\." + "org",
            "python" + "hosted",
            "registry" + r"\.npmjs",
            "crates" + r"\.io",
            r"(?<![\w.$}/-])/ro" + "ot/",
            r"(?<![\w.$}/-])/wo" + "rk/",
            r"(?<![\w.$}/-])/home/" + r"\w",
            r"\.py" + "env",
        ]
    )
)


def our_files() -> Iterator[Path]:
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = [
            name
            for name in folders
            if name not in NOT_OURS and not name.endswith(("cache", "cache__", ".egg-info"))
        ]
        yield from (Path(folder) / name for name in files)


def foreign_text(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if FOREIGN.search(line)]


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    """What is committed holds on any machine: no package registry's address, no private path."""
    found = {
        str(file.relative_to(REPOSITORY)): lines
        for file in our_files()
        if (lines := foreign_text(file.read_text(encoding="utf-8", errors="ignore")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text", ["see https://pypi" + ".org/x", "cd /ro" + "ot/x", "x = '/wo" + "rk/main'"]
)
def test_planted_foreign_text_is_found(text: str) -> None:
    """The search for addresses and private paths bites."""
    assert foreign_text(text)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_hashes_and_names_no_address(name: str) -> None:
    """A lock file holds hashed pins only, so it installs from any index or wheel folder."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*==.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 20
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert ADDRESS.findall(text) == []


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    """Tests run with the very versions that are installed on a station."""
    pins = [
        set(re.findall(r"^[a-z0-9][\w.-]*==[^ ]+", (REPOSITORY / name).read_text(), re.MULTILINE))
        for name in LOCKS
    ]
    assert pins[0] <= pins[1]
