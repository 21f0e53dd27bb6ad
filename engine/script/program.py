"""A script made ready for the sandbox: the code that is sent, and the way back to the user's lines."""

import ast
import functools
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine.script.errors import ErrorKind, ScriptError
from engine.script.pool import Failure
from engine.script.rewrite import MAIN, Rewriter, text_name
from engine.script.source import Parsed, Script
from engine.script.wording import in_words

PRELUDE = """\
import json as _sbx_json
def _sbx_kind(v):
    if v is None:
        return 'None'
    if isinstance(v, bool):
        return 'a boolean'
    if isinstance(v, (int, float)):
        return 'a number'
    return 'a text' if isinstance(v, str) else 'a list'
def _sbx_is_plain(v):
    return v is None or isinstance(v, (bool, int, float, str, list))
def _sbx_get(v, key):
    if isinstance(v, dict):
        return v.get(key)
    if _sbx_is_plain(v):
        raise TypeError(f'cannot read {key!r} of {_sbx_kind(v)}')
    return getattr(v, key)
def _sbx_item(v, key):
    if isinstance(v, dict):
        return v.get(key)
    if isinstance(v, (list, str)) and isinstance(key, int):
        if not -len(v) <= key < len(v):
            raise IndexError(f'there is no [{key!r}] in {_sbx_kind(v)} of {len(v)}')
    elif _sbx_is_plain(v):
        raise TypeError(f'cannot read {key!r} of {_sbx_kind(v)}')
    return v[key]
def _sbx_dumps(v):
    return _sbx_json.dumps(v, allow_nan=False)
"""
_READ_LINE = "_sbx_values = [_sbx_json.loads(t) for t in _sbx_texts]\n"
_CALL_LINE = f"_sbx_result = {MAIN}(*[_sbx_values[i] for i in _sbx_slots])\n"
_WRITE_LINE = "_sbx_dumps(_sbx_result)"


@dataclass(frozen=True, eq=False)
class Program:
    """`inputs` are the names whose values are sent, in the order of the main function's parameters."""

    script: Script
    inputs: tuple[str, ...]
    function: ast.FunctionDef
    head: str
    text: str

    @functools.cached_property
    def code(self) -> str:
        return "".join([self.head, self.text, "\n", _READ_LINE, _CALL_LINE, _WRITE_LINE])

    def error(self, failure: Failure) -> ScriptError:
        """Say what happened in the sandbox in terms of the user's own lines."""
        kind, message = failure.kind, failure.message
        line = self._user_line(failure)
        if line is None and kind == "runtime":
            return self._outside_error(failure)
        if failure.frames and failure.frames[-1].function in ("_sbx_get", "_sbx_item"):
            message = message.partition(": ")[2]
        elif message.startswith("NameError"):
            kind = "name"
        return self.script.error(kind, in_words(message), line)

    def _outside_error(self, failure: Failure) -> ScriptError:
        """Nothing of the user's was running: its data was being read, or its result written."""
        read_line = self.head.count("\n") + self.text.count("\n") + 2
        kind: ErrorKind = "result"
        if failure.frames and failure.frames[0].line == read_line:
            kind = "input"
        what = "the result" if kind == "result" else "the data that this script reads"
        return ScriptError(kind, f"{what} is not JSON: {failure.message.partition(': ')[2]}")

    def _user_line(self, failure: Failure) -> int | None:
        """The function's statements, which know the user's lines, pair up with those of its text."""
        first = self.head.count("\n")
        last = first + self.text.count("\n") + 1
        inner = [frame.line - first for frame in failure.frames if first < frame.line <= last]
        if not inner:
            return None
        sent = _statements(ast.parse(self.text).body[0])
        pairs = zip(_statements(self.function), sent, strict=True)
        return max(own.lineno for own, theirs in pairs if theirs.lineno <= inner[-1])


def assemble(parsed: Parsed, given: Collection[str]) -> Program:
    """Return the program of a script that is evaluated with the names `given`. Its tree is used up."""
    inputs = tuple(sorted(given))
    rewriter = Rewriter(parsed, given)
    try:
        function = rewriter.function(parsed, list(inputs))
        text = ast.unparse(function)
    except RecursionError:
        raise ScriptError("syntax", "the script is nested too deeply") from None
    except ValueError as error:  # an f-string that Python 3.11 cannot write
        raise ScriptError("syntax", str(error)) from None
    return Program(parsed.script, inputs, function, _head(rewriter), text)


def _head(rewriter: Rewriter) -> str:
    imports = (f"import {module}\n" for module in sorted(rewriter.modules))
    texts = (f"{text_name(index)} = {text!r}\n" for index, text in enumerate(rewriter.texts))
    return "".join(itertools.chain([PRELUDE], imports, texts))


def _statements(function: ast.AST) -> Iterator[ast.stmt | ast.ExceptHandler]:
    for node in ast.walk(function):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            yield node
