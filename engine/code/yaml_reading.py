"""YAML to JSON values, built from the parser's events: no anchors, aliases, tags or merges, and no key twice.

Nothing is made but text, numbers, true, false, null, lists and objects, so nothing can grow beyond what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from .limits import Allowance, Unreadable, decoded
from .scalar import meaning

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where it is there: a hundred times as fast."""


def read_yaml(data: bytes, allowance: Allowance) -> Any:
    """The one value that the text holds. Raises `Unreadable`, with the line."""
    decoded(data)  # kept as bytes: one odd sign makes text of it four times as large
    return _Reader(events_of(data), allowance).whole()


def events_of(data: bytes) -> Iterator[yaml.Event]:
    """Raises `Unreadable` where the text is no YAML."""
    try:
        yield from yaml.parse(data, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise Unreadable(f"is no YAML: {error.problem or error.context}", _hint(data, line), line) from None
    except yaml.YAMLError as error:
        raise Unreadable(f"is no YAML: {getattr(error, 'reason', error)}", "look for odd characters") from None


def _hint(data: bytes, line: int) -> str:
    lines = data.splitlines()
    wrong = lines[line - 1] if 0 < line <= len(lines) else b""
    return "indent with spaces, not with tabs" if b"\t" in wrong[: len(wrong) - len(wrong.lstrip())] else ""


def line_of(event: yaml.Event) -> int:
    return int(event.start_mark.line) + 1 if event.start_mark else 0


class _Reader:
    def __init__(self, events: Iterator[yaml.Event], allowance: Allowance) -> None:
        self._events, self._allowance = events, allowance
        self._ways: dict[type[yaml.Event], Callable[[Any, int], Any]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._list,
            yaml.MappingStartEvent: self._object,
            yaml.AliasEvent: self._alias,
        }

    def whole(self) -> Any:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise Unreadable("is empty")
        value = self._value(next(self._events), 1)
        next(self._events)
        if not isinstance(after := next(self._events), yaml.StreamEndEvent):
            raise Unreadable("a second document begins here", "give it a file of its own", line_of(after))
        return value

    def _value(self, event: yaml.Event, depth: int) -> Any:
        self._allowance.take(depth, line_of(event))
        if (anchor := getattr(event, "anchor", None)) and not isinstance(event, yaml.AliasEvent):
            raise Unreadable(f"anchors (&{anchor}) are not read", "write the value out", line_of(event))
        if tag := getattr(event, "tag", None):
            raise Unreadable(f"tags ({tag}) are not read", "put text in quotes instead", line_of(event))
        return self._ways[type(event)](event, depth)

    @staticmethod
    def _scalar(event: yaml.ScalarEvent, _depth: int) -> Any:
        if not event.implicit[0]:
            return event.value
        try:
            return meaning(event.value)
        except ValueError:
            raise Unreadable("this number has too many digits", "put it in quotes", line_of(event)) from None

    def _list(self, _start: yaml.SequenceStartEvent, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, depth + 1))
        return found

    def _object(self, _start: yaml.MappingStartEvent, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in found:
                raise Unreadable(f"the key {key!r} stands here twice", "remove one of them", line_of(event))
            found[key] = self._value(next(self._events), depth + 1)
        return found

    def _key(self, event: yaml.Event) -> str:
        """Always text, and as it was written: `on`, `1` and `null` are names here."""
        if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
            raise Unreadable("a key is plain text", "no list, object, anchor, alias or tag", line_of(event))
        if event.value == "<<" and event.implicit[0]:
            raise Unreadable("merge keys (<<) are not read", "write the fields out", line_of(event))
        return event.value

    @staticmethod
    def _alias(event: yaml.AliasEvent, _depth: int) -> Any:
        raise Unreadable(f"aliases (*{event.anchor}) are not read", "write the value out", line_of(event))
