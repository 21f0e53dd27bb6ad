"""A worker: claims what is due, runs it, renews its lease, sets everything down when it is told to end.

Holding a task means: `owner` is this worker's token and `epoch` is the one it claimed. The lease is the worker's; it
is renewed by compare-and-set, and no call starts when the last renewal that was acknowledged is too old.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.call import Caller
from engine.candidates import Candidates
from engine.dispatch import LocalDispatch
from engine.limits import Limits
from engine.liveness import Watch, is_gone, this_process
from engine.model import Api, Task
from engine.plan import Plan, build_plan
from engine.run import (
    AGAIN_AFTER,
    Children,
    Claimed,
    Clock,
    Counts,
    Holder,
    Shapes,
    SystemClock,
    Tools,
    run_task,
    set_down,
)
from engine.script import Evaluator
from engine.store import Lease, Outage, Owned, Store, StoreError, WorkerInfo, Writer
from engine.vault import NO_KEYS, Keyring, Vault

log = logging.getLogger(__name__)

_LOOKS_MISSED = 3
"""Who has not looked for as long as so many looks was cut off itself."""
_COUNTS_EVERY_S = 5.0
_LAST_WORDS_S = 5.0
"""What setting down may take when the grace is over, the database being away or slow."""


@dataclass(frozen=True)
class WorkerSettings:
    """Seconds, how much at once, and what opens secrets."""

    lease_s: float = 30.0
    renew_s: float = 5.0
    margin_s: float = 5.0
    """No call starts this close to the end of the lease."""
    sweep_s: float = 1.0
    park_after_s: float = 2.0
    """A task whose next try is further off is set down."""
    grace_s: float = 25.0
    """How long calls in flight may take to end when the worker drains."""
    tasks: int = 200
    calls: int = 100
    keyring: Keyring = NO_KEYS


class Worker:
    """`start` runs it in greenlets; tests call `step` and turn the clock instead."""

    def __init__(
        self,
        store: Store,
        caller: Caller,
        evaluator: Evaluator,
        dispatch: LocalDispatch | None = None,
        clock: Clock | None = None,
        settings: WorkerSettings | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.store, self.clock = store, clock or SystemClock()
        self.settings = settings or WorkerSettings()
        self.dispatch = dispatch or LocalDispatch()
        self.held: dict[str, Claimed] = {}
        self.outage = Outage()
        self._process = this_process()
        self._running: dict[str, gevent.Greenlet[..., None]] = {}
        self._writer = Writer(store.tasks, store.history, store.journal, self.outage)
        self._limits = Limits(store, self.outage, lambda: self.name, lambda: not self._others)
        self._candidates = Candidates(
            store, self._limits, self.clock, self.held, self.settings.tasks, self.settings.sweep_s
        )
        self._served: list[str] = []
        self._counts, self._shapes = Counts(), Shapes()
        self._calls = BoundedSemaphore(self.settings.calls)
        self._claims = 0
        self._watch = Watch(blind_after_s=max(self.settings.lease_s / 3, _LOOKS_MISSED * self._look_s))
        self._others: list[WorkerInfo] = []
        self._ended, self._drained = Signal(), Signal()
        self._claiming: list[gevent.Greenlet[..., None]] = []
        self._loops: list[gevent.Greenlet[..., None]] = []
        self._plan = lru_cache(maxsize=256)(self._load_plan)
        self._vault = Vault(store, self.settings.keyring, self.clock.monotonic)
        lent = self._slot, self.may_call, chance, self._bodies, self._secret
        self._children = Children(store, self.outage, self.dispatch.notify)
        self._tools = Tools(caller, evaluator, *lent, self._children)
        self._lease: Lease | None = None
        self._lease_ends = 0.0

    # -- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Enlists and begins to claim; returns at once. Call it after a fork."""
        self.enlist()
        self.store.leases.tidy_journal(self.clock.now())
        self.store.hours.tidy(self.clock.now())
        self.store.shapes.tidy(self.clock.now())
        while_claiming = {self._sweep_and_rest: 0.0, self.read_requests: self.settings.sweep_s}
        until_the_end = {
            self.renew: self.settings.renew_s,
            self.look_around: self._look_s,
            self.free_orphans: self.settings.lease_s / 6,
            self.tidy: self.settings.sweep_s,
            self.write_counts: _COUNTS_EVERY_S,
            self.write_shapes: _COUNTS_EVERY_S,
            self._limits.tidy: self.settings.sweep_s,
            self._vault.forget: self.settings.sweep_s,
        }
        self._claiming = [gevent.spawn(self._repeat, act, rest, self._ended) for act, rest in while_claiming.items()]
        self._loops = [gevent.spawn(self._repeat, act, rest, self._drained) for act, rest in until_the_end.items()]

    def drain(self) -> None:
        """Claims no more; calls in flight may end within the grace; everything else is set down at once."""
        grace_ends = time.monotonic() + self.settings.grace_s
        self._ended.set()
        self.dispatch.wake()
        self._stop_all()
        gevent.joinall(self._claiming, timeout=self.settings.grace_s)  # a claim may be under way
        self._stop_all()
        gevent.joinall(list(self._running.values()), timeout=max(0.0, grace_ends - time.monotonic()))
        self._end_by_force()
        self._drained.set()
        gevent.joinall(self._loops, timeout=_LAST_WORDS_S)
        self._leave()

    def _stop_all(self) -> None:
        for held in list(self.held.values()):
            held.stop("drain")

    def _end_by_force(self) -> None:
        """The grace is over: what became of the calls still in flight is for R9 to say."""
        rest = [gevent.spawn(set_down, held, self._children) for held in self.held.values()]
        gevent.joinall(rest, timeout=_LAST_WORDS_S)
        if not all(greenlet.ready() for greenlet in rest):
            self._writer.give_up()
            gevent.joinall(rest)

    def _leave(self) -> None:
        self._writer.give_up()
        try:
            self._writer.stop()
            self.tidy()
            self.write_counts()
            self.write_shapes()
            if self._lease and not self.store.leases.owned(self.name):
                self.store.leases.discharge(self.name)
        except StoreError as error:
            log.warning("left_behind", extra={"worker": self.name, "reason": str(error)[:200]})

    def _repeat(self, act: Callable[[], object], rest_s: float, over: Signal) -> None:
        """Until it is over, whatever goes wrong: without its loops a worker would hold tasks for nothing."""
        told = ""
        while not over.is_set():
            try:
                self.outage.reach(act, over.is_set)
                told = ""
            except Exception as error:
                if not over.is_set() and told != str(error):
                    log.exception("worker_loop_failed")
                told = str(error)
                over.wait(self.settings.sweep_s)
            if rest_s:
                over.wait(rest_s)

    # -- lease -----------------------------------------------------------------------------------

    def enlist(self) -> None:
        """Under a fresh token: one that was buried never comes back."""
        now, began = self.clock.now(), self.clock.monotonic()
        about = asdict(self._process) | {"started_at": now, "renewed_at": now, "held": 0, "draining": False}
        about |= {"lease_s": self.settings.lease_s, "capacity": self.settings.tasks}
        self._lease = self.store.leases.enlist(secrets.token_hex(8), **about)
        self._lease_ends = began + self.settings.lease_s
        self._writer.start()

    @property
    def name(self) -> str:
        """The token under which it holds tasks."""
        if self._lease is None:
            raise RuntimeError("the worker is not enlisted yet")
        return self._lease.worker

    @property
    def _holder(self) -> Holder:
        lent = self.name, self.store, self._writer, self.clock, self.settings.park_after_s, self._forget
        return Holder(*lent, self.outage, self._counts, self._shapes)

    def renew(self) -> None:
        """The time is taken before the write is sent, so our end of the lease is never later than the others'."""
        if self._lease is None:
            return
        began = self.clock.monotonic()
        state = {"held": len(self.held), "draining": self._ended.is_set(), "renewed_at": self.clock.now()}
        lease = self.store.leases.renew(self._lease, **state)
        if lease:
            self._lease, self._lease_ends = lease, began + self.settings.lease_s
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        """We were taken for dead: what we held is others' now."""
        log.warning("lease_lost", extra={"worker": self.name, "held": len(self.held)})
        for held in list(self.held.values()):
            held.stop("lost")
        self._limits.forget()
        self.enlist()

    @property
    def _look_s(self) -> float:
        """How often it looks whether others are lost."""
        return min(self.settings.sweep_s, self.settings.lease_s / 6)

    def may_call(self) -> bool:
        return self.clock.monotonic() < self._lease_ends - self.settings.margin_s

    def look_around(self) -> None:
        """Which other workers there are, and which of them are lost: those are buried."""
        workers = self.store.leases.workers()
        silent = self._watch.silent(workers, self.clock.monotonic())
        others = [worker for worker in workers if worker.id != self.name]
        lost = [worker for worker in others if worker in silent or is_gone(worker, self._process.boot)]
        self._others = [worker for worker in others if worker not in lost]
        for worker in lost:
            freed = self.store.leases.bury(worker, self.clock.now())
            log.warning("worker_buried", extra={"worker": worker.id, "host": worker.host, "tasks": freed})
            self.dispatch.wake()

    def free_orphans(self) -> None:
        if freed := self.store.leases.free_orphans(self.clock.now()):
            log.warning("tasks_recovered", extra={"count": freed})
            self.dispatch.wake()

    # -- claims ----------------------------------------------------------------------------------

    def step(self) -> int:
        """One sweep, and until all it claimed is set down again; how many that were. For tests."""
        claimed = self.sweep()
        gevent.joinall(list(self._running.values()))
        return claimed

    def sweep(self) -> int:
        """Claims what is due, as far as there is room; how many."""
        room = self.settings.tasks - len(self.held)
        if room <= 0 or not self.may_call() or self._ended.is_set():
            return 0
        wanted = self._candidates.take(room, self._others)
        if not wanted:
            return 0
        self._claims += 1
        try:
            tasks = self.store.leases.claim(wanted, self.name)
            for task in tasks:
                self._run(task)
        finally:
            self._claims += 1
            self._candidates.give_places([due.id for due in wanted if due.id not in self.held])
        return len(tasks)

    def _sweep_and_rest(self) -> None:
        while self.sweep() and not self._ended.is_set():
            pass
        for task in self.dispatch.wait(self._rest_s()):
            if held := self.held.get(task):
                held.look()
            else:
                self._candidates.read_anew()  # it is not among those read before

    def _rest_s(self) -> float:
        """Up to the next sweep, or to the next task that falls due before it."""
        now = self.clock.now()
        wake_at = self.store.leases.next_wake(now, now + timedelta(seconds=self.settings.sweep_s))
        return max(0.0, (wake_at - now).total_seconds()) if wake_at else self.settings.sweep_s

    def _run(self, task: Task) -> None:
        try:
            held = Claimed(task, self._plan(task.plan), self._holder)
        except StoreError:
            raise  # it is ours, and not held: `read_requests` will see that and give it back
        except Exception:
            log.exception("task_broken", extra={"task": task.id})
            again_at = self.clock.now() + AGAIN_AFTER
            stray = Owned(task.id, task.epoch, None)
            self.store.leases.give_back(stray, self.name, again_at, "its plan cannot be used, see the log")
            return
        self.held[task.id] = held
        self._running[task.id] = gevent.spawn(self._run_and_let_go, held)

    def _run_and_let_go(self, held: Claimed) -> None:
        task = held.task.id
        try:
            run_task(held, self._tools)
        finally:
            if self.held.get(task) is held:
                del self.held[task], self._running[task]
                if (
                    self._candidates.give_places([task]) or held.task.crashes
                ):  # another of its system, or of its kind, may run
                    self.dispatch.wake()
            if len(self.held) >= self.settings.tasks - 1:  # there is room again
                self.dispatch.wake()

    def _load_plan(self, hash_: str) -> Plan:
        definition = self.store.definitions.plan(hash_)
        if definition is None:
            raise LookupError(f"plan {hash_} is not in the store")
        return build_plan(definition)

    # -- what it holds ---------------------------------------------------------------------------

    def read_requests(self) -> None:
        """What operators asked of tasks that we hold, through another process; and what is ours without our knowing.

        The reply to a claim may have been lost, or a task's own end: such a task is given back.
        """
        claims = self._claims
        owned = self.store.leases.owned(self.name)
        strays = [one for one in owned if one.id not in self.held]
        for one in owned:
            held = self.held.get(one.id)
            if held and one.request and not held.stopping:
                held.look()
        if claims == self._claims and claims % 2 == 0:  # no claim was under way
            for stray in strays:
                if self.store.leases.give_back(stray, self.name, self.clock.now()):
                    log.warning("stray_given_back", extra={"task": stray.id})

    def _forget(self, task: str, epoch: int, up_to: int) -> None:
        self._served += [f"{task}/{epoch}/{n}" for n in range(1, up_to + 1)]

    def tidy(self) -> None:
        """Removes journal records that have served, many at once."""
        served = list(self._served)
        self.store.journal.forget(served)
        del self._served[: len(served)]

    def write_counts(self) -> None:
        """Adds to the hours what was counted since the last time; a worker that is killed loses that."""
        with self._counts.taken() as hours:
            self.store.hours.add(hours)

    def write_shapes(self) -> None:
        """Adds the shapes of answers that are new; one that is lost is seen again."""
        with self._shapes.untold() as sightings:
            self.store.shapes.add(sightings)

    @contextmanager
    def _slot(self, api: Api, check: Callable[[], None]) -> Iterator[bool]:
        """A place among the calls in flight, of the api first so that its queue blocks nobody else."""
        with self._limits.place(f"api/{api.id}", api.max_concurrency, check) as free:
            if not free:
                yield False
                return
            with self._calls:
                yield True

    def _secret(self, name: str) -> str:
        return self.outage.reach(lambda: self._vault.value(name))

    def _bodies(self, ids: list[str]) -> dict[str, str]:
        return self.outage.reach(lambda: self.store.history.bodies(ids))
