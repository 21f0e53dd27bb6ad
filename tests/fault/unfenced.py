"""The control: a worker without fences. If the checker finds nothing wrong with what it does, the checker is blind."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from pymongo import ReplaceOne, UpdateOne

from engine.model import Task, TaskStatus
from engine.run import Claimed
from engine.store.change import Change
from engine.store.journal import Journal, Record
from engine.store.leases import Due, Leases
from engine.store.tasks import Tasks, load_task
from engine.worker import Worker


def install() -> None:
    """Takes every fence away from the workers of this process."""
    Journal.append = _overwrite  # type: ignore[method-assign]
    Tasks.apply = _apply_whatever_the_revision  # type: ignore[method-assign]
    Leases.claim = _claim_what_others_have  # type: ignore[method-assign]
    Claimed._lose = _carry_on  # type: ignore[method-assign]
    Worker._start_anew = Worker.enlist  # type: ignore[method-assign]
    Worker.may_call = _always  # type: ignore[method-assign]


def _overwrite(self: Journal, records: Sequence[Record]) -> set[str]:
    if records:
        self._journal.bulk_write([ReplaceOne({"_id": one.id}, one.document(), upsert=True) for one in records])
    return set()


def _apply_whatever_the_revision(self: Tasks, changes: Sequence[Change]) -> set[str]:
    if changes:
        self._tasks.bulk_write([UpdateOne({"_id": change.task}, change.update()) for change in changes])
    return set()


def _claim_what_others_have(self: Leases, wanted: Sequence[Due], worker: str) -> list[Task]:
    token = secrets.token_hex(8)
    sets: dict[str, Any] = {"owner": worker, "wake_at": None, "status": TaskStatus.RUNNING, "saved": 0}
    update = {"$set": sets | {"last_op": token}, "$inc": {"epoch": 1, "rev": 1}}
    ids = [due.id for due in wanted]
    self._tasks.bulk_write([UpdateOne({"_id": id_}, update) for id_ in ids], ordered=False)
    return [load_task(raw) for raw in self._tasks.find({"_id": {"$in": ids}})]


def _carry_on(self: Claimed) -> None:
    return None


def _always(self: Worker) -> bool:
    return True
