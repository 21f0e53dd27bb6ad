"""Which shapes the answers of each API had of late: a document for each, written when it is new and now and then."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from engine.model import Shape, Sighting

from .codec import pack, unpack
from .connect import Documents

KEPT = timedelta(days=7)
_FRESH_S = 5.0
"""Pages that ask for all of them do so often."""


class ShapeStore:
    def __init__(self, db: Documents) -> None:
        self._shapes = db.shape
        self._all: list[Sighting] = []
        self._read_at = float("-inf")

    def add(self, sightings: Iterable[Sighting]) -> None:
        writes = [UpdateOne({"_id": _name(one)}, _update(one), upsert=True) for one in sightings]
        if writes:
            self._shapes.bulk_write(writes, ordered=False)
            self._read_at = float("-inf")

    def of(self, api: str) -> list[Sighting]:
        """The one that was seen last comes first."""
        found = [_sighting(raw) for raw in self._shapes.find({"api": api})]
        return sorted(found, key=lambda one: one.last_at, reverse=True)

    def all(self) -> list[Sighting]:
        """As they were a few seconds ago."""
        if time.monotonic() - self._read_at > _FRESH_S:
            self._all = [_sighting(raw) for raw in self._shapes.find()]
            self._read_at = time.monotonic()
        return list(self._all)

    def forget(self, api: str) -> None:
        """What goes on to come is seen again."""
        self._shapes.delete_many({"api": api})
        self._read_at = float("-inf")

    def tidy(self, now: datetime) -> None:
        """Removes what has not come for long."""
        self._shapes.delete_many({"last_at": {"$lt": now - KEPT}})


def _name(one: Sighting) -> str:
    return f"{one.api}/{one.shape.digest}"


def _update(one: Sighting) -> dict[str, Any]:
    kept = {"api": one.api, "found": pack(sorted(map(list, one.shape.found))), "whole": one.shape.whole}
    kept |= {"first_at": one.first_at, "attempt": one.attempt, "example": pack(one.example)}
    return {"$set": {"last_at": one.last_at}, "$setOnInsert": kept}


def _sighting(raw: Mapping[str, Any]) -> Sighting:
    found = frozenset((path, kind) for path, kind in unpack(raw["found"]))
    shape, example = Shape(found, raw["whole"]), unpack(raw["example"])
    return Sighting(raw["api"], shape, raw["first_at"], raw["last_at"], raw["attempt"], example)
