"""Short ways to make what the store keeps: each test's arrangement is a line or two."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import gevent
from pymongo.errors import DocumentTooLarge, OperationFailure

from engine.model import Attempt, Document, Event, LinkState, Revision, StepInfo, Task, TaskStatus, Verdict
from engine.store import Changes, Lease, Record, Store, WorkerInfo
from tests.clock import START

TOO_LARGE = (OperationFailure, DocumentTooLarge)
"""The server refuses, or the driver does before it sends; the driver's is no `PyMongoError`."""
SOON = START + timedelta(seconds=30)
LATER = SOON + timedelta(seconds=1)
MEGABYTE = 2**20


def a_task(id_: str = "t", **fields: Any) -> Task:
    link = LinkState(id="l", args={"name": "$$s.x"})
    told: dict[str, Any] = {"status": TaskStatus.RUNNING, "wake_at": START, "system": "sys"} | fields
    return Task(id=id_, step_info={"s": StepInfo(api_status={"l": link})}, **told)


def an_attempt(number: int, **fields: Any) -> Attempt:
    place: dict[str, Any] = {"id": f"t/1/{number}", "task": "t", "step": "s", "link": "l", "seq": number}
    return Attempt(at=START, last_at=START, **(place | {"verdict": Verdict.NOT_YET} | fields))


def an_event(number: int, **fields: Any) -> Event:
    told: dict[str, Any] = {"id": f"e{number}", "task": "t", "seq": number, "at": START, "who": "ann", "what": "edited"}
    return Event(**(told | fields))


def a_record(n: int, task: str = "t", **sets: Any) -> Record:
    return Record(task, 1, n, sets or {"process_msg": f"{n}"})


def stored(store: Store, *tasks: Task) -> None:
    for task in tasks:
        store.tasks.create(task)


def saved(store: Store, documents: Sequence[Document], **how: Any) -> list[Revision]:
    """The revisions that a save of these definitions made."""
    return store.definitions.save(Changes(tuple(documents)), an_event(0, what="definitions saved"), **how)


def the_task(store: Store, id_: str = "t") -> Task:
    """A task that has to be there."""
    task = store.tasks.get(id_)
    assert task
    return task


def claim(store: Store, worker: str) -> list[Task]:
    return store.leases.claim(store.leases.due(START), worker)


def enlist(store: Store, worker: str, **about: Any) -> Lease:
    return store.leases.enlist(worker, lease_s=30.0, **about)


def seen(store: Store, worker: str) -> WorkerInfo:
    """The worker as another sees it now."""
    (info,) = [one for one in store.leases.workers() if one.id == worker]
    return info


def bury(store: Store, worker: str) -> int:
    """As somebody who has seen the worker's lease run out."""
    return store.leases.bury(seen(store, worker), SOON)


def held_by(store: Store, worker: str) -> Task:
    enlist(store, worker)
    (task,) = claim(store, worker)
    return task


def ids(found: Iterable[Any]) -> list[str]:
    return [each.id for each in found]


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Each in a greenlet of its own, all of them started before any is waited for."""
    greenlets = [gevent.spawn(act) for act in acts]
    gevent.joinall(greenlets, raise_error=True)
    return [greenlet.get() for greenlet in greenlets]
