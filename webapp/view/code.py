"""What the page of changes shows: a row for each definition that would change, and how many stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from engine.code import Difference, What
from engine.model import Problem

from .difference import DiffLine, diff_line

MOST_LINES = 1_200
"""Of all rows together; what is beyond is counted only."""
FOLDED_FROM = 8
"""So many rows are shown folded."""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    kind: str
    id: str
    what: What
    picked: bool
    lines: tuple[DiffLine, ...]
    hidden: int
    """Lines that are not shown."""
    plus: int
    minus: int


@dataclass(frozen=True, slots=True)
class Changes:
    rows: tuple[Row, ...]
    same: tuple[str, ...]
    """Names of what stays as it is."""
    problems: Sequence[Problem]
    """What would be wrong if the picked rows were applied."""
    folded: bool

    @property
    def picked(self) -> int:
        return sum(row.picked for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(row.what for row in self.rows))

    @property
    def sound(self) -> bool:
        return bool(self.picked) and not self.problems


def changes_page(differences: Sequence[Difference], picked: Collection[str], problems: Sequence[Problem]) -> Changes:
    rows = tuple(_rows([one for one in differences if one.what != "same"], picked))
    same = tuple(one.name for one in differences if one.what == "same")
    return Changes(rows, same, problems, len(rows) >= FOLDED_FROM)


def _rows(changes: Sequence[Difference], picked: Collection[str]) -> Iterator[Row]:
    left = MOST_LINES
    for one in changes:
        lines = one.lines
        signs = Counter(line.sign for line in lines)
        shown = tuple(map(diff_line, lines[: max(left, 0)]))
        left -= len(lines)
        kind, id_ = one.key
        yield Row(
            one.name, kind, id_, one.what, one.name in picked, shown, len(lines) - len(shown), signs["+"], signs["-"]
        )
