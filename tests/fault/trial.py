"""A trial: a database of its own, an oracle, tasks, a crew; in the end a history for the checker."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import gevent
from gevent.pool import Pool

from engine.command import Catalog, Operator, Refused, Repair, read_documents
from engine.model import TASK_OVER, Attempt, Task, TaskStatus
from engine.plan import TaskDraft
from engine.store import Store, StoreError
from engine.store.codec import unpack
from tests.fault.checker import History, Resolution, unknown_places
from tests.fault.crew import Child, Crew, Member, Nursery
from tests.fault.diary import Pause, read_diaries
from tests.fault.exchange import LOOK_S, Fate, read_exchanges
from tests.fault.flows import Flow, mixed

LOOK_AT_TASKS_S = 0.1


@dataclass(frozen=True, slots=True)
class Loss:
    """A worker that was taken away, and the tasks that it held then."""

    at: float
    worker: str
    tasks: frozenset[str]


@contextmanager
def running_oracle(nursery: Nursery, log: Path, chaos: Mapping[Fate, float], seed: int) -> Iterator[str]:
    """The address of an oracle in a process of its own."""
    address = log.with_suffix(".address")
    args = ["--log", str(log), "--address", str(address), "--chaos", json.dumps(chaos), "--seed", str(seed)]
    child = Child(nursery, "oracle", log.with_suffix(".out"), args)
    try:
        while not address.exists() or not (url := address.read_text()).endswith("\n"):
            if not child.alive:
                raise RuntimeError(f"the oracle ended: {child.log.read_text()}")
            gevent.sleep(LOOK_S)
        yield url.strip()
    finally:
        child.kill()


def database_at(uri: str, name: str) -> str:
    """The address of another database on the same server."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(path=f"/{name}", query=f"authSource=admin&{parts.query}"))


@dataclass
class Trial:
    """`seed` decides everything that the trial decides by chance; what the machine adds stays chance."""

    nursery: Nursery
    uri: str
    folder: Path
    seed: int = 1
    chaos: Mapping[Fate, float] = field(default_factory=dict)
    tasks: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)

    def __enter__(self) -> Trial:
        self.rng = random.Random(self.seed)
        name = f"fault{time.time_ns()}"
        self.folder = self.folder / name
        self.folder.mkdir(parents=True)
        self.uri = database_at(self.uri, name)
        with ExitStack() as stack:
            self._log = self.folder / "oracle.log"
            url = stack.enter_context(running_oracle(self.nursery, self._log, self.chaos, self.seed))
            self.store = Store.at(self.uri)
            stack.callback(self._forget, name)
            self.flow: Flow = mixed(url)
            Catalog(self.store).save(read_documents(self.flow.documents))
            self.crew = Crew(self.nursery, self.folder, self.uri)
            stack.callback(self.crew.kill)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _forget(self, name: str) -> None:
        with suppress(StoreError):
            self.store.db.client.drop_database(name)
        self.store.close()

    # -- tasks -----------------------------------------------------------------------------------

    def start(self, count: int, prefix: str = "t") -> list[str]:
        """So many more tasks, started."""
        ids = [f"{prefix}{len(self.tasks) + number}" for number in range(count)]
        self.tasks += ids
        operator = Operator(self.store, who="starter")

        def start(id_: str) -> None:
            operator.start(operator.create(TaskDraft(system="mixed", id=id_)).id)

        Pool(8).map(start, ids)
        return ids

    def finish(self, within_s: float, except_: str = "") -> bool:
        """Waits until every task is over, resolving what an operator has to; False when the time is up.

        Tasks whose ids begin with `except_` are not waited for.
        """
        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            with suppress(StoreError):
                if not self._look_after(except_):
                    return True
            gevent.sleep(LOOK_AT_TASKS_S)
        return False

    def _look_after(self, except_: str) -> int:
        """Resolves what is unknown; how many tasks are not over."""
        fields = {"status": 1, "attention": 1}
        rows = [raw for raw in self.store.db.task.find({}, fields) if not except_ or not raw["_id"].startswith(except_)]
        for raw in rows:
            if raw["status"] == TaskStatus.WAITING and raw["attention"]:
                self._repair(raw["_id"], raw["attention"])
        return sum(raw["status"] not in TASK_OVER for raw in rows)

    def _repair(self, id_: str, attention: str) -> None:
        """As an operator would who knows that the machines were at fault."""
        with suppress(Refused):  # its worker has not let go of it yet
            if "quarantine" in attention:
                Repair(self.store, who="judge").retry(id_)
            else:
                self._resolve(id_)

    def _resolve(self, id_: str) -> None:
        task = self.store.tasks.get(id_)
        for place in unknown_places(task) if task else ():
            step, _, link = place.partition("/")
            nonce = self._effect_of(f"{id_}/{place}/0")
            how: Any = "took effect" if nonce and self.rng.random() < 0.5 else "repeat"
            began = time.monotonic()
            Repair(self.store, who="judge").resolve(id_, step, link, how, {"ready": True, "nonce": nonce})
            self.resolutions.append(Resolution(id_, place, how, began))

    def _effect_of(self, key: str) -> str | None:
        """The operator asks the API's people: has it taken effect?"""
        found = [one.nonce for one in read_exchanges(self._log) if one.key == key and one.nonce]
        return found[0] if found else None

    # -- faults ----------------------------------------------------------------------------------

    def kill_one(self) -> Member:
        """kill -9 of a worker by chance."""
        member = self.any_holder()
        member.kill()
        self.note_loss(member)
        return member

    def any_holder(self) -> Member:
        """A worker by chance, one that holds tasks if there is any."""
        owners = {raw["owner"] for raw in self.store.db.task.find({"owner": {"$gt": ""}}, {"owner": 1})}
        alive = self.crew.alive
        return self.rng.choice([one for one in alive if one.token in owners] or alive)

    def note_loss(self, member: Member) -> None:
        """What it held stands in the database until somebody finds it dead."""
        at = time.monotonic()
        with suppress(StoreError):
            held = self.store.db.task.find({"owner": member.token}, {"_id": 1}) if member.token else ()
            self.losses.append(Loss(at, member.name, frozenset(raw["_id"] for raw in held)))

    def note_pause(self, member: Member, began: float) -> None:
        self.pauses.append(Pause(member.name, began, time.monotonic()))

    @property
    def misbehaved(self) -> int:
        """How many requests ended in some other way than well."""
        return sum(one.fate != Fate.OK for one in read_exchanges(self._log))

    # -- the end ---------------------------------------------------------------------------------

    def history(self) -> History:
        """Sends everybody home first, and tidies up as the next worker to start would."""
        self.crew.leave()
        self.store.leases.tidy_journal(datetime.now(UTC))
        told = read_diaries(self.folder)
        tasks: dict[str, Task | None] = {id_: self.store.tasks.get(id_) for id_ in self.tasks}
        return History(
            flow=self.flow,
            exchanges=read_exchanges(self._log),
            tasks=tasks,
            attempts=[Attempt.model_validate(unpack(raw)) for raw in self.store.db.attempt.find()],
            commits=told.commits,
            resolutions=self.resolutions,
            pauses=self.pauses + told.pauses,
            leftovers=self._leftovers(tasks),
            enlisted=told.enlisted,
        )

    def _leftovers(self, tasks: Mapping[str, Task | None]) -> list[str]:
        free = {id_ for id_, task in tasks.items() if task and not task.owner}
        found = self.store.journal.leftovers(datetime.now(UTC))
        return [id_ for task, ids in found.items() if task in free for id_ in ids]
