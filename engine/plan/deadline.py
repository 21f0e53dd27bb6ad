"""Time (R7): what remains of a step, when a task will be done, how much slack it has. Pure: `now` is passed in.

All durations are seconds, all moments aware UTC. While a task is paused its clock stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from engine.model import STEP_PASSED, StepStatus, Task

from .flow import Node, Sequence, StepNode
from .plan import Plan

NO_DEADLINE = -1.0
"""`remain_second` of what has not started; its status tells it from one that is late by a second."""


def critical_path(node: Node, span_s: Callable[[str], float]) -> float:
    """The longest way through: the sum along a sequence, the longest child of a parallel group."""
    if isinstance(node, StepNode):
        return span_s(node.step)
    lengths = [critical_path(child, span_s) for child in node.children]
    return sum(lengths) if isinstance(node, Sequence) else max(lengths, default=0.0)


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


def slack_s(plan: Plan, task: Task, now: datetime) -> float | None:
    """By how much the task may still be delayed; negative = it will be late. None before it starts."""
    if task.started_at is None:
        return None
    promised = task.started_at + timedelta(seconds=critical_path(plan.flow, lambda step: _span_s(plan, task, step)))
    return (promised - forecast(plan, task, task.paused_at or now)).total_seconds()


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
    return (info or plan.step(step)).expect_span.seconds


def _left_s(plan: Plan, task: Task, step: str, at: datetime) -> float:
    """What a step still takes: nothing once it has passed, its whole span before it starts."""
    info = task.step_info.get(step)
    if info and info.status in STEP_PASSED:
        return 0.0
    if info and info.deadline and info.status is not StepStatus.READY:
        return max(0.0, (info.deadline - at).total_seconds())
    return _span_s(plan, task, step)
