"""The in-process way: paths, and conditions made of comparisons, and/or/not, in, len(), `+ - *` and constants.

It only ever answers what the sandbox would. Its work is bounded by the script's text and by the caps below (how large
a sum or product will be is known before it is made), and where Python's rules get subtle (other types, long searches,
deep data) it declines, and the sandbox decides.
"""

import ast
import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.script.jsontext import NotPlain, copied, loaded, plain
from engine.script.path import PathError, constant_key, links, read_key
from engine.script.source import Parsed, Script

MAX_SEARCHED_ITEMS = 1000
MAX_SEARCHED_CHARS = 100_000
MAX_OPERAND_BITS = 63
MAX_MADE_CHARS = 10_000

Roots = Mapping[str, Any]
Term = Callable[[Roots], Any]

_NUMBERS = (bool, int, float)
_SCALARS = (*_NUMBERS, str, type(None))


class Declined(Exception):
    """The in-process way has no answer; the sandbox has."""


class _NotQuick(Exception):
    """This syntax is none of the in-process way's."""


class QuickScript:
    """A compiled expression; called with the names it gives a JSON value that shares nothing, or Declined."""

    def __init__(self, term: Term, names: frozenset[str], calls_len: bool) -> None:
        self._term = term
        self._names = names
        self._calls_len = calls_len

    def __call__(self, names: Mapping[str, Any]) -> Any:
        if self._calls_len and "len" in names:
            raise Declined
        try:
            roots = {name: loaded(names[name]) for name in self._names}
            return copied(self._term(roots))
        except (NotPlain, KeyError):
            raise Declined from None


def compile_quick(parsed: Parsed) -> QuickScript | None:
    """Return the script compiled, or None if it is more than this way can do. It must have been validated."""
    expression = parsed.expression
    if expression is None:
        return None
    compiler = _Compiler(parsed.script)
    try:
        term = compiler.term(expression)
    except (_NotQuick, RecursionError):
        return None
    return QuickScript(term, frozenset(compiler.names), compiler.calls_len)


class _Compiler:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.names: set[str] = set()
        self.calls_len = False

    def term(self, node: ast.expr) -> Term:
        compile_node = _COMPILERS.get(type(node))
        if compile_node is None:
            raise _NotQuick
        return compile_node(self, node)

    def constant(self, node: ast.Constant) -> Term:
        return _always(_scalar(node))

    def path(self, node: ast.expr) -> Term:
        root, found = links(node)
        if not isinstance(root, ast.Name):
            raise _NotQuick
        self.names.add(root.id)
        keys = [(_key(link), link.lineno) for link in found]
        return functools.partial(_read, self.script, root.id, keys)

    def unary(self, node: ast.UnaryOp) -> Term:
        if isinstance(node.op, ast.Not):
            operand = self.term(node.operand)
            return lambda roots: not operand(roots)
        return _always(_scalar(node))

    def bool_op(self, node: ast.BoolOp) -> Term:
        terms = [self.term(value) for value in node.values]
        return functools.partial(_first_deciding, terms, isinstance(node.op, ast.Or))

    def calculation(self, node: ast.BinOp) -> Term:
        calculate = _CALCULATIONS.get(type(node.op))
        if calculate is None:
            raise _NotQuick
        left, right = self.term(node.left), self.term(node.right)
        return lambda roots: calculate(left(roots), right(roots))

    def compare(self, node: ast.Compare) -> Term:
        operators = [_OPERATORS[type(op)] for op in node.ops]
        operands = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            _refuse_identity_of_values(op, left, right)
        searched = [False, *(isinstance(op, ast.In | ast.NotIn) for op in node.ops)]
        terms = [self._operand(operand, among) for operand, among in zip(operands, searched, strict=True)]
        if len(operators) == 1:
            return functools.partial(_compare_once, terms[0], operators[0], terms[1])
        return functools.partial(_compare_chain, terms, operators)

    def call(self, node: ast.Call) -> Term:
        is_len = isinstance(node.func, ast.Name) and node.func.id == "len"
        if not is_len or len(node.args) != 1 or node.keywords:
            raise _NotQuick
        self.calls_len = True
        return functools.partial(_length, self.term(node.args[0]))

    def list_display(self, node: ast.List) -> Term:
        values = [_scalar(element) for element in node.elts]
        return lambda _roots: list(values)

    def dict_display(self, node: ast.Dict) -> Term:
        if node.keys:
            raise _NotQuick
        return lambda _roots: {}

    def _operand(self, node: ast.expr, searched: bool) -> Term:
        """`x in ("a", "b")`: only what is searched may be a tuple, as nothing else tells it from a list."""
        if searched and isinstance(node, ast.Tuple):
            return _always([_scalar(element) for element in node.elts])
        return self.term(node)


_COMPILERS: dict[type[ast.AST], Callable[..., Term]] = {
    ast.Constant: _Compiler.constant,
    ast.Name: _Compiler.path,
    ast.Attribute: _Compiler.path,
    ast.Subscript: _Compiler.path,
    ast.UnaryOp: _Compiler.unary,
    ast.BoolOp: _Compiler.bool_op,
    ast.BinOp: _Compiler.calculation,
    ast.Compare: _Compiler.compare,
    ast.Call: _Compiler.call,
    ast.List: _Compiler.list_display,
    ast.Dict: _Compiler.dict_display,
}


def _always(value: Any) -> Term:
    return lambda _roots: value


def _key(link: ast.Attribute | ast.Subscript) -> str | int:
    key = constant_key(link)
    if key is None:
        raise _NotQuick
    return key


def _scalar(node: ast.expr) -> Any:
    """Return a constant scalar, perhaps negative."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _scalar(node.operand)
        if type(value) in (int, float):
            return -value
    if isinstance(node, ast.Constant) and type(node.value) in _SCALARS:
        return _sendable(node.value)
    raise _NotQuick


def _sendable(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise _NotQuick
    try:
        return plain(value)
    except NotPlain:
        raise _NotQuick from None


def _refuse_identity_of_values(op: ast.cmpop, left: ast.expr, right: ast.expr) -> None:
    if isinstance(op, ast.Is | ast.IsNot) and not (_is_singleton(left) or _is_singleton(right)):
        raise _NotQuick


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _read(script: Script, root: str, keys: list[tuple[str | int, int]], roots: Roots) -> Any:
    value = roots[root]
    for key, line in keys:
        try:
            value = read_key(plain(value), key)
        except PathError as error:
            raise script.error("runtime", str(error), line) from None
    return plain(value)


def _first_deciding(terms: list[Term], decides: bool, roots: Roots) -> Any:
    value = None
    for term in terms:
        value = term(roots)
        if bool(value) is decides:
            break
    return value


def _compare_once(left: Term, compare: Callable[[Any, Any], bool], right: Term, roots: Roots) -> bool:
    return compare(left(roots), right(roots))


def _compare_chain(terms: list[Term], operators: list[Callable[[Any, Any], bool]], roots: Roots) -> bool:
    left = terms[0](roots)
    for compare, term in zip(operators, terms[1:], strict=True):
        right = term(roots)
        if not compare(left, right):
            return False
        left = right
    return True


def _length(term: Term, roots: Roots) -> int:
    value = term(roots)
    if isinstance(value, str | list | dict):
        return len(value)
    raise Declined


def _equal(left: Any, right: Any) -> bool:
    """Compare where one side is a scalar or empty; two full containers could take any time."""
    if type(left) in _SCALARS or type(right) in _SCALARS or not left or not right:
        return bool(left == right)
    raise Declined


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    both_numbers = type(left) in _NUMBERS and type(right) in _NUMBERS
    if both_numbers or (type(left) is str and type(right) is str):
        return compare(left, right)
    raise Declined


def _contains(needle: Any, searched: Any) -> bool:
    kind = type(searched)
    if kind is list and len(searched) <= MAX_SEARCHED_ITEMS:
        return any(_equal(needle, plain(item)) for item in searched)
    if type(needle) is str and (kind is dict or (kind is str and len(searched) <= MAX_SEARCHED_CHARS)):
        return needle in searched
    raise Declined


_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: functools.partial(_ordered, operator.lt),
    ast.LtE: functools.partial(_ordered, operator.le),
    ast.Gt: functools.partial(_ordered, operator.gt),
    ast.GtE: functools.partial(_ordered, operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda left, right: not _contains(left, right),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def _sum(left: Any, right: Any) -> Any:
    if type(left) is str and type(right) is str and len(left) + len(right) <= MAX_MADE_CHARS:
        return left + right
    return _calculated(operator.add, left, right)


def _product(left: Any, right: Any) -> Any:
    if type(left) is str and type(right) is int:
        return _repeated(left, right)
    if type(left) is int and type(right) is str:
        return _repeated(right, left)
    return _calculated(operator.mul, left, right)


def _repeated(text: str, times: int) -> str:
    if _is_small_number(times) and len(text) * times <= MAX_MADE_CHARS:
        return text * times
    raise Declined


def _calculated(calculate: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if _is_small_number(left) and _is_small_number(right):
        return plain(calculate(left, right))
    raise Declined


def _is_small_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and value.bit_length() <= MAX_OPERAND_BITS)


_CALCULATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _sum,
    ast.Sub: functools.partial(_calculated, operator.sub),
    ast.Mult: _product,
}
