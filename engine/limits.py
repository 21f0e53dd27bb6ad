"""Limits on what runs at once, kept by all workers together: calls of an api, tasks of a system.

A place is one of the store's numbered slots. While a worker is alone, places that it gave back stay in its hands for a
moment, so that the next call needs no write.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from engine.store import Outage, Store

PATIENCE_S = 1.0
"""How long a call waits for a place before its link says so and looks again later."""
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """A slot, and the worker that has it: under another name it is another's by now."""

    slot: str
    worker: str


@dataclass(slots=True)
class _Queue:
    """Who waits for places of one name here: one of them looks, the others wait for it."""

    turn: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(1))
    signal: Signal = field(default_factory=Signal)
    kept: list[Place] = field(default_factory=list)


class Limits:
    """The places of one worker."""

    def __init__(self, store: Store, outage: Outage, worker: Callable[[], str], alone: Callable[[], bool]) -> None:
        self._slots, self._outage, self._worker, self._alone = store.slots, outage, worker, alone
        self._queues: dict[str, _Queue] = defaultdict(_Queue)
        self._used: set[str] = set()
        self._taking = 0

    @contextmanager
    def place(self, name: str, most: int | None, check: Callable[[], None]) -> Iterator[bool]:
        """Whether there is a place among the `most` of that name; it is kept as long as this is open.

        Waits a moment for one. `check` raises when the caller should not wait any more.
        """
        place = self._wait(name, most, check) if most else None
        try:
            yield place is not None or not most
        finally:
            if place:
                self.give(place)

    def _wait(self, name: str, most: int, check: Callable[[], None]) -> Place | None:
        queue, until = self._queues[name], monotonic() + PATIENCE_S
        if not queue.turn.acquire(timeout=PATIENCE_S):
            return None
        try:
            while not (place := self.take(name, most)) and monotonic() < until:
                check()
                queue.signal.clear()
                queue.signal.wait(_LOOK_EVERY_S * random.random())
            return place
        finally:
            queue.turn.release()

    def take(self, name: str, most: int) -> Place | None:
        """A place, or None when all are taken; give it back."""
        kept, worker = self._queues[name].kept, self._worker()
        if kept:
            place = kept.pop()
            self._used.add(place.slot)
            return place
        self._taking += 1
        try:
            slot = self._outage.reach(lambda: self._slots.take(name, most, worker))
            if slot:
                self._used.add(slot)
        finally:
            self._taking -= 1
        return Place(slot, worker) if slot else None

    def give(self, place: Place) -> None:
        queue = self._queues[place.slot.rpartition("/")[0]]
        self._used.discard(place.slot)
        if self._alone() and place.worker == self._worker():
            queue.kept.append(place)
        else:
            self._outage.reach(lambda: self._slots.give([place.slot], place.worker))
        queue.signal.set()

    def full(self, name: str, most: int) -> bool:
        """Whether nobody could take a place now."""
        return not self._queues[name].kept and self._slots.taken(name) >= most

    def tidy(self) -> None:
        """Gives back what nobody here uses, and what a lost reply has left in our name."""
        worker = self._worker()
        for queue in self._queues.values():
            queue.kept.clear()
        mine = self._slots.of(worker)
        if not self._taking:  # else one may be in use in a moment
            kept = {place.slot for queue in self._queues.values() for place in queue.kept}
            self._slots.give(mine - self._used - kept, worker)

    def forget(self) -> None:
        """The places were another's: the worker goes on under a new name."""
        self._queues.clear()
        self._used.clear()
