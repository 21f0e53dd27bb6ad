"""Systems: the list, and a system's page with its flow."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.model import Role, Task
from engine.store import Condition, Count, Sorting, Wanted

from .catalog import library, scene, wanted
from .newest import newest_plan
from .render import render
from .rights import right
from .site import site
from .view.catalog import systems_listed
from .view.definition import system_page
from .view.glance import bounded, task_line
from .view.health import HOURS
from .view.setup import setup_parts

systems = Blueprint("systems", __name__, url_prefix="/systems")

RECENT = 10


@systems.get("")
@right(Role.VIEWER)
def index():
    here = scene()
    known = here.library
    parts = setup_parts(len(known.apis), len(known.steps), 0) if not known.systems else ()
    return render("catalog/systems.html", list=systems_listed(here, wanted()), setup=parts)


@systems.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    store, now, known = site().store, site().clock.now(), library()
    system = known.systems.get(id_)
    if system is None:
        raise NotFound(_("there is no system %(id)s", id=repr(id_)))
    page = system_page(system, known, store.hours.last(now, HOURS))
    revision = store.definitions.revision("system", id_)
    active, older = bounded(store.glance.active_of(id_)), _older(id_)
    recent = [task_line(task, task.process_msg, task.created_at, now) for task in _newest(id_)]
    return render("catalog/system.html", system=page, active=active, older=older, recent=recent, revision=revision)


def _older(system: str) -> Count:
    """Tasks under way that keep an older definition."""
    plan = newest_plan(system)
    return site().store.glance.older_of(system, plan) if plan else Count(0)


def _newest(system: str) -> list[Task]:
    wanted = Wanted((Condition("system", frozenset({system})),))
    return site().store.task_list.page(wanted, Sorting("created", upwards=False), site().clock.now(), RECENT).tasks
