"""The list of tasks: its tabs, its columns, and a row for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import SHORT_S, STEP_PASSED, TASK_OVER, StepStatus, Task, TaskStatus, slack_now_s
from engine.store import Count, Sort, TaskPage

from .action import Action, actions_of, request_text
from .badge import Badge, badge, status_word
from .moment import Remaining, Stamp, duration_text, remaining_of_task, stamp
from .task_filter import with_status
from .task_query import COLUMNS, TaskQuery
from .text import shortened
from .told import told

_MESSAGE = 110
_STEPS_SHOWN = 2
_TABS = (
    TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED, TaskStatus.FAILED,
    TaskStatus.READY, TaskStatus.DONE, TaskStatus.CANCELLED,
)  # fmt: skip
_SORTED_BY: Mapping[str, Sort] = {
    "task": "name", "remaining": "deadline", "slack": "slack", "created": "created", "started": "started",
    "ended": "finished",
}  # fmt: skip
"""Column → the order that a click on its head gives."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps passed of all."""

    passed: int
    total: int

    @property
    def text(self) -> str:
        return _("%(passed)s of %(total)s", passed=self.passed, total=self.total)


@dataclass(frozen=True, slots=True)
class Slack:
    text: str
    short: bool
    """Whether there is none left."""


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
    slack: Slack | None
    attempts: int
    labels: tuple[str, ...]
    created: Stamp | None
    started: Stamp | None
    ended: Stamp | None
    actions: tuple[Action, ...]
    """What can be done to it now."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter; `status` is None for all tasks."""

    status: TaskStatus | None
    label: str
    query: str
    count: Count
    here: bool

    @property
    def count_text(self) -> str:
        return f"{self.count.number:,}" + ("" if self.count.exact else "+")


@dataclass(frozen=True, slots=True)
class Head:
    """Of a column. `sort` is the address that sorts by it; `direction` how it is sorted now (`aria-sort`)."""

    name: str
    label: str
    hint: str = ""
    sort: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    query: TaskQuery
    rows: tuple[Row, ...]
    tabs: tuple[Tab, ...]
    heads: tuple[Head, ...]
    newer: str
    """The address of the page before; empty when there is none."""
    older: str
    looked: int
    cut_short: bool
    same_id: str
    """A task that has exactly this id, where one was typed that the list does not show."""

    @property
    def place(self) -> dict[str, str]:
        """Of this page, for its address."""
        return {name: value for name in ("after", "before") if (value := getattr(self.query, name))}

    @property
    def empty(self) -> bool:
        """Whether there is no task at all."""
        return not any(tab.count.number for tab in self.tabs)


def listing(
    query: TaskQuery, page: TaskPage, counts: Mapping[TaskStatus, Count], now: datetime, same_id: str = ""
) -> Listing:
    return Listing(
        query=query,
        rows=tuple(row(task, now) for task in page.tasks),
        tabs=tabs(query, counts),
        heads=tuple(heads(query)),
        newer=query.address(before=page.before.text) if page.before else "",
        older=query.address(after=page.after.text) if page.after else "",
        looked=page.looked,
        cut_short=page.cut_short,
        same_id=same_id if same_id not in [task.id for task in page.tasks] else "",
    )


def listing_tag(tasks: Iterable[Task], counts: Mapping[TaskStatus, Count], version: str, address: str) -> str:
    """Changes when the list would look different, the ticking of clocks apart."""
    totals = sorted((status, count.number) for status, count in counts.items())
    state = f"{version}{address}{[(task.id, task.edition) for task in tasks]}{totals}"
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:20]


def tabs(query: TaskQuery, counts: Mapping[TaskStatus, Count]) -> tuple[Tab, ...]:
    everything = sum(counts.values(), Count(0))
    return tuple(
        Tab(
            status, _tab_word(status), with_status(status), counts.get(status, Count(0)) if status else everything,
            query.filter.text == with_status(status),
        )
        for status in (None, *_TABS)
    )  # fmt: skip


def _tab_word(status: TaskStatus | None) -> str:
    return str(status_word(status)).capitalize() if status else _("All")


def heads(query: TaskQuery) -> Iterable[Head]:
    """Of the state, the task and the columns that are chosen."""
    labels = column_labels()
    for name in ("state", "task", *query.columns):
        label, hint = labels[name]
        by = _SORTED_BY.get(name)
        if by is None:
            yield Head(name, label, hint)
        else:
            direction = ("ascending" if query.sorting.upwards else "descending") if query.sorting.by == by else "none"
            yield Head(name, label, hint, query.sorted_by(by), direction)


def column_labels() -> dict[str, tuple[str, str]]:
    """Column → its head, and what it says."""
    return {
        "state": (_("State"), ""),
        "task": (_("Task"), ""),
        "system": (_("System"), ""),
        "step": (_("Step"), _("The steps that run now, or that failed")),
        "remaining": (_("Remaining"), _("Time left of the running step that ends first")),
        "slack": (_("Slack"), _("By how much it may still be delayed and be done when it was promised")),
        "finish": (_("Expected finish"), _("If every step to come takes the whole time that it may take")),
        "progress": (_("Progress"), _("Steps passed")),
        "attempts": (_("Attempts"), _("Calls made so far")),
        "labels": (_("Labels"), ""),
        "created": (_("Created"), ""),
        "started": (_("Started"), ""),
        "ended": (_("Finished"), ""),
    }


def choosable_columns(query: TaskQuery) -> list[tuple[str, str, bool]]:
    """(name, label, whether it is shown)."""
    labels = column_labels()
    return [(name, labels[name][0], name in query.columns) for name in COLUMNS]


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
        message=shortened(told(task.process_msg), _MESSAGE),
        whole_message=told(task.process_msg),
        attention=bool(task.attention),
        slack=slack(task, now),
        attempts=attempts(task),
        labels=tuple(map(str, task.labels)),
        created=stamp(task.created_at, now),
        started=stamp(task.started_at, now),
        ended=stamp(task.ended_at, now),
        actions=tuple(action for action in actions_of(task) if not action.refusal),
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


def slack(task: Task, now: datetime) -> Slack | None:
    """None for what has none: it has not started, or is over."""
    seconds = slack_now_s(task.slack_s, task.slack_ends_at, task.paused_at or now)
    if seconds is None or task.status in TASK_OVER:
        return None
    if seconds < -SHORT_S:
        return Slack(_("%(time)s short", time=duration_text(seconds)), short=True)
    return Slack(duration_text(max(0.0, seconds)), short=False)


def attempts(task: Task) -> int:
    """Calls made so far."""
    return sum(link.tries for info in task.step_info.values() for link in info.api_status.values())


def _few(steps: Sequence[str]) -> str:
    more = len(steps) - _STEPS_SHOWN
    return ", ".join(steps[:_STEPS_SHOWN]) + (f" +{more}" if more > 0 else "")
