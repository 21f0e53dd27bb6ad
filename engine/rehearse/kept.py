"""Rehearsals run for what has to come of them: those that are kept with systems, as their tests, and any other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from engine.model import Invalid, Problem, Rehearsal
from engine.plan import Plan
from engine.script import Evaluator

from .expect import unmet
from .held import Limits
from .rehearse import rehearse
from .result import Rehearsed

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Whenever they run, it is the same moment to them: a test has no calendar."""
TOGETHER_S = 60.0
"""Of real time, for all that run at once: somebody waits for it."""


_MEND = "mend what it tests; or, if this is as it should be, change the rehearsal"


@dataclass(frozen=True)
class Tried:
    """What came of one; `run` is None when it could not begin, and `problems` say why."""

    rehearsal: Rehearsal
    run: Rehearsed | None
    problems: Sequence[Problem]


Trial: TypeAlias = Callable[[Plan, Rehearsal, datetime], Tried]


def try_all(
    plan: Plan, rehearsals: Iterable[Rehearsal], now: datetime = START, limits: Limits | None = None
) -> list[Tried]:
    """Each run once; their problems begin with `answers`, `expect` or the path of an arg."""
    with _together(limits or Limits()) as trial:
        return [trial(plan, rehearsal, now) for rehearsal in rehearsals]


def kept_problems(plans: Iterable[Plan]) -> list[Problem]:
    """Runs the kept rehearsals of these systems; a problem for each expectation that does not hold."""
    with _together(Limits()) as trial:
        return [problem for plan in plans for problem in _kept_problems(plan, trial)]


def _kept_problems(plan: Plan, trial: Trial) -> Iterator[Problem]:
    path = f"system.{plan.system.id}.rehearsals"
    if misnamed := list(_misnamed(path, plan.system.rehearsals)):
        yield from misnamed
        return
    for rehearsal in plan.system.rehearsals:
        for problem in trial(plan, rehearsal, START).problems:
            yield Problem(f"{path}.{rehearsal.name}.{problem.path}".rstrip("."), problem.message, problem.hint or _MEND)


def _misnamed(path: str, rehearsals: Iterable[Rehearsal]) -> Iterator[Problem]:
    for name, count in Counter(rehearsal.name for rehearsal in rehearsals).items():
        if not name.strip():
            yield Problem(path, "a rehearsal that is kept needs a name", "say what it shows")
        elif count > 1:
            yield Problem(f"{path}.{name}", f"{count} rehearsals have this name", "rename all but one")


@contextmanager
def _together(limits: Limits) -> Iterator[Trial]:
    """What tries one after the other shares the workers for scripts, and the time."""
    evaluator, ends = Evaluator(workers=1), time.monotonic() + TOGETHER_S
    try:
        yield lambda plan, rehearsal, now: _try(plan, rehearsal, evaluator, now, limits, ends)
    finally:
        evaluator.close()


def _try(plan: Plan, rehearsal: Rehearsal, evaluator: Evaluator, now: datetime, limits: Limits, ends: float) -> Tried:
    left_s = ends - time.monotonic()
    if left_s <= 0:
        message = f"not run: the rehearsals before it took {TOGETHER_S:g} s together"
        return Tried(rehearsal, None, [Problem("", message, "let them make fewer calls, or keep fewer of them")])
    try:
        run = rehearse(plan, rehearsal, evaluator, now, replace(limits, real_s=min(left_s, limits.real_s)))
    except Invalid as invalid:
        return Tried(rehearsal, None, invalid.problems)
    return Tried(rehearsal, run, unmet(run, rehearsal.expect))
