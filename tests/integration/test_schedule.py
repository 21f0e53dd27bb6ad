"""Tasks that start by themselves: at their time, once, and whatever dies in between."""

from datetime import timedelta
from typing import Any

import pytest

from engine.command import Catalog, Refused, prove_rows
from engine.model import Batch, Invalid, LinkStatus, Task, TaskStatus
from engine.plan import TaskDraft
from engine.store import Change
from tests.clock import START
from tests.stage import Stage

HOUR = 3_600
AT = START + timedelta(hours=1)
ARGS = {"name": "abc"}


@pytest.fixture
def stage(stage: Stage, seed: dict[str, Any]) -> Stage:
    stage.load(seed)
    return stage


def scheduled(stage: Stage, **draft: Any) -> Task:
    return stage.create(args=ARGS, start_at=AT, **draft)


def told(stage: Stage, task: Task) -> list[str]:
    return [event.what for event in stage.store.history.events(task.id)]


def count(stage: Stage, task: Task, what: str) -> int:
    return told(stage, task).count(what)


# -- the ordinary way --------------------------------------------------------------------------------


def test_a_scheduled_task_says_when_it_starts_and_by_whose_word(stage):
    task = scheduled(stage)
    assert (task.status, task.start_at, task.wake_at) == (TaskStatus.READY, AT, AT)
    assert task.process_msg == "starts at 2026-01-01 13:00:00 UTC, scheduled by ann"
    assert told(stage, task) == ["created", "scheduled"]


def test_it_does_not_start_before_its_time(stage):
    assert stage.go(scheduled(stage), HOUR - 1).status == TaskStatus.READY


def test_it_starts_at_its_time_and_runs_to_its_end(stage):
    task = stage.go(scheduled(stage), HOUR)
    assert (task.status, task.start_at, task.started_at) == (TaskStatus.DONE, None, AT)
    assert task.step_info["step1"].deadline == AT + timedelta(days=1)
    assert told(stage, task)[:3] == ["created", "scheduled", "started"]


def test_the_event_of_the_start_names_who_scheduled_it(stage):
    task = stage.go(scheduled(stage), HOUR)
    (event,) = [event for event in stage.store.history.events(task.id) if event.what == "started"]
    assert event.who.startswith("worker ")
    assert event.before == {"start_at": AT.isoformat(), "scheduled_by": "ann"}


def test_a_task_that_was_kept_can_be_scheduled_and_scheduled_again(stage):
    task = stage.create(args=ARGS)
    stage.operator.schedule(task.id, AT)
    task = stage.operator.schedule(task.id, AT + timedelta(hours=1))
    assert stage.go(task, HOUR).status == TaskStatus.READY
    assert stage.go(task, HOUR).status == TaskStatus.DONE
    events = [event for event in stage.store.history.events(task.id) if event.what == "scheduled"]
    assert events[1].before == {"start_at": AT.isoformat(), "scheduled_by": "ann"}
    assert count(stage, task, "started") == 1


def test_an_unscheduled_task_waits_for_somebody(stage):
    task = stage.operator.unschedule(scheduled(stage).id)
    assert (task.start_at, task.wake_at, task.process_msg) == (None, None, "")
    assert stage.go(task, 2 * HOUR).status == TaskStatus.READY
    assert told(stage, task)[-1] == "unscheduled"


def test_a_scheduled_task_can_be_started_at_once_and_starts_once(stage):
    task = stage.operator.start(scheduled(stage).id)
    assert (task.start_at, task.started_at) == (None, START)
    stage.go(task, 2 * HOUR)
    assert count(stage, task, "started") == 1


def test_a_scheduled_task_can_be_cancelled(stage):
    task = stage.operator.cancel(scheduled(stage).id)
    assert (task.status, task.start_at, task.wake_at) == (TaskStatus.CANCELLED, None, None)
    assert stage.go(task, 2 * HOUR).status == TaskStatus.CANCELLED


def test_a_scheduled_task_cannot_be_paused_and_stays_scheduled(stage):
    task = scheduled(stage)
    with pytest.raises(Refused, match="only a running or waiting task"):
        stage.operator.pause(task.id)
    assert stage.task(task).start_at == AT


@pytest.mark.parametrize("at", [START, START - timedelta(days=1), START + timedelta(days=4_000)])
def test_a_time_that_has_passed_or_is_far_off_is_refused(stage, at):
    task = stage.create(args=ARGS)
    with pytest.raises(Invalid, match=r"in the past|ten years off"):
        stage.operator.schedule(task.id, at)
    with pytest.raises(Invalid, match=r"in the past|ten years off"):
        stage.create(args=ARGS, start_at=at)
    assert stage.task(task).wake_at is None


def test_what_has_begun_is_neither_scheduled_nor_unscheduled(stage):
    task = stage.start(args=ARGS)
    for act in (lambda: stage.operator.schedule(task.id, AT), lambda: stage.operator.unschedule(task.id)):
        with pytest.raises(Refused, match="RUNNING"):
            act()


def test_an_export_leaves_schedules_out(stage):
    task = scheduled(stage)
    (exported,) = Catalog(stage.store).ready_tasks()
    assert (exported.id, exported.start_at, exported.wake_at) == (task.id, None, None)


def test_a_task_whose_steps_are_all_skipped_ends_at_its_time(stage):
    task = scheduled(stage)
    keys = {"step1": ["name"], "step2": ["age", "sex"], "step3": ["isold"], "step4": ["grade", "msg"]}
    for step, names in keys.items():
        stage.repair.skip_step(task.id, step, dict.fromkeys(names, 1))
    assert stage.task(task).status == TaskStatus.READY
    assert stage.go(task, HOUR).status == TaskStatus.DONE


def unbind(stage: Stage, task: Task) -> None:
    """Takes away the one arg that the first call needs, behind everybody's back."""
    path = "step_info.step1.api_status.api1.args"
    assert not stage.store.tasks.apply([Change(task.id, task.rev, task.epoch, {path: {}})])


# -- what it lacks -----------------------------------------------------------------------------------


def test_what_lacks_something_at_its_time_says_so_and_is_not_tried_again(stage):
    task = scheduled(stage)
    unbind(stage, task)
    task = stage.go(task, HOUR)
    assert (task.status, task.owner, task.wake_at, task.start_at) == (TaskStatus.READY, None, None, None)
    assert "cannot be started yet" in task.attention
    assert told(stage, task)[-1] == "not started"
    epoch = task.epoch
    assert stage.go(task, HOUR).epoch == epoch


def test_what_lacks_something_can_be_mended_and_started(stage):
    task = scheduled(stage)
    unbind(stage, task)
    stage.go(task, HOUR)
    with pytest.raises(Refused, match="cannot be started yet"):
        stage.operator.schedule(task.id, stage.clock.now() + timedelta(hours=1))
    stage.repair.edit_link(task.id, "step1", "api1", {"args": ARGS})
    stage.operator.start(task.id)
    assert stage.go(task).status == TaskStatus.DONE


# -- what dies in between ----------------------------------------------------------------------------


def claimed_by_the_dead(stage: Stage) -> Task:
    """Claimed at its time by a worker that is lost before it does anything."""
    task = scheduled(stage)
    stage.clock.turn(HOUR)
    victim = stage.another_worker()
    assert stage.store.leases.claim(stage.store.leases.due(stage.clock.now()), victim.name)
    held = stage.task(task)
    assert (held.status, held.owner, held.wake_at) == (TaskStatus.READY, victim.name, None)
    (info,) = [one for one in stage.store.leases.workers() if one.id == victim.name]
    stage.store.leases.bury(info, stage.clock.now())
    return task


def test_a_worker_lost_between_claim_and_start_leaves_it_to_the_next(stage):
    task = stage.go(claimed_by_the_dead(stage))
    assert (task.status, task.crashes) == (TaskStatus.DONE, 0)
    assert count(stage, task, "started") == 1


def test_a_worker_lost_after_the_start_was_written_does_not_start_it_twice(stage):
    task = scheduled(stage)
    stage.set_knobs("api1", not_ready=1)
    waiting = stage.go(task, HOUR)
    assert waiting.status == TaskStatus.WAITING
    stage.go(task, 60)
    assert count(stage, task, "started") == 1


def test_while_a_worker_holds_it_unstarted_nobody_else_starts_it(stage):
    task = scheduled(stage)
    stage.clock.turn(HOUR)
    stage.store.leases.claim(stage.store.leases.due(stage.clock.now()), stage.another_worker().name)
    with pytest.raises(Refused, match="a worker is starting it"):
        stage.operator.start(task.id)


def test_a_cancel_between_claim_and_start_is_heeded(stage):
    task = scheduled(stage)
    stage.clock.turn(HOUR)
    (claimed,) = stage.store.leases.claim(stage.store.leases.due(stage.clock.now()), stage.worker.name)
    stage.operator.cancel(task.id)
    stage.worker.read_requests()  # it is its own without its knowing: given back
    task = stage.go(task)
    assert claimed.status == TaskStatus.READY
    assert task.status == TaskStatus.CANCELLED
    assert stage.calls() == []


def test_what_kills_its_workers_before_it_starts_is_put_in_quarantine_and_can_be_started(stage):
    task = scheduled(stage)
    stage.clock.turn(HOUR)
    for _ in range(5):
        victim = stage.another_worker()
        stage.store.leases.claim(stage.store.leases.due(stage.clock.now()), victim.name)
        (info,) = [one for one in stage.store.leases.workers() if one.id == victim.name]
        stage.store.leases.bury(info, stage.clock.now())
    task = stage.task(task)
    assert (task.status, task.wake_at, task.start_at) == (TaskStatus.READY, None, None)
    assert "quarantine" in task.attention
    stage.operator.start(task.id)
    assert stage.go(task).status == TaskStatus.DONE


def test_a_worker_that_ends_before_it_started_a_task_leaves_it_due(stage):
    task = scheduled(stage)
    stage.clock.turn(HOUR)
    stage.worker.sweep()
    stage.worker._end_by_force()
    left = stage.task(task)
    assert (left.status, left.owner) == (TaskStatus.READY, None)
    stage.worker = stage.another_worker()
    assert stage.go(task).status == TaskStatus.DONE


# -- batches -----------------------------------------------------------------------------------------


def a_batch(stage: Stage, **fields: Any) -> Batch:
    return Batch(id="b1", system="systemid", who="ann", at=stage.clock.now(), **fields)


def drafts(*names: str) -> list[TaskDraft]:
    return [TaskDraft(system="systemid", name=name, args=ARGS) for name in names]


def make(stage: Stage, batch: Batch, wanted: list[TaskDraft]) -> list[str]:
    plan = stage.operator.plan_for("systemid")
    tasks = [row for row in prove_rows(plan, batch, wanted) if isinstance(row, Task)]
    stage.operator.create_batch(batch, plan, tasks)
    return [task.id for task in tasks]


def test_a_batch_made_twice_is_there_once(stage):
    batch = a_batch(stage)
    assert make(stage, batch, drafts("a", "b", "b")) == make(stage, batch, drafts("a", "b", "b"))
    assert sorted(task.name for task in stage.store.tasks.all()) == ["a", "b", "b"]
    assert all(told(stage, task) == ["created"] for task in stage.store.tasks.all())


def test_a_batch_that_was_cut_off_goes_on_where_it_was(stage):
    batch = a_batch(stage)
    ids = make(stage, batch, drafts("a", "b", "c"))
    stage.store.remove_task(ids[1])
    stage.operator.start(ids[0])
    assert make(stage, batch, drafts("a", "b", "c")) == ids
    assert [stage.task(id_).status for id_ in ids] == [TaskStatus.RUNNING, TaskStatus.READY, TaskStatus.READY]


def test_a_row_that_was_mended_leaves_the_others_their_ids(stage):
    batch = a_batch(stage)
    before, after = make(stage, batch, drafts("a", "b")), make(stage, batch, drafts("a", "c"))
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_tasks_of_a_batch_may_start_at_once(stage):
    ids = make(stage, a_batch(stage, start=True), drafts("a", "b"))
    stage.go(ids[0])
    assert {stage.task(id_).status for id_ in ids} == {TaskStatus.DONE}
    assert stage.link(ids[0], "step1", "api1").status == LinkStatus.DONE


def test_a_row_that_cannot_run_has_its_problems(stage):
    plan = stage.operator.plan_for("systemid")
    good, bad = prove_rows(plan, a_batch(stage), [*drafts("a"), TaskDraft(system="systemid")])
    assert isinstance(good, Task)
    assert "has no value anywhere" in str(bad)
