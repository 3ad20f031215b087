"""The layer law: who may import whom, and what stays pure.

Every checker takes a module's source as text, so that each is shown to bite on a planted
violation before it is believed about the tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from source_tree import ROOTS, Module, all_modules, called, imports

# What a package may import of ours beside itself.
ARROWS = {
    "bartack": {"bartack_drivers"},
    "bartack_drivers": set[str](),
    "bartack_hub": {
        *("bartack.events", "bartack.heads", "bartack.wire"),  # the contract
        *(
            "bartack.settings",
            "bartack.mqtt",
            "bartack.serving",
            "bartack.contest",
            "bartack.retained",
            "bartack.service",
            "bartack_drivers.em4100",
        ),  # docs/decisions/0006
    },
    "bartack_sim": set[str](),
}

# What the forms of badge numbers stand on; the hub does not import it itself.
BENEATH = {"bartack", "bartack_drivers", "bartack_drivers.base", "bartack_drivers.options"}

# Pure: no clock, no I/O, no logging. Whatever of ours they import is held to the same.
PURE_MODULES = {
    "bartack.identify",
    "bartack.debounce",
    "bartack.presence",
    "bartack.arbitration",
    "bartack.badges",
    "bartack.labels",
    "bartack.neighbours",
    "bartack.retained",
    "bartack.station",
    "bartack.pay",
    "bartack.reasons",
    "bartack.own_credits",
    "bartack.own_faults",
    "bartack.kiosk.document",
    "bartack.events",
    "bartack.feedback.patterns",
    "bartack.feedback.reasons",
    "bartack.feedback.samples",
    "bartack.feedback.screens",
    "bartack.feedback.today",
    "bartack.heads",
    "bartack.wire",
    "bartack.contest",
    "bartack.outbox",
    "bartack.projection",
    "bartack.room",
    "bartack.reference",
    "bartack.languages.sentences",
    "bartack.languages.values",
    "bartack_drivers.base",
    "bartack_drivers.camera.watching.acceptance",
    "bartack_drivers.camera.watching.presenting",
    "bartack_drivers.conversation",
    "bartack_drivers.em4100",
    "bartack_hub.admission",
    "bartack_hub.board",
    "bartack_hub.reference_chunks",
    "bartack_hub.settlement",
    "bartack_hub.tickets.cards",
    "bartack_hub.tickets.labels",
    "bartack_hub.tickets.pattern",
}
PURE_FOLDERS = ("bartack_drivers.codecs.", "bartack_hub.board.")
PURE_LIBRARIES = frozenset(
    {
        *("__future__", "abc", "array", "base64", "biip", "binascii", "bisect", "codecs"),
        "collections",
        *("copy", "cryptography", "dataclasses", "datetime", "decimal", "enum"),
        "epcpy",
        *("fractions", "functools"),
        *("hashlib", "heapq", "hmac", "immutables", "itertools", "json", "llrpkit", "math"),
        "numbers",
        *(
            "operator",
            "orjson",
            "re",
            "statistics",
            "string",
            "struct",
            "textwrap",
            "types",
            "typing",
        ),
        *("unicodedata", "zlib", "zoneinfo"),
    }
)

# A library that only these modules may import.
KEEPERS = {
    "cv2": {"bartack_drivers.camera", "bartack_sim"},
    "gpiod": {"bartack_drivers.feedback.gpio"},
    "pyzbar": {"bartack_drivers.camera.decoding.engines"},
    "zxingcpp": {"bartack_drivers.camera", "bartack_sim"},
    "sqlite3": {"bartack.ledger", "bartack_hub.store"},
    "sqlite_utils": {"bartack.ledger", "bartack_hub.store"},
    "reportlab": {"bartack_hub.tickets"},
    "segno": {"bartack_hub.tickets"},
    "serial": {"bartack_drivers.links"},
    "uharfbuzz": {"bartack_hub.tickets"},
    "llrpkit": {"bartack_drivers.codecs.llrp"},  # its codec, which is pure; not its client
}

# The rim modules that may ask for wall time; all others are handed it.
WALL_CLOCKS = {
    "bartack.clock",
    "bartack_hub.clock",
    "bartack_sim.clock",
}


Tree = Mapping[str, Module]


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in allowed)


def arrows(module: Module) -> Iterator[str]:
    allowed = ARROWS[module.package] | {module.package}
    for line, name in imports(module):
        if name.partition(".")[0] in ROOTS and not is_within(name, allowed):
            yield f"{module.name}:{line}: imports {name}"
        if "(relative" in name:
            yield f"{module.name}:{line}: {name}"


def named(name: str, tree: Tree) -> Module | None:
    """The module of ours that an imported name means: itself, or what the name stands in."""
    return tree.get(name) or tree.get(name.rpartition(".")[0])


def reached(starts: set[str], tree: Tree) -> set[str]:
    """The modules of ours that are imported, directly or not, from ``starts``; those included."""
    found: set[str] = set()
    waiting = [name for name in starts if name in tree]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            targets = (named(target, tree) for _, target in imports(tree[name]))
            waiting.extend(target.name for target in targets if target is not None)
    return found


def impurity(module: Module) -> Iterator[str]:
    for line, name in imports(module):
        library = name.partition(".")[0]
        if library not in PURE_LIBRARIES and library not in ROOTS:
            yield f"{module.name}:{line}: is pure, or used by a pure module, and imports {name}"
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.Call) and called(node) in {"open", "input", "print"}:
            yield f"{module.name}:{node.lineno}: is pure and calls {called(node)}"
    yield from wall_time(module)


def purity(tree: Tree) -> Iterator[str]:
    starts = {name for name in tree if name in PURE_MODULES or name.startswith(PURE_FOLDERS)}
    for name in sorted(reached(starts, tree)):
        yield from impurity(tree[name])


def hub_reach(tree: Tree) -> Iterator[str]:
    """What the hub may import of the agent leads no further into the agent."""
    shared = ARROWS["bartack_hub"]
    beyond = {name for name in reached(shared, tree) if not is_within(name, shared)}
    for name in sorted(beyond - BENEATH):
        yield f"{name}: is reached from {', '.join(sorted(shared))}"


def keepers(module: Module) -> Iterator[str]:
    for line, name in imports(module):
        library = name.partition(".")[0]
        keeper = KEEPERS.get(library)
        if keeper is not None and not is_within(module.name, keeper):
            yield f"{module.name}:{line}: imports {library}; only {', '.join(sorted(keeper))} may"


def printing(module: Module) -> Iterator[str]:
    if module.name.split(".")[1:2] == ["cli"]:
        return
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.Call) and called(node) in {"print", "click.echo", "click.secho"}:
            yield f"{module.name}:{node.lineno}: prints; only cli may"


WALL_CALL = re.compile(
    r"(^|\.)(time\.(time|time_ns|localtime|gmtime)"
    r"|(datetime|dt)\.(now|utcnow|today|fromtimestamp)|date\.today)$"
)


def wall_time(module: Module) -> Iterator[str]:
    if module.name in WALL_CLOCKS:
        return
    for node in ast.walk(module.tree()):
        if isinstance(node, ast.Call) and WALL_CALL.search(called(node)):
            yield f"{module.name}:{node.lineno}: asks for wall time; it must be handed in"


Law = Callable[[Module], Iterator[str]]
LAWS: list[Law] = [arrows, keepers, printing, wall_time]
TREE_LAWS: list[Callable[[Tree], Iterator[str]]] = [purity, hub_reach]


def tree_of(*modules: Module) -> Tree:
    return {module.name: module for module in modules}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_tree_keeps_the_law(law: Law) -> None:
    """No module of the four packages breaks the law."""
    assert [broken for module in all_modules() for broken in law(module)] == []


@pytest.mark.parametrize("law", TREE_LAWS, ids=lambda law: law.__name__)
def test_what_is_reached_keeps_the_law(law: Callable[[Tree], Iterator[str]]) -> None:
    """Purity and the hub's arrow hold through everything that is imported on the way."""
    assert list(law(tree_of(*all_modules()))) == []


PLANTED: list[tuple[Law, str, str]] = [
    (arrows, "bartack_hub.collector", "from bartack.ledger import Ledger\n"),
    (arrows, "bartack_hub.collector", "from bartack import ledger\n"),
    (arrows, "bartack_hub.collector", "import bartack_drivers.base\n"),
    (arrows, "bartack_drivers.runner", "def f():\n    import bartack.events\n"),
    (arrows, "bartack_sim.demo", "from bartack_hub import cli\n"),
    (arrows, "bartack.core", "from bartack_sim.line import Line\n"),
    (arrows, "bartack_sim.demo", "import importlib\nimportlib.import_module('bartack.core')\n"),
    (arrows, "bartack.core", "from . import events\n"),
    (keepers, "bartack.core", "import sqlite3\n"),
    (keepers, "bartack_drivers.runner", "from serial import Serial\n"),
    (printing, "bartack.core", "print('x')\n"),
    (printing, "bartack.ledger.cli", "print('x')\n"),
    (printing, "bartack_hub.collector", "import click\nclick.echo('x')\n"),
    (wall_time, "bartack.core", "import time\ntime.time()\n"),
    (wall_time, "bartack.core", "import datetime\ndatetime.datetime.now(datetime.UTC)\n"),
]


@pytest.mark.parametrize(
    ("law", "name", "source"), PLANTED, ids=[f"{law.__name__}-{name}" for law, name, _ in PLANTED]
)
def test_a_planted_violation_is_found(law: Law, name: str, source: str) -> None:
    """Each law finds the violation it is there for."""
    assert list(law(Module(name, source)))


ALLOWED: list[tuple[Law, str, str]] = [
    (arrows, "bartack.core", "from bartack_drivers.base import Read\nimport bartack.events\n"),
    (arrows, "bartack_hub.collector", "from bartack.wire import EventBatch\n"),
    (arrows, "bartack_hub.store", "from bartack import events\n"),
    (keepers, "bartack.ledger", "import sqlite3\n"),
    (printing, "bartack.cli", "import click\nclick.echo('x')\n"),
    (printing, "bartack.cli.ledger", "import click\nclick.echo('x')\n"),
    (wall_time, "bartack.clock", "import time\ntime.time()\n"),
    (wall_time, "bartack.core", "import time\ntime.monotonic()\n"),
]


@pytest.mark.parametrize(
    ("law", "name", "source"), ALLOWED, ids=[f"{law.__name__}-{name}" for law, name, _ in ALLOWED]
)
def test_what_is_allowed_passes(law: Law, name: str, source: str) -> None:
    """No law forbids what the layers are built on."""
    assert list(law(Module(name, source))) == []


IMPURE: list[dict[str, str]] = [
    {"bartack.station": "import time\n"},
    {"bartack.identify": "from pathlib import Path\n"},
    {"bartack.events": "def f():\n    import structlog\n"},
    {"bartack.debounce": "from datetime import datetime\ndatetime.now()\n"},
    {"bartack.station": "open('/etc/hosts')\n"},
    {"bartack_drivers.codecs.text": "import logging\n"},
    {
        "bartack_drivers.codecs.text": "from bartack_drivers.links import SerialLink\n",
        "bartack_drivers.links": "import serial\n",
    },
    {
        "bartack.station": "from bartack import rules\n",
        "bartack.rules": "import bartack.files\n",
        "bartack.files": "import os\n",
    },
]


@pytest.mark.parametrize("sources", IMPURE)
def test_planted_impurity_is_found(sources: dict[str, str]) -> None:
    """A clock, I/O or logging in a pure module is found, also behind what it imports."""
    assert list(purity(tree_of(*(Module(*item) for item in sources.items()))))


def test_pure_imports_pass() -> None:
    """Pure libraries, types of time, and pure modules of ours are no impurity."""
    tree = tree_of(
        Module("bartack.station", "from bartack.events import Event\nimport hashlib\n"),
        Module("bartack.events", "from datetime import datetime\nimport json\n"),
    )
    assert list(purity(tree)) == []


def test_a_planted_way_into_the_agent_is_found() -> None:
    """A shared module that imports the ledger would give the hub the ledger."""
    tree = tree_of(
        Module("bartack.wire", "from bartack.ledger import Ledger\n"),
        Module("bartack.ledger", "import sqlite3\n"),
    )
    assert list(hub_reach(tree))
