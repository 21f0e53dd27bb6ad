"""Who works and what nobody works on: the facts, and for a terminal as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from engine.model import Task
from engine.store import Due, Store, WorkerInfo
from engine.turns import SUSPECT_AFTER

STUCK_AFTER_S = 5
"""A task that has been due for longer should be somebody's: workers look each second."""

WorkerState = Literal["alive", "ending", "lost"]


class Unclaimed(StrEnum):
    """Why nobody has claimed a task that is due."""

    NO_WORKER = "no worker"
    ENDING = "all ending"
    SYSTEM_FULL = "system limit"
    SUSPECT = "suspect"
    FULL = "all full"
    UNTOLD = "unknown"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    worker: WorkerInfo
    state: WorkerState
    silent_s: float
    """Since its last sign."""


@dataclass(frozen=True, slots=True)
class StuckTask:
    """A task that is due and that nobody holds, or that nobody may claim any more."""

    id: str
    system: str
    due_s: float
    """0 in quarantine."""
    why: Unclaimed
    detail: str
    """The limit, the number of workers that were lost, or why it is in quarantine."""


def worker_facts(workers: Iterable[WorkerInfo], now: datetime) -> list[WorkerFacts]:
    """The oldest first."""
    oldest_first = sorted(workers, key=lambda worker: worker.started_at or now)
    return [WorkerFacts(one, _state(one, now), _since_s(one.renewed_at, now)) for one in oldest_first]


def stuck_tasks(store: Store, now: datetime, limit: int) -> list[StuckTask]:
    """Those that are due the longest first, then those in quarantine."""
    workers = living(store.leases.workers(), now)
    limited = store.definitions.limited_systems()
    found = [
        _stuck(due, now, why_unclaimed(due.crashes, workers, limited.get(due.system)), limited.get(due.system))
        for due in store.leases.due(now - timedelta(seconds=STUCK_AFTER_S), limit)
    ]
    quarantined = store.tasks.in_quarantine(limit)
    found += [StuckTask(task.id, task.system, 0, Unclaimed.QUARANTINE, task.attention) for task in quarantined]
    return found[:limit]


def _stuck(due: Due, now: datetime, why: Unclaimed, most: int | None) -> StuckTask:
    details = {Unclaimed.SYSTEM_FULL: str(most), Unclaimed.SUSPECT: str(due.crashes)}
    return StuckTask(due.id, due.system, _since_s(due.wake_at, now), why, details.get(why, ""))


def _state(worker: WorkerInfo, now: datetime) -> WorkerState:
    if _since_s(worker.renewed_at, now) > worker.lease_s:
        return "lost"
    return "ending" if worker.draining else "alive"


def living(workers: Iterable[WorkerInfo], now: datetime) -> list[WorkerInfo]:
    """Those whose lease has not run out."""
    return [worker for worker in workers if _state(worker, now) != "lost"]


def why_unclaimed(crashes: int, workers: Sequence[WorkerInfo], most: int | None) -> Unclaimed:
    """Of a task that is due; `workers` are those that live, `most` is what its system lets run at once."""
    if not workers:
        return Unclaimed.NO_WORKER
    if all(worker.draining for worker in workers):
        return Unclaimed.ENDING
    if most is not None:
        return Unclaimed.SYSTEM_FULL
    if crashes >= SUSPECT_AFTER:
        return Unclaimed.SUSPECT
    if all(worker.held >= worker.capacity for worker in workers):
        return Unclaimed.FULL
    return Unclaimed.UNTOLD


# -- lines for a terminal ----------------------------------------------------------------------------

_STATES: dict[WorkerState, str] = {"alive": "", "ending": "ending", "lost": "lost: its tasks go to the others"}
_WHYS: dict[Unclaimed, str] = {
    Unclaimed.NO_WORKER: "no worker runs: start one with `app.py worker`",
    Unclaimed.ENDING: "every worker is ending: start another",
    Unclaimed.SYSTEM_FULL: "its system lets {} of its tasks run at once",
    Unclaimed.SUSPECT: "{} workers were lost while they ran it: such tasks run one at a time",
    Unclaimed.FULL: "every worker holds as many tasks as it may (STEPLINE_TASKS): start another",
    Unclaimed.UNTOLD: "workers have room for it: see their logs",
    Unclaimed.QUARANTINE: "{}",
}


def worker_lines(workers: Iterable[WorkerInfo], now: datetime) -> list[str]:
    """A line for each worker under a heading, the oldest first; none when there is none."""
    rows = [_worker_row(facts) for facts in worker_facts(workers, now)]
    return _table(("worker", "host", "pid", "started", "last sign", "tasks", ""), rows)


def _worker_row(facts: WorkerFacts) -> tuple[str, ...]:
    worker = facts.worker
    started = f"{worker.started_at:%Y-%m-%d %H:%M:%S}" if worker.started_at else "?"
    held = f"{worker.held} of {worker.capacity}"
    own = worker.id, worker.host, str(worker.pid), started
    return *own, f"{facts.silent_s:.0f} s ago", held, _STATES[facts.state]


def task_lines(tasks: Iterable[Task]) -> list[str]:
    """A line for each task."""
    return [f"{task.status:<10} {task.id:<24} {task.system:<20} {task.process_msg}" for task in tasks]


def stuck_lines(store: Store, now: datetime, limit: int) -> list[str]:
    """A line for each task that nobody works on; and why."""
    rows = [_stuck_row(stuck) for stuck in stuck_tasks(store, now, limit)]
    return _table(("task", "system", "since", "why"), rows)


def _stuck_row(stuck: StuckTask) -> tuple[str, ...]:
    since = "in quarantine" if stuck.why == Unclaimed.QUARANTINE else f"due for {stuck.due_s:.0f} s"
    return stuck.id, stuck.system, since, _WHYS[stuck.why].format(stuck.detail)


def _since_s(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (heading, *rows)]
    return ["  ".join(row).rstrip() for row in padded]
