"""The last real answer that a link, or its API elsewhere, has had: what a condition can be tried on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.model import Attempt, Task
from engine.store import Condition, Sorting, Wanted

from .site import site
from .view.library import Library

_SYSTEMS = 5
_TASKS = 8
"""Newest of each system that are looked through."""
At = tuple[str, str]


def last_answer(known: Library, step: str, link: str, api: str) -> Attempt | None:
    """Of the link itself, else of any that calls the API; None where nobody has been answered lately."""
    own = known.systems_using_step.get(step, ())
    return _newest(own, [(step, link)]) or _newest(known.systems_using_api.get(api, ()), _callers(known, api))


def _callers(known: Library, api: str) -> list[At]:
    steps = [known.steps[step] for step in known.steps_using_api.get(api, ())]
    return [(step.id, link.id) for step in steps for link in step.checklink if link.api_id == api]


def _newest(systems: Sequence[str], places: Sequence[At]) -> Attempt | None:
    wanted = [attempt for system in systems[:_SYSTEMS] for task in _tasks(system) for attempt in _of(task, places)]
    found = site().store.history.some(wanted).values() if wanted else ()
    answered = [attempt for attempt in found if attempt.body is not None and attempt.outcome in ("replied", "")]
    return max(answered, key=lambda attempt: attempt.last_at, default=None)


def _tasks(system: str) -> list[Task]:
    wanted = Wanted((Condition("system", frozenset({system})),))
    page = site().store.task_list.page(wanted, Sorting("created", upwards=False), site().clock.now(), _TASKS)
    return page.tasks


def _of(task: Task, places: Sequence[At]) -> Iterator[str]:
    for step, link in places:
        info = task.step_info.get(step)
        state = info.api_status.get(link) if info else None
        if state and (attempt := state.result or state.last):
            yield attempt
