"""The rehearsals that are kept with systems, run as their tests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from engine.model import Invalid, Problem, Rehearsal
from engine.plan import Plan
from engine.script import Evaluator

from .expect import unmet
from .held import Limits
from .rehearse import rehearse

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Whenever they run, it is the same moment to them: a test has no calendar."""
PER_SAVE_S = 20.0
"""Of real time, for all of them together: whoever saves waits for it."""
PER_TEST = Limits(real_s=5.0)


def kept_problems(plans: Iterable[Plan]) -> list[Problem]:
    """Runs the kept rehearsals of these systems; a problem for each expectation that does not hold."""
    tests = [(plan, rehearsal) for plan in plans for rehearsal in plan.system.rehearsals]
    problems = [problem for plan in dict.fromkeys(plan for plan, _ in tests) for problem in _misnamed(plan)]
    if not tests or problems:
        return problems
    evaluator, ends = Evaluator(workers=1), time.monotonic() + PER_SAVE_S
    try:
        return [problem for plan, rehearsal in tests for problem in _problems(plan, rehearsal, evaluator, ends)]
    finally:
        evaluator.close()


def path_of(plan: Plan, rehearsal: Rehearsal) -> str:
    return f"system.{plan.system.id}.rehearsals.{rehearsal.name}"


def _misnamed(plan: Plan) -> Iterator[Problem]:
    for name, count in Counter(rehearsal.name for rehearsal in plan.system.rehearsals).items():
        path = f"system.{plan.system.id}.rehearsals.{name}"
        if not name.strip():
            yield Problem(path, "a rehearsal that is kept needs a name", "say what it shows")
        elif count > 1:
            yield Problem(path, f"{count} rehearsals have this name", "rename all but one")


def _problems(plan: Plan, rehearsal: Rehearsal, evaluator: Evaluator, ends: float) -> Iterator[Problem]:
    left_s = ends - time.monotonic()
    path = path_of(plan, rehearsal)
    if left_s <= 0:
        message = f"the rehearsals took longer than {PER_SAVE_S:g} s together; this one was not run"
        yield Problem(path, message, "let them make fewer calls, or keep fewer of them")
        return
    try:
        run = rehearse(plan, rehearsal, evaluator, START, replace(PER_TEST, real_s=min(left_s, PER_TEST.real_s)))
        found = unmet(run, rehearsal.expect)
    except Invalid as invalid:
        found = list(invalid.problems)
    for problem in found:
        yield replace(problem, path=f"{path}.{problem.path}")
