"""Rehearsals run for what has to come of them: those that are kept with systems, as their tests, and any other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.model import Invalid, Problem, Rehearsal
from engine.plan import Plan
from engine.script import Evaluator

from .expect import unmet
from .held import Limits
from .rehearse import Rehearsed, rehearse

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Whenever they run, it is the same moment to them: a test has no calendar."""
TOGETHER_S = 20.0
"""Of real time, for all that run at once: somebody waits for it."""


@dataclass(frozen=True)
class Tried:
    """What came of one; `run` is None when it could not begin, and `problems` say why."""

    rehearsal: Rehearsal
    run: Rehearsed | None
    problems: Sequence[Problem]


def try_all(plan: Plan, rehearsals: Iterable[Rehearsal], now: datetime = START) -> list[Tried]:
    """Each run once; their problems begin with `answers`, `expect` or the path of an arg."""
    evaluator, ends = Evaluator(workers=1), time.monotonic() + TOGETHER_S
    try:
        return [_try(plan, rehearsal, evaluator, now, ends) for rehearsal in rehearsals]
    finally:
        evaluator.close()


def kept_problems(plans: Iterable[Plan]) -> list[Problem]:
    """Runs the kept rehearsals of these systems; a problem for each expectation that does not hold."""
    return [problem for plan in plans if plan.system.rehearsals for problem in _kept_problems(plan)]


def _kept_problems(plan: Plan) -> list[Problem]:
    path = f"system.{plan.system.id}.rehearsals"
    if misnamed := list(_misnamed(path, plan.system.rehearsals)):
        return misnamed
    return [
        replace(problem, path=f"{path}.{tried.rehearsal.name}.{problem.path}".rstrip("."))
        for tried in try_all(plan, plan.system.rehearsals)
        for problem in tried.problems
    ]


def _misnamed(path: str, rehearsals: Iterable[Rehearsal]) -> Iterator[Problem]:
    for name, count in Counter(rehearsal.name for rehearsal in rehearsals).items():
        if not name.strip():
            yield Problem(path, "a rehearsal that is kept needs a name", "say what it shows")
        elif count > 1:
            yield Problem(f"{path}.{name}", f"{count} rehearsals have this name", "rename all but one")


def _try(plan: Plan, rehearsal: Rehearsal, evaluator: Evaluator, now: datetime, ends: float) -> Tried:
    left_s, limits = ends - time.monotonic(), Limits()
    if left_s <= 0:
        message = f"not run: the rehearsals before it took {TOGETHER_S:g} s together"
        return Tried(rehearsal, None, [Problem("", message, "let them make fewer calls, or keep fewer of them")])
    try:
        run = rehearse(plan, rehearsal, evaluator, now, replace(limits, real_s=min(left_s, limits.real_s)))
    except Invalid as invalid:
        return Tried(rehearsal, None, invalid.problems)
    return Tried(rehearsal, run, unmet(run, rehearsal.expect))
