"""Revisions as pages show them: who saved what and when, and which lines it changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import KINDS, Revision

from .difference import DiffLine, changed_lines
from .moment import Stamp, stamp


@dataclass(frozen=True, slots=True)
class RevisionLine:
    number: int
    at: Stamp | None
    who: str
    note: str
    removed: bool
    in_force: bool
    added: int
    """Lines of its JSON that the revision before did not have."""
    gone: int


@dataclass(frozen=True, slots=True)
class RevisionList:
    lines: tuple[RevisionLine, ...]
    in_force: int
    """0: it has been removed."""


@dataclass(frozen=True, slots=True)
class RevisionPage:
    line: RevisionLine
    before: int
    """The revision that `changes` compares with; 0: none."""
    changes: tuple[DiffLine, ...]
    back: tuple[DiffLine, ...]
    """What a restore would change of what is in force."""
    in_force: int
    json: str
    earlier: int
    later: int


def revisions_listed(found: Sequence[Revision], in_force: int, now: datetime) -> RevisionList:
    """`found` comes with the newest first."""
    return RevisionList(tuple(_line(one, _before(one, found), in_force, now) for one in found), in_force)


def revision_page(one: Revision, found: Sequence[Revision], in_force: int, now: datetime) -> RevisionPage:
    before = _before(one, found)
    current = next((other for other in found if other.number == in_force), None)
    numbers = [other.number for other in found]
    return RevisionPage(
        line=_line(one, before, in_force, now),
        before=before.number if before else 0,
        changes=changed_lines(written(before), written(one)),
        back=changed_lines(written(current), written(one)) if one.number != in_force else (),
        in_force=in_force,
        json=written(one),
        earlier=one.number - 1 if one.number - 1 in numbers else 0,
        later=one.number + 1 if one.number + 1 in numbers else 0,
    )


def written(revision: Revision | None) -> str:
    """Its definition as JSON text without what stands at its default; empty for a removal."""
    if revision is None or revision.document is None:
        return ""
    document: Any = KINDS[revision.kind].load(revision.document)
    return json.dumps(document.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False)


def _line(one: Revision, before: Revision | None, in_force: int, now: datetime) -> RevisionLine:
    kinds = [line.kind for line in changed_lines(written(before), written(one))]
    return RevisionLine(
        one.number, stamp(one.at, now), one.who, one.note, one.document is None, one.number == in_force,
        kinds.count("added"), kinds.count("removed"),
    )  # fmt: skip


def _before(one: Revision, found: Sequence[Revision]) -> Revision | None:
    return next((other for other in found if other.number == one.number - 1), None)
