"""A worker's memory with tasks parked: what waits for days should cost it nothing."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta

import gevent

from engine.model import TaskStatus
from engine.store.codec import pack

from .parts import Engine, memory_mb, temporary_store

COUNTS = (0, 20_000)
_SETTLE_S = 3


def main() -> None:
    print(f"{'parked':>8} {'worker memory MB':>17} {'more than with none':>20}")
    none = 0.0
    with temporary_store() as store:
        engine = Engine(store, "http://127.0.0.1:9")
        engine.worker.start()
        for count in COUNTS:
            _park(engine, count)
            gevent.sleep(_SETTLE_S)
            gc.collect()
            memory = memory_mb()
            none = none or memory
            print(f"{count:>8} {memory:>17.1f} {memory - none:>20.1f}", flush=True)
        engine.close()


def _park(engine: Engine, count: int) -> None:
    """Straight into the collection: making them one by one would measure the making."""
    if not count:
        return
    model = engine.store.tasks.get(engine.create("model"))
    if model is None:
        return
    later = datetime.now(UTC) + timedelta(days=1)
    waiting = model.model_copy(update={"status": TaskStatus.WAITING, "wake_at": later, "deadline": later})
    document = pack(waiting.to_document())
    for start in range(0, count, 1000):
        engine.store.db.task.insert_many([document | {"_id": f"p{start + at}"} for at in range(1000)], ordered=False)
