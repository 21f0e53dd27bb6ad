"""Systems: the list, and a system's page with its flow. Read only."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.model import Role, Task
from engine.store import Condition, Sorting, Wanted

from .catalog import library, scene, wanted
from .render import render
from .rights import right
from .site import site
from .view.catalog import systems_listed
from .view.definition import system_page
from .view.glance import bounded, task_line
from .view.health import HOURS

systems = Blueprint("systems", __name__, url_prefix="/systems")

RECENT = 10


@systems.get("")
@right(Role.VIEWER)
def index():
    return render("catalog/systems.html", list=systems_listed(scene(), wanted()))


@systems.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    store, now, known = site().store, site().clock.now(), library()
    system = known.systems.get(id_)
    if system is None:
        raise NotFound(_("there is no system %(id)s", id=repr(id_)))
    page = system_page(system, known, store.hours.last(now, HOURS))
    revision = store.definitions.revision("system", id_)
    active = bounded(store.glance.active_of(id_))
    recent = [task_line(task, task.process_msg, task.created_at, now) for task in _newest(id_)]
    return render("catalog/system.html", system=page, active=active, recent=recent, revision=revision)


def _newest(system: str) -> list[Task]:
    wanted = Wanted((Condition("system", frozenset({system})),))
    return site().store.task_list.page(wanted, Sorting("created", upwards=False), site().clock.now(), RECENT).tasks
