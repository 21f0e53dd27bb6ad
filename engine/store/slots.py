"""Limits that all workers keep together: of so many numbered slots, each is one document, held by one worker.

A slot is taken by inserting its document and given back by deleting it, so that two never have the same one. Those of
a lost worker are freed with its tasks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pymongo.errors import DuplicateKeyError

from .connect import Documents


class Slots:
    def __init__(self, db: Documents) -> None:
        self._slots = db.slot

    def take(self, name: str, most: int, worker: str) -> str | None:
        """The id of a free slot of `name`, now the worker's, or None: all `most` are taken."""
        taken = self._taken(name)
        for number in range(most):
            id_ = f"{name}/{number}"
            if id_ not in taken and self._insert(id_, name, worker):
                return id_
        return None

    def taken(self, name: str) -> int:
        """How many slots of that name are taken."""
        return len(self._taken(name))

    def in_use(self) -> dict[str, int]:
        """Name → how many of its slots are taken."""
        return Counter(raw["name"] for raw in self._slots.find({}, {"name": 1}))

    def _taken(self, name: str) -> set[str]:
        return {raw["_id"] for raw in self._slots.find({"name": name}, {"_id": 1})}

    def _insert(self, id_: str, name: str, worker: str) -> bool:
        try:
            self._slots.insert_one({"_id": id_, "name": name, "worker": worker})
        except DuplicateKeyError:  # another was quicker
            return False
        return True

    def give(self, ids: Iterable[str], worker: str) -> None:
        """Frees those of the slots that are this worker's."""
        if ids := list(ids):
            self._slots.delete_many({"_id": {"$in": ids}, "worker": worker})

    def of(self, worker: str) -> set[str]:
        """The slots that are the worker's."""
        return {raw["_id"] for raw in self._slots.find({"worker": worker}, {"_id": 1})}

    def free(self, worker: str) -> None:
        """Frees all that the worker has."""
        self._slots.delete_many({"worker": worker})

    def owners(self) -> set[str]:
        return {raw["worker"] for raw in self._slots.find({}, {"worker": 1})}
