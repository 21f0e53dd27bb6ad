"""The shape of a JSON value: which paths it has and of what kind each is, without any of its content.

A path is spelled as it is read in a script, `.items[].id`, and the items of a list share one; of a long list, its ends
are looked at. What is very large is looked at in part: its shape then does not say that anything is absent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Kind = Literal["object", "list", "text", "number", "boolean", "nothing"]

MOST_PATHS, MOST_VALUES = 200, 500
_ITEMS = 20
_LONGEST_KEY = 80
_ITEM = "[]"
_DOT, _BRACKET = "\\u002e", "\\u005b"
"""In a key: so that a dot or a bracket always begins the next part of a path."""
_PLAIN = re.compile(r"[^\W\d]\w*")
_KINDS: dict[type, Kind] = {
    dict: "object", list: "list", str: "text", int: "number", float: "number", bool: "boolean", type(None): "nothing",
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """`whole` is False when not all of the value was looked at."""

    found: frozenset[tuple[str, Kind]]
    """Path and kind."""
    whole: bool = True

    @cached_property
    def kinds(self) -> dict[str, frozenset[Kind]]:
        """Path → the kinds that are there."""
        kinds: dict[str, set[Kind]] = {}
        for path, kind in self.found:
            kinds.setdefault(path, set()).add(kind)
        return {path: frozenset(many) for path, many in kinds.items()}

    @cached_property
    def digest(self) -> str:
        text = json.dumps([sorted(self.found), self.whole])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def kind_of(value: Any) -> Kind:
    return _KINDS.get(type(value), "text")


def shape_of(value: Any) -> Shape:
    return _walked(value, kind_of)


def sample_shape(sample: Any) -> Shape:
    """Likewise, of a sample, where an empty text stands for whatever will come."""
    return _walked(sample, lambda value: "nothing" if value == "" else kind_of(value))


def _walked(value: Any, kind_of: Callable[[Any], Kind]) -> Shape:
    found: set[tuple[str, Kind]] = set()
    pending: list[tuple[str, Any]] = [("", value)]
    for _seen in range(MOST_VALUES):
        if not pending or len(found) >= MOST_PATHS:
            break
        path, item = pending.pop()
        kind = kind_of(item)
        found.add((path, kind))
        if kind == "object":
            pending += [(path + spelled_key(key), inner) for key, inner in item.items()]
        elif kind == "list":
            inside = path + _ITEM
            looked_at = item if len(item) <= _ITEMS else [*item[: _ITEMS // 2], *item[-_ITEMS // 2 :]]
            pending += [(inside, inner) for inner in looked_at]
    return Shape(frozenset(found), whole=not pending)


def spelled(path: Iterable[str | int]) -> str:
    """A path that a script reads, in the spelling of shapes: whichever item of a list it is."""
    return "".join(_ITEM if isinstance(key, int) else spelled_key(key) for key in path)


def spelled_key(key: str) -> str:
    if _PLAIN.fullmatch(key) and len(key) <= _LONGEST_KEY:
        return f".{key}"
    quoted = json.dumps(key[:_LONGEST_KEY], ensure_ascii=False)
    return f"[{quoted.replace('.', _DOT).replace('[', _BRACKET)}]"


def is_within(path: str, outer: str) -> bool:
    """Whether it is that path or one below it."""
    return path.startswith(outer) and (len(path) == len(outer) or path[len(outer)] in ".[")


def above(path: str) -> Iterator[str]:
    """The paths that it lies in, the nearest first."""
    for at in range(len(path) - 1, -1, -1):
        if path[at] in ".[" and is_within(path, path[:at]):
            yield path[:at]
