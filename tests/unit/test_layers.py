"""Who may import whom: arrows between rooms point one way. Read from the source; nothing is imported."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A room of the engine -> the rooms it may import beside itself.
RUN = {"model", "plan", "script", "call", "store", "vault"}
ENGINE = {
    "model": set(),
    "code": {"model"},
    "script": set(),
    "call": set(),
    "plan": {"model", "script"},
    "store": {"model"},
    "vault": {"model", "store"},
    "run": RUN,
    "rehearse": {"model", "plan", "script", "call", "run"},
    "dispatch": set(),
    "turns": {"store"},
    "liveness": {"store"},
    "limits": {"store"},
    "candidates": {"run", "store", "turns", "limits"},
    "worker": RUN | {"run", "dispatch", "candidates", "liveness", "limits"},
    "command": {"model", "call", "code", "plan", "script", "run", "rehearse", "store", "dispatch", "vault"},
    "settings": {"model", "vault"},
    "terminal": {
        "model",
        "code",
        "run",
        "rehearse",
        "store",
        "vault",
        "command",
        "overview",
        "drift",
        "settings",
        "host",
    },
    "follow": {"model", "store"},
    "overview": {"model", "store", "turns"},
    "drift": {"model", "plan", "store"},
    "version": set(),
    "garbage": set(),
    "host": RUN | {"run", "dispatch", "worker", "settings", "version", "garbage"},
}

# A top-level package -> what of ours, or of others, its code must not import.
FORBIDDEN = {
    "engine": {"webapp", "mock_api", "app", "tests", "bench", "flask"},
    "webapp": {"mock_api", "app", "tests", "bench"},
    "mock_api": {"engine", "webapp", "app", "tests", "bench"},
}

# The only room of the engine that knows MongoDB, and the packages it keeps to itself.
MONGO_ROOM = "store"
MONGO = {"pymongo", "bson"}


class Import(NamedTuple):
    module: str
    path: Path
    line: int

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def second(self) -> str:
        return self.module.split(".")[1] if "." in self.module else ""

    def says(self, rule: str) -> str:
        return f"{self.path}:{self.line} imports {self.module}: {rule}"


def imports(root: Path, package: str) -> Iterator[Import]:
    """Every import in a package's source, also inside functions; relative ones are made absolute."""
    for file in sorted((root / package).rglob("*.py")):
        path = file.relative_to(root)
        for node in ast.walk(ast.parse(file.read_bytes(), filename=str(path))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from (Import(module, path, node.lineno) for module in imported_modules(node, path))


def imported_modules(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    here = path.parts[: -node.level] if node.level else ()
    base = ".".join([*here, *([node.module] if node.module else [])])
    # `from engine import store` names a room only with its last word.
    return [f"{base}.{alias.name}" for alias in node.names]


def engine_room(path: Path) -> str:
    """`engine/store/lease.py` lies in store, `engine/worker.py` in worker, `engine/__init__.py` in none."""
    room = path.parts[1].removesuffix(".py")
    return "" if room == "__init__" else room


def engine_faults(root: Path) -> list[str]:
    faults = []
    for found in imports(root, "engine"):
        room = engine_room(found.path)
        if room and room not in ENGINE:
            faults.append(f"{found.path}: the room {room} has no row in ENGINE of this test")
        elif found.top == "engine":
            allowed = ENGINE.get(room, {"version"})
            if found.second not in {*allowed, room}:
                importer, rooms = room or "engine/__init__", ", ".join(sorted(allowed)) or "no room"
                faults.append(found.says(f"{importer} may import {rooms}"))
        elif found.top in MONGO and room != MONGO_ROOM:
            faults.append(found.says(f"only engine/{MONGO_ROOM} knows MongoDB"))
    return faults


def package_faults(root: Path, package: str) -> list[str]:
    return [
        found.says(f"{package} must not import {found.top}")
        for found in imports(root, package)
        if found.top in FORBIDDEN[package]
    ]


def test_the_table_itself_has_no_cycle():
    assert set(TopologicalSorter(ENGINE).static_order()) == ENGINE.keys()


def test_rooms_of_the_engine_import_only_what_the_table_allows():
    assert not engine_faults(ROOT)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_point_one_way(package):
    assert not package_faults(ROOT, package)


@pytest.mark.parametrize(
    ("path", "source", "message"),
    [
        ("engine/plan/tree.py", "from engine.store import lease", "engine.store.lease: plan may import"),
        ("engine/plan/tree.py", "from engine import store", "engine.store: plan may import"),
        ("engine/plan/tree.py", "from ..store import Lease", "engine.store.Lease: plan may import"),
        ("engine/plan/__init__.py", "from .. import store", "engine.store: plan may import"),
        ("engine/model/task.py", "def f():\n    import engine.plan", "engine.plan: model may import"),
        ("engine/dispatch/pool.py", "from engine.worker import Worker", "dispatch may import"),
        ("engine/worker.py", "import bson", "only engine/store knows MongoDB"),
        ("engine/__init__.py", "from .model import Api", "engine/__init__ may import version"),
        ("engine/attic.py", "import os", "the room attic has no row"),
    ],
)
def test_a_wrong_arrow_inside_the_engine_is_found(tmp_path, path, source, message):
    write(tmp_path / path, source)
    [fault] = engine_faults(tmp_path)
    assert path in fault
    assert message in fault


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("engine/run/walk.py", "from flask import g"),
        ("engine/run/walk.py", "import webapp.auth"),
        ("webapp/tasks.py", "import app"),
        ("mock_api/server.py", "from engine.model import Api"),
    ],
)
def test_a_wrong_arrow_between_packages_is_found(tmp_path, path, source):
    write(tmp_path / path, source)
    [fault] = package_faults(tmp_path, Path(path).parts[0])
    assert fault.startswith(f"{path}:1 imports ")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("engine/plan/tree.py", "from engine.model import Step"),
        ("engine/plan/tree.py", "from .node import Node"),
        ("engine/plan/tree.py", "from ..script.paths import parse"),
        ("engine/store/lease.py", "from pymongo import UpdateOne"),
        ("engine/worker.py", "from engine.dispatch.pool import Pool"),
    ],
)
def test_a_right_arrow_passes(tmp_path, path, source):
    write(tmp_path / path, source)
    assert not engine_faults(tmp_path)


def test_nothing_that_gevent_patches_is_imported_by_what_gunicorn_reads_before():
    """Its worker patches afterwards: what is there by then, such as the driver's TLS, makes everybody wait."""
    read = "import runpy; runpy.run_path('gunicorn.conf.py'); from gevent import monkey; monkey.patch_all()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", read], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def write(file: Path, source: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(source, encoding="utf-8")
