"""The list of tasks: which are shown, in which order, and a row for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model import STEP_PASSED, TASK_ACTIVE, StepStatus, Task, TaskStatus

from .action import request_text
from .badge import Badge, badge
from .moment import Remaining, Stamp, remaining_of_task, stamp
from .text import shortened

ROWS = 100
_MESSAGE = 110
_STEPS_SHOWN = 2
_TABS = (
    TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED, TaskStatus.FAILED,
    TaskStatus.READY, TaskStatus.DONE, TaskStatus.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps passed of all."""

    passed: int
    total: int

    @property
    def text(self) -> str:
        return f"{self.passed} of {self.total}"


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    name: str
    system: str
    badge: Badge
    request: str
    steps: str
    all_steps: str
    remaining: Remaining
    finish: Stamp | None
    progress: Progress
    message: str
    whole_message: str
    attention: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter; `status` is None for all tasks."""

    status: TaskStatus | None
    label: str
    count: int
    here: bool


@dataclass(frozen=True, slots=True)
class Listing:
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...]
    status: TaskStatus | None
    total: int
    """How many tasks the filter matches, shown or not."""


def choose(urgent: Iterable[Task], newest: Iterable[Task], status: TaskStatus | None) -> list[Task]:
    """Running clocks first, by deadline, then the newest others; no task twice, `ROWS` at the most."""
    clocks = [task for task in urgent if task.deadline and task.status in TASK_ACTIVE]
    found = {task.id: task for task in clocks}
    for task in newest:
        found.setdefault(task.id, task)
    wanted = [task for task in found.values() if status in (None, task.status)]
    return wanted[:ROWS]


def listing(
    tasks: Sequence[Task], counts: Mapping[TaskStatus, int], status: TaskStatus | None, now: datetime
) -> Listing:
    everything = sum(counts.values())
    tabs = (Tab(None, "All", everything, status is None), *(_tab(one, counts, status) for one in _TABS))
    total = everything if status is None else counts.get(status, 0)
    return Listing(tuple(row(task, now) for task in tasks), tabs, status, total)


def listing_tag(tasks: Iterable[Task], counts: Mapping[TaskStatus, int], version: str) -> str:
    """Changes when the list would look different, the ticking of clocks apart."""
    state = f"{version}{[(task.id, task.edition) for task in tasks]}{sorted(counts.items())}"
    return hashlib.sha256(state.encode()).hexdigest()[:20]


def row(task: Task, now: datetime) -> Row:
    steps = current_steps(task)
    return Row(
        id=task.id,
        name=task.name or task.id,
        system=task.system,
        badge=badge(task.status),
        request=request_text(task),
        steps=_few(steps),
        all_steps=", ".join(steps),
        remaining=remaining_of_task(task, now),
        finish=stamp(task.expect_finish, now),
        progress=progress(task),
        message=shortened(task.process_msg, _MESSAGE),
        whole_message=task.process_msg,
        attention=bool(task.attention),
    )


def current_steps(task: Task) -> list[str]:
    """What runs, or what failed when nothing runs."""
    for status in (StepStatus.RUNNING, StepStatus.FAILED):
        if found := [step for step, info in task.step_info.items() if info.status == status]:
            return found
    return []


def progress(task: Task) -> Progress:
    passed = sum(info.status in STEP_PASSED for info in task.step_info.values())
    return Progress(passed, len(task.step_info))


def _few(steps: list[str]) -> str:
    more = len(steps) - _STEPS_SHOWN
    return ", ".join(steps[:_STEPS_SHOWN]) + (f" +{more}" if more > 0 else "")


def _tab(status: TaskStatus, counts: Mapping[TaskStatus, int], chosen: TaskStatus | None) -> Tab:
    return Tab(status, status.value.capitalize(), counts.get(status, 0), status == chosen)
