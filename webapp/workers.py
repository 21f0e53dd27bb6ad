"""Workers: who there is, what each holds, and what nobody works on."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.model import Role
from engine.overview import stuck_tasks, worker_facts

from .render import render
from .rights import right
from .site import site
from .view.crew import LimitLine, crew_page, limit_lines, worker_line
from .view.glance import task_line

workers = Blueprint("workers", __name__, url_prefix="/workers")

STUCK_SHOWN = 50
HELD_SHOWN = 100


@workers.get("")
@right(Role.VIEWER)
def index():
    store, now = site().store, site().clock.now()
    facts = worker_facts(store.leases.workers(), now)
    page = crew_page(facts, stuck_tasks(store, now, STUCK_SHOWN), _limits(), now)
    return render("workers/list.html", crew=page, stuck_shown=STUCK_SHOWN)


@workers.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    store, now = site().store, site().clock.now()
    facts = next((one for one in worker_facts(store.leases.workers(), now) if one.worker.id == id_), None)
    if facts is None:
        raise NotFound(
            _(
                "there is no worker %(id)s any more: it has ended, or was lost and its tasks went to others",
                id=repr(id_),
            )
        )
    held = [task_line(task, task.process_msg, task.started_at, now) for task in store.glance.held_by(id_, HELD_SHOWN)]
    return render("workers/worker.html", worker=worker_line(facts, now), held=held, held_shown=HELD_SHOWN)


def _limits() -> list[LimitLine]:
    store = site().store
    apis = {id_: api.max_concurrency for id_, api in store.definitions.apis().items() if api.max_concurrency}
    return limit_lines(store.slots.in_use(), store.definitions.limited_systems(), apis)
