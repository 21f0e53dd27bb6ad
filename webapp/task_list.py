"""The list of tasks: its pages, its export, the views that one keeps of it, and one act on many of its tasks.

Routes of the blueprint of `tasks.py`, since they are tasks' too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from flask import Response, abort, current_app, redirect, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from engine.command import BULK_ACTS, MOST_AT_ONCE, Bulk, BulkAct, keep_preferences
from engine.model import MOST_VIEWS, Role, SavedView
from engine.store import BadPlace, Place, TaskPage

from .done import done
from .preferences import preferences
from .render import htmx, render, unchanged
from .rights import right
from .shared import shared
from .site import site
from .tasks import ACTS, tasks
from .view.bulk import act_label, preview, read_seen, results
from .view.export import HEADER, export_line
from .view.listing import choosable_columns, column_labels, listing, listing_tag
from .view.task_query import TaskQuery, read_query
from .view.told import told

__all__ = ["tasks"]

_NOTHING = TaskPage([], None, None, 0, cut_short=False)


# -- pages -------------------------------------------------------------------------------------------


@tasks.get("")
@right(Role.VIEWER)
@shared
def index():
    if not request.args and not htmx.partial and (view := _default_view()):
        return redirect(f"{url_for('tasks.index')}?{view.query}")
    query, now = read_query(request.args), site().clock.now()
    page, problem = _page(query)
    counts = site().store.task_list.counts()
    tag = listing_tag(page.tasks, counts, current_app.config["VERSION"], query.address(now="") + problem)
    shown = listing(query, page, counts, now, _same_id(query))
    problems = (*query.filter.problems, *filter(None, [problem]))
    if problems and htmx.partial:
        abort(422, " ".join(problems))
    return unchanged(tag) or render(
        "tasks/list.html", tag=tag, status=422 if problems else 200, list=shown, problems=problems,
        columns=choosable_columns(query), labels=column_labels(), views=preferences().views, acts=BULK_ACTS,
        act_label=act_label,
    )  # fmt: skip


def _page(query: TaskQuery) -> tuple[TaskPage, str]:
    """And what is wrong with the place that was asked for."""
    if query.filter.problems:
        return _NOTHING, ""
    try:
        after, before = query.places()
        wanted, rows, now = query.filter.wanted, preferences().rows, site().clock.now()
        return site().store.task_list.page(wanted, query.sorting, now, rows, after=after, before=before), ""
    except BadPlace:
        return _NOTHING, _("The address of this page is damaged: go to the first page of the list.")


def _default_view() -> SavedView | None:
    chosen = preferences()
    return next((view for view in chosen.views if view.name == chosen.default_view), None)


def _same_id(query: TaskQuery) -> str:
    """Text that is a task's whole id is looked up as such: the list may be too long to come across it."""
    text = query.filter.text
    return text if text and site().store.tasks.head(text) else ""


@tasks.get("/export.csv")
@right(Role.VIEWER)
def export():
    """All that the filter matches, in order, a line a task."""
    query = read_query(request.args)
    if query.filter.problems:
        abort(422, " ".join(query.filter.problems))
    response = Response(stream_with_context(_lines(query)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="tasks-{site().clock.now():%Y-%m-%d-%H%M}.csv"'
    return response


def _lines(query: TaskQuery) -> Iterator[str]:
    now = site().clock.now()
    yield _csv_line(HEADER)
    for task in site().store.task_list.each(query.filter.wanted, query.sorting, now):
        yield _csv_line(export_line(task, now))


def _csv_line(cells: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "replace").decode()


# -- saved views -------------------------------------------------------------------------------------


@tasks.post("/views")
@right(Role.VIEWER)
def save_view():
    """The filter that is on, under a name; a name that is there already is given the new filter."""
    name, kept = " ".join(request.form.get("name", "").split()), site().store.preferences.get(site().who)
    query = read_query(MultiDict(request.form.items(multi=True)))
    view, others = query.address(), [one for one in kept.views if one.name != name]
    if problem := _view_problem(name, view, len(others), query):
        abort(422, problem)
    position = next((number for number, one in enumerate(kept.views) if one.name == name), len(others))
    others.insert(position, SavedView(name=name, query=view))
    first = name if "default" in request.form else kept.default_view
    chosen = kept.model_copy(update={"views": others, "default_view": first})
    keep_preferences(site().store, site().clock, site().who, chosen)
    done(_("The view “%(view)s” is saved.", view=name), url_for("settings.show", _anchor="views"), _("All views"))
    return redirect(f"{url_for('tasks.index')}?{view}", 303)


def _view_problem(name: str, view: str, others: int, query: TaskQuery) -> str:
    if not name:
        return _("Give the view a name.")
    if len(name) > 60 or not name.isprintable():
        return _("A view's name has 60 characters at the most, on one line.")
    if query.filter.problems:
        return " ".join(query.filter.problems)
    if len(view) > 500:
        return _("This filter is too long to be kept as a view.")
    if others >= MOST_VIEWS:
        return _("There are %(most)s views already: delete one under Settings.", most=MOST_VIEWS)
    return ""


# -- acts ----------------------------------------------------------------------------------------------


@tasks.post("/<id_>/from-list/<any(start, pause, resume, cancel, retry):act>")
@right(Role.OPERATOR)
def do_in_list(id_: str, act: str):
    """From the menu of a row: back to where one was."""
    task = ACTS[act](site(), id_)
    done(
        _("%(act)s: %(task)s.", act=act_label(act), task=task.name or id_), url_for("tasks.show", id_=id_), _("Show it")
    )
    return redirect(_back(), 303)


@tasks.post("/bulk")
@right(Role.OPERATOR)
def preview_bulk():
    """What the act would make of the tasks that are ticked, or of all that match; nothing is done yet."""
    act, query = _act(), read_query(request.form)
    if query.filter.problems:
        abort(422, " ".join(query.filter.problems))
    ids, after = _chosen(query)
    found = {task.id: task for task in site().store.tasks.many(ids)}
    seen = preview(act, [found[id_] for id_ in ids if id_ in found])
    return render(
        "tasks/bulk.html", status=200 if seen.total else 422, act=act, act_label=act_label, preview=seen, query=query,
        everything="all" in request.form, after=after.text if after else "", most=MOST_AT_ONCE,
    )  # fmt: skip


@tasks.post("/bulk/run")
@right(Role.OPERATOR)
def run_bulk():
    """On the tasks that were shown before, each by itself; what became of each."""
    act, query = _act(), read_query(request.form)
    bulk = Bulk(site().operator, site().repair, site().store.tasks.get)
    made, refused = results(bulk.run(act, read_seen(request.form.get("tasks", ""), MOST_AT_ONCE)))
    return render(
        "tasks/bulk_done.html", act=act, act_label=act_label, made=made, refused=refused, query=query,
        after=request.form.get("after", ""),
    )  # fmt: skip


def _act() -> BulkAct:
    asked = next((act for act in BULK_ACTS if request.form.get("act") == act), None)
    if asked is None:
        abort(422, _("Say what is to be done: %(acts)s.", acts=", ".join(BULK_ACTS)))
    return asked


def _chosen(query: TaskQuery) -> tuple[list[str], Place | None]:
    """Ids, and where all that match go on."""
    if "all" not in request.form:
        return list(dict.fromkeys(request.form.getlist("task")))[:MOST_AT_ONCE], None
    try:
        after = Place.read(request.form["after"]) if request.form.get("after") else None
        return site().store.task_list.ids(query.filter.wanted, site().clock.now(), MOST_AT_ONCE, after)
    except BadPlace as error:
        abort(422, told(str(error)))


def _back() -> str:
    """The list as it was."""
    return f"{url_for('tasks.index')}?{read_query(request.form).address()}"
