"""Time (R7): spans, forecast, slack. Durations in hours here."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import StepStatus, TaskStatus, slack_now_s
from engine.plan import (
    critical_path,
    forecast,
    longest_way,
    outlook,
    parse_flow,
    remain_s,
    slack_s,
    steps_in,
    timetable,
)
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task, seed_plan, seed_task
from tests.unit.test_plan_flow import flows

HOUR = timedelta(hours=1)
SPANS = {"a": 1, "b": 2, "c": 5, "d": 4}
"""a, then [b, c] beside d."""


def spanned():
    steps = [a_step(step, day=hours / 24) for step, hours in SPANS.items()]
    plan = a_plan(a_system("a", [["b", "c"], "d"]), steps)
    return plan, a_task(plan, started_at=NOW)


def running(task, step, since):
    info = task.step_info[step]
    info.status, info.started_at = StepStatus.RUNNING, since
    info.deadline = since + info.expect_span.delta


def done(task, *steps):
    for step in steps:
        task.step_info[step].status = StepStatus.DONE


def hours(moment):
    return (moment - NOW) / HOUR


def test_a_timetable_says_when_each_step_starts_and_is_due():
    table = timetable(parse_flow(["a", [["b", "c"], "d"]]), SPANS.__getitem__)
    assert table == {"a": (0, 1), "b": (1, 3), "c": (3, 8), "d": (1, 5)}


@given(flows, st.data())
def test_the_last_that_is_due_is_due_at_the_end_of_the_critical_path(raw, data):
    flow = parse_flow(raw)
    spans = {step: data.draw(st.integers(0, 1000)) for step in steps_in(flow)}
    last = max(due for _, due in timetable(flow, spans.__getitem__).values())
    assert last == critical_path(flow, spans.__getitem__)


def test_the_critical_path_adds_a_sequence_and_takes_the_longest_of_a_group():
    assert critical_path(parse_flow(["a", [["b", "c"], "d"]]), SPANS.__getitem__) == 8


@given(flows, st.data())
def test_the_longest_way_takes_as_long_as_the_critical_path(raw, data):
    flow = parse_flow(raw)
    spans = {step: data.draw(st.integers(0, 1000)) for step in steps_in(flow)}
    way = longest_way(flow, spans.__getitem__)
    assert sum(spans[step] for step in way) == critical_path(flow, spans.__getitem__)
    assert [step for step in steps_in(flow) if step in way] == list(way)


@given(flows, st.data())
def test_the_critical_path_lies_between_the_longest_span_and_their_sum(raw, data):
    flow = parse_flow(raw)
    spans = {step: data.draw(st.integers(0, 1000)) for step in steps_in(flow)}
    assert max(spans.values()) <= critical_path(flow, spans.__getitem__) <= sum(spans.values())


@given(flows, st.data())
def test_no_chain_of_steps_is_longer_than_the_critical_path(raw, data):
    """Against a schedule worked out step by step from who comes before whom."""
    plan = a_plan(a_system(*raw), [a_step(step) for step in steps_in(parse_flow(raw))])
    spans = {step: data.draw(st.integers(0, 9)) for step in plan.steps}
    ends: dict[str, int] = {}
    for step in plan.steps:
        ends[step] = spans[step] + max((ends[other] for other in plan.before(step)), default=0)
    assert critical_path(plan.flow, spans.__getitem__) == max(ends.values())


def test_the_seed_is_expected_after_three_days():
    plan = seed_plan()
    assert forecast(plan, seed_task(n=4), NOW) == NOW + timedelta(days=3)


def test_a_step_that_is_done_or_skipped_takes_no_more_time():
    plan, task = spanned()
    done(task, "a")
    task.step_info["c"].status = StepStatus.SKIPPED
    assert hours(forecast(plan, task, NOW)) == pytest.approx(4)


def test_a_running_step_takes_what_is_left_of_its_span():
    plan, task = spanned()
    running(task, "a", NOW - HOUR / 4)
    assert hours(forecast(plan, task, NOW)) == pytest.approx(0.75 + 7)


def test_a_late_step_is_expected_to_end_now():
    plan, task = spanned()
    running(task, "a", NOW - 3 * HOUR)
    assert hours(forecast(plan, task, NOW)) == pytest.approx(7)


def test_a_finished_task_is_done_when_it_ended():
    plan, task = spanned()
    done(task, *SPANS)
    task.ended_at = NOW + HOUR
    assert forecast(plan, task, NOW + 9 * HOUR) == NOW + HOUR


def test_an_edited_span_counts():
    plan, task = spanned()
    task.step_info["a"].expect_span.day = 1
    assert hours(forecast(plan, task, NOW)) == pytest.approx(31)


def test_there_is_no_slack_before_the_start():
    plan, task = spanned()
    task.started_at = None
    assert slack_s(plan, task, NOW) is None


def test_a_task_in_time_has_no_slack_and_a_quick_one_gains_some():
    plan, task = spanned()
    running(task, "a", NOW)
    assert slack_s(plan, task, NOW + HOUR / 2) == pytest.approx(0)
    done(task, "a")
    running(task, "b", NOW + HOUR / 2)
    running(task, "d", NOW + HOUR / 2)
    assert slack_s(plan, task, NOW + HOUR / 2) == pytest.approx(1800)


def test_a_delay_beside_the_critical_path_costs_no_slack():
    plan, task = spanned()
    done(task, "a")
    running(task, "b", NOW + HOUR)
    running(task, "d", NOW + HOUR)
    task.step_info["d"].deadline += 2 * HOUR
    assert slack_s(plan, task, NOW + HOUR) == pytest.approx(0)


def test_a_late_task_has_negative_slack():
    plan, task = spanned()
    running(task, "a", NOW)
    assert slack_s(plan, task, NOW + 3 * HOUR) == pytest.approx(-2 * 3600)


def test_a_pause_stops_the_clock():
    plan, task = spanned()
    running(task, "a", NOW)
    task.paused_at = NOW + HOUR / 2
    assert slack_s(plan, task, NOW + 50 * HOUR) == slack_s(plan, task, NOW + HOUR / 2)
    assert hours(forecast(plan, task, NOW + 50 * HOUR)) == pytest.approx(50 + 0.5 + 7)


def test_what_remains():
    deadline = NOW + HOUR
    assert remain_s(None, NOW, None, None) == -1
    assert remain_s(deadline, NOW, None, None) == 3600
    assert remain_s(deadline, NOW + 2 * HOUR, None, None) == -3600
    assert remain_s(deadline, NOW + 9 * HOUR, NOW + HOUR / 2, None) == 1800
    assert remain_s(deadline, NOW + 9 * HOUR, None, NOW) == 3600
    assert remain_s(deadline, NOW + 9 * HOUR, NOW + HOUR / 2, NOW) == 1800


# -- what is stored of it ------------------------------------------------------------------------------


@given(flows, st.data())
def test_the_slack_at_any_moment_follows_from_what_the_last_change_left(raw, data):
    """Whatever runs, is done or late, and however long nothing has changed."""
    plan = a_plan(
        a_system(*raw), [a_step(step, day=data.draw(st.integers(0, 20)) / 24) for step in steps_in(parse_flow(raw))]
    )
    task = a_task(plan, started_at=NOW - data.draw(st.integers(0, 30)) * HOUR)
    task.status = TaskStatus.RUNNING
    for step in plan.steps:
        if all(task.step_info[other].status == StepStatus.DONE for other in plan.before(step)):
            if data.draw(st.booleans()):
                done(task, step)
            else:
                running(task, step, NOW - data.draw(st.integers(0, 30)) * HOUR)
    left = outlook(plan, task, NOW)
    for later in (0, 1, 7, 400):
        moment = NOW + later * HOUR
        assert slack_now_s(left.slack_s, left.slack_ends_at, moment) == pytest.approx(slack_s(plan, task, moment))


def test_what_has_not_started_or_is_over_is_told_no_slack():
    plan, task = spanned()
    assert outlook(plan, task.model_copy(update={"started_at": None}), NOW).slack_s is None
    over = outlook(plan, task.model_copy(update={"status": TaskStatus.FAILED}), NOW)
    assert (over.slack_s, over.slack_ends_at) == (None, None)


def test_the_slack_of_a_paused_task_is_that_of_the_moment_of_the_pause():
    plan, task = spanned()
    running(task, "a", NOW)
    task.status, task.paused_at = TaskStatus.PAUSED, NOW + 3 * HOUR
    left = outlook(plan, task, NOW + 90 * HOUR)
    assert slack_now_s(left.slack_s, left.slack_ends_at, task.paused_at) == -2 * 3600
