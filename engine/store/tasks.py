"""Tasks: made once, changed by compare-and-set, listed for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from engine.model import QUARANTINE_AFTER, Event, Request, Task, TaskStatus

from .change import Change
from .codec import pack, unpack
from .connect import DUPLICATE, Documents
from .journal import Journal, Raw
from .pulse import Pulse

_WINDOWS = (timedelta(hours=1), timedelta(hours=12), timedelta(days=2), timedelta(days=30), timedelta(days=36_500))
"""A sorted query reads every match of its range, so ranges are tried from narrow to wide."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who holds a task, at which revision, what is asked of it, what the last change had to tell, and how it stands.

    The status is the document's: of a held task it may be behind its journal.
    """

    owner: str | None
    epoch: int
    rev: int
    request: Request | None
    requested_by: str
    told: list[Raw]
    status: TaskStatus
    crashes: int


class TaskExists(ValueError):
    """There is a task of that id already."""


class Tasks:
    def __init__(self, db: Documents, journal: Journal, pulse: Pulse) -> None:
        self._tasks, self._journal, self._pulse = db.task, journal, pulse

    def create(self, task: Task, *events: Event) -> None:
        """Stores a new task, and with it the events that tell of it. Raises `TaskExists`."""
        try:
            self._tasks.insert_one(_newborn(task, events))
        except DuplicateKeyError:
            raise TaskExists(f"there is a task {task.id!r} already: choose another id") from None
        self._pulse.touch_tasks([task.id])

    def create_many(self, tasks: Sequence[tuple[Task, Sequence[Event]]]) -> set[str]:
        """Stores new tasks with their events; the ids of those that were not there before. May be repeated."""
        try:
            self._tasks.insert_many([_newborn(task, events) for task, events in tasks], ordered=False)
        except BulkWriteError as error:
            failed = error.details["writeErrors"]
            if any(item["code"] != DUPLICATE for item in failed):
                raise
            there = {item["index"] for item in failed}
            return {task.id for number, (task, _) in enumerate(tasks) if number not in there}
        finally:
            self._pulse.touch_tasks(task.id for task, _ in tasks)
        return {task.id for task, _ in tasks}

    def get(self, id_: str) -> Task | None:
        """As it is now, with what its worker has done to it."""
        while True:
            raw = self._tasks.find_one({"_id": id_})
            if raw is None or not raw.get("owner"):
                return None if raw is None else load_task(raw)
            rev = raw["rev"]
            self._journal.overlay([raw])
            if self._rev(id_) == rev:  # else it was set down in between, and its journal may be gone
                return load_task(raw)

    def _rev(self, id_: str) -> int | None:
        raw = self._tasks.find_one({"_id": id_}, {"rev": 1})
        return None if raw is None else raw["rev"]

    def head(self, id_: str) -> Head | None:
        """Who holds it and what is asked of it."""
        fields = ("owner", "epoch", "rev", "request", "requested_by", "told", "status", "crashes")
        raw = self._tasks.find_one({"_id": id_}, dict.fromkeys(fields, 1))
        if raw is None:
            return None
        asked = raw.get("request"), raw.get("requested_by", "")
        state = TaskStatus(raw["status"]), raw.get("crashes", 0)
        return Head(raw.get("owner"), raw["epoch"], raw["rev"], *asked, raw.get("told", []), *state)

    def many(self, ids: Iterable[str]) -> list[Task]:
        return self._up_to_date(self._tasks.find({"_id": {"$in": list(ids)}}))

    def there(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that tasks have."""
        return {raw["_id"] for raw in self._tasks.find({"_id": {"$in": list(ids)}}, {"_id": 1})}

    def _up_to_date(self, found: Iterable[dict[str, Any]]) -> list[Task]:
        raws = list(found)
        self._journal.overlay(raws)
        return [load_task(raw) for raw in raws]

    def beginning(self, text: str, limit: int) -> list[Task]:
        """Tasks whose ids begin so."""
        return self._up_to_date(self._tasks.find({"_id": {"$gte": text, "$lt": text + _LAST}}).limit(limit))

    def apply(self, changes: Sequence[Change]) -> set[str]:
        """Makes the changes; answers the ids of the tasks that had moved on meanwhile, so that theirs did not apply.

        May be repeated: a change whose reply was lost applies once, and is known by its `op`.
        """
        if not changes:
            return set()
        writes = [
            UpdateOne({"_id": change.task, "rev": change.rev, "epoch": change.epoch}, change.update())
            for change in changes
        ]
        matched = self._tasks.bulk_write(writes, ordered=False).matched_count
        self._pulse.touch_tasks(change.task for change in changes)
        if matched == len(changes):
            return set()
        return self.missing(changes)

    def missing(self, changes: Sequence[Change]) -> set[str]:
        """Of changes whose fate is not known: the tasks that do not show them."""
        found = self._tasks.find({"_id": {"$in": [change.task for change in changes]}}, {"last_op": 1})
        shown = {raw["_id"]: raw.get("last_op") for raw in found}
        return {change.task for change in changes if shown.get(change.task) != change.op}

    def delete(self, id_: str) -> bool:
        deleted = self._tasks.delete_one({"_id": id_}).deleted_count == 1
        self._pulse.touch_tasks([id_])
        return deleted

    def ids_of(self, systems: Iterable[str]) -> list[str]:
        """The tasks of these systems."""
        return [raw["_id"] for raw in self._tasks.find({"system": {"$in": list(systems)}}, {"_id": 1})]

    def all(self) -> Iterator[Task]:
        """Every task, for an export."""
        return (load_task(raw) for raw in self._tasks.find())

    def newest(self, now: datetime, limit: int = 100) -> list[Task]:
        """The tasks created last, newest first."""
        for width in _WINDOWS:
            recent = self._tasks.find({"created_at": {"$gt": now - width}})
            found = list(recent.sort("created_at", -1).limit(limit))
            if len(found) == limit:
                break
        return self._up_to_date(found or self._tasks.find().limit(limit))

    def in_quarantine(self, limit: int = 100) -> list[Task]:
        """Tasks that nobody claims any more: too many workers were lost at them."""
        found = self._tasks.find({"crashes": {"$gte": QUARANTINE_AFTER}}).limit(limit)
        return [task for task in map(load_task, found) if task.wake_at is None and not task.owner]

    def counts(self) -> dict[TaskStatus, int]:
        return {status: self._tasks.count_documents({"status": status}) for status in TaskStatus}


def _newborn(task: Task, events: Iterable[Event]) -> dict[str, Any]:
    document: dict[str, Any] = pack(task)
    return document | {"told": [pack(event) for event in events]}


def load_task(raw: dict[str, Any]) -> Task:
    return Task.model_validate(unpack(raw))


_LAST = "\U0010ffff"
