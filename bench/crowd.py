"""A store full of parked tasks, made in bulk: all are copies of one that a worker has run and set down.

Copies go straight into the collections, each with its attempt and moved in time as a whole, so that they wake over
many days. Their events are left out: nothing that runs by itself reads them, and they would be half of all documents.
The store is one that Stepline starts on: `STEPLINE_DATA_DIR=<folder>` or `STEPLINE_MONGO_URI=<address>`.
"""

from __future__ import annotations

import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.call import Caller
from engine.command import Catalog, Operator, read_documents
from engine.plan import TaskDraft
from engine.script import Evaluator
from engine.store import Store, connect, counts
from engine.store.embedded import Embedded
from engine.store.inspection import require_sound
from engine.worker import Worker

from .parts import disk_mb, memory_mb
from .polled import polled_process

SYSTEM = "polls"
INTERVAL = timedelta(days=30)
_SOONEST = timedelta(days=1)
_AT_ONCE = 200
_SAY_EVERY_S = 10.0

Raw = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """An open store, and how another process gets to it."""

    store: Store
    uri: str
    server: int | None
    """The database server's process, where it is ours."""


@contextmanager
def opened(into: str) -> Iterator[Place]:
    """The store at that address or in that folder; without one, one that is gone at the end."""
    with ExitStack() as stack:
        if "://" in into:
            uri, server = into, None
        else:
            folder = into or stack.enter_context(tempfile.TemporaryDirectory())
            running = stack.enter_context(Embedded(Path(folder) / "db"))
            uri, server = running.uri, running.pid
        store = Store.at(uri)
        yield Place(store, uri, server)
        store.close()


@dataclass(frozen=True)
class Parked:
    """A parked task as the database has it: collection → its documents, history first."""

    id: str
    wake_at: datetime
    documents: Mapping[str, list[Raw]]

    def copies(self, wake_ats: Iterable[datetime]) -> dict[str, list[Raw]]:
        """One for each moment, under fresh ids."""
        copied: dict[str, list[Raw]] = {name: [] for name in self.documents}
        for wake_at in wake_ats:
            id_, later = secrets.token_hex(6), wake_at - self.wake_at
            for name, documents in self.documents.items():
                copied[name] += [_moved(document, self.id, id_, later) for document in documents]
        return copied


def _moved(value: Any, old: str, new: str, later: timedelta) -> Any:
    kind = type(value)
    if kind is str:
        return new + value[len(old) :] if value.startswith(old) else value
    if kind is datetime:
        return value + later
    if kind is dict:
        return {key: _moved(item, old, new, later) for key, item in value.items()}
    return [_moved(item, old, new, later) for item in value] if kind is list else value


def park_one(store: Store, url: str) -> Parked:
    """Lets a worker poll `url` once, and set the task down."""
    Catalog(store).save(read_documents(_documents(url)))
    operator, caller, evaluator = Operator(store), Caller(), Evaluator(workers=1)
    task = operator.start(operator.create(TaskDraft(system=SYSTEM)).id)
    worker = Worker(store, caller, evaluator)
    worker.enlist()
    worker.step()
    worker.drain()
    evaluator.close()
    caller.close()
    return _taken_out(store, task.id)


def _taken_out(store: Store, id_: str) -> Parked:
    """What there is of a task; it goes, so that its copies are all there is."""
    raw = store.db.task.find_one({"_id": id_})
    if raw is None or raw["wake_at"] is None:
        raise SystemExit(f"the model task was not parked: {raw and raw['process_msg']}")
    documents = {"attempt": list(store.db.attempt.find({"task": id_})), "task": [raw]}
    store.remove_task(id_)
    return Parked(id_, raw["wake_at"], documents)


def _documents(url: str) -> Raw:
    use = {"_id": "poll", "args": {}}
    link = {"_id": "ready", "condition": {"val": "result.ready == True"}, "api": {"op": "API", "val": use}}
    response = {"ready": {"fromapi": "ready", "key": "result.ready"}}
    api = {"_id": "poll", "method": "GET", "url": f"{url}/poll", "args": {}, "interval": INTERVAL.total_seconds()}
    step = {"_id": "wait", "checklink": [link], "response": response, "expect_span": {"day": 40}}
    return {"api": [api], "step": [step], "system": [{"_id": SYSTEM, "step": [{"_id": "wait"}]}]}


def insert(store: Store, parked: Parked, wake_ats: Iterable[datetime]) -> None:
    """History before the tasks that refer to it."""
    for name, documents in parked.copies(wake_ats).items():
        store.db[name].insert_many(documents, ordered=False)


def fill(store: Store, count: int) -> None:
    """Parks as many tasks as are missing, over the interval; says how it goes."""
    missing = count - counts(store.db)["task"]
    if missing <= 0:
        return
    with polled_process() as url:
        parked = park_one(store, url)
    began = said = time.perf_counter()
    for at in range(0, missing, _AT_ONCE):
        insert(store, parked, [_some_day() for _ in range(min(_AT_ONCE, missing - at))])
        if time.perf_counter() > said + _SAY_EVERY_S:
            said = time.perf_counter()
            print(f"{at + _AT_ONCE:>9} parked, {(at + _AT_ONCE) / (said - began):,.0f} a second", flush=True)
    print(f"{missing} tasks parked in {time.perf_counter() - began:.0f} s", flush=True)


def _some_day() -> datetime:
    return datetime.now(UTC) + _SOONEST + (INTERVAL - _SOONEST) * random.random()


def main(count: int, into: str) -> None:
    with opened(into) as place:
        fill(place.store, count)
        for name, documents in counts(place.store.db).items():
            print(f"{name:<8} {documents:>9} documents")
    if "://" not in into:
        print(f"{disk_mb(Path(into)):.0f} MB on disk")
        _reopen(Path(into) / "db")


def _reopen(folder: Path) -> None:
    """What a process does before it works, one by one."""
    embedded = Embedded(folder)
    _timed("server start", embedded.start)
    with embedded as running:
        store = Store(connect(running.uri))
        _timed("inspection", lambda: require_sound(store.db))
        _timed("indexes", store.prepare)
        _timed("tidy journal", lambda: store.leases.tidy_journal(datetime.now(UTC)))
        print(f"server memory {memory_mb(running.pid):.0f} MB")
        store.close()


def _timed(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    print(f"{what:<16} {time.perf_counter() - began:.2f} s", flush=True)
