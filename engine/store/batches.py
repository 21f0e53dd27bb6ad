"""Batches: what was made together."""

from __future__ import annotations

from engine.model import Batch

from .codec import pack, unpack
from .connect import Documents


class Batches:
    def __init__(self, db: Documents) -> None:
        self._batches = db.batch

    def put(self, batch: Batch) -> None:
        self._batches.replace_one({"_id": batch.id}, pack(batch), upsert=True)

    def get(self, id_: str) -> Batch | None:
        raw = self._batches.find_one({"_id": id_})
        return Batch.model_validate(unpack(raw)) if raw else None
