"""Grouped writes: greenlets hand in what must be durable, one greenlet writes all that has gathered.

No artificial delay: while one group is being written the next one gathers. Attempts and events are
written before the task that refers to them. Each handing-in gets its own verdict.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.event import Event as Signal
from pymongo.errors import ConnectionFailure

from engine.model import Attempt, Event

from .change import Change
from .history import Fold, History
from .journal import Journal, Record
from .tasks import Tasks

log = logging.getLogger(__name__)

T = TypeVar("T")

_RETRY_S = 0.5


@dataclass(slots=True)
class Entry:
    """What one task wants written at once; `done` becomes True, or False when the task has moved on.

    A record goes to the journal, a change to the task's own document.
    """

    write: Record | Change
    attempts: list[Attempt] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    done: AsyncResult[bool] = field(default_factory=AsyncResult)


class Writer:
    """Start it in the process that uses it; `stop` writes what has gathered first."""

    def __init__(self, tasks: Tasks, history: History, journal: Journal) -> None:
        self._tasks, self._history, self._journal = tasks, history, journal
        self._gathered: list[Entry] = []
        self._signal = Signal()
        self._stopping = False
        self._greenlet: gevent.Greenlet[..., None] | None = None

    def start(self) -> None:
        if not self._greenlet or self._greenlet.dead:
            self._stopping = False
            self._greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        self._stopping = True
        self._signal.set()
        if self._greenlet:
            self._greenlet.join()

    def kill(self) -> None:
        """Stops in the middle of things, as the death of the process does; for tests."""
        if self._greenlet:
            self._greenlet.kill()

    def write(self, entry: Entry) -> bool:
        """Waits until the entry is durable; False when the task has moved on. Raises what the database said of it."""
        self._gathered.append(entry)
        self._signal.set()
        return bool(entry.done.get())

    def _run(self) -> None:
        while not (self._stopping and not self._gathered):
            self._signal.wait()
            self._signal.clear()
            group, self._gathered = self._gathered, []
            if group:
                self._write_group(group)

    def _write_group(self, group: list[Entry]) -> None:
        try:
            stale = self._send(group)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told to whose entry it was
            self._write_singly(group, error)
            return
        for entry in group:
            entry.done.set(entry.write.task not in stale)

    def _write_singly(self, group: list[Entry], error: Exception) -> None:
        """One bad entry must not take its neighbours down."""
        if len(group) == 1:
            group[0].done.set_exception(error)
            return
        for entry in group:
            self._write_group([entry])

    def _send(self, group: list[Entry]) -> set[str]:
        """The tasks that have moved on. History first: what a task refers to is there before it."""
        self._until_reached(lambda: self._send_history(group))
        records = [entry.write for entry in group if isinstance(entry.write, Record)]
        stale = self._until_reached(lambda: self._journal.append(records))
        return stale | self._apply([entry.write for entry in group if isinstance(entry.write, Change)])

    def _send_history(self, group: list[Entry]) -> None:
        self._history.add_attempts([attempt for entry in group for attempt in entry.attempts])
        self._history.fold([fold for entry in group for fold in entry.folds])
        self._history.add_events([event for entry in group for event in entry.events])

    def _apply(self, changes: list[Change]) -> set[str]:
        try:
            return self._tasks.apply(changes)
        except ConnectionFailure:  # it may have been applied all the same: ask before sending again
            lost = self._until_reached(lambda: self._tasks.missing(changes))
            return self._apply([change for change in changes if change.task in lost])

    def _until_reached(self, act: Callable[[], T]) -> T:
        """The database may be away for minutes: nothing goes on without it, nothing is lost."""
        told = False
        while True:
            try:
                return act()
            except ConnectionFailure as error:
                if not told:
                    log.warning("database_away", extra={"reason": str(error)[:200]})
                told = True
                gevent.sleep(_RETRY_S)
