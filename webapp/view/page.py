"""One task as its page shows it: the head, then the flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model import TASK_OVER, Definition, Task, TaskStatus

from .action import Action, actions_of
from .flow import Box, Calls, flow
from .listing import Row, row
from .moment import Stamp, stamp
from .text import pretty


@dataclass(frozen=True, slots=True)
class TaskPage:
    row: Row
    attention: str
    created: Stamp | None
    started: Stamp | None
    ended: Stamp | None
    unbegun: bool
    start: Stamp | None
    """When it starts by itself."""
    labels: tuple[str, ...]
    args: str
    actions: tuple[Action, ...]
    flow: Box
    rev: str
    live: bool
    """Whether it can still change by itself."""


def task_page(task: Task, definition: Definition, calls: Calls, now: datetime) -> TaskPage:
    return TaskPage(
        row=row(task, now),
        attention=task.attention,
        created=stamp(task.created_at, now),
        started=stamp(task.started_at, now),
        ended=stamp(task.ended_at, now),
        unbegun=task.status == TaskStatus.READY,
        start=stamp(task.start_at, now),
        labels=tuple(task.labels),
        args=pretty({**definition.system.def_args, **task.args}),
        actions=actions_of(task),
        flow=flow(task, definition, calls, now),
        rev=task.edition,
        live=task.status not in TASK_OVER,
    )


def task_tag(task: Task, version: str) -> str:
    """Changes when the page would look different, the ticking of clocks apart."""
    return f"{version}-{task.edition}"
