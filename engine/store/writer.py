"""Grouped writes: greenlets hand in what must be durable, one greenlet writes all that has gathered.

No artificial delay: while one group is being written the next one gathers. Each handing-in gets its own verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.event import Event as Signal

from .change import Change
from .history import History, Trail
from .journal import Journal, Record
from .outage import Outage
from .tasks import Tasks

T = TypeVar("T")

HISTORY_BEHIND_S = 0.1
"""How far the history may be behind the journal: nothing waits for it, and larger groups cost less."""


@dataclass(slots=True)
class Entry:
    """What one task wants written at once; `done` becomes True, or False when the task has moved on.

    A record goes to the journal and carries its trail; a change goes to the task's own document and carries its events,
    the rest of its trail goes before it.
    """

    write: Record | Change
    trail: Trail = field(default_factory=Trail)
    done: AsyncResult[bool] = field(default_factory=AsyncResult)


class Lane:
    """Entries of one kind: one greenlet writes all that has gathered while the group before was being written."""

    def __init__(self, send: Callable[[list[Entry]], set[str]], idle_s: float | None = None) -> None:
        """`send` writes a group and answers the tasks that have moved on; it gets an empty one every `idle_s`."""
        self._send, self._idle_s = send, idle_s
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
        if self._greenlet:
            self._greenlet.kill()

    def write(self, entry: Entry) -> bool:
        self._gathered.append(entry)
        self._signal.set()
        return bool(entry.done.get())

    def _run(self) -> None:
        while not (self._stopping and not self._gathered):
            self._signal.wait(self._idle_s)
            self._signal.clear()
            group, self._gathered = self._gathered, []
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
        for entry in group if len(group) > 1 else ():
            self._write_group([entry])


class Writer:
    """Two lanes: what calls wait for (the journal), and what nobody waits for but a task that is set down.

    What rides along is copied into the history by the second lane: attempts before any task's document that may refer
    to them, events behind the change that they tell of. Start it in the process that uses it; `stop` writes what has
    gathered first.
    """

    def __init__(self, tasks: Tasks, history: History, journal: Journal, outage: Outage | None = None) -> None:
        self._tasks, self._history, self._journal = tasks, history, journal
        self._outage = outage or Outage()
        self._given_up = False
        self._owed: list[Trail] = []
        self._records, self._changes = Lane(self._append), Lane(self._save, HISTORY_BEHIND_S)
        self._lanes = (self._records, self._changes)

    def start(self) -> None:
        for lane in self._lanes:
            lane.start()

    def stop(self) -> None:
        for lane in self._lanes:
            lane.stop()
        self._pay([])

    def give_up(self) -> None:
        """From now on a database that is away is an error, and not waited for: the process wants to end."""
        self._given_up = True

    def kill(self) -> None:
        """Stops in the middle of things, as the death of the process does; for tests."""
        for lane in self._lanes:
            lane.kill()

    def write(self, entry: Entry) -> bool:
        """Waits until the entry is durable; False when the task has moved on. Raises what the database said of it."""
        lane = self._records if isinstance(entry.write, Record) else self._changes
        return lane.write(entry)

    def _append(self, group: list[Entry]) -> set[str]:
        records = [entry.write for entry in group if isinstance(entry.write, Record)]
        stale = self._reach(lambda: self._journal.append(records))
        self._owed += [record.trail for record in records if record.task not in stale]
        return stale

    def _save(self, group: list[Entry]) -> set[str]:
        self._pay([entry.trail for entry in group])
        changes = [entry.write for entry in group if isinstance(entry.write, Change)]
        stale = self._reach(lambda: self._tasks.apply(changes))
        told = [change for change in changes if change.events and change.task not in stale]
        self._owed += [Trail(events=list(change.events)) for change in told]
        return stale

    def _pay(self, trails: list[Trail]) -> None:
        """What is owed to the history; it stays owed until it is there."""
        owed = list(self._owed)
        if owed or trails:
            self._reach(lambda: self._history.add(owed + trails))
            del self._owed[: len(owed)]

    def _reach(self, act: Callable[[], T]) -> T:
        return self._outage.reach(act, lambda: self._given_up)
