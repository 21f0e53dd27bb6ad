"""What a new task would come to: when each step starts and is due, when all is done, and what keeps it from running."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from engine.model import Task
from engine.plan import Node, Parallel, Plan, Sequence, StepNode, timetable

from .draft_place import ProblemLine
from .moment import Stamp, duration_text, stamp


@dataclass(frozen=True, slots=True)
class StepTimes:
    """If every step takes its whole expected time."""

    start: Stamp
    due: Stamp
    span: str


@dataclass(frozen=True, slots=True)
class PlanBox:
    """A step, or the steps of a sequence or of a parallel group. `problems`: how many there are in a step."""

    kind: str
    children: tuple[PlanBox, ...] = ()
    step: str = ""
    name: str = ""
    times: StepTimes | None = None
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Projection:
    """Times are there only for a task that can be made out; `problems` are those that keep it from running."""

    flow: PlanBox
    problems: tuple[ProblemLine, ...]
    start: Stamp | None = None
    finish: Stamp | None = None
    takes: str = ""
    scheduled: bool = False


Times: TypeAlias = Mapping[str, StepTimes]


def projection(
    plan: Plan, task: Task | None, problems: tuple[ProblemLine, ...], start_at: datetime | None, now: datetime
) -> Projection:
    begin = start_at or now
    times = _times(plan, task, begin, now)
    flow = _Painter(times, problems).box(plan.flow)
    if task is None or not times:
        return Projection(flow, problems)
    seconds = max(due for _, due in _table(plan, task).values())
    finish = stamp(begin + timedelta(seconds=seconds), now)
    return Projection(flow, problems, stamp(begin, now), finish, duration_text(seconds), bool(start_at))


def _spans(task: Task) -> Callable[[str], float]:
    return lambda step: task.step_info[step].expect_span.seconds


def _times(plan: Plan, task: Task | None, begin: datetime, now: datetime) -> dict[str, StepTimes]:
    """None where the times are beyond what a calendar has."""
    if task is None:
        return {}
    try:
        return {step: _step_times(task, step, begin, times, now) for step, times in _table(plan, task).items()}
    except OverflowError:
        return {}


def _table(plan: Plan, task: Task) -> dict[str, tuple[float, float]]:
    return timetable(plan.flow, _spans(task))


def _step_times(task: Task, step: str, begin: datetime, times: tuple[float, float], now: datetime) -> StepTimes:
    start, due = times
    span = duration_text(task.step_info[step].expect_span.seconds)
    return StepTimes(_stamp(begin, start, now), _stamp(begin, due, now), span)


def _stamp(begin: datetime, seconds: float, now: datetime) -> Stamp:
    at = stamp(begin + timedelta(seconds=seconds), now)
    assert at  # noqa: S101  there is a moment
    return at


class _Painter:
    def __init__(self, times: Times, problems: tuple[ProblemLine, ...]) -> None:
        self.times, self.problems = times, problems

    def box(self, node: Node) -> PlanBox:
        return _PAINT[type(node)](self, node)

    def step(self, node: StepNode) -> PlanBox:
        count = sum(problem.field.split(".")[1:2] == [node.step] for problem in self.problems)
        return PlanBox("step", (), node.step, node.name, self.times.get(node.step), count)

    def sequence(self, node: Sequence) -> PlanBox:
        return PlanBox("sequence", tuple(map(self.box, node.children)))

    def parallel(self, node: Parallel) -> PlanBox:
        return PlanBox("parallel", tuple(map(self.box, node.children)))


_PAINT: dict[type[Node], Callable[[_Painter, Any], PlanBox]] = {
    StepNode: _Painter.step,
    Sequence: _Painter.sequence,
    Parallel: _Painter.parallel,
}
