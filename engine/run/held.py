"""A task while a worker holds it: its state in memory, what is to be written of it, and who is at rest.

Every change is made to the model and noted for writing in one call, so that the two cannot differ. Notes of
all greenlets of the task are written together, one compare-and-set at a time.

At rest: greenlets of a task wait for a time or for a value. When all of them rest and the
nearest time is far off, the task is set down (parked): each is woken with `SetDown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.model import STEP_PASSED, Attempt, StepInfo, SubjectKind, Task, TaskStatus
from engine.plan import Plan
from engine.store import Change, Entry, Fold, Move, Outage, Owned, Record, Store, Trail, Writer

from .clock import Clock
from .counts import Counts
from .edit import Edit, Notes

StopReason = Literal["park", "stuck", "failed", "request", "drain", "lost", "broken"]
ValueKey = tuple[str, str | None]
"""(step, response key); key None stands for the whole step."""

SAVE_EVERY_S = 1.0
"""How old a held task's own document may be while its journal is ahead: what lists are sorted by stands there."""

HEAVY_BYTES = 4_194_304
"""Of answers: what the greenlets of one task have gathered by then goes to the history first, and not into a record."""

_AT_ONCE = datetime.min.replace(tzinfo=UTC)

_MET_BY: Mapping[TaskStatus, tuple[str, ...]] = {
    TaskStatus.DONE: ("pause", "cancel", "yield", "look"),
    TaskStatus.CANCELLED: ("pause", "cancel", "yield", "look"),
    TaskStatus.FAILED: ("pause", "yield", "look"),
    TaskStatus.PAUSED: ("pause", "yield", "look"),
}
"""A task that was set down like this → the requests that there is nothing left to do for; for all others, `yield`."""


class SetDown(Exception):
    """Nothing new may start in this task: unwind to the root."""


class Lost(SetDown):
    """Another worker holds the task now: write nothing more."""


@dataclass(eq=False, slots=True)
class _Rest:
    until: datetime | None
    signal: Signal = field(default_factory=Signal)


@dataclass(frozen=True)
class Holder:
    """What a worker lends to the tasks that it holds."""

    worker: str
    store: Store
    writer: Writer
    clock: Clock
    park_after_s: float
    """How far off the next thing must be for a task to be set down."""
    forget: Callable[[str, int, int], None]
    """Records of this task and epoch, up to this number, have served."""
    outage: Outage
    counts: Counts


class Held(Edit):
    """One claimed task."""

    def __init__(self, task: Task, plan: Plan, holder: Holder) -> None:
        super().__init__(task, holder.clock, f"worker {holder.worker}")
        self.plan, self.worker = plan, holder.worker
        self.stopping: StopReason | None = "request" if task.request in ("pause", "cancel") else None
        self._holder = holder
        self._one_write = BoundedSemaphore(1)
        self._recorded = 0
        self._unsaved: set[str] = set()
        self._saved_status = task.status
        self._save_due = self.clock.monotonic() + SAVE_EVERY_S
        self._awake = 1
        self._resting: set[_Rest] = set()
        self._waiting_for: dict[ValueKey, list[_Rest]] = defaultdict(list)
        self._published = set(_published_in(task))
        self._attempts = 0
        self.news = 0
        self._expecting: set[_Rest] = set()

    # -- history ---------------------------------------------------------------------------------

    def next_attempt_id(self) -> str:
        """Unique: an epoch belongs to one claim."""
        self._attempts += 1
        return f"{self.task.id}/{self.task.epoch}/{self._attempts}"

    def add_attempt(self, attempt: Attempt) -> None:
        self.notes.attempts.append(attempt)
        self._came_further()

    def fold_attempt(self, fold: Fold) -> None:
        self.notes.folds.append(fold)
        self._came_further()

    def count(self, kind: SubjectKind, id_: str, good: bool, seconds: float) -> None:
        """For charts; nothing waits for it and nothing depends on it."""
        self._holder.counts.note(self.clock.now(), kind, id_, good, seconds)

    def _came_further(self) -> None:
        """Whatever its workers were lost for before, it is not the task that kills them."""
        if self.task.crashes:
            self.update_task(crashes=0)

    @property
    def passed(self) -> bool:
        """Whether nothing is left to be done."""
        return all(info.status in STEP_PASSED for info in self.task.step_info.values())

    # -- writing ---------------------------------------------------------------------------------

    def commit(self) -> None:
        """Returns when all that was noted so far is durable. Raises `Lost`."""
        notes = self.notes
        with self._one_write:
            if not notes.written:  # a neighbour may have taken ours along
                self.notes = Notes()
                self._write(notes)
                notes.written = True

    def commit_or_park(self, moment: datetime) -> None:
        """Like `commit`, for who then rests until that moment.

        If that sets the task down, it is set down at once: the one write does for both, and `SetDown` is raised.
        """
        if self._awake == 1 and not self.stopping:
            self._all_quiet(moment)
            self.check()
        self.commit()

    def save(self) -> None:
        """Like `commit`, and the task's own document shows it."""
        self._save_due = self.clock.monotonic()
        self.commit()

    def _write(self, notes: Notes) -> None:
        if not notes:
            return
        if self.stopping == "lost":
            raise Lost
        self._unsaved |= notes.paths()
        if self.clock.monotonic() >= self._save_due:
            self._save(notes)
        else:
            self._append(notes)

    def _append(self, notes: Notes) -> None:
        """To the journal: quick, and enough for whoever has to go on in our place."""
        n, trail = self._recorded + 1, self._lightened(_trail(notes))
        record = Record(self.task.id, self.task.epoch, n, notes.sets, tuple(notes.moves), trail)
        if not self._holder.writer.write(Entry(record)):
            self._lose()
        self._recorded += 1

    def _lightened(self, trail: Trail) -> Trail:
        """Answers that are too heavy to ride along are made durable ahead; a record has to fit into one document."""
        if trail.weight < HEAVY_BYTES:
            return trail
        self._holder.outage.reach(lambda: self._holder.store.history.add([replace(trail, events=[])]))
        return Trail(events=trail.events)

    def _save(self, notes: Notes) -> None:
        """To the task's document, where lists and queries see it; the journal up to here has served."""
        self.task.saved = self._recorded
        trail = _trail(notes)
        change, trail = self._snapshot(trail.events), replace(trail, events=[])
        while not self._holder.writer.write(Entry(change, trail)):
            self._catch_up()
            change = change.rebased(self.task.rev, {"request": self.task.request, "wake_at": self.task.wake_at})
        self.task.rev += 1
        self._saved_status = self.task.status
        self._unsaved.clear()
        self._save_due = self.clock.monotonic() + SAVE_EVERY_S
        self._holder.forget(self.task.id, self.task.epoch, self._recorded)

    def _snapshot(self, events: Sequence[dict[str, Any]]) -> Change:
        """Everything that was changed since the document was last written, as it is now."""
        task = self.task
        values = {path: self._value_at(path) for path in self._unsaved if path != "status"} | {"saved": task.saved}
        moves = (Move("status", self._saved_status, task.status),)
        return Change(task.id, task.rev, task.epoch, values, moves, tuple(events))

    def _value_at(self, path: str) -> Any:
        """`path` is a field of the task, or `step_info.<step>`."""
        field, _, step = path.partition(".")
        return self.task.step_info[step] if step else getattr(self.task, field)

    def _catch_up(self) -> None:
        """The document has moved on: a request was put on the task, or it is another worker's, or nobody's."""
        store = self._holder.store
        head = self._holder.outage.reach(lambda: store.tasks.head(self.task.id))
        if head is None or (head.owner, head.epoch) != (self.worker, self.task.epoch):
            self._lose()
            return
        self._holder.outage.reach(lambda: store.history.add([Trail(events=head.told)]))
        self.task.rev, self.task.request, self.task.requested_by = head.rev, head.request, head.requested_by
        if head.request == "look":
            self._hear()
        elif head.request:
            self.stop("request")
        if head.request:
            self._heed_late_request()

    def _heed_late_request(self) -> None:
        """It came while the task was being set down: what is not met by that is for whoever claims it next, at once."""
        task = self.task
        if task.owner is not None:
            return
        if task.request in _MET_BY.get(task.status, ("yield",)):
            task.request = None
        else:
            task.wake_at = self.clock.now()

    def _hear(self) -> None:
        """A child has ended: who waits for one looks at it. In the document that is heard with the next save."""
        self.news += 1
        self.update_task(request=None)
        for rest in self._expecting:
            rest.until = _AT_ONCE
            rest.signal.set()

    def _lose(self) -> None:
        self.stop("lost")
        raise Lost

    def give_back(self, wake_at: datetime, attention: str) -> None:
        """Lets go of the task as it is durable, nothing of what was noted since."""
        owned = Owned(self.task.id, self.task.epoch, None)
        self._holder.store.leases.give_back(owned, self.worker, wake_at, attention)

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
        if self.stopping == "lost":
            raise Lost
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

    def rest_for_news(self, moment: datetime, heard: int) -> None:
        """Until that moment, or until there is more `news` than was `heard`."""
        if self.news != heard:
            return
        rest = _Rest(moment)
        self._expecting.add(rest)
        try:
            self._rest(rest)
        finally:
            self._expecting.discard(rest)

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
        """Publishes what this step has, once that is durable.

        When every step has passed there is nobody to publish it to: the write that ends the task has it all.
        """
        if not self.passed:
            self.commit()
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

    def _all_quiet(self, *also: datetime) -> None:
        wake_at = self._nearest_wake(*also)
        if wake_at is None:
            self.stop("stuck")
        elif wake_at - timedelta(seconds=self._holder.park_after_s) > self.clock.now():
            self.stop("park")

    def _nearest_wake(self, *also: datetime) -> datetime | None:
        return min((*also, *(rest.until for rest in self._resting if rest.until is not None)), default=None)

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
        try:
            if errors:
                raise min(errors, key=lambda error: (isinstance(error, SetDown), not isinstance(error, Lost)))
        finally:  # an error that is raised refers to this frame: all of the task would wait for the garbage collector
            del errors, greenlets


def _trail(notes: Notes) -> Trail:
    return Trail.of(notes.attempts, notes.events, notes.folds)


def _published_in(task: Task) -> Iterator[ValueKey]:
    for step, info in task.step_info.items():
        yield from _values_of(step, info)


def _values_of(step: str, info: StepInfo) -> Iterator[ValueKey]:
    yield from ((step, name) for name in info.response)
    if info.status in STEP_PASSED:
        yield step, None
