"""Whatever two workers, operators and death do in whatever order: what was acknowledged stays, and one at most commits.

Hypothesis plays; the store is real. Each worker has its own view of what it holds and acts on it, right or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.model import Task, TaskStatus
from engine.store import Change, Lease, Move, Record, Store
from tests.clock import START

TASKS = ("a", "b")
WORKERS = (0, 1)


@dataclass
class View:
    """What a worker believes of a task that it has claimed."""

    epoch: int
    rev: int
    values: dict[str, str]
    recorded: int = 0


@dataclass
class Believer:
    """A worker: it believes in its lease and in what it holds until it is told otherwise."""

    lease: Lease
    holds: dict[str, View] = field(default_factory=dict)


class Fate(RuleBasedStateMachine):
    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.names = 0
        self.workers: dict[int, Believer] = {}
        self.acknowledged: dict[str, dict[str, str]] = {task: {} for task in TASKS}
        self.epochs = dict.fromkeys(TASKS, 0)
        self.asked: dict[str, str] = {}

    @initialize()
    def make(self) -> None:
        for task in TASKS:
            self.store.tasks.create(Task(id=task, system="s", status=TaskStatus.RUNNING, wake_at=START))
        for number in WORKERS:
            self.start(number)

    def start(self, number: int) -> None:
        self.names += 1
        self.workers[number] = Believer(self.store.leases.enlist(f"w{self.names}", lease_s=30.0))

    def teardown(self) -> None:
        for name in ("task", "worker", "journal", "event"):
            self.store.db[name].delete_many({})

    # -- what workers do -------------------------------------------------------------------------

    @rule(number=st.sampled_from(WORKERS))
    def claim(self, number: int) -> None:
        worker = self.workers[number]
        for task in self.store.leases.claim(self.store.leases.due(START), worker.lease.worker):
            assert task.args == self.acknowledged[task.id], "whoever goes on has all that was acknowledged"
            assert task.epoch > self.epochs[task.id]
            self.epochs[task.id] = task.epoch
            worker.holds[task.id] = View(task.epoch, task.rev, dict(task.args))

    def held(self) -> list[tuple[int, str]]:
        """Worker and task of every claim that is believed in."""
        return [(number, task) for number, worker in self.workers.items() for task in worker.holds]

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data(), sent=st.sampled_from([1, 2]))
    def commit(self, data: st.DataObject, sent: int) -> None:
        """A record; sent twice when the first reply was lost."""
        worker, task, view = self.chosen(data)
        key, value = f"k{len(view.values)}", f"{worker.lease.worker}/{view.epoch}/{view.recorded}"
        record = Record(task, view.epoch, view.recorded + 1, {f"args.{key}": value})
        stale = [self.store.journal.append([record]) for _ in range(sent)][-1]
        if stale:
            del worker.holds[task]
            return
        self.must_be_holder(task, view)
        view.recorded += 1
        view.values[key] = self.acknowledged[task][key] = value

    @precondition(lambda self: bool(self.held()))
    @rule(data=st.data(), park=st.booleans())
    def save(self, data: st.DataObject, park: bool) -> None:
        """The task's own document catches up with the journal; with `park` the task is set down."""
        worker, task, view = self.chosen(data)
        sets: dict[str, Any] = {"args": dict(view.values), "saved": view.recorded}
        moves = (Move("status", TaskStatus.RUNNING, TaskStatus.WAITING),) if park else ()
        sets |= {"owner": None, "wake_at": START} if park else {}
        if self.store.tasks.apply([Change(task, view.rev, view.epoch, sets, moves)]):
            self.catch_up(worker, task)
            return
        self.must_be_holder(task, view)
        view.rev += 1
        self.store.journal.forget([f"{task}/{view.epoch}/{n}" for n in range(1, view.recorded + 1)])
        if park:
            del worker.holds[task]

    def chosen(self, data: st.DataObject) -> tuple[Believer, str, View]:
        number, task = data.draw(st.sampled_from(self.held()))
        return self.workers[number], task, self.workers[number].holds[task]

    def catch_up(self, worker: Believer, task: str) -> None:
        """As a worker does whose change did not apply."""
        head, view = self.store.tasks.head(task), worker.holds[task]
        if head and (head.owner, head.epoch) == (worker.lease.worker, view.epoch):
            view.rev = head.rev
        else:
            del worker.holds[task]

    @rule(number=st.sampled_from(WORKERS))
    def renew(self, number: int) -> None:
        renewed = self.store.leases.renew(self.workers[number].lease)
        if renewed:
            self.workers[number].lease = renewed
        else:
            self.start(number)

    @rule(number=st.sampled_from(WORKERS))
    def give_back_strays(self, number: int) -> None:
        worker = self.workers[number]
        for owned in self.store.leases.owned(worker.lease.worker):
            if owned.id not in worker.holds:
                self.store.leases.give_back(owned, worker.lease.worker, START)

    @rule()
    def tidy(self) -> None:
        self.store.leases.tidy_journal(START)

    # -- what happens to them --------------------------------------------------------------------

    @rule(number=st.sampled_from(WORKERS))
    def expire(self, number: int) -> None:
        """The others take it for lost; it does not know yet."""
        for info in self.store.leases.workers():
            if info.id == self.workers[number].lease.worker:
                self.store.leases.bury(info, START)
        self.store.leases.free_orphans(START)

    @rule(number=st.sampled_from(WORKERS))
    def die(self, number: int) -> None:
        """kill -9: it knows nothing any more, and another is started in its place."""
        self.start(number)

    # -- what operators do -----------------------------------------------------------------------

    @rule(task=st.sampled_from(TASKS), what=st.sampled_from(["pause", "cancel", "yield"]))
    def ask(self, task: str, what: str) -> None:
        seen = self.store.tasks.get(task)
        assert seen
        if not self.store.tasks.apply([Change(task, seen.rev, seen.epoch, {"request": what})]):
            self.asked[task] = what

    @rule(task=st.sampled_from(TASKS))
    def retry(self, task: str) -> None:
        """Of what nobody holds: at once, out of quarantine too."""
        seen = self.store.tasks.get(task)
        assert seen
        if not seen.owner:
            self.store.tasks.apply([Change(task, seen.rev, seen.epoch, {"wake_at": START, "crashes": 0})])

    # -- the promise -----------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost(self) -> None:
        for task in TASKS:
            seen = self.store.tasks.get(task)
            assert seen
            assert seen.args == self.acknowledged[task]
            assert seen.epoch >= self.epochs[task]
            assert self.asked.get(task) == seen.request, "a request stays until somebody answers it"

    def must_be_holder(self, task: str, view: View) -> None:
        assert view.epoch == self.epochs[task], "an older claim has committed"


def test_what_was_acknowledged_stays_and_one_at_most_commits(store: Store) -> None:
    Fate.store = store
    often = settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Fate, settings=often)
