"""What came of a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.model import Attempt, Event, StepStatus, Task, TaskStatus
from engine.plan import Plan


@dataclass(frozen=True, slots=True)
class Late:
    step: str
    by_s: float


@dataclass(frozen=True)
class Rehearsed:
    """What came of it. The task is as a real one would be; nothing of it is kept anywhere."""

    plan: Plan
    task: Task
    attempts: dict[str, Attempt]
    events: list[Event]
    calls: int
    began: datetime
    ended: datetime
    broken_off: str = ""
    """Why it was ended before it was over; empty when it was not."""

    @property
    def took_s(self) -> float:
        """Of virtual time."""
        return (self.ended - self.began).total_seconds()

    @property
    def done(self) -> bool:
        return self.task.status == TaskStatus.DONE

    @property
    def message(self) -> str:
        """What kept it from being done; empty when nothing did."""
        if self.done:
            return ""
        return self.broken_off or self.task.attention or self.task.process_msg

    @property
    def late(self) -> tuple[Late, ...]:
        """Steps that ended after their deadline, or have passed it and still run."""
        return tuple(self._late())

    def _late(self) -> Iterator[Late]:
        for step in self.plan.steps:
            info = self.task.step_info[step]
            over_s = ((info.ended_at or self.ended) - info.deadline).total_seconds() if info.deadline else 0.0
            if over_s > 0 and info.status != StepStatus.CANCELLED:
                yield Late(step, over_s)
