"""What a person wants to know at a glance, at whatever size: counts that end at "many", the first few of a kind.

The embedded server reads every match of a question, so each asks for a slice of time; slices grow until enough is
found. A question for the few that need somebody (`attention`) has an index that holds little else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.model import TASK_ACTIVE, Task, TaskStatus

from .connect import Documents
from .tasks import Tasks

MANY = 1_000
"""Counts end here: what is more is told as "more than"."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SLICES = tuple(timedelta(seconds=60 * 8**step) for step in range(8))
_SOMETHING = {"$gte": "!"}
"""A text that is not empty. `$gt: ""` walks over all the empty ones."""
_UNDER_WAY = (TaskStatus.READY, TaskStatus.RUNNING, TaskStatus.WAITING, TaskStatus.PAUSED)


Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Active:
    """System → how many of its tasks run or wait; when there are very many, some are left out."""

    counts: Mapping[str, int]
    complete: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The first few, and how many there are (at most `MANY` + 1)."""

    tasks: list[Task]
    count: int


class Glance:
    def __init__(self, db: Documents, tasks: Tasks, many: int = MANY) -> None:
        self._tasks, self._whole, self._most = db.task, tasks, many + 1

    def counts(self, now: datetime) -> dict[TaskStatus, int]:
        """By status, each one more than `MANY` at the most."""
        return {status: len(self._ids({"status": status}, "created_at", now)) for status in TaskStatus}

    def active_by_system(self, now: datetime) -> Active:
        """Tasks that run or wait, by system, of the newest `MANY` of each."""
        counts: Counter[str] = Counter()
        complete = True
        for status in TASK_ACTIVE:
            found = self._newest_raw({"status": status}, "created_at", now, ("system",))
            counts.update(raw["system"] for raw in found)
            complete = complete and len(found) < self._most
        return Active(counts, complete)

    def active_of(self, system: str, now: datetime) -> int:
        """How many of its tasks run or wait."""
        found = [self._ids({"system": system, "status": status}, "created_at", now) for status in TASK_ACTIVE]
        return sum(map(len, found))

    def newest_of(self, system: str, now: datetime, limit: int) -> list[Task]:
        """The tasks of the system that were created last, newest first."""
        ids = self._ids({"system": system}, "created_at", now, most=limit)
        return sorted(self._whole.many(ids), key=_created_at, reverse=True)

    def failed(self, now: datetime, limit: int) -> Found:
        """Newest first."""
        return self._newest(self._ids({"status": TaskStatus.FAILED}, "created_at", now), limit)

    def in_need(self, limit: int) -> Found:
        """Under way, and a person has to do something."""
        ids = [
            raw["_id"]
            for status in _UNDER_WAY
            for raw in self._tasks.find({"status": status, "attention": _SOMETHING}, {"_id": 1}).limit(self._most)
        ]
        return self._newest(ids[: self._most], limit)

    def late(self, now: datetime, limit: int) -> Found:
        """A running step's time is over; the one that is late the longest first."""
        ids = self._ids({}, "deadline", now, and_later=False)
        return Found(sorted(self._whole.many(reversed(ids[-limit:])), key=_deadline), len(ids))

    def _newest(self, ids: list[str], limit: int) -> Found:
        return Found(sorted(self._whole.many(ids[:limit]), key=_created_at, reverse=True), len(ids))

    def _ids(self, also: Raw, field: str, now: datetime, and_later: bool = True, most: int | None = None) -> list[str]:
        return [raw["_id"] for raw in self._newest_raw(also, field, now, (), and_later, most)]

    def _newest_raw(
        self,
        also: Raw,
        field: str,
        now: datetime,
        wanted: Sequence[str],
        and_later: bool = True,
        most: int | None = None,
    ) -> list[Raw]:
        """The newest by that field, with what is wanted of them."""
        most, rows = most or self._most, list[Raw]()
        fields = dict.fromkeys((field, "paused_at", *wanted), 1)
        for range_ in _slices(now, and_later):
            found = self._tasks.find({**also, field: range_}, fields)
            moving = [raw for raw in found if field != "deadline" or not raw["paused_at"]]
            rows += sorted(moving, key=lambda raw: raw[field], reverse=True)[: most - len(rows)]
            if len(rows) == most:
                break
        return rows


def _slices(now: datetime, and_later: bool) -> Iterator[dict[str, datetime]]:
    upper = None if and_later else now
    for width in _SLICES:
        lower = now - width
        yield {"$gt": lower} | ({"$lte": upper} if upper else {})
        upper = lower
    yield {"$gt": _BEGINNING, "$lte": lower}


def _created_at(task: Task) -> datetime:
    return task.created_at or _BEGINNING


def _deadline(task: Task) -> datetime:
    return task.deadline or _BEGINNING
