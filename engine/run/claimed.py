"""A task of the store that a worker holds: its changes go to the journal, and now and then to its document.

Notes of all greenlets of the task are written together, one compare-and-set at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.model import Task, TaskStatus
from engine.plan import Plan
from engine.store import Change, Entry, Move, Outage, Owned, Record, Store, Trail, Writer

from .clock import Clock
from .counts import Counts
from .edit import Notes
from .held import Held, Lost
from .shapes import Shapes

SAVE_EVERY_S = 1.0
"""How old a held task's own document may be while its journal is ahead: what lists are sorted by stands there."""

HEAVY_BYTES = 4_194_304
"""Of answers: what the greenlets of one task have gathered by then goes to the history first, and not into a record."""

_MET_BY: Mapping[TaskStatus, tuple[str, ...]] = {
    TaskStatus.DONE: ("pause", "cancel", "yield", "look"),
    TaskStatus.CANCELLED: ("pause", "cancel", "yield", "look"),
    TaskStatus.FAILED: ("pause", "yield", "look"),
    TaskStatus.PAUSED: ("pause", "yield", "look"),
}
"""A task that was set down like this → the requests that there is nothing left to do for; for all others, `yield`."""


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
    shapes: Shapes


class Claimed(Held):
    """One claimed task."""

    def __init__(self, task: Task, plan: Plan, holder: Holder) -> None:
        super().__init__(task, plan, holder.worker, holder.clock, holder.park_after_s, holder.counts)
        self._holder = holder
        self._recorded = 0
        self._unsaved: set[str] = set()
        self._saved_status = task.status
        self._save_due = self.clock.monotonic() + SAVE_EVERY_S

    def note_answer(self, api: str, value: Any, text: str, attempt: str) -> None:
        self._holder.shapes.note(self.clock.now(), api, value, text, attempt)

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
            self.hear()
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


def _trail(notes: Notes) -> Trail:
    return Trail.of(notes.attempts, notes.events, notes.folds)
