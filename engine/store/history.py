"""What happened: attempts (capped per link, identical polls folded into one) and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.errors import BulkWriteError

from engine.model import Attempt, Event

from .codec import pack, unpack
from .connect import DUPLICATE, Documents

KEPT_PER_LINK = 50
_FOLDS_AT_ONCE = 200
_HEAVY = ("body", "args", "url")
"""Fields of an attempt that can be large."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One more poll that came to the same as attempt `id`: it now stands for `count`."""

    id: str
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Trail:
    """What a change of a task leaves in its history, in the database's form."""

    attempts: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Characters of its answers, about."""
        return sum(len(attempt.get("body") or "") for attempt in self.attempts)

    @classmethod
    def of(cls, attempts: Iterable[Attempt], events: Iterable[Event], folds: Iterable[Fold] = ()) -> Trail:
        return cls([pack(attempt) for attempt in attempts], [pack(event) for event in events], list(folds))


class History:
    def __init__(self, db: Documents) -> None:
        self._attempts, self._events, self._tasks = db.attempt, db.event, db.task

    def add(self, trails: Sequence[Trail]) -> None:
        """Writes what changes left; may be repeated."""
        attempts = [attempt for trail in trails for attempt in trail.attempts]
        _insert(self._attempts, attempts)
        _insert(self._events, [event for trail in trails for event in trail.events])
        self._fold([fold for trail in trails for fold in trail.folds])
        for attempt in attempts:
            if attempt["seq"] > KEPT_PER_LINK and attempt["seq"] % 10 == 0:
                self._prune(attempt)

    def add_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Adds them; one that is there already stays as it is, so this may be repeated."""
        self.add([Trail.of(attempts, ())])

    def _prune(self, newest: dict[str, Any]) -> None:
        place = {name: newest[name] for name in ("task", "step", "link")}
        self._attempts.delete_many(place | {"kept": False, "seq": {"$lte": newest["seq"] - KEPT_PER_LINK}})

    def fold(self, folds: Sequence[Fold]) -> None:
        self.add([Trail(folds=list(folds))])

    def _fold(self, folds: Sequence[Fold]) -> None:
        """By one update for many: on the embedded server that is one commit, and each update of a bulk is its own."""
        newest = list({fold.id: fold for fold in folds}.values())
        for start in range(0, len(newest), _FOLDS_AT_ONCE):
            some = newest[start : start + _FOLDS_AT_ONCE]
            self._attempts.update_many({"_id": {"$in": [fold.id for fold in some]}}, [_folding(some)])

    def attempts(self, task: str, step: str, link: str) -> list[Attempt]:
        """All that is kept of a link, oldest first."""
        found = self._attempts.find({"task": task, "step": step, "link": link})
        return sorted((Attempt.model_validate(unpack(raw)) for raw in found), key=lambda attempt: attempt.seq)

    def marks(self, task: str, limit: int) -> list[Attempt]:
        """When the calls of a task were made and what they came to, without what was sent and answered.

        In no order, `limit` of them at the most.
        """
        found = self._attempts.find({"task": task}, dict.fromkeys(_HEAVY, 0)).limit(limit)
        return [Attempt.model_validate(unpack(raw)) for raw in found]

    def some(self, ids: Iterable[str]) -> dict[str, Attempt]:
        """Attempts by their ids; what is not there is left out."""
        found = self._attempts.find({"_id": {"$in": list(ids)}})
        return {raw["_id"]: Attempt.model_validate(unpack(raw)) for raw in found}

    def bodies(self, ids: Iterable[str]) -> dict[str, str]:
        """Attempt id → its answer as JSON text.

        Whole documents are read: the embedded server answers a projection in one message, however large.
        """
        found = self._attempts.find({"_id": {"$in": list(ids)}})
        return {raw["_id"]: raw["body"] for raw in found}

    def add_events(self, events: Sequence[Event]) -> None:
        self.add([Trail.of((), events)])

    def add_told(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Events that the last change of these documents left there, before the next one writes over them."""
        self.add([Trail(events=[event for raw in tasks for event in raw.get("told", ())])])

    def retract(self, attempts: Iterable[Attempt]) -> None:
        """Takes back attempts whose change did not apply."""
        for attempt in attempts:
            self._attempts.delete_one({"_id": attempt.id})

    def events(self, task: str) -> list[Event]:
        """Oldest first; also those of the last change, which may not have been copied yet."""
        told = (self._tasks.find_one({"_id": task}, {"told": 1}) or {}).get("told", [])
        found = {raw["_id"]: raw for raw in (*told, *self._events.find({"task": task}))}
        events = (Event.model_validate(unpack(raw)) for raw in found.values())
        return sorted(events, key=lambda event: (event.seq, event.at))

    def forget(self, task: str) -> None:
        """Removes all that is kept of a task."""
        self._attempts.delete_many({"task": task})
        self._events.delete_many({"task": task})


def _folding(folds: Sequence[Fold]) -> dict[str, Any]:
    """A stage in which each attempt finds its own values by its id."""
    place = {"$indexOfArray": [{"$literal": [fold.id for fold in folds]}, "$_id"]}
    values = {"count": [fold.count for fold in folds], "last_at": [fold.at for fold in folds]}
    return {"$set": {name: {"$arrayElemAt": [{"$literal": each}, place]} for name, each in values.items()}}


def _insert(collection: Any, documents: Sequence[dict[str, Any]]) -> None:
    if not documents:
        return
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(item["code"] != DUPLICATE for item in error.details["writeErrors"]):
            raise
