"""A task moved to the definition that its system has now: in a real store, with what it has done kept."""

from __future__ import annotations

from typing import Any

import pytest

from engine.command import ChangedMeanwhile, Move, Refused
from engine.model import Invalid, LinkStatus, Task, TaskStatus
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents, runs

A: dict[str, Any] = {"args": {"name": "a"}}


def define(stage: Stage, *flow: Any, **changed: dict[str, Any]) -> None:
    """one → two (reads one.name), and `end`, which reads it too."""
    steps = {
        "one": a_step("one", a_link(**A), response={"name": "l result.name"}),
        "two": a_step("two", a_link("m", "api2", args={"name": "$$one.name"}), response={"again": "m result.age"}),
        "end": a_step("end", a_link("k")),
    } | changed
    apis = [an_api(stage.mock.url), an_api(stage.mock.url, "api2")]
    stage.load(documents(apis, list(steps.values()), [{"_id": step} for step in flow]))


def stuck_in_two(stage: Stage) -> Task:
    define(stage, "one", "two")
    stage.set_knobs("api2", status=503)
    return stage.go(stage.start("s"))


def moves(stage: Stage) -> Move:
    return Move(stage.store, clock=stage.clock, who="ann")


def test_a_parked_task_goes_on_by_the_new_definition_to_its_end(stage: Stage) -> None:
    task = stuck_in_two(stage)
    asked = len(stage.calls("api1"))
    define(stage, "one", "two", "end")
    moved = moves(stage).move(task.id)
    assert (moved.status, moved.plan != task.plan) == (TaskStatus.RUNNING, True)
    assert moved.step_info["end"].api_status["k"].args == {"name": "$$one.name"}
    stage.set_knobs("api2")
    ended = stage.go(task, 10)
    assert ended.status == TaskStatus.DONE
    assert len(stage.calls("api1")) == asked + 1, "what was done was done again"
    assert ended.step_info["end"].api_status["k"].status == LinkStatus.DONE


def test_a_move_is_an_event_with_both_plans_and_what_changed(stage: Stage) -> None:
    task = stuck_in_two(stage)
    define(stage, "one", "two", "end")
    moved = moves(stage).move(task.id)
    event = stage.store.history.events(task.id)[-1]
    assert (event.what, event.who, event.before) == ("moved", "ann", {"plan": task.plan})
    assert event.after == {"plan": moved.plan, "changes": ["added end"]}


def test_an_obstacle_is_told_and_nothing_is_changed(stage: Stage) -> None:
    task = stuck_in_two(stage)
    define(stage, "one", "end", "two")
    found = moves(stage).check(task.id)
    assert [problem.message for problem in found.obstacles] == [
        "two has begun, and would come after end, which has not passed"
    ]
    with pytest.raises(Invalid, match="would come after end"):
        moves(stage).move(task.id)
    assert stage.task(task) == task


def test_a_check_changes_nothing(stage: Stage) -> None:
    task = stuck_in_two(stage)
    define(stage, "one", "two", "end")
    assert moves(stage).check(task.id).obstacles == ()
    assert stage.task(task) == task


@pytest.mark.parametrize(("act", "status"), [("pause", TaskStatus.PAUSED), ("", TaskStatus.FAILED)])
def test_a_paused_or_failed_task_stays_so_and_goes_on_when_it_is_told_to(stage: Stage, act: str, status: Any) -> None:
    define(stage, "one", "two")
    stage.set_knobs("api2", **({"status": 503} if act else {"shape": "wrong"}))
    task = stage.go(stage.start("s"))
    if act:
        stage.operator.pause(task.id)
    define(stage, "one", "two", "end")
    assert moves(stage).move(task.id).status == status
    stage.set_knobs("api2")
    (stage.operator.resume if act else stage.repair.retry)(task.id)
    assert stage.go(task, 10).status == TaskStatus.DONE


def test_a_task_that_has_not_begun_gets_the_new_definition(stage: Stage) -> None:
    define(stage, "one", "two")
    task = stage.create("s")
    define(stage, "one", "two", "end")
    assert moves(stage).move(task.id).status == TaskStatus.READY
    stage.operator.start(task.id)
    assert stage.go(task, 10).step_info["end"].api_status["k"].status == LinkStatus.DONE


def test_what_was_looked_at_is_what_is_done(stage: Stage) -> None:
    task = stuck_in_two(stage)
    define(stage, "one", "two", "end")
    seen = moves(stage).check(task.id).mark
    define(stage, "one", "two", "end", end=a_step("end", a_link("k"), expect_span={"day": 9}))
    with pytest.raises(ChangedMeanwhile):
        moves(stage).move(task.id, seen)
    assert stage.task(task).plan == task.plan


def test_a_task_that_is_over_or_up_to_date_is_not_moved(stage: Stage) -> None:
    define(stage, "one", "two")
    task = stage.go(stage.start("s"))
    with pytest.raises(Refused, match="is DONE"):
        moves(stage).move(task.id)
    with pytest.raises(Refused, match="has the definition that its system has now"):
        moves(stage).check(stage.create("s").id)


def test_a_task_that_runs_for_a_link_keeps_its_own_definition(stage: Stage) -> None:
    def load(condition: str) -> None:
        inner = a_step("sum", a_link(condition=condition, **A), response={"total": "l result.name"})
        pay = a_step("pay", runs("b", "bill"), response={"paid": "b result.sum.total"})
        found = documents([an_api(stage.mock.url)], [inner, pay], [{"_id": "pay"}])
        found["system"].append({"_id": "bill", "step": [{"_id": "sum"}]})
        stage.load(found)

    load("result.name")
    stage.set_knobs("api1", status=503)
    task = stage.go(stage.start("s"))
    load("result.name != ''")
    assert moves(stage).move(task.id).plan != task.plan
    stage.set_knobs("api1")
    assert stage.go(task, 3600).status == TaskStatus.DONE
    assert len([one for one in stage.store.tasks.all() if one.parent]) == 1
