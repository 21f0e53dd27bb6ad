"""The home page: what needs a person now, and how things go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.model import STEP_PASSED, Hours, StepStatus, Task, TaskStatus
from engine.overview import WorkerFacts
from engine.store import Count, Found

from .badge import Badge, badge
from .chart import Chart
from .health import Health, finished, health, subjects
from .moment import Stamp, duration_text, stamp
from .text import shortened
from .told import told

SHOWN = 6
_SLOWEST = 5
_REASON = 160
_ORDER = (
    TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED, TaskStatus.READY,
    TaskStatus.FAILED, TaskStatus.DONE, TaskStatus.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task and, in a sentence, why it is shown."""

    id: str
    name: str
    system: str
    badge: Badge
    reason: str
    at: Stamp | None


@dataclass(frozen=True, slots=True)
class Section:
    """`query` is what the list of tasks is asked for all of them."""

    key: str
    title: str
    explained: str
    icon: str
    count: str
    lines: tuple[TaskLine, ...]
    query: str


@dataclass(frozen=True, slots=True)
class StatusCount:
    badge: Badge
    count: str
    query: str
    nothing: bool


@dataclass(frozen=True, slots=True)
class SlowApi:
    id: str
    health: Health


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers in numbers."""

    alive: int
    lost: int
    ending: int
    held: int
    capacity: int


@dataclass(frozen=True, slots=True)
class HomePage:
    sections: tuple[Section, ...]
    """Those that need somebody; none when all is well."""
    counts: tuple[StatusCount, ...]
    any_task: bool
    finished: Chart
    slowest: tuple[SlowApi, ...]
    crew: Crew


@dataclass(frozen=True, slots=True)
class InNeed:
    """What needs a person, as it was found."""

    attention: Found
    failed: Found
    late: Found
    will_miss: Found


def home_page(
    need: InNeed, counts: Mapping[TaskStatus, Count], hours: Hours, workers: Sequence[WorkerFacts], now: datetime
) -> HomePage:
    return HomePage(
        sections=tuple(section for section in _sections(need, now) if section.lines),
        counts=tuple(_status_count(status, counts[status]) for status in _ORDER),
        any_task=any(count.number for count in counts.values()),
        finished=finished(hours),
        slowest=_slowest(hours),
        crew=_crew(workers),
    )


def home_tag(
    need: InNeed, counts: Mapping[TaskStatus, Count], hours: Hours, workers: Sequence[WorkerFacts], version: str
) -> str:
    """Changes when the page would look different."""
    found = (need.attention, need.failed, need.late, need.will_miss)
    tasks = [(one.count, [(task.id, task.edition) for task in one.tasks]) for one in found]
    counted = [(hour.isoformat(), sum(tally.total for tally in tallies.values())) for hour, tallies in hours.items()]
    crew = [(facts.worker.id, facts.state, facts.worker.held) for facts in workers]
    state = f"{version}{tasks}{[(status, str(count)) for status, count in counts.items()]}{counted}{crew}"
    return hashlib.sha256(state.encode()).hexdigest()[:20]


def bounded(count: Count) -> str:
    """`1,000+` for what is not counted to its end."""
    return f"{count.number:,}" + ("" if count.exact else "+")


def task_line(task: Task, reason: str, at: datetime | None, now: datetime) -> TaskLine:
    return TaskLine(
        task.id, task.name or task.id, task.system, badge(task.status), shortened(told(reason), _REASON), stamp(at, now)
    )


def late_reason(task: Task, now: datetime) -> str:
    """Which step is late, by how much, and what it waits for."""
    steps = [
        (info.deadline, step)
        for step, info in task.step_info.items()
        if info.status == StepStatus.RUNNING and info.deadline and info.deadline < now
    ]
    if not steps:
        return task.process_msg
    deadline, step = min(steps)
    late = _("%(step)s is late by %(time)s.", step=step, time=duration_text((now - deadline).total_seconds()))
    waits = [state.procmmsg for state in task.step_info[step].api_status.values() if state.ended_at is None]
    return " ".join([late, *map(told, filter(None, waits[:1]))])


def miss_reason(task: Task, now: datetime) -> str:
    """When it is expected, and how much later that is than promised."""
    finish = stamp(task.expect_finish, now)
    steps = [step for step, info in task.step_info.items() if info.status not in STEP_PASSED]
    return _("Expected %(finish)s; still to come: %(steps)s.", finish=finish.short if finish else "?",
             steps=", ".join(steps[:3]) or "–")  # fmt: skip


def _sections(need: InNeed, now: datetime) -> Iterator[Section]:
    yield _section(
        "attention", _("Need attention"), _("A person has to decide before they go on."), "circle-help",
        "attention:yes -status:FAILED", need.attention.count,
        [task_line(task, task.attention, task.started_at or task.created_at, now) for task in need.attention.tasks],
    )  # fmt: skip
    yield _section(
        "failed", _("Failed"), _("They stand still until somebody retries, edits or skips."), "circle-x",
        "status:FAILED", need.failed.count,
        [task_line(task, task.attention or task.process_msg, task.ended_at, now) for task in need.failed.tasks],
    )  # fmt: skip
    yield _section(
        "late", _("Late now"), _("The time of a running step is over."), "timer",
        "late:yes", need.late.count,
        [task_line(task, late_reason(task, now), task.deadline, now) for task in need.late.tasks],
    )  # fmt: skip
    yield _section(
        "will-miss", _("Will be late"), _("In time so far, but expected to end after the promised time."), "hourglass",
        "late:will", need.will_miss.count,
        [task_line(task, miss_reason(task, now), task.expect_finish, now) for task in need.will_miss.tasks],
    )  # fmt: skip


def _section(
    key: str, title: str, explained: str, icon: str, query: str, count: Count, lines: Sequence[TaskLine]
) -> Section:
    """A count may be a moment older than the rows beside it; it is never less than they are."""
    count = Count(max(count.number, len(lines)), count.exact)
    return Section(key, title, explained, icon, bounded(count), tuple(lines), query)


def _status_count(status: TaskStatus, count: Count) -> StatusCount:
    return StatusCount(badge(status), bounded(count), f"status:{status}", not count.number)


def _slowest(hours: Hours) -> tuple[SlowApi, ...]:
    apis = [SlowApi(id_, health(hours, (kind, id_))) for kind, id_ in subjects(hours, "api")]
    return tuple(sorted(apis, key=lambda api: api.health.p95_s, reverse=True)[:_SLOWEST])


def _crew(workers: Sequence[WorkerFacts]) -> Crew:
    working = [facts for facts in workers if facts.state != "lost"]
    return Crew(
        alive=len(working),
        lost=len(workers) - len(working),
        ending=sum(facts.state == "ending" for facts in working),
        held=sum(facts.worker.held for facts in working),
        capacity=sum(facts.worker.capacity for facts in working),
    )
