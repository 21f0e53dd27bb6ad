"""One task: its page with a section at a time, the calls of a link, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import abort, current_app, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from engine.model import TASK_ACTIVE, TASK_OVER, Attempt, LinkState, Role, Task
from engine.overview import STUCK_AFTER_S, Unclaimed, living, why_unclaimed
from engine.plan import Plan, parse_flow
from engine.plan.flow import leaves

from .answers import asked_of
from .done import done
from .newest import is_older
from .render import htmx, render, unchanged
from .rights import right
from .site import site
from .tasks import ACTS, tasks
from .view.attempts import chosen, exchange, link_calls
from .view.badge import badge
from .view.flow import child_ids, flow, is_long
from .view.history import event_page, link_history
from .view.moment import with_remaining
from .view.page import known_section, task_page, task_tag
from .view.paging import StepPage, page_of
from .view.reason import reason
from .view.text import pretty
from .view.timeline import first_open, timeline
from .view.values import step_values, task_values, value_rows

MOST_MARKS = 3000
"""Tries that a timeline looks at."""


@dataclass(frozen=True)
class Shown:
    """A task as one request sees it."""

    task: Task
    plan: Plan
    section: str
    now: datetime

    @cached_property
    def calls(self) -> dict[str, Attempt]:
        """The last call of every link, by its id."""
        return site().store.history.some(state.last for state in self._states if state.last)

    @cached_property
    def results(self) -> dict[str, Attempt]:
        """What holds the results of its links."""
        return site().store.history.some(state.result for state in self._states if state.result)

    @cached_property
    def children(self) -> dict[str, Task]:
        return _children(self.task)

    @property
    def _states(self) -> list[LinkState]:
        return [state for info in self.task.step_info.values() for state in info.api_status.values()]

    def steps(self, rows: Mapping[str, int]) -> StepPage:
        """Those of the page that is asked for, else of the one with the step that is asked for or where the task is."""
        step = request.args.get("step", "")
        return page_of(rows, request.args.get("page", type=int), step if step in rows else first_open(self.task, rows))


def _shown(id_: str, section: str) -> Shown:
    task = site().task(id_)
    definition = site().definition(task)
    return Shown(task, Plan(task.plan, definition, parse_flow(definition.system.step)), section, site().clock.now())


# -- the page ----------------------------------------------------------------------------------------


@tasks.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    section = _section_asked()
    task = site().task(id_)
    return unchanged(_tag(task, section, _children(task))) or _page(_shown(id_, section))


@tasks.get("/<id_>.json")
@right(Role.VIEWER)
def show_json(id_: str):
    return jsonify(with_remaining(site().task(id_), site().clock.now()).to_json())


@tasks.get("/<id_>/events")
@right(Role.VIEWER)
def show_events(id_: str):
    site().task(id_)
    return redirect(url_for("tasks.show", id_=id_, view="history"))


@tasks.post("/<id_>/<any(start, pause, resume, cancel, retry):act>")
@right(Role.OPERATOR)
def do(id_: str, act: str):
    section = _section_asked()
    task = ACTS[act](site(), id_)
    done(_done_text(act, task.name or task.id))
    if htmx.partial:
        return _page(_shown(id_, section))
    return redirect(url_for("tasks.show", id_=id_, view=None if section == "flow" else section), 303)


def _done_text(act: str, name: str) -> str:
    texts = {
        "start": _("%(name)s is started.", name=name),
        "pause": _("%(name)s is asked to pause.", name=name),
        "resume": _("%(name)s goes on.", name=name),
        "cancel": _("%(name)s is asked to end.", name=name),
        "retry": _("%(name)s is tried again.", name=name),
    }
    return texts[act]


def _section_asked() -> str:
    section = request.args.get("view", "flow")
    if not known_section(section):
        abort(404, _("A task has no view %(view)s.", view=repr(section)))
    return section


def _page(shown: Shown):
    task, now = shown.task, shown.now
    why = reason(task, shown.plan.definition, shown.calls, now, _unclaimed(task, now))
    page = task_page(task, shown.plan, why, shown.section, now)
    content = SECTIONS[shown.section](shown)
    return render(
        "tasks/task.html",
        tag=_tag(task, shown.section, shown.children), task=page, section=shown.section, older=is_older(task),
        questions=asked_of(task, shown.calls), **content,
    )  # fmt: skip


def _tag(task: Task, section: str, children: Mapping[str, Task]) -> str:
    where = "-".join(request.args.get(name, "") for name in ("page", "step"))
    editions = "".join(f"-{child.edition}" for child in children.values())
    version = f"{current_app.config['VERSION']}{'-older' * is_older(task)}"
    return task_tag(task, f"{version}-{where}{editions}", section, site().clock.now())


def _children(task: Task) -> dict[str, Task]:
    """The tasks that run for its links, by their ids."""
    ids = child_ids(task)
    return {child.id: child for child in site().store.tasks.many(ids)} if ids else {}


def _unclaimed(task: Task, now: datetime) -> Unclaimed | None:
    """Why nobody has a task that has been due for a while."""
    due = task.wake_at and task.wake_at < now - timedelta(seconds=STUCK_AFTER_S)
    if not due or task.owner or task.status not in TASK_ACTIVE:
        return None
    store = site().store
    workers = living(store.leases.workers(), now)
    return why_unclaimed(task.crashes, workers, store.definitions.limited_systems().get(task.system))


# -- its sections ------------------------------------------------------------------------------------


def _flow(shown: Shown) -> dict[str, Any]:
    opened = request.args.get("step", "")
    definition = shown.plan.definition
    box = flow(shown.task, definition, shown.calls, shown.now, opened, shown.children)
    return {"flow_box": box, "flow_is_long": is_long(definition)}


def _timeline(shown: Shown) -> dict[str, Any]:
    steps = shown.steps({step: 1 + len(shown.plan.step(step).checklink) for step in shown.plan.steps})
    marks = site().store.history.marks(shown.task.id, MOST_MARKS)
    names = {leaf.step: leaf.name for leaf in leaves(shown.plan.flow)}
    drawn = timeline(shown.task, shown.plan, marks, names, steps.steps, shown.now)
    return {"timeline": drawn, "steps": steps, "left_out": len(marks) >= MOST_MARKS}


def _values(shown: Shown) -> dict[str, Any]:
    task, definition = shown.task, shown.plan.definition
    steps = shown.steps(value_rows(task, definition))
    found = step_values(task, definition, shown.calls | shown.results, steps.steps)
    return {"task_values": task_values(task, definition), "step_values": found, "steps": steps}


def _attempts(shown: Shown) -> dict[str, Any]:
    steps = shown.steps({step: len(info.api_status) for step, info in shown.task.step_info.items()})
    return {"links": link_calls(shown.task, steps.steps, shown.calls, shown.now), "steps": steps}


def _history(shown: Shown) -> dict[str, Any]:
    events = site().store.history.events(shown.task.id)
    return {"events": event_page(events, request.args.get("page", 1, type=int), shown.now)}


def _json(shown: Shown) -> dict[str, Any]:
    return {"document": pretty(with_remaining(shown.task, shown.now).to_json())}


SECTIONS: Mapping[str, Callable[[Shown], dict[str, Any]]] = {
    "flow": _flow,
    "timeline": _timeline,
    "values": _values,
    "attempts": _attempts,
    "history": _history,
    "json": _json,
}


# -- the calls of a link -----------------------------------------------------------------------------


@tasks.get("/<id_>/links/<step>/<link>")
@right(Role.VIEWER)
def show_link(id_: str, step: str, link: str):
    """Every attempt that is kept; the one that is asked for, else the newest, in full."""
    task, asked = site().task(id_), request.args.get("attempt", type=int)
    state = site().link(task, step, link)
    tag = f"{current_app.config['VERSION']}-{state.passed}-{state.seq}-{state.same}-{state.status}-{asked}"
    return unchanged(tag) or _link_page(task, step, state, asked, tag)


def _link_page(task: Task, step: str, state: LinkState, asked: int | None, tag: str):
    now, attempts = site().clock.now(), site().store.history.attempts(task.id, step, state.id)
    one = chosen(attempts, asked)
    if one is None and asked is not None:
        abort(404, _("No attempt %(number)d is kept of %(place)s.", number=asked, place=f"{step}/{state.id}"))
    return render(
        "tasks/link.html",
        tag=tag, task=task, step=step, link=state.id, state=state,
        link_badge=badge(state.status), live_link=task.status not in TASK_OVER,
        history=link_history(state, attempts, now),
        chosen=exchange(one, attempts, state, site().definition(task), now) if one else None,
    )  # fmt: skip


@tasks.get("/<id_>/links/<step>/<link>/calls")
@right(Role.VIEWER)
def show_calls(id_: str, step: str, link: str):
    """What a link's box unfolds to; as a page of its own, all attempts."""
    if not htmx.partial:
        return redirect(url_for("tasks.show_link", id_=id_, step=step, link=link))
    task = site().task(id_)
    state = site().link(task, step, link)
    history = link_history(state, site().store.history.attempts(id_, step, link), site().clock.now())
    return render("tasks/calls.html", task=task, step=step, link=link, history=history)
