"""An answer as a tree whose nodes can be clicked, each with the path that reads it; and its outline. Pure."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .text import compact, shortened

MOST_NODES = 150
_DEEPEST = 8
_MOST_KEYS = 40
_VALUE = 48
_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Node:
    """`more`: how many of its children are not shown."""

    label: str
    path: str
    value: str
    children: tuple[Node, ...] = ()
    more: int = 0


def tree(value: Any, root: str = "result") -> Node:
    return _Grower().node(root, root, value, 0)


class _Grower:
    def __init__(self) -> None:
        self.left = MOST_NODES

    def node(self, label: str, path: str, value: Any, depth: int) -> Node:
        parts = list(_parts(value))
        room = 0 if depth >= _DEEPEST else min(len(parts), max(self.left, 0), _MOST_KEYS)
        self.left -= room
        children = tuple(self.node(key, path + step, item, depth + 1) for key, step, item in parts[:room])
        return Node(label, path, _shown(value), children, len(parts) - room)


def _parts(value: Any) -> Iterator[tuple[str, str, Any]]:
    """Label, how it is read, what it is. Of a list the first alone: the others are like it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key), read_of(str(key)), item
    elif isinstance(value, list):
        for number, item in enumerate(value[:1]):
            yield f"[{number}]", f"[{number}]", item


def read_of(key: str) -> str:
    """`.name`, or in brackets what Python would not read as a name."""
    plain = _NAME.fullmatch(key) and not keyword.iskeyword(key) and not key.startswith("__")
    return f".{key}" if plain else f'["{_escaped(key)}"]'


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    return f"[{len(value)}]" if isinstance(value, list) else shortened(compact(value), _VALUE)


def outline(value: Any, depth: int = 0) -> Any:
    """Its keys, with values that are short: enough to complete a path."""
    if isinstance(value, dict):
        if depth >= _DEEPEST:
            return {}
        return {key: outline(item, depth + 1) for key, item in islice(value.items(), _MOST_KEYS)}
    if isinstance(value, list):
        return [outline(item, depth + 1) for item in value[:1]] if depth < _DEEPEST else []
    return shortened(value, _VALUE) if isinstance(value, str) else value
