"""What a script may consist of: an allow-list of syntax, modules and names. It changes nothing.

This is a fence that gives good messages early, not the boundary: that is the sandbox in its own process.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator

from engine.script.source import Parsed
from engine.script.vocabulary import DENIED, MODULES, is_reserved


def _nodes(names: str) -> tuple[type[ast.AST], ...]:
    return tuple(getattr(ast, name) for name in names.split())


_ALLOWED = _nodes(
    """FunctionDef Return Assign AugAssign AnnAssign Delete For While If Try Raise Assert Expr Pass Break
    Continue Import ImportFrom alias Nonlocal BoolOp NamedExpr BinOp UnaryOp Lambda IfExp Dict Set ListComp
    SetComp DictComp GeneratorExp Compare Call FormattedValue JoinedStr Constant Attribute Subscript Starred
    Name List Tuple Slice comprehension ExceptHandler arguments arg keyword expr_context boolop operator
    unaryop cmpop"""
)
_CONSTANTS = (str, int, float, bool, type(None), bytes)


def validate(parsed: Parsed, given: Collection[str]) -> None:
    """Raise ScriptError of kind `forbidden` for the first thing that scripts may not use.

    `given` are the names that the script is evaluated with: a step called `input` is no call of `input()`.
    """
    usable = bound_names(parsed.body) | set(given)
    line = 1
    for node in _walk(parsed.body):
        line = getattr(node, "lineno", line)
        problem = _problem(node, usable)
        if problem:
            raise parsed.script.error("forbidden", problem, line)


def bound_names(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that a script assigns, in whichever scope; imports are not among them."""
    names = {name for node in _walk(body) for name in _bound_by(node)}
    return {name for name in names if name}


def _bound_by(node: ast.AST) -> Iterator[str | None]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.ExceptHandler):
        yield node.name


def _walk(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for statement in body:
        yield from ast.walk(statement)


def _problem(node: ast.AST, usable: set[str]) -> str | None:
    if not isinstance(node, _ALLOWED):
        return f"{type(node).__name__} is not available in scripts"
    reserved = next(filter(is_reserved, _identifiers(node)), None)
    if reserved:
        return f"the name {reserved!r} is reserved"
    judge = _JUDGES.get(type(node))
    return judge(node, usable) if judge else None


def _identifiers(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
    if isinstance(node, ast.Nonlocal):
        yield from node.names


def _judge_name(node: ast.Name, usable: set[str]) -> str | None:
    if isinstance(node.ctx, ast.Load) and node.id in DENIED and node.id not in usable:
        return f"{node.id}() is not available in scripts"
    return None


def _judge_constant(node: ast.Constant, _usable: set[str]) -> str | None:
    if isinstance(node.value, _CONSTANTS):
        return None
    return f"{node.value!r} is not available in scripts"


def _judge_function(node: ast.FunctionDef, _usable: set[str]) -> str | None:
    return "decorators are not available in scripts" if node.decorator_list else None


def _judge_import(node: ast.Import, _usable: set[str]) -> str | None:
    return next(filter(None, (_judge_module(alias.name) for alias in node.names)), None)


def _judge_import_from(node: ast.ImportFrom, _usable: set[str]) -> str | None:
    return _judge_module("." * node.level + (node.module or ""))


def _judge_module(name: str) -> str | None:
    if name in MODULES:
        return None
    return f"module {name!r} is not available; available: {', '.join(sorted(MODULES))}"


def _judge_attribute(node: ast.Attribute, usable: set[str]) -> str | None:
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    is_module = isinstance(root, ast.Name) and root.id in MODULES - usable
    if is_module and not isinstance(node.ctx, ast.Load):
        return "modules are read-only"
    return None


def _judge_delete(node: ast.Delete, _usable: set[str]) -> str | None:
    if all(_is_key(target) for target in node.targets):
        return None
    return "only `del x[key]` and `del x.key` are available in scripts"


def _is_key(target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        return not isinstance(target.slice, ast.Slice | ast.Tuple)
    return isinstance(target, ast.Attribute)


_JUDGES: dict[type[ast.AST], Callable[..., str | None]] = {
    ast.Name: _judge_name,
    ast.Constant: _judge_constant,
    ast.FunctionDef: _judge_function,
    ast.Import: _judge_import,
    ast.ImportFrom: _judge_import_from,
    ast.Attribute: _judge_attribute,
    ast.Delete: _judge_delete,
}
