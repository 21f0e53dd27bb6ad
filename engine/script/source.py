"""A script's text and how it becomes a tree: one form for expressions and bodies, whatever their margins.

Nothing is judged here but the syntax; what a script may use is decided in `validate.py`.
"""

import ast
import contextlib
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.script.errors import ErrorKind, ScriptError
from engine.script.wording import with_hint

MAX_DEPTH = 150
"""Of the syntax tree: a sum of more than some 140 terms is as deep."""
MAX_SOURCE_CHARS = 8192
LINE_ENDS_INSIDE_BLOCK = (":", "\\", "(", "[", "{", ",")


@dataclass(frozen=True)
class Script:
    """An expression (its value is the result) or a function body (what it returns is the result)."""

    kind: Literal["expr", "body"]
    source: str

    @classmethod
    def expr(cls, source: str) -> "Script":
        return cls("expr", source)

    @classmethod
    def body(cls, source: str) -> "Script":
        return cls("body", source)

    def error(self, kind: ErrorKind, message: str, line: int | None = None, column: int | None = None) -> ScriptError:
        """Return (not raise) an error that shows the line as the user wrote it."""
        return ScriptError(kind, message, line, self.line(line), column)

    def line(self, number: int | None) -> str | None:
        """The line of that number, from 1, as the user wrote it."""
        lines = self.source.split("\n")
        return lines[number - 1] if number is not None and 0 < number <= len(lines) else None


@dataclass(frozen=True, eq=False)
class Parsed:
    """A script as the statements of a function; an expression is a single `return`."""

    script: Script
    body: list[ast.stmt]

    @property
    def expression(self) -> ast.expr | None:
        """What the script returns, if it does nothing but return it."""
        only = self.body[0] if len(self.body) == 1 else None
        return only.value if isinstance(only, ast.Return) else None


def parse(script: Script) -> Parsed:
    """Return a fresh tree with the user's line numbers. Raises ScriptError of kind `syntax`."""
    if len(script.source) > MAX_SOURCE_CHARS:
        raise ScriptError("syntax", f"the script is longer than {MAX_SOURCE_CHARS} characters")
    if script.kind == "body":
        return Parsed(script, _parse_first(script, list(_margins(script.source))))
    statements = _parse_first(script, list(_expressions(script.source)))
    return Parsed(script, _returned(script, statements))


def _expressions(source: str) -> Iterator[str]:
    """An expression may go on over lines, so it is tried in parentheses too; lines stay where they are."""
    leading = source[: len(source) - len(source.lstrip())]
    blank_lines = "\n" * leading.count("\n")
    yield blank_lines + source.strip()
    yield f"{blank_lines}({source.strip()}\n)"


def _margins(source: str) -> Iterator[str]:
    """A body was pasted somewhere: try it as it is, then with fewer and fewer of its margins."""
    yield source
    yield textwrap.dedent(source)
    first, _, rest = source.expandtabs(4).partition("\n")
    yield first.lstrip() + "\n" + textwrap.dedent(rest)
    lines = [line.strip() for line in source.split("\n")]
    if "'''" not in source and '"""' not in source and not any(map(_is_continued, lines)):
        yield "\n".join(lines)


def _is_continued(line: str) -> bool:
    return line.endswith(LINE_ENDS_INSIDE_BLOCK)


def _parse_first(script: Script, candidates: list[str]) -> list[ast.stmt]:
    """Parse the first candidate that can be; the error of the text as it stands is the one to show."""
    try:
        return _parse_text(script, candidates[0])
    except ScriptError:
        for candidate in candidates[1:]:
            with contextlib.suppress(ScriptError):
                return _parse_text(script, candidate)
        raise


def _parse_text(script: Script, text: str) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a user's string is no warning of ours
            return _not_too_deep(ast.parse(text)).body
    except SyntaxError as error:
        said = with_hint(error.msg, script.line(error.lineno))
        raise script.error("syntax", said, error.lineno, _column(script, text, error)) from None
    except (MemoryError, RecursionError):
        raise ScriptError("syntax", "the script is nested too deeply") from None
    except ValueError as error:  # a NUL byte, half a surrogate pair
        raise ScriptError("syntax", str(error)) from None


def _column(script: Script, text: str, error: SyntaxError) -> int | None:
    """In the user's own line, which may have a margin that the text that was parsed has lost."""
    own, parsed = script.line(error.lineno), Script(script.kind, text).line(error.lineno)
    if own is None or parsed is None or not error.offset:
        return None
    return max(own.find(parsed), 0) + error.offset


def _not_too_deep(tree: ast.Module) -> ast.Module:
    """How deep a parser goes differs between Pythons, and everything behind it walks by recursion."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise RecursionError


def _returned(script: Script, statements: list[ast.stmt]) -> list[ast.stmt]:
    if len(statements) != 1 or not isinstance(statements[0], ast.Expr):
        line = statements[1].lineno if len(statements) > 1 else None
        is_set = bool(statements) and isinstance(statements[0], ast.Assign)
        said = "this sets a value: write == to compare" if is_set else "this must be a single expression"
        raise script.error("syntax", said, line)
    value = statements[0].value
    return [ast.copy_location(ast.Return(value), value)]
