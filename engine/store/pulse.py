"""The pulse: how other processes learn what has changed, on any server that speaks the protocol.

Each process that changes things keeps one small document of the topics it touched last, numbered; whoever wants to know
reads these documents and compares numbers. Only ever a hint: the embedded server has no change streams, nothing waits
for it, and who hears nothing looks again after a while.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import gevent
from gevent.event import Event as Signal
from pymongo import WriteConcern
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from .connect import Documents

log = logging.getLogger(__name__)

CATALOG, USERS, WORKERS = "catalog", "users", "workers"
TASK = "task:"
"""Before a task's id."""
MANY_TASKS = "task:*"
"""In place of more tasks than are worth naming."""

EVERY_S = 0.2
KEPT = 300
MOST_AT_ONCE = 100
_CLOSING_S = 1.0
_OLD = timedelta(hours=1)


class Pulse:
    """Of this process. `touch` costs an entry in a dict; a greenlet writes what has gathered, and ends with it."""

    def __init__(self, db: Documents) -> None:
        self._db = db
        self._token = secrets.token_hex(6)
        self._count = 0
        self._gathered: dict[str, None] = {}
        self._recent: deque[str] = deque(maxlen=KEPT)
        self._beating: gevent.Greenlet[..., None] | None = None
        self._over = Signal()

    def touch(self, *topics: str) -> None:
        """Others shall know, soon. Call it when the change is durable."""
        self._gathered.update(dict.fromkeys(topics))
        if not self._beating:
            self._beating = gevent.spawn(self._beat)

    def touch_tasks(self, ids: Iterable[str]) -> None:
        self.touch(*(TASK + id_ for id_ in ids))

    def close(self) -> None:
        """Says what has not been heard yet, unless the database keeps us waiting.

        Whoever is killed while they speak leaves their connection open, so they are asked to end first.
        """
        self._over.set()
        if beating := self._beating:
            beating.join(_CLOSING_S)
            beating.kill()

    def _beat(self) -> None:
        try:
            if not self._count:
                self._tidy()
            while self._gathered:
                self._gather()
                self._say()
                self._over.wait(EVERY_S)
        finally:
            self._beating = None

    def _gather(self) -> None:
        topics, self._gathered = _worth_naming(self._gathered), {}
        self._recent += topics
        self._count += len(topics)

    def _say(self) -> None:
        document = {"_id": self._token, "n": self._count, "recent": list(self._recent), "at": datetime.now(UTC)}
        try:
            _quickly(self._db).replace_one({"_id": self._token}, document, upsert=True)
        except PyMongoError as error:
            log.debug("pulse_unheard", extra={"reason": str(error)[:200]})

    def _tidy(self) -> None:
        """Removes the documents of processes that said nothing for long: they are over, or begin theirs again."""
        try:
            long_ago = datetime.now(UTC) - _OLD
            old = [raw["_id"] for raw in _quickly(self._db).find({}, {"at": 1}) if raw["at"] < long_ago]
            if old:
                _quickly(self._db).delete_many({"_id": {"$in": old}})
        except PyMongoError as error:
            log.debug("pulse_untidy", extra={"reason": str(error)[:200]})


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since the last look; `seq` names the state of things, and is the same in every process."""

    seq: str
    topics: tuple[str, ...] = ()


class PulseReader:
    """Listens to all processes, this one too. The first look tells nothing: it only finds out where things stand."""

    def __init__(self, db: Documents) -> None:
        self._db = db
        self._heard: dict[str, int] | None = None

    def look(self) -> News:
        """Raises what the database says."""
        counts = {raw["_id"]: int(raw["n"]) for raw in _quickly(self._db).find({}, {"n": 1})}
        before, self._heard = self._heard, counts
        if before is None:
            return News(_name(counts))
        moved = [token for token, n in counts.items() if n != before.get(token, 0)]
        return News(_name(counts), self._topics(moved, before)) if moved else News(_name(counts))

    def _topics(self, moved: list[str], before: Mapping[str, int]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for raw in _quickly(self._db).find({"_id": {"$in": moved}}):
            found.update(dict.fromkeys(_unheard(raw, before.get(raw["_id"], 0))))
        return tuple(found)


def _unheard(raw: Mapping[str, Any], heard: int) -> list[str]:
    """The topics after that number; what has been dropped since may have been anything."""
    recent, missed = raw["recent"], raw["n"] - heard
    if missed > len(recent):
        return [MANY_TASKS, CATALOG, USERS, WORKERS]
    return list(recent[len(recent) - missed :])


def _worth_naming(gathered: Iterable[str]) -> list[str]:
    tasks = [topic for topic in gathered if topic.startswith(TASK)]
    others = [topic for topic in gathered if not topic.startswith(TASK)]
    return others + (tasks if len(tasks) <= MOST_AT_ONCE else [MANY_TASKS])


def _name(counts: Mapping[str, int]) -> str:
    return blake2b(repr(sorted(counts.items())).encode(), digest_size=8).hexdigest()


def _quickly(db: Documents) -> Any:
    """A hint need not survive a failover."""
    return db.get_collection("pulse", write_concern=WriteConcern(w=1), read_concern=ReadConcern("local"))
