"""Tasks: what they are under, and the acts on one. Routes are in `task_list.py`, `task.py`, and below for a new one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for

from engine.model import Invalid, Role, Task

from .draft import DraftForm, blank_form, read_draft, read_form
from .render import render
from .rights import right
from .site import Site, site

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

ACTS: dict[str, Callable[[Site, str], Task]] = {
    "start": lambda site, id_: site.operator.start(id_),
    "pause": lambda site, id_: site.operator.pause(id_),
    "resume": lambda site, id_: site.operator.resume(id_),
    "cancel": lambda site, id_: site.operator.cancel(id_),
    "retry": lambda site, id_: site.repair.retry(id_),
}

# -- a new task --------------------------------------------------------------------------------------


@tasks.get("/new")
@right(Role.OPERATOR)
def new():
    systems = site().store.definitions.systems()
    return _form(read_form(request.args, systems) if request.args else blank_form(systems))


@tasks.post("")
@right(Role.OPERATOR)
def create():
    form = read_form(request.form, {})
    try:
        task = site().operator.create(read_draft(form))
    except Invalid as invalid:
        return _form(form, invalid)
    if form.start:
        site().operator.start(task.id)
    return redirect(url_for("tasks.show", id_=task.id), 303)


def _form(form: DraftForm, invalid: Invalid | None = None):
    systems = site().store.definitions.systems()
    problems = invalid.problems if invalid else ()
    return render("tasks/new.html", status=422 if invalid else 200, form=form, systems=systems, problems=problems)
