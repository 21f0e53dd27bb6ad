"""What would change: definition by definition, and within one line by line, as YAML."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from engine.model import DefinitionName

from .form import Documents, canonical, in_code, in_order
from .limits import Unreadable
from .text import text_of

What: TypeAlias = Literal["added", "changed", "removed", "same"]
MOST_SHOWN = 1_500
"""Lines of one definition that are compared: the time grows with their square."""
_LONGEST = 400
_AT_THE_TOP = ("@@ -0,", "@@ -1,", "@@ -1 ")
"""Of a change without anything before it: its place says nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """`sign` is `+`, `-`, a blank, or `@` for a place further on."""

    sign: str
    text: str

    def __str__(self) -> str:
        return self.text if self.sign == "@" else f"{self.sign}{self.text}"


@dataclass(frozen=True)
class Difference:
    """One definition: as it is, and as it would be. None where it is not there."""

    key: DefinitionName
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def name(self) -> str:
        return "/".join(self.key)

    @cached_property
    def what(self) -> What:
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if canonical(self.before) == canonical(self.after) else "changed"

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The changes with three lines around each."""
        before, after = _shown(self.before), _shown(self.after)
        if max(len(before), len(after)) > MOST_SHOWN:
            return (Line("@", f"{len(before):,} lines before, {len(after):,} after: too long to be compared here"),)
        return tuple(unified(before, after))


def differences(before: Documents, after: Documents, removed: Collection[DefinitionName] = ()) -> list[Difference]:
    """Of everything in `after`, and of what shall be no more: by kind, then by id."""
    gone = {key: before[key] for key in removed if key in before}
    keys = in_order(gone | dict(after))
    return [Difference(key, _in_code(before, key), _in_code(after, key)) for key, _document in keys]


def _in_code(documents: Documents, key: DefinitionName) -> dict[str, Any] | None:
    return in_code(documents[key]) if key in documents else None


def _shown(value: dict[str, Any] | None) -> list[str]:
    if value is None:
        return []
    try:
        return text_of(value, "yaml").splitlines()
    except Unreadable:
        return text_of(value, "json").splitlines()


def unified(before: Sequence[str], after: Sequence[str], around: int = 3) -> Iterator[Line]:
    """The lines that differ, with some around them; none where there are none."""
    lines = list(difflib.unified_diff(before, after, lineterm="", n=around))[2:]
    at_the_top = bool(lines) and lines[0].startswith(_AT_THE_TOP)
    for line in lines[1:] if at_the_top else lines:
        yield Line(line[0], line if line.startswith("@") else _cut(line[1:]))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
