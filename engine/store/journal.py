"""What a worker does to a task that it holds, appended as it happens: a group of records costs one write to disk.

A record is `<task>/<epoch>/<n>`, n counting from 1: inserting it is a compare-and-set on the position in the journal.
Whoever takes a task from a lost worker *seals* that worker's journal by inserting the next number, and replays what
stands before it; the lost one, should it come back, finds its next number taken and stops. When a task is set down, its
own document is written and the records are of no more use.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import BulkWriteError

from engine.model import require_edge

from .change import Move
from .codec import pack
from .connect import DUPLICATE, Documents
from .history import Trail
from .pulse import Pulse

SEALS_KEPT = timedelta(days=7)
"""Nobody wakes up after so long and still waits for an answer."""

Raw = dict[str, Any]
"""A document as the database has it."""


@dataclass(frozen=True, slots=True)
class Record:
    """The `n`-th change of a task under `epoch`; `sets` and `moves` as in a `Change`."""

    task: str
    epoch: int
    n: int
    sets: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    trail: Trail = field(default_factory=Trail)
    """Rides along, so that one write makes all of it durable; it is copied into the history behind."""
    op: str = field(default_factory=lambda: secrets.token_hex(8))
    pairs: list[list[Any]] = field(init=False)
    """[path, value] in the database's form, taken when the record is made."""

    def __post_init__(self) -> None:
        moves = [[move.path, move.after] for move in self.moves]
        object.__setattr__(self, "pairs", [[path, pack(value)] for path, value in self.sets.items()] + moves)

    @property
    def id(self) -> str:
        return f"{self.task}/{self.epoch}/{self.n}"

    def document(self) -> Raw:
        """Raises `EdgeRefused` for a status edge that is not in the table."""
        for move in self.moves:
            require_edge(move.before, move.after)
        place = {"_id": self.id, "task": self.task, "epoch": self.epoch, "n": self.n}
        trail = {"attempts": self.trail.attempts, "events": self.trail.events}
        return {**place, "sets": self.pairs, "trail": trail, "op": self.op}


class Journal:
    def __init__(self, db: Documents, pulse: Pulse) -> None:
        self._journal, self._pulse = db.journal, pulse

    def append(self, records: Sequence[Record]) -> set[str]:
        """Adds them; answers the tasks whose number was taken by somebody else. May be repeated."""
        if not records:
            return set()
        try:
            self._journal.insert_many([record.document() for record in records], ordered=False)
        except BulkWriteError as error:
            if any(item["code"] != DUPLICATE for item in error.details["writeErrors"]):
                raise
            return self._not_mine(records)
        self._pulse.touch_tasks(record.task for record in records)
        return set()

    def _not_mine(self, records: Sequence[Record]) -> set[str]:
        """A number that is taken may be taken by ourselves: a write whose reply was lost and that was sent again."""
        found = self._journal.find({"_id": {"$in": [record.id for record in records]}}, {"op": 1})
        ops = {raw["_id"]: raw["op"] for raw in found}
        return {record.task for record in records if ops.get(record.id) != record.op}

    def seal(self, task: str, epoch: int, saved: int, now: datetime) -> list[Raw]:
        """Ends the journal of that epoch, so that nothing can be appended; its records in order.

        Up to number `saved` the task's document has them, and they may be gone.
        """
        while True:
            records = self._of(task, epoch)
            if records and records[-1].get("seal"):
                return records[:-1]
            n = max(saved, records[-1]["n"] if records else 0) + 1
            place: Raw = {"_id": f"{task}/{epoch}/{n}", "task": task, "epoch": epoch, "n": n}
            end: Raw = {**place, "sets": [], "op": "", "seal": True, "at": now}
            try:
                self._journal.insert_many([end])
            except BulkWriteError:  # its worker, or another who recovers, was quicker: look again
                continue

    def overlay(self, tasks: Iterable[Raw]) -> None:
        """Brings the documents of held tasks up to date, in place."""
        held = {raw["_id"]: raw for raw in tasks if raw.get("owner")}
        if not held:
            return
        records = self._journal.find({"task": {"$in": list(held)}})
        for record in sorted(records, key=lambda record: record["n"]):
            raw = held[record["task"]]
            if record["epoch"] == raw["epoch"]:
                replay(raw, [record])

    def forget(self, ids: Sequence[str]) -> None:
        """Removes records by their ids."""
        if ids:
            self._journal.delete_many({"_id": {"$in": list(ids)}})

    def leftovers(self, now: datetime) -> dict[str, list[str]]:
        """Task → ids of its records. Seals are kept: a worker that was lost may wake up, and has to find them."""
        found: dict[str, list[str]] = defaultdict(list)
        for raw in self._journal.find({}, {"task": 1, "seal": 1, "at": 1}):
            if not raw.get("seal") or raw["at"] < now - SEALS_KEPT:
                found[raw["task"]].append(raw["_id"])
        return found

    def forget_task(self, task: str) -> None:
        self._journal.delete_many({"task": task})

    def _of(self, task: str, epoch: int) -> list[Raw]:
        found = [record for record in self._journal.find({"task": task}) if record["epoch"] == epoch]
        return sorted(found, key=lambda record: record["n"])


def replay(raw: Raw, records: Iterable[Raw]) -> set[str]:
    """Makes the recorded changes to a task's document, in place; the fields of it that they touched.

    What the document has already (up to its `saved`) is passed over.
    """
    touched = set()
    for record in records:
        if record["n"] > raw.get("saved", 0):
            for path, value in record["sets"]:
                _set(raw, path.split("."), value)
                touched.add(path.split(".")[0])
            raw["saved"] = record["n"]
    return touched


def _set(raw: Raw, path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        raw = raw.setdefault(part, {})
    raw[path[-1]] = value
