"""What a worker claims next: of what is due what may run now, in whose turn it is, and no more than its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from engine.limits import Limits, Place
from engine.run import Clock, Held
from engine.store import Due, Store, WorkerInfo
from engine.turns import SUSPECT_AFTER, fair_room, in_fair_order, one_suspect

READ_AT_ONCE = (1_000, 8_000, 64_000)
"""How much of what is due is read; more only when nobody may run any of it just now."""


class Candidates:
    """Of a worker that has `held` (it changes) and `most` at once; read anew after `every_s`, or when all are gone."""

    def __init__(
        self, store: Store, limits: Limits, clock: Clock, held: Mapping[str, Held], most: int, every_s: float
    ) -> None:
        self._store, self._limits, self._clock, self._held = store, limits, clock, held
        self._most, self._every_s = most, every_s
        self._found: list[Due] = []
        self._good_until = 0.0
        self._may_hold = 0
        self._limited: dict[str, int] = {}
        """System → how many of its tasks may run at once; as it is defined now, whatever plans say."""
        self._places: dict[str, Place] = {}

    def take(self, room: int, others: Sequence[WorkerInfo]) -> list[Due]:
        """The next, `room` at the most; those whose system has a limit have a place now."""
        if not self._found or self._clock.monotonic() >= self._good_until:
            self._read(others)
        room = max(0, min(room, self._may_hold - len(self._held)))
        wanted, self._found = self._found[:room], self._found[room:]
        return [due for due in wanted if due.id not in self._held and self._take_place(due)]

    def read_anew(self) -> None:
        """There is something due that was not among those read before."""
        self._good_until = 0.0

    def give_places(self, tasks: Iterable[str]) -> int:
        """How many of these tasks had one."""
        places = [self._places.pop(task) for task in tasks if task in self._places]
        for place in places:
            self._limits.give(place)
        return len(places)

    def _read(self, others: Sequence[WorkerInfo]) -> None:
        self._limited = self._store.definitions.limited_systems()
        dues, held = self._runnable(), len(self._held)
        self._may_hold = held + fair_room(self._most - held, held, dues, others, self._clock.now())
        by_system = Counter(held.task.system for held in self._held.values())
        self._found = in_fair_order(one_suspect(dues, self._holds_suspect()), by_system)
        self._good_until = self._clock.monotonic() + self._every_s

    def _runnable(self) -> list[Due]:
        """What is due, without the tasks of systems that have as many running as they allow."""
        full = {system for system, most in self._limited.items() if self._limits.full(f"system/{system}", most)}
        for count in READ_AT_ONCE:
            dues = self._store.leases.due(self._clock.now(), count)
            runnable = [due for due in dues if due.system not in full]
            if runnable or len(dues) < count:
                break
        return runnable

    def _holds_suspect(self) -> bool:
        return any(held.task.crashes >= SUSPECT_AFTER for held in self._held.values())

    def _take_place(self, due: Due) -> bool:
        most = self._limited.get(due.system)
        place = self._limits.take(f"system/{due.system}", most) if most else None
        if place:
            self._places[due.id] = place
        return place is not None or most is None
