"""What forms are shown by: a field of text with what is wrong in it, and what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from .draft_place import ProblemLine


@dataclass(frozen=True, slots=True)
class Field:
    """`hint` stands beside its label, or in it while it is empty."""

    id: str
    name: str
    label: str
    text: str
    hint: str = ""
    problems: tuple[ProblemLine, ...] = ()
    is_json: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
