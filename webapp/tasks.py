"""Tasks: a task's page, what can be done to it, and the form for a new one. The list is in `task_list.py`."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, jsonify, redirect, request, url_for

from engine.model import Attempt, Invalid, Role, Task
from engine.store import Store

from .draft import DraftForm, blank_form, read_draft, read_form
from .render import htmx, render, unchanged
from .rights import right
from .site import Site, site
from .view.history import event_lines, link_history
from .view.moment import with_remaining
from .view.page import task_page, task_tag

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

ACTS: dict[str, Callable[[Site, str], Task]] = {
    "start": lambda site, id_: site.operator.start(id_),
    "pause": lambda site, id_: site.operator.pause(id_),
    "resume": lambda site, id_: site.operator.resume(id_),
    "cancel": lambda site, id_: site.operator.cancel(id_),
    "retry": lambda site, id_: site.repair.retry(id_),
}


# -- one task ----------------------------------------------------------------------------------------


@tasks.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    task = site().task(id_)
    return unchanged(_tag(task)) or _page(task)


@tasks.get("/<id_>.json")
@right(Role.VIEWER)
def show_json(id_: str):
    return jsonify(with_remaining(site().task(id_), site().clock.now()).to_json())


@tasks.post("/<id_>/<any(start, pause, resume, cancel, retry):act>")
@right(Role.OPERATOR)
def do(id_: str, act: str):
    task = ACTS[act](site(), id_)
    return _page(task) if htmx.partial else redirect(url_for("tasks.show", id_=id_), 303)


@tasks.get("/<id_>/links/<step>/<link>")
@right(Role.VIEWER)
def show_link(id_: str, step: str, link: str):
    task = site().task(id_)
    state = site().link(task, step, link)
    history = link_history(state, site().store.history.attempts(id_, step, link), site().clock.now())
    return render("tasks/link.html", task=task, step=step, link=link, history=history)


@tasks.get("/<id_>/events")
@right(Role.VIEWER)
def show_events(id_: str):
    task = site().task(id_)
    events = event_lines(site().store.history.events(id_), site().clock.now())
    return render("tasks/events.html", task=task, events=events)


def _page(task: Task):
    store, now = site().store, site().clock.now()
    page = task_page(task, site().definition(task), _last_calls(store, task), now)
    return render("tasks/task.html", tag=_tag(task), task=page)


def _tag(task: Task) -> str:
    return task_tag(task, current_app.config["VERSION"])


def _last_calls(store: Store, task: Task) -> dict[str, Attempt]:
    """The last call of every link, by its id."""
    links = [state for info in task.step_info.values() for state in info.api_status.values()]
    return store.history.some(state.last for state in links if state.last)


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
