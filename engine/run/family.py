"""A task that runs for a link of another: its name, how it is made, how its parent learns of its end.

Both sides may be killed at any line. A child's id follows from the link and its pass, so it is made once. Its end is
durable before the parent is told; a parent that was not told looks by itself, if later. A child that was not told of
its parent's pause or cancel looks at its parent each time a worker takes it up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.model import (
    LINK_PASSED,
    QUARANTINE_AFTER,
    TASK_OVER,
    Event,
    LinkStatus,
    Parent,
    StepType,
    Task,
    TaskStatus,
)
from engine.plan import Plan
from engine.store import Change, Head, Outage, Store, TaskExists, Trail

from .held import Held

_TRIES = 20


def child_id(task: str, step: str, link: str, passed: int) -> str:
    """The same for one pass of a link: who makes the child a second time finds it there."""
    digest = hashlib.sha256(f"{task}/{step}/{link}/{passed}".encode()).hexdigest()[:12]
    return f"{task[:40]}-{link[:10]}-{digest}"


def children_of(task: Task) -> list[str]:
    """Of its links that run another system and have not passed."""
    return [
        child_id(task.id, step, state.id, state.passed)
        for step, info in task.step_info.items()
        for state in info.api_status.values()
        if state.type == StepType.SYSTEM and state.rounds and state.status not in LINK_PASSED
    ]


@dataclass(frozen=True)
class Children:
    """What a worker lends to links that run other systems. `notify` tells who is near that a task wants a worker."""

    store: Store
    outage: Outage
    notify: Callable[[str], None]

    def find(self, id_: str) -> Task | None:
        return self.outage.reach(lambda: self.store.tasks.get(id_))

    def make(self, task: Task, plan: Plan, who: str, now: datetime) -> None:
        """Once, however often it is said; the plan first, then the task that needs it."""
        parent = task.parent.to_json() if task.parent else None
        about: dict[str, Any] = {"task": task.id, "seq": task.rev, "at": now, "who": who}
        event = Event(id=f"{task.id}/created", what="created", after=parent, **about)
        self.outage.reach(lambda: self._keep(task, plan, event))
        self.notify(task.id)

    def _keep(self, task: Task, plan: Plan, event: Event) -> None:
        self.store.definitions.keep_plan(plan.hash, plan.definition)
        with suppress(TaskExists):
            self.store.tasks.create(task, event)
        self.store.history.add_events([event])

    def tell_parent(self, task: Task, now: datetime, given_up: Callable[[], bool] = lambda: False) -> None:
        """Of what it waits for: a child that is over, or that a person has to repair before it can begin.

        Raises the database's trouble once it is `given_up`.
        """
        parent, stuck = task.parent, task.status == TaskStatus.READY and task.attention
        if parent and (stuck or task.status in TASK_OVER):
            self.outage.reach(lambda: nudge(self.store, parent.task, now), given_up)
            self.notify(parent.task)


def nudge(store: Store, id_: str, now: datetime) -> None:
    """What the task waits for has happened: one that is parked goes on, the worker of one that is held looks."""
    for _ in range(_TRIES):
        head = store.tasks.head(id_)
        news = _news(head, now) if head else {}
        if head is None or not news:
            return
        store.history.add([Trail(events=head.told)])
        if not store.tasks.apply([Change(id_, head.rev, head.epoch, news)]):
            return


def _news(head: Head, now: datetime) -> dict[str, Any]:
    """What to write; nothing where it looks by itself, or only a person makes it go on."""
    if head.owner:
        return {} if head.request else {"request": "look"}
    if head.status == TaskStatus.WAITING and head.crashes < QUARANTINE_AFTER:
        return {"wake_at": now}
    return {}


def heed_parent(held: Held, children: Children) -> None:
    """A child that was just taken up does what its parent was told to, should nobody have told the child."""
    parent = held.task.parent
    found = children.find(parent.task) if parent else None
    wish = _wish(found, parent) if found and parent else None
    if found and wish and held.task.request is None:
        held.update_task(request=wish, requested_by=f"its parent, task {found.id}")
        held.stop("request")


def _wish(task: Task, parent: Parent) -> Literal["pause", "cancel"] | None:
    info = task.step_info.get(parent.step)
    state = info.api_status.get(parent.link) if info else None
    left = state is None or state.passed != parent.passed or state.status in (LinkStatus.SKIPPED, LinkStatus.CANCELLED)
    if left or task.status == TaskStatus.CANCELLED or task.request == "cancel":
        return "cancel"
    return "pause" if task.status == TaskStatus.PAUSED or task.request == "pause" else None
