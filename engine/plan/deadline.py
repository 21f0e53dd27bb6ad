"""Time (R7): what remains of a step, when a task will be done, how much slack it has. Pure: `now` is passed in.

All durations are seconds, all moments aware UTC. While a task is paused its clock stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.model import STEP_PASSED, TASK_OVER, Span, StepStatus, Task

from .flow import Node, Sequence, StepNode
from .plan import Plan

NO_DEADLINE = -1.0
"""`remain_second` of what has not started; its status tells it from one that is late by a second."""
_BEYOND = timedelta(days=36_500)
"""So late, every running step is past its deadline."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When a step runs, or will."""

    start: datetime
    end: datetime


def critical_path(node: Node, span_s: Callable[[str], float]) -> float:
    """The longest way through: the sum along a sequence, the longest child of a parallel group."""
    if isinstance(node, StepNode):
        return span_s(node.step)
    lengths = [critical_path(child, span_s) for child in node.children]
    return sum(lengths) if isinstance(node, Sequence) else max(lengths, default=0.0)


def span_of(plan: Plan, step: str) -> Span:
    """The expected time of a step; of one that says none and runs systems, that of the longest of them."""
    own, links = plan.step(step).expect_span, plan.step(step).checklink
    children = [plan.child_of(step, link.id) for link in links if link.system_id]
    if own.seconds or not children:
        return own
    seconds = max(_whole_s(child) for child in children)
    return Span(day=seconds // 86_400, hour=seconds % 86_400 // 3_600, minute=seconds % 3_600 / 60)


def _whole_s(plan: Plan) -> float:
    return critical_path(plan.flow, lambda step: span_of(plan, step).seconds)


def longest_way(node: Node, span_s: Callable[[str], float]) -> tuple[str, ...]:
    """The steps whose spans make up the critical path; of two ways that are as long, the one written first."""
    if isinstance(node, StepNode):
        return (node.step,)
    if isinstance(node, Sequence):
        return tuple(step for child in node.children for step in longest_way(child, span_s))
    if not node.children:
        return ()
    return longest_way(max(node.children, key=lambda child: critical_path(child, span_s)), span_s)


def timetable(node: Node, span_s: Callable[[str], float], start_s: float = 0.0) -> dict[str, tuple[float, float]]:
    """Step → when it starts and when it is due, in seconds, if each step takes its whole span."""
    if isinstance(node, StepNode):
        return {node.step: (start_s, start_s + span_s(node.step))}
    found: dict[str, tuple[float, float]] = {}
    for child in node.children:
        times = timetable(child, span_s, start_s)
        found |= times
        if isinstance(node, Sequence):
            start_s = max((due for _, due in times.values()), default=start_s)
    return found


def forecast(plan: Plan, task: Task, now: datetime) -> datetime:
    """When the task will be done if every step still to come takes its whole span.

    A task that is over has an end instead. For one that has not started, this is what a start now would give.
    """
    if task.ended_at and all(info.status in STEP_PASSED for info in task.step_info.values()):
        return task.ended_at
    at = task.paused_at or now
    return now + timedelta(seconds=critical_path(plan.flow, lambda step: _left_s(plan, task, step, at)))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a change makes of a task's time: fields of the task, true until the next change.

    The slack at a moment is `min(slack_s, slack_ends_at - moment)`: it stands as long as the running steps keep their
    time, and shrinks with the clock from then on. Both are None before the task starts and once it is over.
    """

    expect_finish: datetime
    slack_s: float | None
    slack_ends_at: datetime | None

    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def outlook(plan: Plan, task: Task, now: datetime) -> Outlook:
    """As the task is now."""
    at, finish = task.paused_at or now, forecast(plan, task, now)
    if task.started_at is None or task.status in TASK_OVER:
        return Outlook(finish, None, None)
    clocks = [info.deadline for info in task.step_info.values() if info.status is StepStatus.RUNNING and info.deadline]
    in_time, too_late = min([*clocks, at]), max([*clocks, at]) + _BEYOND
    promised = _promised(plan, task, task.started_at)
    slack = promised - _finish_at(plan, task, in_time)
    return Outlook(finish, slack.total_seconds(), promised - (_finish_at(plan, task, too_late) - too_late))


def _promised(plan: Plan, task: Task, started_at: datetime) -> datetime:
    """What its spans said when it started."""
    return started_at + timedelta(seconds=critical_path(plan.flow, lambda step: _span_s(plan, task, step)))


def _finish_at(plan: Plan, task: Task, at: datetime) -> datetime:
    """When it would be done if nothing changed until then."""
    return at + timedelta(seconds=critical_path(plan.flow, lambda step: _left_s(plan, task, step, at)))


def schedule(plan: Plan, task: Task, now: datetime) -> dict[str, Slot]:
    """For each step, from when to when: as it was for what has ended, by the spans for what is to come.

    The last end is what `forecast` says.
    """
    at = task.paused_at or now
    slots: dict[str, Slot] = {}
    _place(plan, task, at, plan.flow, task.started_at or at, slots)
    return slots


def _place(plan: Plan, task: Task, at: datetime, node: Node, begins: datetime, slots: dict[str, Slot]) -> datetime:
    """Adds the node's steps to `slots`; its end, which is when the next one in a sequence begins."""
    if isinstance(node, StepNode):
        slots[node.step] = _slot(plan, task, at, node.step, begins)
        return slots[node.step].end
    ends = begins
    for child in node.children:
        end = _place(plan, task, at, child, ends if isinstance(node, Sequence) else begins, slots)
        ends = max(ends, end)
    return ends


def _slot(plan: Plan, task: Task, at: datetime, step: str, begins: datetime) -> Slot:
    info = task.step_info.get(step)
    if info and info.ended_at and info.status in STEP_PASSED:
        return Slot(info.started_at or info.ended_at, info.ended_at)
    start = (info.started_at if info else None) or max(begins, at)
    return Slot(start, max(start, at) + timedelta(seconds=_left_s(plan, task, step, at)))


def slack_s(plan: Plan, task: Task, now: datetime) -> float | None:
    """By how much the task may still be delayed; negative = it will be late. None before it starts."""
    if task.started_at is None:
        return None
    return (_promised(plan, task, task.started_at) - forecast(plan, task, task.paused_at or now)).total_seconds()


def remain_s(
    deadline: datetime | None,
    now: datetime,
    ended_at: datetime | None = None,
    paused_at: datetime | None = None,
) -> float:
    """What remains until the deadline, negative when late; it stands still from the end or the pause on."""
    if deadline is None:
        return NO_DEADLINE
    return (deadline - (ended_at or paused_at or now)).total_seconds()


def _span_s(plan: Plan, task: Task, step: str) -> float:
    info = task.step_info.get(step)
    return (info.expect_span if info else span_of(plan, step)).seconds


def _left_s(plan: Plan, task: Task, step: str, at: datetime) -> float:
    """What a step still takes: nothing once it has passed, its whole span before it starts."""
    info = task.step_info.get(step)
    if info and info.status in STEP_PASSED:
        return 0.0
    if info and info.deadline and info.status is not StepStatus.READY:
        return max(0.0, (info.deadline - at).total_seconds())
    return _span_s(plan, task, step)
