"""Workers that die: killed at any moment, killed at a named point, killed by a task, told to go."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gevent

from engine.model import Task
from tests.fault import points
from tests.fault.checker import Violation, nothing_is_repeated
from tests.fault.crew import Member
from tests.fault.finding import Finding, judge
from tests.fault.ground import QUIET_LEASE_S, Ground, Size, closed, opened, start_some
from tests.fault.trial import Trial

POINT_PATIENCE_S = 6.0
AT_ONCE = 6
"""So many wait at their points at once."""
CHANCES = 3
"""So many more rounds for points that nobody came to."""
TASKS_A_POINT = 2


def kills(ground: Ground, size: Size) -> Finding:
    """kill -9 of workers at any moment; another is hired for each."""
    with ground.trial() as trial:
        began = opened(trial, 3)
        for _ in range(size.times):
            start_some(trial, size)
            gevent.sleep(trial.rng.uniform(0.1, 0.7))
            trial.kill_one()
            trial.crew.hire()
        return closed(trial, "kill -9", size, began)


def kills_at_points(ground: Ground, size: Size) -> Finding:
    """Workers that die at every named point, `times` at each, beside one that does not."""
    with ground.trial() as trial:
        began = opened(trial, 1, tasks=2)
        came, missed = at_points(trial, size, _killed_at)
        trial.crew.hire(2)
        return closed(trial, "kill -9 at points", size, began, *missed, times=came)


def at_points(trial: Trial, size: Size, at: Callable[[Trial, list[str]], list[str]]) -> tuple[int, list[str]]:
    """Has `at` happen at every point; it answers those that nobody came to, which get another chance.

    How often it happened, and a note of what is missing.
    """
    turns = [name for name in points.NAMES for _ in range(size.times)]
    trial.rng.shuffle(turns)
    came = 0
    for _ in range(-(-len(turns) // AT_ONCE) + CHANCES):
        now, turns = turns[:AT_ONCE], turns[AT_ONCE:]
        missed = at(trial, now) if now else []
        came, turns = came + len(now) - len(missed), turns + missed
    return came, [f"nobody came to {', '.join(turns)}"] if turns else []


def hire_for_point(trial: Trial, **fault: Any) -> Member:
    """It holds few tasks, so that others of its kind get some too."""
    (member,) = trial.crew.hire(**fault, nth=trial.rng.randint(1, 2), tasks=2)
    return member


def _killed_at(trial: Trial, names: list[str]) -> list[str]:
    """Hires one for each point and sees them die; the points that nobody came to."""
    victims = [(name, hire_for_point(trial, kill_at=name)) for name in names]
    trial.crew.begun()
    trial.start(TASKS_A_POINT * len(names))
    ends = time.monotonic() + POINT_PATIENCE_S
    for _, victim in victims:
        if victim.died_within(max(0.0, ends - time.monotonic())):
            trial.note_loss(victim)
    missed = [(name, victim) for name, victim in victims if victim.alive]
    for _, victim in missed:
        victim.kill()
    return [name for name, _ in missed]


def rolling_restart(ground: Ground, size: Size) -> Finding:
    """SIGTERM to one worker after another under load, a new one beside it each time: nothing is called twice."""
    with ground.trial() as trial:
        began = opened(trial, 2, lease=QUIET_LEASE_S)
        codes = []
        for _ in range(size.times):
            start_some(trial, size)
            trial.crew.hire(lease=QUIET_LEASE_S)
            trial.crew.begun()
            oldest = trial.crew.alive[0]
            trial.note_loss(oldest)
            codes.append(oldest.leave())
        notes = [f"a worker ended with code {code}" for code in codes if code]
        return closed(trial, "SIGTERM", size, began, *notes, also=[nothing_is_repeated])


def poison(ground: Ground, size: Size) -> Finding:
    """`times` tasks kill every worker that works on them; they are quarantined, their neighbours end well."""
    with ground.trial() as trial:
        began = opened(trial, 2, poison="poison")
        poisons = trial.start(size.times, "poison")
        trial.start(size.tasks - size.times)
        ends = began + size.patience_s
        while time.monotonic() < ends and not all(is_quarantined(trial.store.tasks.get(id_)) for id_ in poisons):
            trial.crew.hire(2 - len(trial.crew.alive), poison="poison")
            trial.finish(0.2, except_="poison")
        trial.finish(size.patience_s, except_="poison")
        return _judged(trial, poisons, began)


def _judged(trial: Trial, poisons: list[str], began: float) -> Finding:
    """The checker judges the neighbours."""
    deaths = sum(not member.alive for member in trial.crew.members)
    free = [(id_, _about(task)) for id_ in poisons if not is_quarantined(task := trial.store.tasks.get(id_))]
    trial.tasks = [id_ for id_ in trial.tasks if id_ not in poisons]
    finding = judge(trial, "poison", began, times=deaths)
    return finding.and_also([Violation("poison_is_quarantined", id_, about) for id_, about in free])


def is_quarantined(task: Task | None) -> bool:
    """No worker takes it any more, and a person is told why."""
    return task is not None and task.wake_at is None and not task.owner and "quarantine" in task.attention


def _about(task: Task | None) -> str:
    return f"{task.status}, {task.crashes} crashes, attention {task.attention!r}" if task else "is gone"
