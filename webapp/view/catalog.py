"""The lists of systems, steps and APIs: what there is, who uses it, how it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import ngettext

from engine.call import without_credentials
from engine.model import Api, Hours, Step, System
from engine.store import Active

from .glance import bounded
from .health import Health, health
from .library import Library
from .moment import duration_text

PER_PAGE = 50
USERS_SHOWN = 3
Sort = Literal["name", "used", "running", "calls", "well", "p95"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`detail` is what it is in a few words: its endpoint, its expected time, its steps."""

    id: str
    name: str
    desc: str
    detail: str
    used_by: tuple[str, ...]
    running: int
    running_text: str
    health: Health


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    query: str = ""
    sort: Sort = "name"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the entries that were found."""

    rows: tuple[Entry, ...]
    total: int
    found: int
    wanted: Wanted
    pages: int


@dataclass(frozen=True, slots=True)
class Scene:
    """How things are: what runs, what was counted."""

    library: Library
    active: Active
    hours: Hours


def systems_listed(scene: Scene, wanted: Wanted) -> Listed:
    return _listed([_system(system, scene) for system in scene.library.systems.values()], wanted)


def steps_listed(scene: Scene, wanted: Wanted) -> Listed:
    return _listed([_step(step, scene) for step in scene.library.steps.values()], wanted)


def apis_listed(scene: Scene, wanted: Wanted) -> Listed:
    return _listed([_api(api, scene) for api in scene.library.apis.values()], wanted)


def _system(system: System, scene: Scene) -> Entry:
    steps = scene.library.steps_of[system.id]
    detail = ngettext("%(num)d step", "%(num)d steps", len(steps))
    own = system.id, system.name or system.id, system.desc, detail, ()
    return Entry(*own, *_running([system.id], scene), health(scene.hours, ("system", system.id)))


def _step(step: Step, scene: Scene) -> Entry:
    users = scene.library.systems_using_step.get(step.id, ())
    own = step.id, step.id, step.desc, duration_text(step.expect_span.seconds), users
    return Entry(*own, *_running(users, scene), health(scene.hours, ("step", step.id)))


def _api(api: Api, scene: Scene) -> Entry:
    systems = scene.library.systems_using_api.get(api.id, ())
    users = scene.library.steps_using_api.get(api.id, ())
    own = api.id, api.id, api.desc, f"{api.method} {without_credentials(api.url)}", users
    return Entry(*own, *_running(systems, scene), health(scene.hours, ("api", api.id)))


def _running(systems: Iterable[str], scene: Scene) -> tuple[int, str]:
    """Tasks of these systems that run or wait, as a number and as it is shown."""
    running = scene.active.of(*systems)
    return running.number, bounded(running)


def _listed(entries: Sequence[Entry], wanted: Wanted) -> Listed:
    found = sorted((entry for entry in entries if _matches(entry, wanted.query)), key=_ORDERS[wanted.sort])
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(max(1, wanted.page), pages)
    rows = tuple(found[(page - 1) * PER_PAGE : page * PER_PAGE])
    return Listed(rows, len(entries), len(found), Wanted(wanted.query, wanted.sort, page), pages)


def _matches(entry: Entry, query: str) -> bool:
    """Every word of the query stands somewhere in it."""
    text = f"{entry.id} {entry.name} {entry.desc} {entry.detail}".casefold()
    return all(word in text for word in query.casefold().split())


def _by_name(entry: Entry) -> tuple[str, str]:
    return entry.name.casefold(), entry.id


_ORDERS: Mapping[str, Callable[[Entry], tuple[object, ...]]] = {
    "name": _by_name,
    "used": lambda entry: (-len(entry.used_by), *_by_name(entry)),
    "running": lambda entry: (-entry.running, *_by_name(entry)),
    "calls": lambda entry: (-entry.health.total, *_by_name(entry)),
    "well": lambda entry: (-entry.health.bad / (entry.health.total or 1), *_by_name(entry)),
    "p95": lambda entry: (-entry.health.p95_s, *_by_name(entry)),
}
SORTS: tuple[str, ...] = tuple(_ORDERS)
