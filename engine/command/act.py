"""How an act reaches a task: on a free task at once, on a held one by asking its worker.

A repair needs the task free. A held one is asked to be set down (`yield`): its calls in flight end, and should the
repair never come (its process was killed), the task goes on by itself a few seconds later.
"""

from __future__ import annotations

from collections.abc import Callable

import gevent

from engine.dispatch import LocalDispatch
from engine.model import Request, Task
from engine.run import Clock, Edit, nudge
from engine.store import Change, Store, StoreError, Trail

_TRIES = 40
_PAUSE_S = 0.02
_YIELD_WAIT_S = 5.0


class Refused(Exception):
    """The state of the task forbids the act; the message says why and what would help."""


class ChangedMeanwhile(Refused):
    """It is not any more what was seen when the act was decided; nothing was overwritten."""


class NotFound(LookupError):
    """There is no such task, step, link or definition."""


class Acts:
    """Applies acts of `who` to tasks."""

    def __init__(self, store: Store, dispatch: LocalDispatch, clock: Clock, who: str) -> None:
        self.store, self.dispatch, self.clock, self.who = store, dispatch, clock, who

    def task(self, id_: str) -> Task:
        """Raises `NotFound`."""
        task = self.store.tasks.get(id_)
        if task is None:
            raise NotFound(f"there is no task {id_!r}")
        return task

    def change(self, id_: str, decide: Callable[[Edit], None]) -> Task:
        """The task after `decide` has changed it; decided anew whenever it moved on meanwhile. Raises `Refused`."""
        for _ in range(_TRIES):
            edit = Edit(self.task(id_), self.clock, self.who)
            before = edit.task.status
            decide(edit)
            if self._write(edit):
                self.dispatch.notify(id_)
                if edit.task.status != before:
                    self._tell_parent(edit.task)
                return self.task(id_)
            gevent.sleep(_PAUSE_S)
        raise Refused("the task changes too quickly just now: try again")

    def _tell_parent(self, task: Task) -> None:
        """What waits for this task looks at it; should we be killed before, it does so by itself, later."""
        if task.parent:
            nudge(self.store, task.parent.task, self.clock.now())
            self.dispatch.notify(task.parent.task)

    def change_free(self, id_: str, decide: Callable[[Edit], None]) -> Task:
        """Like `change`, for what needs the task to be in nobody's hands."""

        def when_free(edit: Edit) -> None:
            if edit.task.owner:
                raise _StillHeld
            decide(edit)

        deadline = self.clock.monotonic() + _YIELD_WAIT_S
        while True:
            try:
                return self.change(id_, when_free)
            except _StillHeld:
                self._ask_to_yield(id_)
            if self.clock.monotonic() > deadline:
                raise Refused("a call is in flight and has not ended: try again when it has, or pause the task first")
            gevent.sleep(_PAUSE_S)

    def ask(self, edit: Edit, request: Request) -> None:
        """Puts a request on a held task; its worker acts on it."""
        edit.update_task(request=request, requested_by=self.who)

    def _ask_to_yield(self, id_: str) -> None:
        task = self.task(id_)
        if task.owner and task.request in (None, "look"):
            change = Change(id_, task.rev, task.epoch, {"request": "yield", "requested_by": self.who})
            self.store.tasks.apply([change])
            self.dispatch.notify(id_)

    def _write(self, edit: Edit) -> bool:
        """Attempts go first, since the task refers to them; events ride in the change, and are copied behind it."""
        history, change, attempts = self.store.history, edit.change(edit.notes), edit.notes.attempts
        history.add([Trail(events=edit.task.told), Trail.of(attempts, ())])
        if not self._applied(change):
            history.retract(attempts)
            return False
        history.add([Trail(events=list(change.events))])
        return True

    def _applied(self, change: Change) -> bool:
        try:
            return not self.store.tasks.apply([change])
        except StoreError:  # it may have been applied all the same, and only the reply was lost
            return not self.store.tasks.missing([change])


class _StillHeld(Exception):
    """A worker has it."""
