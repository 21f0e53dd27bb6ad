"""Somebody else saved a system while it was edited: what they made of its fields and of its flow. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import Revision
from engine.plan.flow import read_entry
from engine.plan.tree import Written
from webapp.system_form import ARG
from webapp.system_merge import Versions

from .conflict import Conflict, Fields, conflict
from .difference import DiffLine, changed_lines
from .system_editor import field_label
from .text import compact


@dataclass(frozen=True, slots=True)
class SystemConflict:
    """`theirs`, `mine`: what each made of the flow since."""

    fields: Conflict
    theirs: tuple[DiffLine, ...]
    mine: tuple[DiffLine, ...]


def system_conflict(saved: Revision, versions: Versions, now: datetime) -> SystemConflict:
    before, theirs, mine = map(outline, versions.flows())
    shown = tuple(map(_shown, versions.said()))
    fields = conflict(saved, (shown[0], shown[1], shown[2]), _label, now)
    return SystemConflict(fields, changed_lines(before, theirs), changed_lines(before, mine))


def outline(flow: Written) -> str:
    """A line for each step and each group, further in the deeper it stands."""
    return "\n".join(_lines(flow, 0))


def _lines(entries: Written, depth: int) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, list):
            yield "  " * depth + (_("one after the other:") if depth % 2 else _("in parallel:"))
            yield from _lines(entry, depth + 1)
        else:
            yield "  " * depth + _named(entry)


def _named(entry: object) -> str:
    node = read_entry(entry)
    if node is None:
        return compact(entry)
    return node.step if node.name == node.step else f"{node.step} “{node.name}”"


def _shown(fields: Fields) -> dict[str, str]:
    """An arg without a value is one, too."""
    return {name: text or (_("the task gives it") if name.startswith(ARG) else "") for name, text in fields.items()}


def _label(field: str, _fields: Fields) -> str:
    return _("Arg %(name)s", name=field.removeprefix(ARG)) if field.startswith(ARG) else field_label(field)
