"""Two texts, line by line: what one has that the other has not."""

from __future__ import annotations

import difflib
import re
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
    told = list(difflib.unified_diff(old, new, lineterm="", n=_AROUND))[2:]
    from_the_top = re.match(r"@@ -[01]\b", told[0])  # nothing is left out before it
    return tuple(_diff_line(line) for line in told[bool(from_the_top) :])


def _diff_line(line: str) -> DiffLine:
    if line.startswith("@@"):
        return DiffLine("skipped", "⋯")
    return DiffLine({"+": "added", "-": "removed"}.get(line[:1], "same"), line[1:])
