"""Who works and what nobody works on, as lines of text: for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from engine.model import Task
from engine.store import Due, Store, WorkerInfo
from engine.turns import SUSPECT_AFTER

STUCK_AFTER_S = 5
"""A task that has been due for longer should be somebody's: workers look each second."""


class Unclaimed(StrEnum):
    """Why nobody has claimed a task that is due."""

    NO_WORKER = "no worker"
    ENDING = "ending"
    SYSTEM_FULL = "system full"
    SUSPECT = "suspect"
    FULL = "full"
    UNTOLD = "untold"


def worker_lines(workers: Iterable[WorkerInfo], now: datetime) -> list[str]:
    """A line for each worker under a heading, the oldest first; none when there is none."""
    rows = [_worker_row(worker, now) for worker in sorted(workers, key=lambda worker: worker.started_at or now)]
    return _table(("worker", "host", "pid", "started", "last sign", "tasks", ""), rows)


def _worker_row(worker: WorkerInfo, now: datetime) -> tuple[str, ...]:
    lost = _is_lost(worker, now)
    state = "lost: its tasks go to the others" if lost else "ending" if worker.draining else ""
    started = f"{worker.started_at:%Y-%m-%d %H:%M:%S}" if worker.started_at else "?"
    sign = f"{_since_s(worker.renewed_at, now):.0f} s ago"
    return worker.id, worker.host, str(worker.pid), started, sign, f"{worker.held} of {worker.capacity}", state


def _is_lost(worker: WorkerInfo, now: datetime) -> bool:
    return _since_s(worker.renewed_at, now) > worker.lease_s


def task_lines(tasks: Iterable[Task]) -> list[str]:
    """A line for each task."""
    return [f"{task.status:<10} {task.id:<24} {task.system:<20} {task.process_msg}" for task in tasks]


def stuck_lines(store: Store, now: datetime, limit: int) -> list[str]:
    """A line for each task that is due and that nobody holds, or that nobody may claim any more; and why."""
    workers = living(store.leases.workers(), now)
    limited = store.definitions.limited_systems()
    dues = store.leases.due(now - timedelta(seconds=STUCK_AFTER_S), limit)
    rows: list[tuple[str, ...]] = [
        (due.id, due.system, f"due for {_since_s(due.wake_at, now):.0f} s", _why(due, workers, limited.get(due.system)))
        for due in dues
    ]
    rows += [(task.id, task.system, "in quarantine", task.attention) for task in store.tasks.in_quarantine(limit)]
    return _table(("task", "system", "since", "why"), rows[:limit])


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


def living(workers: Iterable[WorkerInfo], now: datetime) -> list[WorkerInfo]:
    """Those whose lease has not run out."""
    return [worker for worker in workers if not _is_lost(worker, now)]


def _why(due: Due, workers: Sequence[WorkerInfo], most: int | None) -> str:
    found = why_unclaimed(due.crashes, workers, most)
    return _UNCLAIMED[found].format(most=most, crashes=due.crashes)


_UNCLAIMED: Mapping[Unclaimed, str] = {
    Unclaimed.NO_WORKER: "no worker runs: start one with `app.py worker`",
    Unclaimed.ENDING: "every worker is ending: start another",
    Unclaimed.SYSTEM_FULL: "its system lets {most} of its tasks run at once",
    Unclaimed.SUSPECT: "{crashes} workers were lost while they ran it: such tasks run one at a time",
    Unclaimed.FULL: "every worker holds as many tasks as it may (STEPLINE_TASKS): start another",
    Unclaimed.UNTOLD: "workers have room for it: see their logs",
}


def _since_s(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in (heading, *rows)]
    return ["  ".join(row).rstrip() for row in padded]
