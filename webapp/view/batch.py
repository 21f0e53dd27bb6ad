"""A table of tasks before it is made, and what was made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model import Batch, Task
from webapp.batch_table import CellProblem, Line, Table

from .badge import Badge, badge
from .moment import Stamp, stamp
from .text import shortened

SHOWN = 100
"""Rows on one page."""
_CELL = 60


@dataclass(frozen=True, slots=True)
class PreviewRow:
    row: int
    cells: tuple[str, ...]
    start: Stamp | None
    problems: tuple[CellProblem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    columns: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    """Those with problems, and as many of the others as there is room for."""
    problems: tuple[CellProblem, ...]
    """Of the table as a whole."""
    total: int
    wrong: int

    @property
    def sound(self) -> bool:
        return not self.problems and not self.wrong and self.total > 0


@dataclass(frozen=True, slots=True)
class MadeRow:
    """`badge`: None for one that is not there."""

    id: str
    name: str
    badge: Badge | None
    start: Stamp | None


@dataclass(frozen=True, slots=True)
class BatchPage:
    id: str
    system: str
    who: str
    at: Stamp | None
    total: int
    missing: int
    rows: tuple[MadeRow, ...]
    page: int
    pages: int


def preview(table: Table, found: Mapping[int, Sequence[CellProblem]], now: datetime) -> Preview:
    """`found`: row → what else is wrong with it."""
    problems = {line.row: (*line.problems, *found.get(line.row, ())) for line in table.lines}
    wrong = [line for line in table.lines if problems[line.row]]
    fine = [line for line in table.lines if not problems[line.row]]
    shown = sorted([*wrong[:SHOWN], *fine[: max(0, SHOWN - len(wrong))]], key=lambda line: line.row)
    rows = tuple(_row(line, table.columns, problems[line.row], now) for line in shown)
    return Preview(table.columns, rows, table.problems, len(table.lines), len(wrong))


def _row(line: Line, columns: Sequence[str], problems: tuple[CellProblem, ...], now: datetime) -> PreviewRow:
    cells = tuple(shortened(line.cells.get(column, ""), _CELL) for column in columns)
    return PreviewRow(line.row, cells, stamp(line.draft.start_at, now) if line.draft else None, problems)


def batch_page(batch: Batch, tasks: Mapping[str, Task], there: int, page: int, now: datetime) -> BatchPage:
    """`tasks`: those on this page, by their ids; `there`: how many of all."""
    pages = max(1, -(-len(batch.tasks) // SHOWN))
    rows = tuple(_made(id_, tasks.get(id_), now) for id_ in ids_on(batch, page))
    return BatchPage(
        batch.id, batch.system, batch.who, stamp(batch.at, now), len(batch.tasks), len(batch.tasks) - there,
        rows, page, pages,
    )  # fmt: skip


def ids_on(batch: Batch, page: int) -> list[str]:
    """The ids of the tasks on a page; pages count from 1."""
    return batch.tasks[(page - 1) * SHOWN : page * SHOWN]


def _made(id_: str, task: Task | None, now: datetime) -> MadeRow:
    if task is None:
        return MadeRow(id_, id_, None, None)
    return MadeRow(id_, task.name or id_, badge(task.status), stamp(task.start_at, now))
