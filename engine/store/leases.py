"""Who holds what: a worker's lease, claims, and what becomes of the tasks of a lost worker.

The lease is the worker's, not each task's: one document that the worker renews by compare-and-set on `beat`, so that a
renewal costs one write however many tasks it holds. No clock is compared: others watch whether `beat` moves
(`engine/liveness.py`). A worker that is lost is *buried*: its `beat` changes first (so a late renewal fails and it
knows), then its tasks are recovered from its journal and freed with a higher epoch (so a late write fails), and its
document goes last (so a burial that is cut off is done again by whoever comes by).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from engine.model import QUARANTINE_AFTER, Request, Task, TaskStatus

from .connect import BEGINNING, Documents
from .history import History, Trail
from .journal import Journal, Raw, replay
from .pulse import WORKERS, Pulse
from .slots import Slots
from .tasks import load_task

log = logging.getLogger(__name__)

_LOST = -1


@dataclass(frozen=True, slots=True)
class Due:
    """A task that somebody should claim, as it was seen."""

    id: str
    system: str
    priority: int
    deadline: datetime | None
    wake_at: datetime
    crashes: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's own view of its lease."""

    worker: str
    beat: int


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker as others see it. `boot` and `born` tell its process from others, see `engine/liveness.py`."""

    id: str
    beat: int
    lease_s: float
    host: str = ""
    pid: int = 0
    boot: str = ""
    born: str = ""
    started_at: datetime | None = None
    renewed_at: datetime | None = None
    held: int = 0
    capacity: int = 0
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Owned:
    """A task that the database says is a worker's."""

    id: str
    epoch: int
    request: Request | None


class Leases:
    def __init__(self, db: Documents, journal: Journal, pulse: Pulse) -> None:
        self._tasks, self._workers, self._journal, self._pulse = db.task, db.worker, journal, pulse
        self._history, self._slots = History(db), Slots(db)

    # -- a worker's own lease --------------------------------------------------------------------

    def enlist(self, worker: str, **about: Any) -> Lease:
        """Makes the worker known. `about`: fields of `WorkerInfo`."""
        self._workers.insert_one({"_id": worker, "beat": 0, **about})
        self._pulse.touch(WORKERS)
        return Lease(worker, 0)

    def renew(self, lease: Lease, **about: Any) -> Lease | None:
        """The lease from now on, or None: the worker was buried and holds nothing any more."""
        renewed = Lease(lease.worker, lease.beat + 1)
        update = {"$set": {"beat": renewed.beat, **about}}
        if self._workers.update_one({"_id": lease.worker, "beat": lease.beat}, update).matched_count:
            return renewed
        raw = self._workers.find_one({"_id": lease.worker}, {"beat": 1})
        if raw and raw["beat"] == renewed.beat:  # it was renewed and the reply was lost: from when on is not known
            return self.renew(renewed, **about)
        return None

    def discharge(self, worker: str) -> None:
        """The worker has ended well and holds nothing."""
        self._slots.free(worker)
        self._workers.delete_one({"_id": worker})
        self._pulse.touch(WORKERS)

    def workers(self) -> list[WorkerInfo]:
        return [_worker(raw) for raw in self._workers.find()]

    def owned(self, worker: str) -> list[Owned]:
        """What the worker holds, as the database has it."""
        found = self._tasks.find({"owner": worker}, {"epoch": 1, "request": 1})
        return [Owned(raw["_id"], raw["epoch"], raw.get("request")) for raw in found]

    # -- lost workers ----------------------------------------------------------------------------

    def bury(self, worker: WorkerInfo, now: datetime) -> int:
        """Frees the tasks of a worker that was silent at that `beat`; how many: 0 if it renewed since."""
        if worker.beat != _LOST:
            mark = self._workers.update_one({"_id": worker.id, "beat": worker.beat}, {"$set": {"beat": _LOST}})
            if not mark.matched_count:
                return 0
        freed = self._free(worker.id, now)
        self._workers.delete_one({"_id": worker.id})
        self._pulse.touch(WORKERS)
        return freed

    def free_orphans(self, now: datetime) -> int:
        """A worker that was buried while its hub was blocked may have claimed since: its document is gone.

        Owners are read before workers: who claims has enlisted before.
        """
        owners = {raw["owner"] for raw in self._tasks.find({"owner": {"$gt": ""}}, {"owner": 1})} | self._slots.owners()
        if not owners:
            return 0
        known = {raw["_id"] for raw in self._workers.find({}, {"_id": 1})}
        return sum(self._free(owner, now) for owner in owners - known)

    def _free(self, worker: str, now: datetime) -> int:
        freed = sum(self._recover(raw, now) for raw in self._tasks.find({"owner": worker}))
        self._slots.free(worker)
        return freed

    def give_back(self, owned: Owned, worker: str, wake_at: datetime, attention: str = "") -> bool:
        """Lets go of one task as if its worker were lost: for what went wrong in the worker itself."""
        raw = self._tasks.find_one({"_id": owned.id})
        if not raw or (raw["owner"], raw["epoch"]) != (worker, owned.epoch):
            return False
        return self._recover(raw | ({"attention": attention} if attention else {}), wake_at)

    def tidy_journal(self, now: datetime) -> None:
        """Removes records that a worker was killed before it could: of tasks that nobody holds.

        Records are read before owners: a task that is claimed in between writes under a higher epoch.
        """
        records = self._journal.leftovers(now)
        held = {raw["_id"] for raw in self._tasks.find({"owner": {"$gt": ""}}, {"_id": 1})}
        self._journal.forget([id_ for task, ids in records.items() if task not in held for id_ in ids])

    def _recover(self, raw: Raw, now: datetime) -> bool:
        """Writes what the journal of the lost worker holds into the task, and lets go of it. False: it moved on."""
        held_as = {"_id": raw["_id"], "rev": raw["rev"], "epoch": raw["epoch"]}
        records = self._journal.seal(raw["_id"], raw["epoch"], raw.get("saved", 0), now)
        self._history.add([Trail(**record["trail"]) for record in records])
        touched = replay(raw, records)
        update = {field: raw[field] for field in touched} | _set_free(raw, now)
        recovered = bool(self._tasks.update_one(held_as, {"$set": update}).matched_count)
        self._pulse.touch_tasks([raw["_id"]])
        return recovered

    # -- claims ----------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int = 1000) -> list[Due]:
        """Tasks whose time has come and that nobody holds, the longest due first."""
        wanted = dict.fromkeys(("system", "priority", "deadline", "wake_at", "crashes"), 1)
        found = self._tasks.find({"wake_at": {"$gt": BEGINNING, "$lte": now}}, wanted).sort("wake_at", 1).limit(limit)
        return [_due(raw) for raw in found]

    def next_wake(self, now: datetime, horizon: datetime) -> datetime | None:
        """When the next parked task is due, up to `horizon`."""
        range_ = {"$gt": now, "$lte": horizon}
        raw = next(iter(self._tasks.find({"wake_at": range_}, {"wake_at": 1}).sort("wake_at", 1).limit(1)), None)
        return raw["wake_at"] if raw else None

    def claim(self, wanted: Sequence[Due], worker: str) -> list[Task]:
        """Those of the wanted tasks that are now this worker's. What is held or waits for later by now is left out."""
        if not wanted:
            return []
        token, ids = secrets.token_hex(8), [due.id for due in wanted]
        self._tasks.update_many({"_id": {"$in": ids}}, [_claiming(worker, token, max(due.wake_at for due in wanted))])
        claimed = [raw for raw in self._tasks.find({"_id": {"$in": ids}}) if raw["last_op"] == token]
        self._pulse.touch_tasks(raw["_id"] for raw in claimed)
        self._history.add_told(claimed)
        return self._readable(claimed)

    def _readable(self, claimed: Iterable[Raw]) -> list[Task]:
        """One that cannot be read is put aside: it must not keep its neighbours from running."""
        tasks = []
        for raw in claimed:
            try:
                tasks.append(load_task(raw))
            except ValueError as error:
                log.exception("task_unreadable", extra={"task": raw["_id"]})
                aside = {"owner": None, "attention": f"its document cannot be read, see the log: {str(error)[:200]}"}
                self._tasks.update_one({"_id": raw["_id"], "rev": raw["rev"]}, {"$set": aside, "$inc": {"rev": 1}})
                self._pulse.touch_tasks([raw["_id"]])
        return tasks


def _claiming(worker: str, token: str, seen_due_by: datetime) -> dict[str, Any]:
    """A stage that makes a task the worker's if it is due and free: `wake_at` is null while a task is held.

    The update decides that, and not its filter, because the embedded server reads the whole collection for a filter
    that has more than a list of ids. One update for all tasks is there one commit; each update of a bulk is its own.
    A task that is READY stays so: to start it is for its worker, who proves it first.
    """
    free = {"$and": [{"$gt": ["$wake_at", None]}, {"$lte": ["$wake_at", seen_due_by]}]}
    claimed = {
        "owner": worker,
        "wake_at": None,
        "status": {"$cond": [{"$eq": ["$status", TaskStatus.READY]}, TaskStatus.READY, TaskStatus.RUNNING]},
        "last_op": token,
        "saved": 0,
        "epoch": {"$add": ["$epoch", 1]},
        "rev": {"$add": ["$rev", 1]},
    }
    return {"$set": {name: {"$cond": [free, value, f"${name}"]} for name, value in claimed.items()}}


def _set_free(raw: Raw, wake_at: datetime) -> dict[str, Any]:
    """What makes a held task free: due at `wake_at`, or in quarantine."""
    crashes = raw.get("crashes", 0) + 1  # its worker has set it to 0 if it came any further
    poison = crashes >= QUARANTINE_AFTER
    freed = {
        "owner": None,
        "wake_at": None if poison else wake_at,
        "saved": 0,
        "attention": raw.get("attention", ""),
        "epoch": raw["epoch"] + 1,
        "rev": raw["rev"] + 1,
        "crashes": crashes,
        "last_op": secrets.token_hex(8),
    }
    if poison:
        why = f"in quarantine: {crashes} workers in a row were lost while they ran it; find out why, then retry it"
        status = TaskStatus.READY if raw["status"] == TaskStatus.READY else TaskStatus.WAITING
        freed |= {"status": status, "start_at": None, "attention": why, "process_msg": why}
    return freed


def _due(raw: Raw) -> Due:
    own = raw["_id"], raw["system"], raw.get("priority", 5), raw.get("deadline")
    return Due(*own, raw["wake_at"], raw.get("crashes", 0))


_KNOWN = {field.name for field in fields(WorkerInfo)}


def _worker(raw: Raw) -> WorkerInfo:
    return WorkerInfo(id=raw["_id"], **{name: value for name, value in raw.items() if name in _KNOWN})
