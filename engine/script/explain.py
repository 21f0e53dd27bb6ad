"""Why a condition does or does not hold: its parts, what each came to, and the values that each of them read.

Parts are what `and`, `or` and `not` join. Only the in-process way is used: a part that it cannot do stays without a
value. Nothing is decided by this; it is for people.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.script.errors import ScriptError
from engine.script.quick import Declined, compile_quick
from engine.script.source import Script, parse
from engine.script.validate import validate


@dataclass(frozen=True, slots=True)
class Read:
    """A path that a part read, such as `result.name` or `len(result)`, and what was there."""

    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class ConditionPart:
    """`holds` is None where it cannot be told in this process."""

    text: str
    holds: bool | None
    reads: tuple[Read, ...]


def explain(script: Script, names: Mapping[str, Any]) -> tuple[ConditionPart, ...]:
    """The parts of a condition in their order; empty for what is no condition at all."""
    try:
        expression = parse(script).expression
    except ScriptError:
        return ()
    return tuple(_part(node, names) for node in _joined(expression)) if expression else ()


def _joined(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _joined(value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.BoolOp):
        yield from _joined(node.operand)
    else:
        yield node


def _part(node: ast.expr, names: Mapping[str, Any]) -> ConditionPart:
    found = list(_values(node, names))
    reads = tuple(Read(ast.unparse(path), value) for path in _paths(node) for value in _values(path, names))
    return ConditionPart(ast.unparse(node), bool(found[0]) if found else None, reads)


def _paths(node: ast.expr) -> Iterator[ast.expr]:
    """The longest paths in it, and lengths of such; each once."""
    seen: set[str] = set()
    for path in _all_paths(node):
        if (text := ast.unparse(path)) not in seen:
            seen.add(text)
            yield path


def _all_paths(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) or _is_length(node):
        yield node  # type: ignore[misc]  # a call of len is an expression, too
        return
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    for child in ast.iter_child_nodes(node):
        yield from _all_paths(child.value if is_method and isinstance(child, ast.Attribute) else child)


def _is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def _values(node: ast.expr, names: Mapping[str, Any]) -> Iterator[Any]:
    """What the expression comes to; nothing where this process does not know or it raises."""
    script = Script.expr(ast.unparse(node))
    try:
        parsed = parse(script)
        validate(parsed, names)
        quick = compile_quick(parsed)
        if quick is not None:
            yield quick(names)
    except (ScriptError, Declined):
        return
