"""A table of tasks as CSV: read into drafts, a row a task, with every problem by its row and column. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem
from engine.plan import Plan, TaskDraft

from .draft import read_labels
from .given_args import Given, arg_types
from .when import read_moment

MOST_ROWS, MOST_BYTES = 1_000, 400_000
OWN = ("name", "labels", "priority", "start_at")
"""Columns that are no args."""
ARGS = "args."
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class CellProblem:
    """`row` as a spreadsheet counts, the header being row 1; 0 for the table as a whole."""

    row: int
    column: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what stands in it by its column, and the draft, unless it cannot be read."""

    row: int
    cells: Mapping[str, str]
    draft: TaskDraft | None
    problems: tuple[CellProblem, ...]


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    problems: tuple[CellProblem, ...]
    """Of the table as a whole: with one of them no row has been read."""


def decoded(data: bytes) -> str:
    """UTF-8, with or without a mark in front. Raises `Invalid`."""
    if len(data) > MOST_BYTES:
        size, most = f"{len(data):,}", f"{MOST_BYTES:,}"
        message = _("the table has %(size)s bytes, and %(most)s are possible", size=size, most=most)
        raise Invalid([Problem("table", message, _("split it into several"))])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = _("line %(line)s is no UTF-8 text", line=line)
        raise Invalid([Problem("table", message, _("save it as “CSV UTF-8”"))]) from None


def read_table(plan: Plan, text: str, zone: tzinfo) -> Table:
    try:
        rows = list(_rows(text.removeprefix("\ufeff")))
    except csv.Error as error:
        return _unreadable(_("this is no CSV: %(error)s", error=str(error)), _("look at the quotes"))
    if not rows:
        return _unreadable(_("the table is empty"), _("paste a header and a row for each task"))
    (_number, header), *rows = rows
    columns, known = [column.strip() for column in header], arg_types(plan)
    if problems := tuple(_header_problems(columns, known, len(rows))):
        return Table(tuple(columns), (), problems)
    reader = _Reader(plan, columns, known, zone)
    return Table(tuple(columns), tuple(reader.line(number, cells) for number, cells in rows), ())


def column_of(path: str, columns: Sequence[str]) -> str:
    """The column in which a problem of the task is mended; empty when it lies in no column."""
    if path.startswith(ARGS):
        key = path.removeprefix(ARGS)
        names = [path] if key in OWN else [path, key]
    else:
        names = [path.partition("[")[0]]
    return next((column for column in columns if column in names), "")


def example(plan: Plan) -> str:
    """A table with the columns that the system wants, and two rows."""
    args = {key: given for key, given in arg_types(plan).items() if given.wanted_by or key in plan.system.def_args}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["name", "labels", "start_at", *(ARGS + key for key in args)])
    for number in (1, 2):
        writer.writerow([f"{plan.system.name or plan.system.id} {number}", "", "", *map(_example_cell, args.values())])
    return file.getvalue()


def _example_cell(given: Given) -> str:
    """A spreadsheet would take `=…` for a formula."""
    text = given.default_text
    return "" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _unreadable(message: str, hint: str) -> Table:
    return Table((), (), (CellProblem(0, "", message, hint),))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that has anything in it, by its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    for number, cells in enumerate(reader, 1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _delimiter(text: str) -> str:
    """Of the header: what stands in it most often."""
    header = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _header_problems(columns: Sequence[str], known: Mapping[str, Given], rows: int) -> Iterator[CellProblem]:
    if not rows:
        yield CellProblem(0, "", _("there is a header and no row"), _("add a row for each task"))
    if rows > MOST_ROWS:
        message = _("there are %(rows)s rows, and %(most)s are possible", rows=f"{rows:,}", most=f"{MOST_ROWS:,}")
        yield CellProblem(0, "", message, _("split the table into several"))
    for column, times in Counter(columns).items():
        if times > 1:
            message = _("%(times)s columns are called %(column)s", times=times, column=column or '""')
            yield CellProblem(1, column, message, _("remove all but one"))
    for column in dict.fromkeys(columns):
        if column not in OWN and column not in known and not (column.startswith(ARGS) and column != ARGS):
            message = _("%(column)s is neither a field of a task nor an arg of this system", column=column or '""')
            wanted = ", ".join([*OWN, *(ARGS + key for key in known)][:12])
            hint = _("known: %(columns)s; for another arg write %(other)s", columns=wanted, other=f"args.{column}")
            yield CellProblem(1, column, message, hint)


class _Reader:
    def __init__(self, plan: Plan, columns: Sequence[str], known: Mapping[str, Given], zone: tzinfo) -> None:
        self.plan, self.columns, self.known, self.zone = plan, columns, known, zone

    def line(self, row: int, cells: Sequence[str]) -> Line:
        named = {column: cell for column, cell in zip(self.columns, cells, strict=False) if cell.strip()}
        problems: list[CellProblem] = []
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            counts = {"cells": len(cells), "columns": len(self.columns)}
            message = _("there are %(cells)s cells under %(columns)s columns", **counts)
            problems.append(CellProblem(row, "", message, _("put text with commas in double quotes")))
        raw = self.raw(row, named, problems)
        try:
            draft = TaskDraft.load(raw)
        except Invalid as invalid:
            problems += [self.problem(row, problem) for problem in invalid.problems]
            draft = None
        return Line(row, named, None if problems else draft, tuple(problems))

    def problem(self, row: int, problem: Problem) -> CellProblem:
        column = column_of(problem.path, self.columns)
        return CellProblem(row, column or problem.path, problem.message, problem.hint)

    def raw(self, row: int, cells: Mapping[str, str], problems: list[CellProblem]) -> dict[str, Any]:
        args: dict[str, Any] = {}
        raw: dict[str, Any] = {"system": self.plan.system.id, "args": args}
        for column, cell in cells.items():
            try:
                if column in OWN:
                    raw[column] = self.own(column, cell.strip())
                elif (value := self.arg(column.removeprefix(ARGS), cell)) is not None:
                    args[column.removeprefix(ARGS)] = value
            except Invalid as invalid:
                problems += [replace(self.problem(row, problem), column=column) for problem in invalid.problems]
        return raw

    def own(self, column: str, cell: str) -> Any:
        if column == "labels":
            return read_labels(cell.replace("|", ",").replace(";", ","))
        return read_moment(column, cell, self.zone) if column == "start_at" else cell

    def arg(self, key: str, cell: str) -> Any:
        given = self.known.get(key) or Given(key)
        return given.read(cell if given.is_text else cell.strip())
