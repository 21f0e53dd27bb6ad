"""A task that is held in memory alone, and whose time jumps to the next thing that happens.

While any of its greenlets works, time stands still. When all of them rest or wait for an answer, the clock is turned
to the moment at which the first of them goes on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import gevent

from engine.model import Attempt, Event, Task
from engine.plan import Plan
from engine.run import Counts, Held, Notes, Rest, SetDown

from .clock import VirtualClock

_NEVER_S = 100 * 366 * 86_400.0


@dataclass(frozen=True)
class Limits:
    """Of one rehearsal: when it is broken off."""

    calls: int = 20_000
    days: float = 366.0
    """Of virtual time."""
    real_s: float = 30.0
    """A last resort: on a crowded machine, time is no measure of what a rehearsal does. Calls are."""


class HeldInMemory(Held):
    """`broken_off` says why it was ended before it was over; empty when it was not."""

    def __init__(self, task: Task, plan: Plan, clock: VirtualClock, limits: Limits) -> None:
        super().__init__(task, plan, "rehearsal", clock, _NEVER_S, Counts())
        self.attempts: dict[str, Attempt] = {}
        self.events: list[Event] = []
        self.broken_off = ""
        self._virtual, self._limits = clock, limits
        self._in_flight: set[Rest] = set()
        self._calls = 0
        self._time_ends = clock.now() + timedelta(days=limits.days)
        self._patience_ends = time.monotonic() + limits.real_s

    # -- writing ---------------------------------------------------------------------------------

    def _write(self, notes: Notes) -> None:
        self.attempts |= {attempt.id: attempt for attempt in notes.attempts}
        for fold in notes.folds:
            self.attempts[fold.id].count, self.attempts[fold.id].last_at = fold.count, fold.at
        self.events += notes.events

    def give_back(self, _wake_at: datetime, attention: str) -> None:
        self.broken_off = attention

    def bodies(self, ids: list[str]) -> dict[str, str]:
        """Attempt id → its answer."""
        return {id_: self.attempts[id_].body or "null" for id_ in ids}

    # -- limits ----------------------------------------------------------------------------------

    def break_off(self, why: str) -> NoReturn:
        """Ends it where it stands."""
        self._end(why)
        raise SetDown

    def count_call(self) -> None:
        """One more is about to be made. Raises `SetDown` when that is too many."""
        gevent.sleep(0)  # a rehearsal is all work and no waiting: others in this process want their turn
        if self._calls >= self._limits.calls:
            self.break_off(f"after {self._limits.calls:,} calls")
        if time.monotonic() > self._patience_ends:
            self.break_off(f"after {self._limits.real_s:g} s of work and {self._calls:,} calls")
        self._calls += 1

    def count_calls(self, calls: int) -> None:
        """Those of a task that was run for this one."""
        self._calls += calls

    @property
    def calls_left(self) -> int:
        return max(0, self._limits.calls - self._calls)

    @property
    def calls(self) -> int:
        return self._calls

    def _end(self, why: str) -> None:
        self.broken_off = self.broken_off or why
        self.stop("drain")

    # -- time ------------------------------------------------------------------------------------

    def spend(self, seconds: float) -> None:
        """A call is in flight for so long; it ends whatever becomes of the task meanwhile."""
        if seconds <= 0:
            return
        call = Rest(self.clock.now() + timedelta(seconds=seconds))
        self._in_flight.add(call)
        self._let_time_pass()
        call.signal.wait()
        self._in_flight.discard(call)

    def _wait(self, rest: Rest) -> None:
        rest.signal.wait()

    def _fall_asleep(self) -> None:
        super()._fall_asleep()
        self._let_time_pass()

    def _let_time_pass(self) -> None:
        waiting = self._resting | self._in_flight
        if self._awake > len(self._in_flight) or any(rest.signal.is_set() for rest in waiting):
            return  # somebody works, or is about to
        times = [rest.until for rest in waiting if rest.until is not None]
        if not times:
            return
        if min(times) > self._time_ends and not self.broken_off:
            self._end(f"after {self._limits.days:g} days")
        self._virtual.turn_to(min(times))
        for rest in waiting:
            if rest.until is not None and rest.until <= self.clock.now():
                rest.signal.set()
