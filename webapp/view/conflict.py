"""Somebody else saved a definition while it was edited: what they changed, beside what was typed here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model import Revision

from .moment import Stamp, stamp
from .text import shortened

Fields = Mapping[str, str]
Label = Callable[[str, Fields], str]
"""What a reader calls a field; of the fields that it stands among."""
_VALUE = 200


@dataclass(frozen=True, slots=True)
class ChangedField:
    """`both`: it was changed here, too, and otherwise."""

    field: str
    label: str
    before: str
    theirs: str
    mine: str
    both: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    number: int
    """The revision that they saved."""
    who: str
    at: Stamp | None
    note: str
    changed: tuple[ChangedField, ...]


def conflict(saved: Revision, fields: tuple[Fields, Fields, Fields], label: Label, now: datetime) -> Conflict:
    """`fields`: as they were when the edit began, as they are now, as they were typed here."""
    return Conflict(saved.number, saved.who, stamp(saved.at, now), saved.note, tuple(_changed(*fields, label)))


def _changed(before: Fields, theirs: Fields, mine: Fields, label: Label) -> Iterator[ChangedField]:
    for name in dict.fromkeys([*before, *theirs]):
        was, now = before.get(name, ""), theirs.get(name, "")
        if was != now:
            typed = mine.get(name, "")
            called = label(name, theirs if name in theirs else before)
            yield ChangedField(name, called, _shown(was), _shown(now), _shown(typed), typed not in (was, now))


def _shown(text: str) -> str:
    return shortened(text, _VALUE)


def merged(before: Fields, theirs: Fields, mine: Fields) -> dict[str, str]:
    """What was typed here, and in the fields that nobody has touched here, what they saved."""
    names = dict.fromkeys([*mine, *theirs])
    found = {name: theirs.get(name) if mine.get(name) == before.get(name) else mine.get(name) for name in names}
    return {name: text for name, text in found.items() if text is not None}
