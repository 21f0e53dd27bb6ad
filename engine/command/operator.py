"""Create, start, pause, resume, cancel: a task's ordinary life."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from engine.dispatch import LocalDispatch
from engine.model import TASK_OVER, Batch, Event, Invalid, Problem, StepStatus, Task, TaskStatus
from engine.plan import (
    Plan,
    TaskDraft,
    adopt,
    adopt_unproven,
    build_plan,
    gather,
    lacks,
    new_task,
    outlook,
    start_problem,
)
from engine.run import (
    Clock,
    Edit,
    SharedClock,
    begin,
    cancel_rest,
    children_of,
    earliest_deadline,
    schedule_fields,
    schedule_of,
)
from engine.store import Store

from .act import Acts, NotFound, Refused

__all__ = ["NotFound", "Operator", "Refused"]

_AT_ONCE = 100
"""Tasks of many that are written together."""


class Operator:
    """Acts of one person on tasks. All raise `NotFound`; all but `create` raise `Refused`."""

    def __init__(
        self, store: Store, dispatch: LocalDispatch | None = None, clock: Clock | None = None, who: str = "command line"
    ) -> None:
        self._store = store
        self._clock = clock or SharedClock(store.time)
        self._acts = Acts(store, dispatch or LocalDispatch(), self._clock, who)

    def create(self, draft: TaskDraft) -> Task:
        """A READY task, scheduled if the draft says when. Raises `Invalid` with every problem, `TaskExists`."""
        plan = self.plan_for(draft.system)
        task = new_task(plan, draft, draft.id or new_id(), self._clock.now(), self._store.secrets.names())
        return self._keep(plan, scheduled(task, draft.start_at, self._acts.who))

    def create_batch(self, batch: Batch, plan: Plan, tasks: Sequence[Task]) -> None:
        """Likewise many tasks that are proven, some at a time; one whose id is there already stays as it is.

        So whoever was cut off in the middle does it again with the same ids, and nothing is there twice.
        """
        self._store.batches.put(batch.model_copy(update={"tasks": [task.id for task in tasks]}))
        self._store.definitions.keep_plan(plan.hash, plan.definition)
        for start in range(0, len(tasks), _AT_ONCE):
            told = [(task, self._birth(task)) for task in tasks[start : start + _AT_ONCE]]
            made = self._store.tasks.create_many(told)
            self._store.history.add_events([event for task, events in told if task.id in made for event in events])
        self._acts.dispatch.wake()

    def create_from_document(self, task: Task) -> Task:
        """A READY task from a whole document such as the seed's, its own bindings kept."""
        plan = self.plan_for(task.system)
        return self._keep(plan, adopt(plan, task, self._clock.now(), self._store.secrets.names()))

    def keep(self, task: Task) -> Task:
        """Likewise, but what cannot be started yet is kept too, and says what it lacks: `start` refuses it."""
        plan = self.plan_for(task.system)
        kept = adopt_unproven(plan, task, self._clock.now())
        return self._keep(plan, kept.model_copy(update={"attention": lacks(plan, kept)}))

    def plan_for(self, system_id: str) -> Plan:
        """The plan that a new task of the system would get. Raises `Invalid`."""
        definitions = self._store.definitions
        systems = definitions.systems()
        if system_id not in systems:
            raise Invalid([Problem("system", f"there is no system {system_id!r}", "load it, or name another")])
        return build_plan(gather(systems[system_id], definitions.steps(), definitions.apis(), systems))

    def plan_of(self, task: Task) -> Plan:
        """The plan that the task was made from."""
        return plan_of(self._store, task)

    def _keep(self, plan: Plan, task: Task) -> Task:
        """The plan first, then the task that needs it."""
        self._store.definitions.keep_plan(plan.hash, plan.definition)
        events = self._birth(task)
        self._store.tasks.create(task, *events)
        self._store.history.add_events(events)
        return task

    def _birth(self, task: Task) -> list[Event]:
        """What there is to tell of a task that is made; it rides in its document: neither is without the other."""
        about: dict[str, Any] = {"task": task.id, "seq": task.rev, "at": self._clock.now(), "who": self._acts.who}
        events = [Event(id=f"{task.id}/created", what="created", **about)]
        if schedule := schedule_of(task):
            events.append(Event(id=f"{task.id}/scheduled", what="scheduled", after=schedule, **about))
        return events

    def start(self, id_: str) -> Task:
        """At once, also what was scheduled for later."""

        def decide(edit: Edit) -> None:
            _require(edit, TaskStatus.READY, "it can be started only once: retry or re-run it instead")
            if edit.task.owner:
                raise Refused("the time set for it has come: a worker is starting it just now")
            plan = self.plan_of(edit.task)
            if edit.task.attention and (lack := lacks(plan, edit.task)):
                raise Refused(lack)
            begin(edit, plan)
            edit.update_task(wake_at=self._clock.now())

        return self._acts.change(id_, decide)

    def schedule(self, id_: str, at: datetime) -> Task:
        """A READY task is to start by itself at `at`; one that has a time gets another. Raises `Invalid`."""
        if problem := start_problem(at, self._clock.now()):
            raise Invalid([problem])

        def decide(edit: Edit) -> None:
            _require(edit, TaskStatus.READY, "only a task that has not begun can be scheduled")
            if lack := lacks(self.plan_of(edit.task), edit.task):
                raise Refused(lack)
            before = schedule_of(edit.task)
            edit.update_task(**schedule_fields(at, self._acts.who), attention="")
            edit.add_event("scheduled", "", before, schedule_of(edit.task))

        return self._acts.change_free(id_, decide)

    def unschedule(self, id_: str) -> Task:
        """A scheduled task waits for somebody to start it again."""

        def decide(edit: Edit) -> None:
            _require(edit, TaskStatus.READY, "it has begun: pause or cancel it instead")
            before = schedule_of(edit.task)
            if before is None:
                raise Refused("the task is not scheduled")
            edit.update_task(**schedule_fields(None, ""))
            edit.add_event("unscheduled", "", before)

        return self._acts.change_free(id_, decide)

    def pause(self, id_: str) -> Task:
        """A call in flight is allowed to end; nothing new starts. The clocks stop."""

        def decide(edit: Edit) -> None:
            _require(edit, (TaskStatus.RUNNING, TaskStatus.WAITING), "only a running or waiting task can be paused")
            edit.add_event("pause requested" if edit.task.owner else "paused")
            if edit.task.owner:
                self._acts.ask(edit, "pause")
            else:
                now = self._clock.now()
                edit.update_task(wake_at=None, paused_at=now, process_msg=f"paused by {self._acts.who}")
                edit.update_task(status=TaskStatus.PAUSED, requested_by=self._acts.who)

        return self._with_children(self.pause, self._acts.change(id_, decide))

    def resume(self, id_: str) -> Task:
        """And what runs for it."""

        def decide(edit: Edit) -> None:
            _require(edit, TaskStatus.PAUSED, "only a paused task can be resumed")
            run_clocks_on(edit, self._clock.now())
            go_on(edit, self._clock.now())
            fresh = outlook(self.plan_of(edit.task), edit.task, self._clock.now())
            edit.update_task(process_msg="resumed", **fresh.fields())
            edit.add_event("resumed")

        return self._with_children(self.resume, self._acts.change(id_, decide))

    def cancel(self, id_: str) -> Task:
        """A call in flight is allowed to end and its result is kept; nothing new starts."""

        def decide(edit: Edit) -> None:
            if edit.task.status in TASK_OVER - {TaskStatus.FAILED}:
                raise Refused(f"the task is {edit.task.status} already")
            edit.add_event("cancel requested" if edit.task.owner else "cancelled")
            if edit.task.owner:
                self._acts.ask(edit, "cancel")
                return
            now = self._clock.now()
            cancel_rest(edit, now)
            edit.update_task(status=TaskStatus.CANCELLED, wake_at=None, ended_at=now, deadline=None, attention="")
            edit.update_task(start_at=None)
            edit.update_task(process_msg=f"cancelled by {self._acts.who}", requested_by=self._acts.who)
            edit.update_task(slack_s=None, slack_ends_at=None)

        return self._with_children(self.cancel, self._acts.change(id_, decide))

    def cancel_all(self, ids: Iterable[str]) -> None:
        """Those that are there and not over."""
        for id_ in ids:
            with suppress(NotFound, Refused):
                self.cancel(id_)

    def _with_children(self, act: Callable[[str], Task], task: Task) -> Task:
        """The same act on what runs for the task, where it applies. Who is not told looks at its parent by itself."""
        for child in children_of(task):
            with suppress(NotFound, Refused):
                act(child)
        return task


def plan_of(store: Store, task: Task) -> Plan:
    """Raises `NotFound` for a plan that is not in the store."""
    definition = store.definitions.plan(task.plan)
    if definition is None:
        raise NotFound(f"the plan of task {task.id!r} is not in the store: export and import tasks with their plans")
    return build_plan(definition)


def scheduled(task: Task, at: datetime | None, who: str) -> Task:
    """A new task that is to start by itself at `at`, if that is a time."""
    return task.model_copy(update=schedule_fields(at, who)) if at else task


def new_id() -> str:
    return secrets.token_hex(6)


def go_on(edit: Edit, now: datetime) -> None:
    """Lets a worker claim the task, out of quarantine too."""
    edit.update_task(status=TaskStatus.RUNNING, wake_at=now, ended_at=None, attention="", paused_at=None, crashes=0)


def run_clocks_on(edit: Edit, now: datetime) -> None:
    """After a pause every running clock has as much left as before it."""
    stood: timedelta = now - (edit.task.paused_at or now)
    for step, info in edit.task.step_info.items():
        if info.status == StepStatus.RUNNING and info.deadline:
            edit.update_step(step, deadline=info.deadline + stood)
    edit.update_task(deadline=earliest_deadline(edit.task))


def _require(edit: Edit, status: TaskStatus | tuple[TaskStatus, ...], why: str) -> None:
    wanted = status if isinstance(status, tuple) else (status,)
    if edit.task.status not in wanted:
        raise Refused(f"the task is {edit.task.status}: {why}")
    if edit.task.request in ("pause", "cancel"):
        raise Refused(f"a {edit.task.request} was requested by {edit.task.requested_by} and is under way")
