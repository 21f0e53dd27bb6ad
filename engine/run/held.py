"""A task while it is walked: its state in memory, what is to be written of it, and who is at rest.

Every change is made to the model and noted for writing in one call, so that the two cannot differ.

At rest: greenlets of a task wait for a time or for a value. When all of them rest and the
nearest time is far off, the task is set down (parked): each is woken with `SetDown`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.model import STEP_PASSED, Attempt, StepInfo, SubjectKind, Task
from engine.plan import Plan
from engine.store import Fold

from .clock import Clock
from .counts import Counts
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
class Rest:
    """One greenlet that waits, until a time if there is one, or until somebody wakes it."""

    until: datetime | None
    signal: Signal = field(default_factory=Signal)


class Held(Edit, ABC):
    """One task in somebody's hands. Where it is written, and how time goes by, is for subclasses to say."""

    def __init__(self, task: Task, plan: Plan, worker: str, clock: Clock, park_after_s: float, counts: Counts) -> None:
        """`park_after_s`: how far off the next thing must be for the task to be set down."""
        super().__init__(task, clock, f"worker {worker}")
        self.plan, self.worker = plan, worker
        self.stopping: StopReason | None = "request" if task.request in ("pause", "cancel") else None
        self._park_after_s, self._counts = park_after_s, counts
        self._one_write = BoundedSemaphore(1)
        self._awake = 1
        self._resting: set[Rest] = set()
        self._waiting_for: dict[ValueKey, list[Rest]] = defaultdict(list)
        self._published = set(_published_in(task))
        self._attempts = 0
        self.news = 0
        self._expecting: set[Rest] = set()

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
        self._counts.note(self.clock.now(), kind, id_, good, seconds)

    def note_answer(self, api: str, value: Any, text: str, attempt: str) -> None:
        """For comparing it with the sample; only what a real API answers to a real task is noted."""

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
        self.commit()

    @abstractmethod
    def _write(self, notes: Notes) -> None:
        """Returns when they are durable. Raises `Lost`."""

    @abstractmethod
    def give_back(self, wake_at: datetime, attention: str) -> None:
        """Lets go of the task as it is durable, nothing of what was noted since."""

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
            self._rest(Rest(moment))

    def rest_for_news(self, moment: datetime, heard: int) -> None:
        """Until that moment, or until there is more `news` than was `heard`."""
        if self.news != heard:
            return
        rest = Rest(moment)
        self._expecting.add(rest)
        try:
            self._rest(rest)
        finally:
            self._expecting.discard(rest)

    def hear(self) -> None:
        """A child has ended: who waits for one looks at it. In the document that is heard with the next save."""
        self.news += 1
        self.update_task(request=None)
        for rest in self._expecting:
            rest.until = _AT_ONCE
            rest.signal.set()

    def rest_for(self, keys: Sequence[ValueKey]) -> None:
        """Returns when all these values are published."""
        for key in keys:
            while key not in self._published:
                rest = Rest(None)
                self._waiting_for[key].append(rest)
                self._rest(rest)

    def rest_for_good(self) -> None:
        """Only an operator can make this go on."""
        while True:
            self._rest(Rest(None))

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

    def _rest(self, rest: Rest) -> None:
        self.check()
        self._resting.add(rest)
        self._fall_asleep()
        self._wait(rest)
        self._resting.discard(rest)
        self._awake += 1
        self.check()

    def _wait(self, rest: Rest) -> None:
        """Returns when its time has come, or it was woken."""
        rest.signal.wait(self._seconds_to(rest.until))

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
        elif wake_at > self.clock.now() + timedelta(seconds=self._park_after_s):  # `_AT_ONCE` takes no subtraction
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


def _published_in(task: Task) -> Iterator[ValueKey]:
    for step, info in task.step_info.items():
        yield from _values_of(step, info)


def _values_of(step: str, info: StepInfo) -> Iterator[ValueKey]:
    yield from ((step, name) for name in info.response)
    if info.status in STEP_PASSED:
        yield step, None
