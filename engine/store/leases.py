"""Who holds what: a worker's lease, claims, and what becomes of the tasks of a lost worker.

The lease is the worker's, not each task's: one document `{_id, host, pid, lease_until, beat}` that the worker
renews by compare-and-set on `beat`, so that a renewal costs one write however many tasks it holds. A worker whose
lease ran out is *buried*: its `beat` changes first (so a late renewal fails and it knows), then its tasks are recovered
from its journal and freed with a higher epoch (so a late write fails), and its document goes last (so a burial that is
cut off is done again by whoever comes by).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from engine.model import Task, TaskStatus

from .connect import Documents
from .history import History, Trail
from .journal import Journal, replay
from .tasks import load_task

_LOST = -1


@dataclass(frozen=True, slots=True)
class Due:
    """A task that somebody should claim, as it was seen."""

    id: str
    rev: int
    system: str
    priority: int
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's own view of its lease."""

    worker: str
    beat: int
    until: datetime


class Leases:
    def __init__(self, db: Documents) -> None:
        self._tasks, self._workers, self._journal = db.task, db.worker, Journal(db)
        self._history = History(db)

    def enlist(self, worker: str, until: datetime, **about: Any) -> Lease:
        """Makes the worker known. `about`: host, pid, started_at."""
        self._workers.insert_one({"_id": worker, "beat": 0, "lease_until": until, **about})
        return Lease(worker, 0, until)

    def renew(self, lease: Lease, until: datetime, **about: Any) -> Lease | None:
        """The lease until later, or None: the worker was buried and holds nothing any more."""
        update = {"$set": {"beat": lease.beat + 1, "lease_until": until, **about}}
        matched = self._workers.update_one({"_id": lease.worker, "beat": lease.beat}, update).matched_count
        return Lease(lease.worker, lease.beat + 1, until) if matched else self._renewed_before(lease, until)

    def _renewed_before(self, lease: Lease, until: datetime) -> Lease | None:
        """A renewal whose reply was lost has raised `beat` already."""
        raw = self._workers.find_one({"_id": lease.worker})
        mine = raw is not None and raw["beat"] == lease.beat + 1 and raw["lease_until"] >= lease.until
        return Lease(lease.worker, lease.beat + 1, min(until, raw["lease_until"])) if raw and mine else None

    def discharge(self, worker: str) -> None:
        """The worker has ended well and holds nothing."""
        self._workers.delete_one({"_id": worker})

    def workers(self) -> list[dict[str, Any]]:
        return list(self._workers.find())

    def bury_expired(self, now: datetime) -> int:
        """Frees the tasks of every worker whose lease ran out, and of owners nobody knows; how many."""
        expired = list(self._workers.find({"lease_until": {"$lt": now}}))
        freed = sum(self._bury(raw, now) for raw in expired)
        return freed + self._free_orphans(now)

    def _bury(self, raw: dict[str, Any], now: datetime) -> int:
        if raw["beat"] != _LOST:
            mark = self._workers.update_one({"_id": raw["_id"], "beat": raw["beat"]}, {"$set": {"beat": _LOST}})
            if not mark.matched_count:
                return 0  # it renewed in the meantime
        freed = self._free(raw["_id"], now)
        self._workers.delete_one({"_id": raw["_id"]})
        return freed

    def _free(self, worker: str, now: datetime) -> int:
        return sum(self._recover(raw, now) for raw in self._tasks.find({"owner": worker}))

    def give_back(self, task: str, epoch: int, wake_at: datetime, attention: str) -> bool:
        """Lets go of one task as if its worker were lost: for what went wrong in the worker itself."""
        raw = self._tasks.find_one({"_id": task})
        return bool(raw and raw["epoch"] == epoch and self._recover(raw | {"attention": attention}, wake_at))

    def tidy_journal(self) -> None:
        """Removes records that a worker was killed before it could: of tasks that nobody holds.

        Records are read before owners: a task that is claimed in between writes under a higher epoch.
        """
        records = self._journal.leftovers()
        held = {raw["_id"] for raw in self._tasks.find({"owner": {"$gt": ""}}, {"_id": 1})}
        self._journal.forget([id_ for task, ids in records.items() if task not in held for id_ in ids])

    def _recover(self, raw: dict[str, Any], now: datetime) -> bool:
        """Writes what the journal of the lost worker holds into the task, and lets go of it. False: it moved on."""
        held_as = {"_id": raw["_id"], "rev": raw["rev"], "epoch": raw["epoch"]}
        records = self._journal.seal(raw["_id"], raw["epoch"])
        self._history.add([Trail(**record["trail"]) for record in records])
        touched = replay(raw, records)
        update = {field: raw[field] for field in touched} | {
            "owner": None,
            "wake_at": now,
            "saved": 0,
            "attention": raw.get("attention", ""),
            "epoch": raw["epoch"] + 1,
            "rev": raw["rev"] + 1,
            "crashes": raw.get("crashes", 0) + 1,
            "last_op": secrets.token_hex(8),
        }
        return bool(self._tasks.update_one(held_as, {"$set": update}).matched_count)

    def _free_orphans(self, now: datetime) -> int:
        """A worker that was buried while its hub was blocked may have claimed since: its document is gone."""
        owners = {raw["owner"] for raw in self._tasks.find({"owner": {"$gt": ""}}, {"owner": 1})}
        if not owners:
            return 0
        known = {raw["_id"] for raw in self._workers.find({}, {"_id": 1})}
        return sum(self._free(owner, now) for owner in owners - known)

    def due(self, now: datetime, limit: int = 1000) -> list[Due]:
        """Tasks whose time has come and that nobody holds, the longest due first."""
        fields = {"rev": 1, "system": 1, "priority": 1, "deadline": 1}
        found = self._tasks.find({"wake_at": {"$lte": now}}, fields).sort("wake_at", 1).limit(limit)
        return [
            Due(raw["_id"], raw["rev"], raw["system"], raw.get("priority", 5), raw.get("deadline")) for raw in found
        ]

    def next_wake(self, now: datetime, horizon: datetime) -> datetime | None:
        """When the next parked task is due, up to `horizon`."""
        range_ = {"$gt": now, "$lte": horizon}
        raw = next(iter(self._tasks.find({"wake_at": range_}, {"wake_at": 1}).sort("wake_at", 1).limit(1)), None)
        return raw["wake_at"] if raw else None

    def claim(self, wanted: Sequence[Due], worker: str) -> list[Task]:
        """Those of the wanted tasks that are now this worker's. What moved on meanwhile is left out.

        `wake_at` is null while a task is held, so a revision that was seen as due is due and free.
        """
        token = secrets.token_hex(8)
        update = {
            "$set": {"owner": worker, "wake_at": None, "status": TaskStatus.RUNNING, "last_op": token, "saved": 0},
            "$inc": {"epoch": 1, "rev": 1},
        }
        self._tasks.bulk_write([UpdateOne({"_id": due.id, "rev": due.rev}, update) for due in wanted], ordered=False)
        found = self._tasks.find({"_id": {"$in": [due.id for due in wanted]}})
        return [load_task(raw) for raw in found if raw["last_op"] == token]

    def requested(self, worker: str) -> list[str]:
        """Tasks that the worker holds and of which an operator asked something."""
        return [raw["_id"] for raw in self._tasks.find({"owner": worker}, {"request": 1}) if raw.get("request")]
