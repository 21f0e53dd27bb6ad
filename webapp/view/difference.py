"""Two texts, line by line: what one has that the other has not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

_LINES = 600
_AROUND = 2


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`kind`: same, added, removed, or skipped for a place where lines are left out."""

    kind: str
    text: str


def changed_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """With some lines around them; none when the texts are the same. Looks at the first lines of long ones."""
    old, new = (text.splitlines()[:_LINES] for text in (before, after))
    if old == new:
        return ()
    told = difflib.unified_diff(old, new, lineterm="", n=_AROUND)
    return tuple(_diff_line(line) for line in list(told)[2:])


def _diff_line(line: str) -> DiffLine:
    if line.startswith("@@"):
        return DiffLine("skipped", "⋯")
    return DiffLine({"+": "added", "-": "removed"}.get(line[:1], "same"), line[1:])
