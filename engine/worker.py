"""A worker: claims what is due, runs it, renews its lease, sets everything down when it is told to end.

Holding a task means: `owner` is this worker's token and `epoch` is the one it claimed. The lease is the worker's; it
is renewed by compare-and-set, and no call starts when the last renewal that was acknowledged is too old.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from heapq import heapify, heappop, heappush

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.call import Caller
from engine.dispatch import LocalDispatch
from engine.model import Task
from engine.plan import Plan, build_plan
from engine.run import Clock, Held, Holder, SystemClock, Tools, run_task, set_down
from engine.script import Evaluator
from engine.store import Due, Lease, Store, StoreError, Writer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerSettings:
    """Seconds, and how much at once."""

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
        self.held: dict[str, Held] = {}
        self._running: dict[str, gevent.Greenlet[..., None]] = {}
        self._writer = Writer(store.tasks, store.history, store.journal)
        self._served: list[str] = []
        self._calls = BoundedSemaphore(self.settings.calls)
        self._calls_of: dict[str, BoundedSemaphore] = {}
        self._candidates: list[Due] = []
        self._candidates_until = 0.0
        self._ended = Signal()
        self._loops: list[gevent.Greenlet[..., None]] = []
        self._plan = lru_cache(maxsize=256)(self._load_plan)
        self._tools = Tools(caller, evaluator, self._slot, self.may_call, chance, store.history.bodies)
        self._lease: Lease | None = None
        self._lease_ends = 0.0

    # -- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Enlists and begins to claim; returns at once. Call it after a fork."""
        self.enlist()
        self.store.leases.tidy_journal()
        self._loops = [
            gevent.spawn(self._repeat, self._sweep_and_rest),
            gevent.spawn(self._repeat, self._every(self.settings.renew_s, self.renew)),
            gevent.spawn(self._repeat, self._every(self.settings.sweep_s, self.read_requests)),
            gevent.spawn(self._repeat, self._every(self.settings.lease_s / 6, self.bury)),
            gevent.spawn(self._repeat, self._every(self.settings.sweep_s, self.tidy)),
        ]

    def drain(self) -> None:
        """Claims no more; calls in flight may end within the grace; everything else is set down at once."""
        self._ended.set()
        self.dispatch.wake()
        for held in list(self.held.values()):
            held.stop("drain")
        gevent.joinall(list(self._running.values()), timeout=self.settings.grace_s)
        for held in list(self.held.values()):  # the grace is over: what became of their calls is for R9 to say
            set_down(held)
        gevent.joinall(self._loops)
        self._writer.stop()
        self.tidy()
        if self._lease:
            self.store.leases.discharge(self._lease.worker)

    def _repeat(self, act: Callable[[], None]) -> None:
        """Until the worker ends. The database may be away: that is said once, and tried again."""
        told = False
        while not self._ended.is_set():
            try:
                act()
                told = False
            except StoreError as error:
                if not told:
                    log.warning("database_away", extra={"reason": str(error)[:200]})
                told = True
                self._ended.wait(self.settings.sweep_s)

    def _every(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        def then_rest() -> None:
            act()
            self._ended.wait(seconds)

        return then_rest

    # -- lease -----------------------------------------------------------------------------------

    def enlist(self) -> None:
        """Under a fresh token: one that was buried never comes back."""
        now, began = self.clock.now(), self.clock.monotonic()
        about = {"host": socket.gethostname(), "pid": os.getpid(), "started_at": now, "held": 0}
        self._lease = self.store.leases.enlist(secrets.token_hex(8), now + self._lease_span, **about)
        self._lease_ends = began + self.settings.lease_s
        self._writer.start()

    @property
    def name(self) -> str:
        """The token under which it holds tasks."""
        return self._enlisted.worker

    @property
    def _holder(self) -> Holder:
        return Holder(self.name, self.store, self._writer, self.clock, self.settings.park_after_s, self._forget)

    def _forget(self, task: str, epoch: int, up_to: int) -> None:
        self._served += [f"{task}/{epoch}/{n}" for n in range(1, up_to + 1)]

    def tidy(self) -> None:
        """Removes journal records that have served, many at once."""
        served, self._served = self._served, []
        self.store.journal.forget(served)

    @property
    def _enlisted(self) -> Lease:
        if self._lease is None:
            raise RuntimeError("the worker is not enlisted yet")
        return self._lease

    @property
    def _lease_span(self) -> timedelta:
        return timedelta(seconds=self.settings.lease_s)

    def renew(self) -> None:
        """The time is taken before the write is sent, so our end of the lease is never later than the others'."""
        began = self.clock.monotonic()
        lease = self.store.leases.renew(self._enlisted, self.clock.now() + self._lease_span, held=len(self.held))
        if lease:
            self._lease, self._lease_ends = lease, began + self.settings.lease_s
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        """We were taken for dead: what we held is others' now."""
        log.warning("lease_lost", extra={"worker": self.name, "held": len(self.held)})
        for held in list(self.held.values()):
            held.stop("lost")
        self.enlist()

    def may_call(self) -> bool:
        return self.clock.monotonic() < self._lease_ends - self.settings.margin_s

    def bury(self) -> None:
        if freed := self.store.leases.bury_expired(self.clock.now()):
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
        wanted = self._next_candidates(room)
        tasks = self.store.leases.claim(wanted, self.name) if wanted else []
        for task in tasks:
            self._run(task)
        return len(tasks)

    def _sweep_and_rest(self) -> None:
        while self.sweep() and not self._ended.is_set():
            pass
        for task in self.dispatch.wait(self._rest_s()):
            if held := self.held.get(task):
                held.look()
            else:
                self._candidates_until = 0.0  # it is not among those read before

    def _rest_s(self) -> float:
        """Up to the next sweep, or to the next task that falls due before it."""
        now = self.clock.now()
        wake_at = self.store.leases.next_wake(now, now + timedelta(seconds=self.settings.sweep_s))
        return max(0.0, (wake_at - now).total_seconds()) if wake_at else self.settings.sweep_s

    def _next_candidates(self, room: int) -> list[Due]:
        """The list of what is due is read at most once in a sweep's time while it lasts."""
        if not self._candidates or self.clock.monotonic() >= self._candidates_until:
            held = Counter(held.task.system for held in self.held.values())
            self._candidates = in_fair_order(self.store.leases.due(self.clock.now()), held)
            self._candidates_until = self.clock.monotonic() + self.settings.sweep_s
        wanted, self._candidates = self._candidates[:room], self._candidates[room:]
        return [due for due in wanted if due.id not in self.held]

    def _run(self, task: Task) -> None:
        held = Held(task, self._plan(task.plan), self._holder)
        self.held[task.id] = held
        self._running[task.id] = gevent.spawn(self._run_and_let_go, held)

    def _run_and_let_go(self, held: Held) -> None:
        try:
            run_task(held, self._tools)
        finally:
            if self.held.get(held.task.id) is held:
                del self.held[held.task.id], self._running[held.task.id]
            if len(self.held) >= self.settings.tasks - 1:  # there is room again
                self.dispatch.wake()

    def _load_plan(self, hash_: str) -> Plan:
        definition = self.store.definitions.plan(hash_)
        if definition is None:
            raise LookupError(f"plan {hash_} is not in the store")
        return build_plan(definition)

    def read_requests(self) -> None:
        """What operators asked of tasks that we hold, through another process."""
        for task in self.store.leases.requested(self.name):
            if (held := self.held.get(task)) and not held.stopping:
                held.look()

    @contextmanager
    def _slot(self, api: str, most: int | None) -> Iterator[None]:
        """A place among the calls in flight, of the api first so that its queue blocks nobody else."""
        with self._limit_of(api, most), self._calls:
            yield

    def _limit_of(self, api: str, most: int | None) -> AbstractContextManager[object]:
        if most is None:
            return nullcontext()
        return self._calls_of.setdefault(f"{api}/{most}", BoundedSemaphore(most))


def in_fair_order(dues: Sequence[Due], held: Mapping[str, int]) -> list[Due]:
    """Systems take turns, the one that holds least first; within a system priority, then deadline."""
    queues: dict[str, deque[Due]] = defaultdict(deque)
    for due in sorted(dues, key=_urgency):
        queues[due.system].append(due)
    turns = [(held.get(system, 0), position, system) for position, system in enumerate(queues)]
    heapify(turns)
    ordered = []
    while turns:
        count, position, system = heappop(turns)
        ordered.append(queues[system].popleft())
        if queues[system]:
            heappush(turns, (count + 1, position, system))
    return ordered


def _urgency(due: Due) -> tuple[int, float]:
    return -due.priority, due.deadline.timestamp() if due.deadline else float("inf")
