"""What the engine may say to a person, read from its source: every sentence, its holes filled with something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

ENGINE = Path(__file__).resolve().parents[2] / "engine"
SPEAKING = ("call", "code", "command", "model", "plan", "rehearse", "run", "script")
"""Rooms in which every sentence is for a person; of the others only errors are: they speak to logs and terminals."""
ERRORS = frozenset(
    {"Problem", "Refused", "NotFound", "ChangedMeanwhile", "TaskExists", "UserExists", "SaveTooLarge", "BadPlace"}
)
SILENT = frozenset(
    {
        *("AssertionError", "RuntimeError", "KeyError", "Field", "compile", "_words", "_nodes"),
        *("join", "partition", "rpartition", "split", "startswith", "removeprefix", "count"),
        *("debug", "info", "warning", "error", "exception"),
        *("option", "argument", "echo", "secho"),
    }
)
"""Calls that are given text which nobody is told."""
_WORDS = re.compile(r"[A-Za-z]{2,}\W* \W*[A-Za-z]|[A-Za-z] \W*[A-Za-z]{2,}")
_SAMPLES = (
    (re.compile(r"clock_time\("), "2026-03-31 12:00:03 UTC"),
    (re.compile(r":%Y-%m-%d %H:%M:%S"), "2026-03-31 12:00:03"),
    (re.compile(r"reply\.status"), "503"),
    (re.compile(r"\bstatus\b"), "RUNNING"),
    (re.compile(r"source\b"), "$TASK.a7"),
    (re.compile(r"_shown\((given|sample|known|declared\.val)\)"), "a number 7"),
    (re.compile(r"describe\("), "a number"),
)


class Said(NamedTuple):
    where: str
    text: str


def sentences() -> list[Said]:
    found: dict[str, Said] = {}
    for path in sorted(ENGINE.rglob("*.py")):
        where = path.relative_to(ENGINE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for text in _Reader(where.partition("/")[0] in SPEAKING).read(tree):
            found.setdefault(text, Said(where, text))
    return list(found.values())


class _Reader:
    def __init__(self, speaks: bool) -> None:
        self._speaks = speaks

    def read(self, node: ast.AST, told: bool = False) -> Iterator[str]:
        """`told`: it stands in what is given to an error."""
        if isinstance(node, ast.Constant | ast.JoinedStr):
            if told or self._speaks:
                yield from (text for text in _filled(node) if _WORDS.search(text))
            return
        name = _called(node)
        if name in SILENT or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return
        for child in ast.iter_child_nodes(node):
            if not (isinstance(node, ast.Compare) or _is_annotation(node, child)):
                yield from self.read(child, told or name in ERRORS)


def _called(node: ast.AST) -> str:
    called = node.func if isinstance(node, ast.Call) else None
    return str(getattr(called, "id", getattr(called, "attr", "")))


def _is_annotation(node: ast.AST, child: ast.AST) -> bool:
    return child is getattr(node, "annotation", None) or child is getattr(node, "returns", None)


def _filled(node: ast.Constant | ast.JoinedStr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
        return
    yield from map("".join, product(*map(_alternatives, node.values)))


def _alternatives(part: ast.expr) -> list[str]:
    """What may stand there: both of `a if x else b`, a sample of what is only known when it runs."""
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    value = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(value, ast.IfExp):
        return [*_alternatives(value.body), *_alternatives(value.orelse)]
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    source, quoted = ast.unparse(part), getattr(part, "conversion", -1) == ord("r")
    return [next((sample for pattern, sample in _SAMPLES if pattern.search(source)), "'7'" if quoted else "7")]
