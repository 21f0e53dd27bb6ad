"""One rehearsal, from its args to what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from zlib import crc32

from engine.model import Invalid, Link, Rehearsal, Task, Verdict
from engine.plan import Plan, TaskDraft, new_task, script_task
from engine.run import Tools, run_task
from engine.script import Evaluator, Script, explain

from .answers import Answers
from .check import rehearsal_problems
from .clock import VirtualClock
from .held import HeldInMemory, Limits
from .result import Rehearsed
from .stand_ins import StandIns

_TASK = "rehearsal"
_NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def rehearse(
    plan: Plan, rehearsal: Rehearsal, evaluator: Evaluator, now: datetime, limits: Limits | None = None
) -> Rehearsed:
    """Runs the system as if a task of it were started at `now`.

    Raises `Invalid` with every problem: args with which no task could start, answers that cannot be given.
    """
    task = _task(plan, rehearsal, now)
    return _perform(plan, rehearsal, task, evaluator, limits or Limits())


def _perform(plan: Plan, rehearsal: Rehearsal, task: Task, evaluator: Evaluator, limits: Limits) -> Rehearsed:
    """Of a READY task, from when it was made."""
    began = task.created_at or _NO_TIME
    clock = VirtualClock(began)
    held = HeldInMemory(task.model_copy(update={"owner": _TASK, "epoch": 1}), plan, clock, limits)
    answers = Answers(held, rehearsal, evaluator)

    def perform(child: Plan, said: Rehearsal, made: Task, calls: int) -> Rehearsed:
        return _perform(child, said, made, evaluator, replace(limits, calls=calls))

    tools = Tools(
        caller=answers,
        evaluator=evaluator,
        slot=answers.place,
        may_call=_always,
        chance=_by_no_chance,
        bodies=held.bodies,
        secret=_stand_in,
        stand_in=StandIns(held, rehearsal, answers, perform),
    )
    run_task(held, tools)
    told = f"{held.broken_off} {_blame(held)}" if held.broken_off.startswith("after ") else held.broken_off
    return Rehearsed(plan, held.task, held.attempts, held.events, held.calls, began, clock.now(), told)


def _task(plan: Plan, rehearsal: Rehearsal, now: datetime) -> Task:
    problems = rehearsal_problems(plan, rehearsal)
    try:
        task = new_task(plan, TaskDraft(system=plan.system.id, args=rehearsal.args), _TASK, now)
    except Invalid as invalid:
        raise Invalid([*problems, *invalid.problems]) from None
    if problems:
        raise Invalid(problems)
    return task


def _stand_in(name: str) -> str:
    """No rehearsal sees a secret: digits, as a number may be declared where it goes; its name is shown instead."""
    return str(10**10 + crc32(name.encode()))


def _always() -> bool:
    return True


def _by_no_chance() -> float:
    return 0.0


def _blame(held: HeldInMemory) -> str:
    """Of one that would go on and on: the link that was called most, and why it has not passed."""
    at = max(held.plan.links, key=lambda at: held.link(*at).tries)
    state, link = held.link(*at), held.plan.link(*at)
    last = held.attempts.get(state.last or "")
    if state.laps:
        return f"the condition of {at[0]}/{at[1]} has not held for the list: {link.condition.val}"
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
