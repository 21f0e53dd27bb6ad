"""What a person wants to know at a glance, at whatever size: who needs somebody, what runs of which system.

Counts end at `COUNTED`: what is more is told as "more than". The list of tasks has the rest, see `task_list.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model import TASK_ACTIVE, Task, TaskStatus

from .connect import BEGINNING, Documents
from .pages import Page, Pager, Stretch
from .task_list import COUNTED, Count
from .tasks import Tasks

_SOMETHING = {"$gte": "!"}
"""A text that is not empty. `$gt: ""` walks over all the empty ones."""
_UNDER_WAY = (TaskStatus.READY, TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class Active:
    """System → how many of its tasks run or wait; when there are very many, some are left out."""

    counts: Mapping[str, int]
    complete: bool

    def of(self, *systems: str) -> Count:
        return Count(sum(self.counts.get(system, 0) for system in systems), self.complete)


@dataclass(frozen=True, slots=True)
class Found:
    """The first few, and how many there are."""

    tasks: list[Task]
    count: Count


class Glance:
    def __init__(self, db: Documents, tasks: Tasks, counted: int = COUNTED) -> None:
        self._tasks, self._whole, self._counted = db.task, tasks, counted
        self._pager = Pager(db.task)

    def in_need(self, limit: int) -> Found:
        """Under way, and a person has to do something."""
        ids = [
            raw["_id"]
            for status in _UNDER_WAY
            for raw in self._tasks.find({"status": status, "attention": _SOMETHING}, {"_id": 1}).limit(self._counted)
        ]
        count = Count(min(len(ids), self._counted), exact=len(ids) < self._counted)
        return Found(sorted(self._whole.many(ids[:limit]), key=_created_at, reverse=True), count)

    def active_by_system(self) -> Active:
        """Tasks that run or wait."""
        pages = [self._newest({"status": status}) for status in TASK_ACTIVE]
        counts = Counter(raw["system"] for page in pages for raw in page.documents)
        return Active(counts, complete=not any(page.more for page in pages))

    def active_of(self, system: str) -> Count:
        """How many of its tasks run or wait."""
        pages = [self._newest({"system": system, "status": status}) for status in TASK_ACTIVE]
        return Count(sum(len(page.documents) for page in pages), exact=not any(page.more for page in pages))

    def older_of(self, system: str, plan: str) -> Count:
        """How many of its tasks that run or wait were made from another plan than this."""
        pages = [self._newest({"system": system, "status": status}, "plan") for status in TASK_ACTIVE]
        older = sum(raw.get("plan") != plan for page in pages for raw in page.documents)
        return Count(older, exact=not any(page.more for page in pages))

    def held_by(self, worker: str, limit: int) -> list[Task]:
        """What it holds, by the tasks' ids."""
        ids = [raw["_id"] for raw in self._tasks.find({"owner": worker}, {"_id": 1}).limit(limit)]
        return sorted(self._whole.many(ids), key=lambda task: task.id)

    def _newest(self, where: Mapping[str, Any], field: str = "system") -> Page:
        order = (Stretch("created_at", where=where, descending=True),)
        return self._pager.page(order, self._counted, fields=[field])


def _created_at(task: Task) -> datetime:
    return task.created_at or BEGINNING
