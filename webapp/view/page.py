"""The head of a task's page, and which sections it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import SHORT_S, TASK_ACTIVE, TASK_OVER, Parent, Task, TaskStatus
from engine.plan import Plan, slack_s

from .action import Action, actions_of
from .listing import Row, row
from .moment import Stamp, duration_text, stamp
from .reason import Reason, more_text
from .told import told

_SECTIONS = ("flow", "timeline", "values", "attempts", "history", "json")


@dataclass(frozen=True, slots=True)
class Section:
    """A tab; `name` stands in the address."""

    name: str
    label: str
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Slack:
    """What may still be lost before the task is late, or by how much it will be."""

    text: str
    late: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    row: Row
    reason: Reason
    more: str
    attention: str
    """Empty when the reason says it already."""
    message: str
    """Empty while it runs: the reason says more."""
    deadline: Stamp | None
    slack: Slack | None
    created: Stamp | None
    started: Stamp | None
    ended: Stamp | None
    unbegun: bool
    start: Stamp | None
    """When it starts by itself."""
    labels: tuple[str, ...]
    parent: Parent | None
    """The link that it runs for."""
    actions: tuple[Action, ...]
    sections: tuple[Section, ...]
    live: bool
    """Whether it can still change by itself."""


def task_page(task: Task, plan: Plan, why: Reason, section: str, now: datetime) -> TaskPage:
    over = task.status in TASK_OVER
    return TaskPage(
        row=row(task, now),
        reason=why,
        more=more_text(why.more),
        attention="" if told(task.attention) in why.text or why.link else told(task.attention),
        message="" if task.status in TASK_ACTIVE else told(task.process_msg),
        deadline=None if over else stamp(task.deadline, now),
        slack=None if over else slack(slack_s(plan, task, now)),
        created=stamp(task.created_at, now),
        started=stamp(task.started_at, now),
        ended=stamp(task.ended_at, now),
        unbegun=task.status == TaskStatus.READY,
        start=stamp(task.start_at, now),
        labels=tuple(task.labels),
        parent=task.parent,
        actions=actions_of(task),
        sections=sections(section),
        live=not over,
    )


def slack(seconds: float | None) -> Slack | None:
    if seconds is None:
        return None
    if seconds < -SHORT_S:
        return Slack(_("will be %(time)s late", time=duration_text(seconds)), True)
    return Slack(duration_text(max(0.0, seconds)), False)


def known_section(name: str) -> bool:
    return name in _SECTIONS


def sections(here: str) -> tuple[Section, ...]:
    looks = {
        "flow": (_("Flow"), "workflow"),
        "timeline": (_("Timeline"), "chart-gantt"),
        "values": (_("Values"), "tag"),
        "attempts": (_("Attempts"), "activity"),
        "history": (_("History"), "history"),
        "json": (_("JSON"), "file-json"),
    }
    return tuple(Section(name, *looks[name], name == here) for name in _SECTIONS)


def task_tag(task: Task, version: str, section: str, now: datetime) -> str:
    """Changes when the page would look different, the ticking of clocks apart; on a timeline, now moves."""
    beat = int(now.timestamp()) // 5 if section == "timeline" and task.status not in TASK_OVER else 0
    return f"{version}-{task.edition}-{section}-{beat}"
