"""One rehearsal, from its args to what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.model import Attempt, Event, Invalid, Link, Rehearsal, StepStatus, Task, TaskStatus, Verdict
from engine.plan import Plan, TaskDraft, new_task, script_task
from engine.run import Tools, run_task
from engine.script import Evaluator, Script, explain

from .answers import Answers
from .check import rehearsal_problems
from .clock import VirtualClock
from .held import HeldInMemory, Limits

_TASK = "rehearsal"


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


def rehearse(
    plan: Plan, rehearsal: Rehearsal, evaluator: Evaluator, now: datetime, limits: Limits | None = None
) -> Rehearsed:
    """Runs the system as if a task of it were started at `now`.

    Raises `Invalid` with every problem: args with which no task could start, answers that cannot be given.
    """
    task = _task(plan, rehearsal, now)
    clock = VirtualClock(now)
    held = HeldInMemory(task, plan, clock, limits or Limits())
    answers = Answers(held, rehearsal, evaluator)
    tools = Tools(
        caller=answers,
        evaluator=evaluator,
        slot=answers.place,
        may_call=_always,
        chance=_by_no_chance,
        bodies=held.bodies,
        secret=_stand_in,
    )
    run_task(held, tools)
    told = f"{held.broken_off} {_blame(held)}" if held.broken_off.startswith("after ") else held.broken_off
    return Rehearsed(plan, held.task, held.attempts, held.events, held.calls, now, clock.now(), told)


def _task(plan: Plan, rehearsal: Rehearsal, now: datetime) -> Task:
    problems = rehearsal_problems(plan, rehearsal)
    try:
        task = new_task(plan, TaskDraft(system=plan.system.id, args=rehearsal.args), _TASK, now)
    except Invalid as invalid:
        raise Invalid([*problems, *invalid.problems]) from None
    if problems:
        raise Invalid(problems)
    return task.model_copy(update={"owner": _TASK, "epoch": 1})


def _stand_in(name: str) -> str:
    """No rehearsal sees a secret."""
    return f"stand-in for {name}"


def _always() -> bool:
    return True


def _by_no_chance() -> float:
    return 0.0


def _blame(held: HeldInMemory) -> str:
    """Of one that would go on and on: the link that was called most, and why it has not passed."""
    at = max(held.plan.links, key=lambda at: held.link(*at).tries)
    state, link = held.link(*at), held.plan.link(*at)
    last = held.attempts.get(state.last or "")
    if last is None or last.verdict != Verdict.NOT_YET:
        return f"{at[0]}/{at[1]} has not passed: {state.procmmsg}"
    return f"the condition of {at[0]}/{at[1]} has not held: {_explained(held, link, last.body or 'null')}"


def _explained(held: HeldInMemory, link: Link, text: str) -> str:
    """Its parts that do not hold, with what they read: `result.age > 0 (result.age = null)`."""
    result, task = json.loads(text), script_task(held.plan.system, held.task)
    parts = explain(Script.expr(link.condition.val), {"result": result, "response": result, "task": task, "loop": None})
    told = [
        f"{part.text} ({', '.join(f'{read.text} = {json.dumps(read.value)}' for read in part.reads)})"
        for part in parts
        if not part.holds and part.reads
    ]
    return "; ".join(told) or link.condition.val
