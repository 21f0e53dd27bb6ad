"""Tasks: the list, and the form for a new one. A single task is in `task.py`."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_babel import gettext as _

from engine.model import Invalid, Role, TaskStatus

from .draft import DraftForm, blank_form, read_draft, read_form
from .render import render, unchanged
from .rights import right
from .site import site
from .view.listing import ROWS, choose, listing, listing_tag

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")


# -- the list ----------------------------------------------------------------------------------------


@tasks.get("")
@right(Role.VIEWER)
def index():
    status = _status_asked()
    now, store = site().clock.now(), site().store
    newest = store.tasks.of_status(status, now, ROWS) if status else store.tasks.newest(now, ROWS)
    chosen = choose(store.tasks.by_deadline(now, ROWS), newest, status)
    counts = store.tasks.counts()
    tag = listing_tag(chosen, counts, current_app.config["VERSION"])
    return unchanged(tag) or render("tasks/list.html", tag=tag, list=listing(chosen, counts, status, now))


def _status_asked() -> TaskStatus | None:
    name = request.args.get("status", "")
    if name and name not in TaskStatus.__members__:
        abort(400, _("There is no status %(name)s; there are %(all)s.", name=repr(name), all=", ".join(TaskStatus)))
    return TaskStatus(name) if name else None


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
