"""Two texts, line by line: what one has that the other has not."""

from __future__ import annotations

from dataclasses import dataclass

from engine.code import Line, unified

_LINES = 600
_AROUND = 2
_KINDS = {"+": "added", "-": "removed", "@": "skipped"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`kind`: same, added, removed, or skipped for a place where lines are left out."""

    kind: str
    text: str


def changed_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """With some lines around them; none when the texts are the same. Looks at the first lines of long ones."""
    old, new = (text.splitlines()[:_LINES] for text in (before, after))
    return tuple(map(diff_line, unified(old, new, _AROUND)))


def diff_line(line: Line) -> DiffLine:
    is_place = line.sign == "@" and line.text.startswith("@@")
    return DiffLine(_KINDS.get(line.sign, "same"), "⋯" if is_place else line.text)
