"""The front door: what needs a person now, and whether we are up."""

from __future__ import annotations

from flask import Blueprint, current_app

from engine.model import Role, Task, TaskStatus
from engine.overview import worker_facts
from engine.store import COUNTED, Budget, Condition, Count, Found, Sorting, Wanted

from .drifting import drifts_of_late
from .render import render, unchanged
from .rights import public, right
from .site import site
from .view.drift import drift_notices
from .view.glance import SHOWN, InNeed, home_page, home_tag
from .view.health import HOURS
from .view.setup import Part, setup_parts

home = Blueprint("home", __name__)

_HASTE = Budget(documents=5_000, seconds=0.1)
"""What is not found so soon is not worth waiting for: the list of tasks finds it."""


@home.get("/")
@right(Role.VIEWER)
def index():
    store, now = site().store, site().clock.now()
    counts = store.task_list.counts()
    need = _in_need(counts[TaskStatus.FAILED])
    hours, workers = store.hours.last(now, HOURS), worker_facts(store.leases.workers(), now)
    page = home_page(need, counts, hours, workers, now)
    setup = () if page.any_task else _setup()
    drift = drift_notices(drifts_of_late().values())
    known = f"{current_app.config['VERSION']}{[part.done for part in setup]}{drift}"
    tag = home_tag(need, counts, hours, workers, known)
    return unchanged(tag) or render("home.html", tag=tag, home=page, setup=setup, drift=drift)


def _setup() -> tuple[Part, ...]:
    """The way to a first system; nothing once there is one."""
    definitions = site().store.definitions
    if definitions.systems():
        return ()
    return setup_parts(len(definitions.apis()), len(definitions.steps()), 0)


def _in_need(failed: Count) -> InNeed:
    store, now = site().store, site().clock.now()
    return InNeed(
        attention=store.glance.in_need(SHOWN),
        failed=Found(_first("status", TaskStatus.FAILED, Sorting("finished", upwards=False)), failed),
        late=Found(_first("late", "yes", Sorting("deadline")), store.task_list.late_count(now)),
        will_miss=Found(_first("late", "will", Sorting("slack")), _count("late", "will")),
    )


def _first(key: str, value: str, sorting: Sorting) -> list[Task]:
    return site().store.task_list.page(_wanted(key, value), sorting, site().clock.now(), SHOWN, budget=_HASTE).tasks


def _count(key: str, value: str) -> Count:
    ids, rest = site().store.task_list.ids(_wanted(key, value), site().clock.now(), COUNTED, budget=_HASTE)
    return Count(len(ids), exact=rest is None)


def _wanted(key: str, value: str) -> Wanted:
    return Wanted((Condition(key, frozenset({value})),))


@home.get("/healthz")
@public
def healthz():
    return {"ok": True, "version": current_app.config["VERSION"]}


@home.get("/favicon.ico")
@public
def favicon():
    return current_app.send_static_file("favicon.svg")
