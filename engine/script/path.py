"""A path into JSON, `result[3].name` or `.key.sub[0]`: how it is recognised, written, and read.

An absent key reads as None; a key of what is no object fails, and so does an item that a list does not have.
"""

import ast
import re
from typing import Any

Key = str | int
Path = tuple[Key, ...]

_TEXT_KEY = re.compile(
    r"""\. (?P<name> [^\W\d][\w-]* | \d+ )
    | \[ (?P<index> -?\d{1,9} ) \]
    | \[ (?P<quote> ["'] ) (?P<quoted> [^"'\\]+ ) (?P=quote) \]""",
    re.VERBOSE,
)


class PathError(Exception):
    """A path cannot be read in this value; the text says why, for a person."""


def read(value: Any, path: Path) -> Any:
    """Return what stands at `path`. Raises PathError."""
    for key in path:
        value = read_key(value, key)
    return value


def read_key(value: Any, key: Key) -> Any:
    kind = type(value)
    if kind is dict:
        return value.get(key)
    if type(key) is int and (kind is list or kind is str):
        if -len(value) <= key < len(value):
            return value[key]
        raise PathError(f"there is no [{key}] in a {'list' if kind is list else 'text'} of {len(value)}")
    raise PathError(f"cannot read {key!r} of {describe(value)}")


def describe(value: Any) -> str:
    """Name the kind of a JSON value; the sandbox's prelude says the same in the same words."""
    if value is None:
        return "None"
    words = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}
    return words.get(type(value), "an object")


def constant_key(node: ast.Attribute | ast.Subscript) -> Key | None:
    """Return the key that one dot or one pair of brackets names, None if it is computed."""
    if isinstance(node, ast.Attribute):
        return node.attr
    index = node.slice
    if isinstance(index, ast.Constant) and type(index.value) in (str, int):
        return index.value  # type: ignore[return-value]  # the line above is the proof
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
        operand = index.operand
        if isinstance(operand, ast.Constant) and type(operand.value) is int:
            return -operand.value
    return None


def links(node: ast.expr) -> tuple[ast.expr, list[ast.Attribute | ast.Subscript]]:
    """Take `a.b[c]` apart: the expression at its root, and its dots and brackets from left to right."""
    found: list[ast.Attribute | ast.Subscript] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        found.append(node)
        node = node.value
    return node, found[::-1]


def parse_text(text: str) -> Path | None:
    """Return the path written in `text` (`.key.sub[0]["a b"]`), None if it is none."""
    path: list[Key] = []
    end = 0
    while end < len(text):
        match = _TEXT_KEY.match(text, end)
        if match is None:
            return None
        path.append(_key_of(match))
        end = match.end()
    return tuple(path)


def _key_of(match: re.Match[str]) -> Key:
    if match["index"] is not None:
        return int(match["index"])
    return match["name"] or match["quoted"]


def show(path: Path) -> str:
    """Write a path the way a user writes it."""
    return "".join(_show_key(key) for key in path)


def _show_key(key: Key) -> str:
    if isinstance(key, str) and re.fullmatch(r"[\w-]+", key):
        return f".{key}"
    return f"[{key!r}]"
