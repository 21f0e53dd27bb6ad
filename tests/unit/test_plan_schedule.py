"""When each step runs: as it was, then as the spans say."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.model import StepStatus, TaskStatus
from engine.plan import forecast, schedule
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task

PLAN = a_plan(
    a_system("a", ["b", ["c", "d"]], "e"),
    [a_step("a", "x"), a_step("b", "x", day=5), a_step("c", "x"), a_step("d", "x", day=2), a_step("e", "x")],
)
DAY = timedelta(days=1)


def days(task, now=NOW):
    found = schedule(PLAN, task, now)
    return {step: ((slot.start - NOW) / DAY, (slot.end - NOW) / DAY) for step, slot in found.items()}


def test_a_sequence_follows_on_and_parallel_branches_start_together():
    expected = {"a": (0, 1), "b": (1, 6), "c": (1, 2), "d": (2, 4), "e": (6, 7)}
    assert days(a_task(PLAN)) == expected


def test_what_has_ended_stands_as_it_was_and_the_rest_moves_up():
    task = a_task(PLAN, status=TaskStatus.RUNNING, started_at=NOW)
    a = task.step_info["a"]
    a.status, a.started_at, a.ended_at = StepStatus.DONE, NOW, NOW + DAY / 2
    found = days(task, NOW + DAY / 2)
    assert (found["a"], found["b"]) == ((0, 0.5), (0.5, 5.5))


def test_what_is_late_pushes_what_follows():
    task = a_task(PLAN, status=TaskStatus.RUNNING, started_at=NOW)
    a = task.step_info["a"]
    a.status, a.started_at, a.deadline = StepStatus.RUNNING, NOW, NOW + DAY
    assert days(task, NOW + 3 * DAY)["b"] == (3, 8)


@given(st.sets(st.sampled_from("abcde")), st.integers(0, 9))
def test_the_last_end_is_the_forecast(passed, late):
    task = a_task(PLAN, status=TaskStatus.RUNNING, started_at=NOW)
    for step in passed:
        info = task.step_info[step]
        info.status, info.started_at, info.ended_at = StepStatus.DONE, NOW, NOW
    now = NOW + late * DAY
    ends = [slot.end for slot in schedule(PLAN, task, now).values()]
    if len(passed) < 5:
        assert max(ends) == forecast(PLAN, task, now)
