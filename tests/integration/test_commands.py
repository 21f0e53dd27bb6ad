"""What people do to a task: each act takes effect or is refused with a reason, and leaves an event."""

from typing import Any

import gevent
import pytest

from engine.command import NotFound, Refused
from engine.model import Invalid, LinkStatus, Span, StepStatus, Task, TaskStatus
from engine.plan import TaskDraft
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents

A: dict[str, Any] = {"args": {"name": "a"}}
DAY = 86_400


def three_steps(stage: Stage, **api: Any) -> None:
    """one → two (reads one.name) → three (reads nothing)."""
    one = a_step("one", a_link(**A), response={"name": "l result.name"})
    two = a_step("two", a_link("m", "api2", args={"name": "$$one.name"}), response={"again": "m result.age"})
    three = a_step("three", a_link("k", **A))
    apis = [an_api(stage.mock.url) | api, an_api(stage.mock.url, "api2")]
    stage.load(documents(apis, [one, two, three]))


def stuck_in_two(stage: Stage) -> Task:
    """A task parked at step two, whose api answers 503."""
    three_steps(stage)
    stage.set_knobs("api2", status=503)
    return stage.go(stage.start("s"))


def failed_in_two(stage: Stage) -> Task:
    three_steps(stage)
    stage.set_knobs("api2", shape="wrong")  # a list: `result.age` of it is a script error
    return stage.go(stage.start("s"))


def last_event(stage: Stage, task: Task) -> Any:
    return stage.store.history.events(task.id)[-1]


# -- ordinary life -----------------------------------------------------------------------------------


def test_a_draft_with_mistakes_creates_nothing_and_names_them_all(stage: Stage) -> None:
    three_steps(stage)
    bad = {"one": {"api_status": {"l": {"args": {"name": "$$none.x"}}}}, "two": {"expect_span": {"day": -1}}}
    with pytest.raises(Invalid) as caught:
        stage.operator.create(TaskDraft.load({"system": "s", "step_info": bad}))
    assert caught.value.problems
    assert stage.store.tasks.newest(stage.clock.now()) == []


def test_a_task_is_started_once(stage: Stage) -> None:
    three_steps(stage)
    task = stage.start("s")
    with pytest.raises(Refused, match="started only once"):
        stage.operator.start(task.id)


def test_a_task_that_is_not_there_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no task 'nope'"):
        stage.operator.pause("nope")


def test_a_paused_task_calls_nothing_until_it_is_resumed(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.operator.pause(task.id)
    before = len(stage.calls())
    assert stage.go(task, seconds=60).status == TaskStatus.PAUSED
    assert len(stage.calls()) == before
    stage.set_knobs("api2")
    stage.operator.resume(task.id)
    assert stage.go(task).status == TaskStatus.DONE


def test_pausing_stops_the_clock(stage: Stage) -> None:
    task = stuck_in_two(stage)
    deadline = task.step_info["two"].deadline
    stage.operator.pause(task.id)
    stage.clock.turn(3 * DAY)
    stage.operator.resume(task.id)
    moved = stage.task(task).step_info["two"].deadline
    assert deadline
    assert moved
    assert (moved - deadline).total_seconds() == 3 * DAY


def test_a_call_in_flight_ends_and_counts_when_its_task_is_paused(stage: Stage) -> None:
    three_steps(stage)
    stage.set_knobs("api1", latency_ms=80)
    task = stage.start("s")
    stage.worker.sweep()
    while not stage.calls():
        gevent.sleep(0.005)
    asked = stage.operator.pause(task.id)
    assert (asked.status, asked.request) == (TaskStatus.RUNNING, "pause")
    stage.worker.read_requests()
    gevent.joinall(list(stage.worker._running.values()))
    found = stage.task(task)
    assert (found.status, found.owner, found.request) == (TaskStatus.PAUSED, None, None)
    assert found.step_info["one"].status == StepStatus.DONE
    assert found.step_info["two"].status == StepStatus.READY


def test_a_cancelled_task_is_over_and_what_had_passed_stays(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.operator.cancel(task.id)
    found = stage.go(task, seconds=60)
    assert found.status == TaskStatus.CANCELLED
    assert [info.status for info in found.step_info.values()] == ["DONE", "CANCELLED", "CANCELLED"]
    with pytest.raises(Refused, match="CANCELLED already"):
        stage.operator.cancel(task.id)


def test_a_running_task_is_cancelled_when_its_call_has_ended(stage: Stage) -> None:
    three_steps(stage)
    stage.set_knobs("api1", latency_ms=80)
    task = stage.start("s")
    stage.worker.sweep()
    while not stage.calls():
        gevent.sleep(0.005)
    stage.operator.cancel(task.id)
    stage.worker.read_requests()
    gevent.joinall(list(stage.worker._running.values()))
    found = stage.task(task)
    assert found.status == TaskStatus.CANCELLED
    assert found.step_info["one"].status == StepStatus.DONE


def test_every_act_is_an_event_with_who_and_when(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.operator.pause(task.id)
    events = [(event.what, event.who) for event in stage.store.history.events(task.id)]
    assert ("created", "ann") in events
    assert ("started", "ann") in events
    assert events[-1] == ("paused", "ann")


# -- repair ------------------------------------------------------------------------------------------


def test_a_retry_goes_on_from_the_failure_and_repeats_nothing_before_it(stage: Stage) -> None:
    task = failed_in_two(stage)
    assert task.status == TaskStatus.FAILED
    stage.set_knobs("api2")
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE
    assert len(stage.calls("api1")) == 2  # step one's, and step three's


def test_a_waiting_link_can_be_tried_at_once(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.set_knobs("api2")
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE


def test_a_step_is_skipped_with_a_response_that_later_calls_read(stage: Stage) -> None:
    one = a_step("one", a_link(max_attempts=1, **A), response={"name": "l result.name"})
    two = a_step("two", a_link("m", "api2", args={"name": "$$one.name"}))
    stage.load(documents([an_api(stage.mock.url), an_api(stage.mock.url, "api2")], [one, two]))
    stage.set_knobs("api1", status=500)
    task = stage.go(stage.start("s"))
    stage.repair.skip_step(task.id, "one", {"name": "by hand"}, "the api is gone")
    found = stage.go(task)
    assert (found.status, found.step_info["one"].status) == (TaskStatus.DONE, StepStatus.SKIPPED)
    assert stage.calls("api2")[0]["args"]["name"] == "by hand"


def test_skipping_asks_for_every_key_that_the_step_publishes(stage: Stage) -> None:
    task = stuck_in_two(stage)
    with pytest.raises(Refused, match="again"):
        stage.repair.skip_step(task.id, "two", {})
    with pytest.raises(Refused, match="does not publish other"):
        stage.repair.skip_step(task.id, "two", {"again": 1, "other": 2})


def test_a_link_is_skipped_and_its_step_goes_on(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.repair.skip_link(task.id, "two", "m", {"again": 7})
    found = stage.go(task)
    assert (found.status, found.step_info["two"].status) == (TaskStatus.DONE, StepStatus.DONE)
    assert found.step_info["two"].api_status["m"].status == LinkStatus.SKIPPED
    assert found.step_info["two"].response == {"again": 7}


def test_edited_args_are_used_by_the_next_try_under_another_key(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.set_knobs("api2")
    stage.repair.edit_link(task.id, "two", "m", {"args": {"name": "mended"}})
    assert stage.go(task).status == TaskStatus.DONE
    call = stage.calls("api2")[-1]
    assert (call["args"]["name"], call["idempotency_key"]) == ("mended", f"{task.id}/two/m/0/1")
    event = next(event for event in stage.store.history.events(task.id) if event.what == "edited")
    assert (event.before, event.after) == ({"args": {"name": "$$one.name"}}, {"args": {"name": "mended"}})


def test_an_edit_that_breaks_the_proof_changes_nothing(stage: Stage) -> None:
    task = stuck_in_two(stage)
    with pytest.raises(Invalid, match="none"):
        stage.repair.edit_link(task.id, "two", "m", {"args": {"name": "$$one.none"}})
    assert stage.link(task, "two", "m").args == {"name": "$$one.name"}


def test_what_has_passed_is_not_edited(stage: Stage) -> None:
    task = stuck_in_two(stage)
    with pytest.raises(Refused, match="re-run"):
        stage.repair.edit_link(task.id, "one", "l", {"args": {"name": "x"}})


def test_an_edited_span_moves_the_deadline(stage: Stage) -> None:
    task = stuck_in_two(stage)
    before = task.step_info["two"].deadline
    found = stage.repair.edit_span(task.id, "two", Span(day=3))
    after = found.step_info["two"].deadline
    assert before
    assert after
    assert (after - before).total_seconds() == 2 * DAY
    assert found.deadline == after


def test_a_re_run_resets_what_it_said_and_nothing_else(stage: Stage) -> None:
    three_steps(stage)
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.DONE
    assert set(stage.repair.impact(task.id, "two").steps) == {"two", "three"}
    stage.repair.rerun(task.id, "two")
    assert stage.go(task).status == TaskStatus.DONE
    assert len(stage.calls("api2")) == 2
    assert len(stage.calls("api1")) == 3
    assert stage.calls("api2")[-1]["idempotency_key"] == f"{task.id}/two/m/0/1"


def test_a_cancelled_task_can_be_re_run_to_its_end(stage: Stage) -> None:
    task = stuck_in_two(stage)
    stage.operator.cancel(task.id)
    stage.set_knobs("api2")
    stage.repair.rerun(task.id, "two")
    assert stage.go(task).status == TaskStatus.DONE


def test_a_repair_of_a_held_task_waits_until_its_worker_has_set_it_down(stage: Stage) -> None:
    three_steps(stage)
    stage.set_knobs("api1", latency_ms=80)
    task = stage.start("s")
    stage.worker.sweep()
    while not stage.calls():
        gevent.sleep(0.005)
    edit = gevent.spawn(stage.repair.edit_link, task.id, "two", "m", {"args": {"name": "other"}})
    while stage.worker.held:
        stage.worker.read_requests()
        gevent.sleep(0.005)
    edit.get()
    assert stage.go(task).status == TaskStatus.DONE
    assert stage.calls("api2")[0]["args"]["name"] == "other"
    assert stage.task(task).step_info["one"].api_status["l"].tries == 1


# -- unknown outcomes --------------------------------------------------------------------------------


def unknown(stage: Stage) -> Task:
    three_steps(stage, method="POST")
    stage.set_knobs("api1", reset=1)
    task = stage.go(stage.start("s"))
    stage.set_knobs("api1")
    assert task.step_info["one"].api_status["l"].status == LinkStatus.UNKNOWN
    assert task.attention
    return task


def test_a_post_without_a_reply_waits_for_a_person(stage: Stage) -> None:
    task = unknown(stage)
    assert stage.go(task, seconds=DAY).step_info["one"].api_status["l"].status == LinkStatus.UNKNOWN
    assert len(stage.calls()) == 1


def test_it_is_repeated_with_the_same_key_when_the_person_says_so(stage: Stage) -> None:
    task = unknown(stage)
    stage.repair.resolve(task.id, "one", "l", "repeat")
    assert stage.go(task).status == TaskStatus.DONE
    assert [call["idempotency_key"] for call in stage.calls()[:2]] == [f"{task.id}/one/l/0"] * 2


def test_it_took_effect_and_its_response_is_given(stage: Stage) -> None:
    task = unknown(stage)
    stage.repair.resolve(task.id, "one", "l", "took effect", {"name": "given"})
    found = stage.go(task)
    assert found.status == TaskStatus.DONE
    assert found.step_info["one"].response == {"name": "given"}
    assert stage.calls("api2")[0]["args"]["name"] == "given"


def test_it_failed_and_so_does_the_task_until_it_is_retried(stage: Stage) -> None:
    task = unknown(stage)
    assert stage.repair.resolve(task.id, "one", "l", "failed").status == TaskStatus.FAILED
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE


# -- more than one failure ---------------------------------------------------------------------------


def two_failures(stage: Stage) -> Task:
    left = a_step("left", a_link("l", "api2", max_attempts=1, **A))
    right = a_step("right", a_link("r", "api2", max_attempts=1, **A))
    stage.set_knobs("api2", latency_ms=30, status=500)
    stage.load(documents([an_api(stage.mock.url, "api2")], [left, right], [[left, right]]))
    task = stage.go(stage.start("s"))
    assert [info.status for info in task.step_info.values()] == [StepStatus.FAILED] * 2
    return task


def test_with_one_of_two_failures_mended_the_task_says_what_is_left(stage: Stage) -> None:
    task = two_failures(stage)
    found = stage.repair.skip_link(task.id, "left", "l", {})
    assert found.status == TaskStatus.FAILED
    assert "right/r" in found.attention
    assert "left/l" not in found.attention
    stage.repair.skip_step(task.id, "right", {})
    assert stage.go(task).status == TaskStatus.DONE


def test_a_paused_task_stays_paused_when_an_outcome_is_resolved(stage: Stage) -> None:
    for how in ("repeat", "failed"):
        task = unknown(stage)
        stage.operator.pause(task.id)
        assert stage.repair.resolve(task.id, "one", "l", how).status == TaskStatus.PAUSED
        stage.operator.resume(task.id)
        assert stage.go(task).status == {"repeat": TaskStatus.DONE, "failed": TaskStatus.FAILED}[how]
