"""Times and durations in words."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.model import Span, StepInfo, StepStatus, TaskStatus
from tests.countdowns import COUNTDOWNS
from tests.unit.builders import NOW, seed_task
from tests.unit.speaking import speaking
from webapp.view.moment import (
    NONE,
    countdown_text,
    duration_text,
    remaining_of_step,
    remaining_of_task,
    short_time_text,
    stamp,
    until,
    with_remaining,
)

HOUR = timedelta(hours=1)


def a_seed_task(**fields):
    return seed_task().model_copy(update=fields)


@pytest.mark.parametrize(("spoken", "table"), COUNTDOWNS.items())
def test_a_countdown_reads_as_days_and_a_clock_or_as_late(spoken, table):
    with speaking(spoken):
        assert {seconds: countdown_text(seconds) for seconds in table} == table


@pytest.mark.parametrize(("seconds", "text"), [(59.9, "00:00:59"), (-0.5, "late 0 s")])
def test_a_countdown_has_whole_seconds(seconds, text):
    assert countdown_text(seconds) == text


def test_a_duration_speaks_the_language_of_the_reader():
    with speaking("zh"):
        assert [duration_text(90), short_time_text(0.012), short_time_text(1.26)] == ["1 分 30 秒", "12 毫秒", "1.3 秒"]


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (90, "1 m 30 s"), (86_400, "1 d"), (108_000, "1 d 6 h")])
def test_a_duration_has_two_units_at_the_most(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.0124, "12 ms"), (1.26, "1.3 s"), (61, "1 m 1 s")])
def test_a_call_took_milliseconds_or_seconds(seconds, text):
    assert short_time_text(seconds) == text


def test_a_stamp_leaves_out_this_year_only():
    moment = stamp(datetime(2026, 3, 1, 9, 5, 7, tzinfo=UTC), NOW)
    assert moment
    assert (moment.short, moment.full) == ("1 Mar 09:05", "2026-03-01 09:05:07 UTC")
    older = stamp(datetime(2025, 12, 31, 23, 59, tzinfo=UTC), NOW)
    assert older
    assert older.short == "31 Dec 2025 23:59"
    assert stamp(None, NOW) is None


def test_a_step_that_has_not_started_has_no_clock():
    assert remaining_of_step(StepInfo(), a_seed_task(), NOW) == NONE


def test_a_running_step_counts_down_to_its_deadline():
    left = remaining_of_step(StepInfo(deadline=NOW + HOUR), a_seed_task(), NOW)
    assert (left.kind, left.text, left.late) == ("running", "01:00:00", False)
    assert left.deadline
    assert left.deadline.iso == "2026-03-01T13:00:00.000+00:00"


def test_a_late_step_says_so_while_it_runs():
    left = remaining_of_step(StepInfo(deadline=NOW - HOUR), a_seed_task(), NOW)
    assert (left.kind, left.text, left.late) == ("running", "late 1 h", True)


def test_a_step_that_has_ended_says_how_long_it_took():
    info = StepInfo(deadline=NOW, started_at=NOW - 3 * HOUR, ended_at=NOW - HOUR)
    left = remaining_of_step(info, a_seed_task(), NOW + 5 * HOUR)
    assert (left.kind, left.text, left.deadline) == ("ended", "took 2 h", None)


def test_a_step_that_ended_late_says_how_late():
    info = StepInfo(deadline=NOW - HOUR, started_at=NOW - 3 * HOUR, ended_at=NOW)
    left = remaining_of_step(info, a_seed_task(), NOW + 5 * HOUR)
    assert (left.kind, left.text, left.late) == ("ended", "late 1 h", True)


def test_the_clock_of_a_paused_task_stands_still():
    task = a_seed_task(status=TaskStatus.PAUSED, paused_at=NOW, deadline=NOW + HOUR)
    left = remaining_of_task(task, NOW + 9 * HOUR)
    assert (left.kind, left.text, left.deadline) == ("paused", "01:00:00", None)


def test_a_task_that_is_over_has_no_clock():
    assert remaining_of_task(a_seed_task(status=TaskStatus.FAILED, deadline=NOW), NOW) == NONE


def test_a_next_try_is_due_and_never_late():
    left = until(NOW - HOUR, NOW)
    assert (left.text, left.late) == ("00:00:00", False)
    assert until(None, NOW) == NONE


def test_the_json_has_what_remains_computed():
    task = a_seed_task(status=TaskStatus.RUNNING, deadline=NOW + HOUR)
    running = StepInfo(status=StepStatus.RUNNING, deadline=NOW + HOUR, expect_span=Span(hour=1))
    shown = with_remaining(task.model_copy(update={"step_info": task.step_info | {"step1": running}}), NOW)
    assert shown.remain_second == shown.step_info["step1"].remain_second == 3600
    assert shown.step_info["step4"].remain_second == -1
