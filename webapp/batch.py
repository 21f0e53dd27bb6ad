"""Many tasks from a table: shown row by row first, then made all or none."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.command import NotFound, prove_rows
from engine.model import Batch, Invalid, Problem, Role, Task
from engine.plan import Plan

from .batch_table import MOST_BYTES, MOST_ROWS, CellProblem, Table, column_of, decoded, example, read_table
from .done import done
from .draft_page import system_labels
from .form_fields import NOW
from .language import known_zones, zone_name
from .render import render
from .rights import right
from .site import site
from .tasks import tasks
from .view.batch import Preview, batch_page, ids_on, preview

_ID = re.compile(r"[0-9a-f]{8}")
_PLACEHOLDER = "name,labels,start_at,args.n\nOrder 7,urgent,2027-01-04T09:00,4"


@dataclass(frozen=True)
class Proven:
    """A table with the tasks that its rows make, and what is wrong."""

    plan: Plan
    batch: Batch
    preview: Preview
    tasks: Sequence[Task]


# -- views -------------------------------------------------------------------------------------------


@tasks.get("/batch")
@right(Role.OPERATOR)
def batch():
    return _page(request.args.get("system", ""))


@tasks.post("/batch")
@right(Role.OPERATOR)
def preview_batch():
    try:
        batch = _sent()
        proven = _prove(batch)
    except Invalid as invalid:
        return _refused(invalid)
    return _page(batch.system, batch, proven.preview, status=200 if proven.preview.sound else 422)


@tasks.post("/batch/create")
@right(Role.OPERATOR)
def create_batch():
    try:
        return _make(_sent())
    except Invalid as invalid:
        return _refused(invalid)


@tasks.post("/batch/<batch_id>/finish")
@right(Role.OPERATOR)
def finish_batch(batch_id: str):
    """What was cut off in the middle is made to its end."""
    return _make(_batch(batch_id))


@tasks.get("/batch/<batch_id>")
@right(Role.VIEWER)
def show_batch(batch_id: str):
    batch, store = _batch(batch_id), site().store
    page = max(1, request.args.get("page", 1, type=int))
    shown = {task.id: task for task in store.tasks.many(ids_on(batch, page))}
    there = len(store.tasks.there(batch.tasks))
    return render("new/made.html", batch=batch_page(batch, shown, there, page, site().clock.now()))


@tasks.get("/batch/example.csv")
@right(Role.OPERATOR)
def batch_example():
    plan = site().operator.plan_for(request.args.get("system", ""))
    response = Response("\ufeff" + example(plan), mimetype="text/csv")  # the mark tells Excel that it is UTF-8
    response.headers["Content-Disposition"] = f'attachment; filename="{plan.system.id}.csv"'
    return response


@tasks.errorhandler(413)
def too_large(_error: Exception):
    message = _("that is more than can be sent at once; a table may have %(most)s bytes", most=f"{MOST_BYTES:,}")
    found = Preview((), (), (CellProblem(0, "", message, _("split it into several")),), 0, 0)
    return _page("", shown=found, status=413)


# -- what was sent -----------------------------------------------------------------------------------


def _sent() -> Batch:
    """Raises `Invalid` for a table that is too large or no text."""
    form, now = request.form, site().clock.now()
    made = _made_before(form.get("batch", ""), form.get("system", ""))
    return Batch(
        id=made.id if made else _token(form.get("batch", "")),
        system=_system(form.get("system", "")),
        who=site().who,
        at=made.at if made else now,
        start=form.get("start", "") == NOW,
        text=_text(),
        zone=zone_name(),
    )


def _system(id_: str) -> str:
    if site().store.definitions.system(id_) is None:
        hint = _("choose one of the list")
        raise Invalid([Problem("system", _("there is no system %(system)s", system=id_[:64] or '""'), hint)])
    return id_


def _text() -> str:
    file = request.files.get("file")
    return decoded(file.read() if file and file.filename else request.form.get("table", "").encode("utf-8", "replace"))


def _token(sent: str) -> str:
    """The same for every sending of a page, so that sending it twice makes nothing twice; nobody else's."""
    mine = _ID.fullmatch(sent) and site().store.batches.get(sent) is None
    return sent if mine else secrets.token_hex(4)


def _made_before(id_: str, system: str) -> Batch | None:
    batch = site().store.batches.get(id_) if _ID.fullmatch(id_) else None
    return batch if batch and (batch.who, batch.system) == (site().who, system) else None


def _batch(id_: str) -> Batch:
    batch = site().store.batches.get(id_)
    if batch is None:
        raise NotFound(_("there is no batch %(id)s", id=repr(id_)))
    return batch


# -- proof and making --------------------------------------------------------------------------------


def _prove(batch: Batch) -> Proven:
    """Raises `Invalid` for a system that cannot be used."""
    plan = site().operator.plan_for(batch.system)
    zone = ZoneInfo(batch.zone if batch.zone in known_zones() else "UTC")
    table = read_table(plan, batch.text, zone)
    drafts = {line.row: line.draft for line in table.lines if line.draft is not None}
    rows = dict(zip(drafts, prove_rows(plan, batch, list(drafts.values()), site().store.secrets.names()), strict=True))
    wrong = {row: _in_columns(row, made, table) for row, made in rows.items() if not isinstance(made, Task)}
    made = [row for row in rows.values() if isinstance(row, Task)]
    return Proven(plan, batch, preview(table, wrong, site().clock.now()), made)


def _in_columns(row: int, problems: Sequence[Problem], table: Table) -> list[CellProblem]:
    return [CellProblem(row, _column(problem, table.columns), problem.message, problem.hint) for problem in problems]


def _column(problem: Problem, columns: Sequence[str]) -> str:
    """Of the arg that a call lacks: the arg's own name leads there."""
    arg = problem.path.rpartition(".args.")[2] if ".args." in problem.path else problem.path
    return column_of(f"args.{arg}" if ".args." in problem.path else arg, columns) or problem.path


def _make(batch: Batch):
    """All or none: what has a problem is shown, and nothing is made."""
    proven = _prove(batch)
    if not proven.preview.sound:
        return _page(batch.system, batch, proven.preview, status=422)
    site().operator.create_batch(batch, proven.plan, proven.tasks)
    count = len(proven.tasks)
    done(ngettext("%(num)d task was created.", "%(num)d tasks were created.", count))
    return redirect(url_for("tasks.show_batch", batch_id=batch.id), 303)


# -- the page ----------------------------------------------------------------------------------------


def _refused(invalid: Invalid):
    """What was typed stands there again."""
    problems = tuple(CellProblem(0, "", one.message, one.hint) for one in invalid.problems)
    return _page(request.form.get("system", ""), shown=Preview((), (), problems, 0, 0), status=422)


def _page(system: str, batch: Batch | None = None, shown: Preview | None = None, status: int = 200):
    systems = site().store.definitions.systems()
    typed: Mapping[str, str] = request.form if batch is None and status != 413 else {}
    fields = {
        "system": system if system in systems else next(iter(systems), ""),
        "table": batch.text if batch else typed.get("table", ""),
        "batch": batch.id if batch else secrets.token_hex(4),
        "start": NOW if (batch.start if batch else typed.get("start") == NOW) else "no",
    }
    limits = {"rows": f"{MOST_ROWS:,}", "bytes": MOST_BYTES}
    return render(
        "new/batch.html",
        status=status,
        form=fields,
        systems=system_labels(systems),
        preview=shown,
        limits=limits,
        placeholder=_PLACEHOLDER,
    )
