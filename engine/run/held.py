"""A task while a worker holds it: its state in memory, what is to be written of it, and who is at rest.

Every change is made to the model and noted for writing in one call, so that the two cannot differ. Notes of
all greenlets of the task are written together, one compare-and-set at a time.

At rest: greenlets of a task wait for a time or for a value. When all of them rest and the
nearest time is far off, the task is set down (parked): each is woken with `SetDown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.model import STEP_PASSED, Attempt, StepInfo, Task
from engine.plan import Plan
from engine.store import Fold, Store, Writer

from .clock import Clock
from .edit import Edit, Notes

StopReason = Literal["park", "stuck", "failed", "request", "drain", "lost", "broken"]
ValueKey = tuple[str, str | None]
"""(step, response key); key None stands for the whole step."""

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


class SetDown(Exception):
    """Nothing new may start in this task: unwind to the root."""


class Lost(SetDown):
    """Another worker holds the task now: write nothing more."""


@dataclass(eq=False, slots=True)
class _Rest:
    until: datetime | None
    signal: Signal = field(default_factory=Signal)


class Held(Edit):
    """One claimed task. `park_after_s`: how far off the next thing must be for the task to be set down."""

    def __init__(
        self, task: Task, plan: Plan, store: Store, writer: Writer, clock: Clock, worker: str, park_after_s: float
    ) -> None:
        super().__init__(task, clock, f"worker {worker}")
        self.plan, self.worker = plan, worker
        self.stopping: StopReason | None = None
        self._store, self._writer = store, writer
        self._park_after = timedelta(seconds=park_after_s)
        self._one_write = BoundedSemaphore(1)
        self._awake = 1
        self._resting: set[_Rest] = set()
        self._waiting_for: dict[ValueKey, list[_Rest]] = defaultdict(list)
        self._published = set(_published_in(task))
        self._attempts = 0

    # -- history ---------------------------------------------------------------------------------

    def next_attempt_id(self) -> str:
        """Unique: an epoch belongs to one claim."""
        self._attempts += 1
        return f"{self.task.id}/{self.task.epoch}/{self._attempts}"

    def add_attempt(self, attempt: Attempt) -> None:
        self.notes.attempts.append(attempt)

    def fold_attempt(self, fold: Fold) -> None:
        self.notes.folds.append(fold)

    # -- writing ---------------------------------------------------------------------------------

    def commit(self) -> None:
        """Returns when all that was noted so far is durable. Raises `Lost`."""
        notes = self.notes
        with self._one_write:
            if not notes.written:  # a neighbour may have taken ours along
                self.notes = Notes()
                self._write(notes)
                notes.written = True

    def _write(self, notes: Notes) -> None:
        if not notes:
            return
        self._check_not_lost()
        while not self._writer.write(self.entry(notes)):
            self._catch_up()
        self.task.rev += 1

    def _check_not_lost(self) -> None:
        if self.stopping == "lost":
            raise Lost

    def _catch_up(self) -> None:
        """The task has moved on: a request was put on it, or it is another worker's."""
        now = self._store.tasks.get(self.task.id)
        if now is None or now.epoch != self.task.epoch:
            self.stop("lost")
            raise Lost
        self.task.rev = now.rev
        self.task.request, self.task.requested_by = now.request, now.requested_by
        if now.request:
            self.stop("request")

    def forget_notes(self) -> None:
        """Drops what was noted and not written: it may be what the database refuses."""
        self.notes = Notes()

    def look(self) -> None:
        """Reads what an operator asked meanwhile."""
        with self._one_write:
            try:
                self._catch_up()
            except Lost:
                return

    # -- rest ------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises `SetDown` when nothing new may start."""
        self._check_not_lost()
        if self.stopping:
            raise SetDown

    def stop(self, reason: StopReason) -> None:
        """Nothing new starts from now on; what is in flight ends by itself."""
        if self.stopping in (None, "park", "stuck") or reason == "lost":
            self.stopping = reason
        for rest in self._resting:
            rest.signal.set()

    def rest_until(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self._rest(_Rest(moment))

    def rest_for(self, keys: Sequence[ValueKey]) -> None:
        """Returns when all these values are published."""
        for key in keys:
            while key not in self._published:
                rest = _Rest(None)
                self._waiting_for[key].append(rest)
                self._rest(rest)

    def rest_for_good(self) -> None:
        """Only an operator can make this go on."""
        while True:
            self._rest(_Rest(None))

    def announce(self, step: str) -> None:
        """Publishes what this step has; call it only when that is durable."""
        for key in _values_of(step, self.step(step)):
            self._published.add(key)
            for rest in self._waiting_for.pop(key, ()):
                rest.until = _AT_ONCE  # it counts as awake from now on
                rest.signal.set()

    def _rest(self, rest: _Rest) -> None:
        self.check()
        self._resting.add(rest)
        self._fall_asleep()
        rest.signal.wait(self._seconds_to(rest.until))
        self._resting.discard(rest)
        self._awake += 1
        self.check()

    def _seconds_to(self, moment: datetime | None) -> float | None:
        return None if moment is None else max(0.0, (moment - self.clock.now()).total_seconds())

    def _fall_asleep(self) -> None:
        self._awake -= 1
        if self._awake == 0 and not self.stopping:
            self._all_quiet()

    def _all_quiet(self) -> None:
        wake_at = self.nearest_wake()
        if wake_at is None:
            self.stop("stuck")
        elif wake_at - self._park_after > self.clock.now():
            self.stop("park")

    def nearest_wake(self) -> datetime | None:
        return min((rest.until for rest in self._resting if rest.until is not None), default=None)

    # -- greenlets -------------------------------------------------------------------------------

    def side_by_side(self, branches: Sequence[Callable[[], None]]) -> None:
        """Runs the branches, a greenlet each, and waits for all. Raises the first's error, `Lost` before others.

        The one who waits is no longer awake; the last branch to end hands its wakefulness back, so that
        there is no moment at which the task looks asleep while it is about to go on.
        """
        if not branches:
            return
        left = len(branches)
        self._awake += left - 1

        def branch(body: Callable[[], None]) -> BaseException | None:
            nonlocal left
            try:
                body()
            except SetDown as stopped:
                return stopped
            except Exception as error:  # noqa: BLE001  raised again where all have ended
                self.stop("broken")
                return error
            finally:
                left -= 1
                if left:
                    self._fall_asleep()
            return None

        greenlets = [gevent.spawn(branch, body) for body in branches]
        errors = [error for error in (greenlet.get() for greenlet in greenlets) if error]
        if errors:
            raise min(errors, key=lambda error: (isinstance(error, SetDown), not isinstance(error, Lost)))


def _published_in(task: Task) -> Iterator[ValueKey]:
    for step, info in task.step_info.items():
        yield from _values_of(step, info)


def _values_of(step: str, info: StepInfo) -> Iterator[ValueKey]:
    yield from ((step, name) for name in info.response)
    if info.status in STEP_PASSED:
        yield step, None
