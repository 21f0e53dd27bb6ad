"""Turns a user's tree into what the sandbox runs as R6 says: objects read with dots, absent keys None.

`x.name` becomes a call of a helper of the prelude, `x.name()` stays a method. Python that the sandbox lacks
(`del`, `str.lower` as a value) becomes Python that it has. The rewrite judges nothing; see `validate.py`.
"""

import ast
from collections.abc import Collection

from engine.script.source import Parsed
from engine.script.validate import bound_names
from engine.script.vocabulary import MODULES

MAIN = "_sbx_main"
GET = "_sbx_get"
ITEM = "_sbx_item"
_ARGUMENT = "_sbx_a"


class Rewriter(ast.NodeTransformer):
    """Rewrites a tree in place; `modules` and `texts` are then what the program must define ahead of it."""

    def __init__(self, parsed: Parsed, given: Collection[str]) -> None:
        self.own = bound_names(parsed.body) | set(given)
        self.modules = (loaded_names(parsed.body) & MODULES) - self.own - _imported(parsed.body)
        self.texts: list[str] = []
        self.format_depth = 0

    def function(self, parsed: Parsed, parameters: list[str]) -> ast.FunctionDef:
        """Return the script as a function of the names that it is given; so a body may assign them anew."""
        arguments = ast.arguments([], [ast.arg(name) for name in parameters], None, [], [], None, [])
        body = [self.visit(statement) for statement in parsed.body]
        function = ast.FunctionDef(MAIN, arguments, _flat(body) or [ast.Pass()], [], lineno=1)
        return ast.fix_missing_locations(function)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if self._is_str(node.value) and isinstance(node.ctx, ast.Load):
            return _unbound_method(node)
        value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            return ast.copy_location(_call(GET, value, self._text(node.attr)), node)
        return ast.copy_location(ast.Subscript(value, ast.Constant(node.attr), node.ctx), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) or isinstance(node.slice, ast.Slice | ast.Tuple):
            return node
        return ast.copy_location(_call(ITEM, node.value, node.slice), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node = self._bound_method(node)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        """The sandbox has no `del`: `del x[key]` pops."""
        return [ast.copy_location(_pop(self.visit(target)), node) for target in node.targets]

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self._visit_formatted(part)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if self.format_depth and isinstance(node.value, str):
            return self._text(node.value)
        return node

    def _visit_formatted(self, part: ast.FormattedValue) -> None:
        """Before Python 3.12 an f-string cannot hold quotes of its own kind: its texts become names."""
        self.format_depth += 1
        part.value = self.visit(part.value)
        self.format_depth -= 1
        if part.format_spec is not None:
            part.format_spec = self.visit(part.format_spec)

    def _text(self, text: str) -> ast.expr:
        if not self.format_depth:
            return ast.Constant(text)
        if text not in self.texts:
            self.texts.append(text)
        return ast.Name(text_name(self.texts.index(text)), ast.Load())

    def _is_str(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == "str" and "str" not in self.own

    def _bound_method(self, node: ast.Call) -> ast.Call:
        """The sandbox has no unbound methods: `str.upper(x)` becomes `x.upper()`."""
        func = node.func
        if not (isinstance(func, ast.Attribute) and self._is_str(func.value)):
            return node
        if not node.args or isinstance(node.args[0], ast.Starred):
            return node
        method = ast.Attribute(node.args[0], func.attr, ast.Load())
        return ast.copy_location(ast.Call(method, node.args[1:], node.keywords), node)


def text_name(index: int) -> str:
    return f"_sbx_k{index}"


def _call(helper: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(helper, ast.Load()), list(arguments), [])


def _unbound_method(node: ast.Attribute) -> ast.expr:
    """`key=str.lower` becomes `key=lambda a: a.lower()`."""
    parameter = ast.arguments([], [ast.arg(_ARGUMENT)], None, [], [], None, [])
    method = ast.Attribute(ast.Name(_ARGUMENT, ast.Load()), node.attr, ast.Load())
    return ast.copy_location(ast.Lambda(parameter, ast.Call(method, [], [])), node)


def _pop(target: ast.expr) -> ast.stmt:
    if not isinstance(target, ast.Subscript):
        return ast.Delete([target])
    return ast.Expr(ast.Call(ast.Attribute(target.value, "pop", ast.Load()), [target.slice], []))


def _flat(statements: list[ast.stmt | list[ast.stmt]]) -> list[ast.stmt]:
    return [one for some in statements for one in (some if isinstance(some, list) else [some])]


def _imported(body: list[ast.stmt]) -> set[str]:
    aliases = (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.alias))
    return {(alias.asname or alias.name).split(".")[0] for alias in aliases}


def loaded_names(body: list[ast.stmt]) -> set[str]:
    """Return every name that is read anywhere, free or not."""
    names = (node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}
