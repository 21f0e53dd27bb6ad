"""Moving a task to the definition that its system has now (R8): looked at first, then done in one write."""

from __future__ import annotations

from typing import Any

from engine.dispatch import LocalDispatch
from engine.model import TASK_ACTIVE, Invalid, Task, TaskStatus
from engine.plan import Movement, Plan, movement, outlook
from engine.run import Clock, Edit, SharedClock, earliest_deadline
from engine.store import Store

from .act import Acts, ChangedMeanwhile, Refused
from .operator import Operator, go_on, plan_of

_OVER = frozenset({TaskStatus.DONE, TaskStatus.CANCELLED})


class Move:
    """Acts of one person. All raise `NotFound`, `Refused`, and `Invalid` when the definition cannot be run at all."""

    def __init__(
        self, store: Store, dispatch: LocalDispatch | None = None, clock: Clock | None = None, who: str = "command line"
    ) -> None:
        self._store = store
        self._clock = clock or SharedClock(store.time)
        dispatch = dispatch or LocalDispatch()
        self._acts = Acts(store, dispatch, self._clock, who)
        self._operator = Operator(store, dispatch, self._clock, who)

    def check(self, id_: str) -> Movement:
        """What a move would change and what stands against it; nothing is changed."""
        task = self._acts.task(id_)
        return self._movement(task, self._operator.plan_for(task.system))

    def move(self, id_: str, seen: str = "") -> Task:
        """The task goes on by the definition that its system has now, or stays paused, failed or unstarted with it.

        `seen` is the mark of the movement that was looked at: another one is refused (`ChangedMeanwhile`). Obstacles
        are raised as `Invalid`.
        """
        new = self._operator.plan_for(self._acts.task(id_).system)
        self._store.definitions.keep_plan(new.hash, new.definition)

        def decide(edit: Edit) -> None:
            found = self._movement(edit.task, new)
            if seen and found.mark != seen:
                raise ChangedMeanwhile("the task or its definition has changed meanwhile: look at the check again")
            if found.obstacles:
                raise Invalid(found.obstacles)
            self._put(edit, found, new)

        return self._acts.change_free(id_, decide)

    def _movement(self, task: Task, new: Plan) -> Movement:
        if task.status in _OVER:
            raise Refused(f"the task is {task.status}: make a new one, it gets the definition as it is now")
        if task.plan == new.hash:
            raise Refused("the task has the definition that its system has now")
        return movement(plan_of(self._store, task), new, task)

    def _put(self, edit: Edit, found: Movement, new: Plan) -> None:
        """Statuses stay: what is new begins as READY."""
        before: dict[str, Any] = {"plan": edit.task.plan}
        after = {"plan": new.hash, "changes": [str(one) for one in found.differences]}
        edit.update_task(plan=new.hash, step_info=found.task.step_info)
        edit.add_event("moved", "", before, after)
        if edit.task.status in TASK_ACTIVE:
            go_on(edit, self._clock.now())
            edit.update_task(process_msg=f"moved to the new definition by {self._acts.who}")
        if edit.task.status == TaskStatus.READY:
            edit.update_task(attention="")
        edit.update_task(deadline=earliest_deadline(edit.task), **self._outlook(edit.task, new))

    def _outlook(self, task: Task, new: Plan) -> dict[str, Any]:
        return outlook(new, task, self._clock.now()).fields()
