"""Definitions (api, step, system) as people edit them, and plans as tasks use them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pymongo import ReplaceOne

from engine.model import Api, Definition, Document, Step, System

from .codec import pack, unpack
from .connect import Documents
from .pulse import CATALOG, Pulse

D = TypeVar("D", bound=Document)

NAMES: dict[type[Document], str] = {Api: "api", Step: "step", System: "system"}

_REMEMBERED = 256
"""Plans kept in memory: they never change."""


class Definitions:
    """Reads answer with models, or None for what is not there."""

    def __init__(self, db: Documents, pulse: Pulse) -> None:
        self._db, self._pulse = db, pulse
        self._plans: dict[str, Definition] = {}

    def save(self, documents: Iterable[Document]) -> None:
        """Writes them as they are, new or in place of the old; proof is the caller's business."""
        for kind, name in NAMES.items():
            writes = [
                ReplaceOne({"_id": document.id}, pack(document), upsert=True)
                for document in documents
                if type(document) is kind
            ]
            if writes:
                self._db[name].bulk_write(writes, ordered=False)
        self._pulse.touch(CATALOG)

    def api(self, id_: str) -> Api | None:
        return self._one(Api, id_)

    def step(self, id_: str) -> Step | None:
        return self._one(Step, id_)

    def system(self, id_: str) -> System | None:
        return self._one(System, id_)

    def apis(self) -> dict[str, Api]:
        return self._all(Api)

    def steps(self) -> dict[str, Step]:
        return self._all(Step)

    def systems(self) -> dict[str, System]:
        return self._all(System)

    def limited_systems(self) -> dict[str, int]:
        """System → `max_concurrency`, of those that have one."""
        found = self._db.system.find({"max_concurrency": {"$gt": 0}}, {"max_concurrency": 1})
        return {raw["_id"]: raw["max_concurrency"] for raw in found}

    def purge_debug(self) -> int:
        """Removes every definition marked `debug`; how many."""
        removed = sum(self._db[name].delete_many({"debug": True}).deleted_count for name in NAMES.values())
        self._pulse.touch(CATALOG)
        return removed

    def keep_plan(self, hash_: str, definition: Definition) -> None:
        """Stores the definition under its hash, once; a plan never changes."""
        if hash_ in self._plans:
            return
        body = pack(definition)
        self._db.plan.update_one({"_id": hash_}, {"$setOnInsert": body}, upsert=True)
        self._remember(hash_, definition)

    def plan(self, hash_: str) -> Definition | None:
        """The definition that a task was made from."""
        if hash_ not in self._plans:
            raw = self._db.plan.find_one({"_id": hash_})
            if raw is None:
                return None
            raw.pop("_id")
            self._remember(hash_, Definition.model_validate(unpack(raw)))
        return self._plans[hash_]

    def _remember(self, hash_: str, definition: Definition) -> None:
        """The oldest goes first: definitions are edited for years."""
        while len(self._plans) >= _REMEMBERED:
            del self._plans[next(iter(self._plans))]
        self._plans[hash_] = definition

    def _one(self, kind: type[D], id_: str) -> D | None:
        raw = self._db[NAMES[kind]].find_one({"_id": id_})
        return None if raw is None else kind.model_validate(unpack(raw))

    def _all(self, kind: type[D]) -> dict[str, D]:
        found: Iterable[dict[str, Any]] = self._db[NAMES[kind]].find()
        return {raw["_id"]: kind.model_validate(unpack(raw)) for raw in found}
