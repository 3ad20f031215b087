"""Our own Python files as text and syntax trees, for the tests that hold laws over all of them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ROOTS = {
    "bartack": REPOSITORY / "agent" / "bartack",
    "bartack_drivers": REPOSITORY / "drivers" / "bartack_drivers",
    "bartack_hub": REPOSITORY / "hub" / "bartack_hub",
    "bartack_sim": REPOSITORY / "hw-sim" / "bartack_sim",
}


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file of ours: its dotted name and its source."""

    name: str
    source: str

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def tree(self) -> ast.Module:
        """Parsed once for all laws that look at it."""
        return _parsed(self.source)


@functools.cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def module_name(root: Path, file: Path) -> str:
    parts = [root.name, *file.relative_to(root).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def all_modules() -> list[Module]:
    return [
        Module(module_name(root, file), file.read_text(encoding="utf-8"))
        for root in ROOTS.values()
        for file in sorted(root.rglob("*.py"))
        if "vendor" not in file.relative_to(root).parts
    ]


@functools.cache
def imports(module: Module) -> tuple[tuple[int, str], ...]:
    """Every import, also those inside functions: line and full dotted name of what is imported."""
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, f"{module.package}.(relative import; write the full name)"
            for alias in node.names:
                yield node.lineno, f"{node.module or module.package}.{alias.name}"
        elif isinstance(node, ast.Call) and called(node).endswith(("import_module", "__import__")):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield node.lineno, str(first.value)


def called(call: ast.Call) -> str:
    """The dotted name of what is called: ``datetime.datetime.now``."""
    try:
        return ast.unparse(call.func)
    except ValueError:
        return ""
