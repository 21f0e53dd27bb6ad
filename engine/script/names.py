"""Which names a script reads from outside, and the constant path that it reads behind each.

Python's scoping is followed: a parameter, a comprehension's variable or an assigned name hides the outer one.
"""

import ast
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.script.path import Path, constant_key, links
from engine.script.source import Script, parse
from engine.script.vocabulary import BUILTINS, DENIED, MODULES, TYPES

Function = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class NameRead:
    """`step2.age[0] + 1` reads the name `step2` with the path `("age", 0)` in line 1."""

    name: str
    path: Path
    line: int


@functools.lru_cache(maxsize=4096)
def names_read(script: Script) -> tuple[NameRead, ...]:
    """Return each free name and path once, in the order of reading. Raises ScriptError of kind `syntax`.

    A name of the sandbox's own is not listed, unless a key is read from it: `filter.age` means a step called
    `filter`.
    """
    return tuple(read for read in free_reads(parse(script).body) if not _is_own(read))


def free_reads(body: Sequence[ast.stmt]) -> list[NameRead]:
    """Return the reads of a function body's free names, the sandbox's own included."""
    finder = _Reads()
    finder.visit_scope(set(), body)
    return list({(read.name, read.path): read for read in reversed(finder.reads)}.values())[::-1]


def _is_own(read: NameRead) -> bool:
    if read.name in MODULES or read.name in TYPES:
        return True
    return not read.path and (read.name in BUILTINS or read.name in DENIED)


class _Reads(ast.NodeVisitor):
    def __init__(self) -> None:
        self.reads: list[NameRead] = []
        self.scopes: list[set[str]] = []

    def visit_scope(self, bound: set[str], nodes: Iterable[ast.AST]) -> None:
        """Visit nodes of one scope, in which `bound` and what the nodes assign are not free."""
        nodes = list(nodes)
        self.scopes.append(bound | _assigned(nodes))
        for node in nodes:
            self.visit(node)
        self.scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        self._record(node, ())

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._visit_links(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._visit_links(node)

    def visit_Call(self, node: ast.Call) -> None:
        is_method = isinstance(node.func, ast.Attribute)
        self.visit(node.func.value if is_method else node.func)  # type: ignore[attr-defined]  # is_method
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node, [node.body])

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node, [node.key, node.value])

    def _visit_function(self, node: Function, body: Iterable[ast.AST]) -> None:
        arguments = node.args
        for default in [*arguments.defaults, *filter(None, arguments.kw_defaults)]:
            self.visit(default)
        self.visit_scope({item.arg for item in ast.walk(arguments) if isinstance(item, ast.arg)}, body)

    def _visit_comprehension(self, node: Comprehension, results: list[ast.expr]) -> None:
        first = node.generators[0]
        self.visit(first.iter)  # evaluated outside of the comprehension's own scope
        inner: list[ast.AST] = [*first.ifs, *node.generators[1:], *results]
        self.visit_scope(_targets(node), inner)

    def _visit_links(self, node: ast.Attribute | ast.Subscript) -> None:
        root, found = links(node)
        if isinstance(root, ast.Name):
            self._record(root, _constant_prefix(found))
        else:
            self.visit(root)
        for link in found:
            if isinstance(link, ast.Subscript):
                self.visit(link.slice)

    def _record(self, node: ast.Name, path: Path) -> None:
        if not any(node.id in scope for scope in self.scopes):
            self.reads.append(NameRead(node.id, path, node.lineno))


def _constant_prefix(found: list[ast.Attribute | ast.Subscript]) -> Path:
    path = []
    for link in found:
        key = constant_key(link)
        if key is None:
            break
        path.append(key)
    return tuple(path)


def _targets(node: Comprehension) -> set[str]:
    nodes = (inner for generator in node.generators for inner in ast.walk(generator.target))
    return {inner.id for inner in nodes if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _assigned(nodes: Iterable[ast.AST]) -> set[str]:
    finder = _Assigned()
    for node in nodes:
        finder.visit(node)
    return finder.names


class _Assigned(ast.NodeVisitor):
    """Collects the names that one scope assigns; what nested functions and comprehensions bind is theirs."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.comprehensions = 0

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self.comprehensions:
            self.names.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.names.add(node.target.id)
        self.visit(node.value)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.names |= {node.name} if node.name else set()
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.names.add((node.asname or node.name).split(".")[0])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.names.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda binds nothing outside of itself."""

    def visit(self, node: ast.AST) -> None:
        depth = isinstance(node, Comprehension)
        self.comprehensions += depth
        super().visit(node)
        self.comprehensions -= depth
