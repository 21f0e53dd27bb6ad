"""The command palette: where one can go by a few letters. In a dialog for htmx, a page of its own otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from engine.model import Role, Task

from .navigation import places
from .render import htmx, render
from .rights import right
from .site import site
from .view.badge import badge
from .visit import may

palette = Blueprint("palette", __name__)

MOST = 12
_MOST_TASKS = 6
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    what: str
    icon: str
    href: str


@palette.get("/palette")
@right(Role.VIEWER)
def find():
    asked = request.args.get("q", "").strip()[:_LONGEST]
    found = tuple(islice(_found(asked), MOST))
    return render("palette.html", asked=asked, found=found, in_dialog=htmx.partial)


def _found(asked: str) -> Iterator[Found]:
    yield from (one for one in _destinations() if _fits(asked, one.name))
    if asked:
        yield from islice(_tasks(asked), _MOST_TASKS)
        yield from _systems(asked)


def _destinations() -> Iterator[Found]:
    for place in places():
        yield Found(place.label, _("Place"), place.icon, url_for(place.endpoint))
    if may(Role.OPERATOR):
        yield Found(_("New task"), _("Create"), "plus", url_for("tasks.new"))
    yield Found(_("Settings"), _("Place"), "settings", url_for("settings.show"))


def _tasks(asked: str) -> Iterator[Found]:
    """Those whose ids begin so, then those of late whose names have it."""
    tasks = site().store.tasks
    by_id = tasks.beginning(asked, _MOST_TASKS)
    by_name = (task for task in tasks.newest(site().clock.now()) if _fits(asked, task.name))
    for task in _once(by_id, by_name):
        href = url_for("tasks.show", id_=task.id)
        yield Found(task.name or task.id, f"{task.system} · {task.id}", badge(task.status).icon, href)


def _once(*many: Iterable[Task]) -> Iterator[Task]:
    seen: set[str] = set()
    for tasks in many:
        for task in tasks:
            if task.id not in seen:
                seen.add(task.id)
                yield task


def _systems(asked: str) -> Iterator[Found]:
    """For who may make tasks of them."""
    for system in site().store.definitions.systems().values() if may(Role.OPERATOR) else ():
        if _fits(asked, system.id) or _fits(asked, system.name):
            name = _("New task of %(system)s", system=system.name or system.id)
            yield Found(name, _("System"), "workflow", url_for("tasks.new", system=system.id))


def _fits(asked: str, name: str) -> bool:
    return asked.casefold() in name.casefold()
