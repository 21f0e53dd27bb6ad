"""Which line of a text a problem's path leads to: `step.find.checklink.lookup.condition.val` → 12."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from .limits import Unreadable
from .yaml_reading import events_of, line_of

_MOST = 30_000
_MOST_BYTES = 1024 * 1024
"""Of a text with more values, or more of it, no lines are told."""
_LONGEST_ID = 64


@dataclass(slots=True)
class Spot:
    """A value of the text and where it begins; of a field, where its name stands."""

    line: int
    word: str = ""
    fields: dict[str, Spot] | None = None
    items: list[Spot] | None = None

    @property
    def named(self) -> Mapping[str, Spot]:
        """What is inside by its name: a field by its own, a list's item by its `_id`."""
        items = {item.fields["_id"].word: item for item in self.items or () if item.fields and "_id" in item.fields}
        return items | (self.fields or {})


def spots_of(data: bytes) -> Spot | None:
    """None where they cannot be told: JSON is read as YAML here, and some of it is none."""
    if len(data) > _MOST_BYTES:
        return None
    try:
        reader = _Reader(events_of(data))
        return reader.whole()
    except Unreadable:
        return None


def line_at(root: Spot, path: str) -> int:
    """Of the deepest value on the path: what is missing is missed where it should stand."""
    spot = root
    while path and (found := _inside(spot, path)):
        spot, path = found
    return spot.line


class _Reader:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events, self._left = events, _MOST

    def whole(self) -> Spot:
        next(self._events)
        next(self._events)
        return self._spot(next(self._events))

    def _spot(self, event: yaml.Event) -> Spot:
        self._left -= 1
        if self._left < 0:
            raise Unreadable("too many")
        if isinstance(event, yaml.SequenceStartEvent):
            return Spot(line_of(event), items=list(self._items()))
        if isinstance(event, yaml.MappingStartEvent):
            return Spot(line_of(event), fields=dict(self._fields()))
        return Spot(line_of(event), getattr(event, "value", "")[:_LONGEST_ID])

    def _items(self) -> Iterator[Spot]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._spot(event)

    def _fields(self) -> Iterator[tuple[str, Spot]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._spot(event)
            value = self._spot(next(self._events))
            value.line = name.line
            yield name.word, value


def _inside(spot: Spot, path: str) -> tuple[Spot, str] | None:
    """One step on, and what is left of the path. A name may have dots in it: the longest that fits."""
    if path.startswith("["):
        number, _end, rest = path[1:].partition("]")
        there = number.isdecimal() and spot.items is not None and int(number) < len(spot.items)
        return (spot.items[int(number)], rest.removeprefix(".")) if there and spot.items else None
    named = spot.named
    fitting = [name for name in named if path.startswith(name) and path[len(name) :][:1] in ("", ".", "[")]
    if not fitting:
        return None
    name = max(fitting, key=len)
    return named[name], path[len(name) :].removeprefix(".")
