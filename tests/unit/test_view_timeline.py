"""The timeline: expected against actual, tries, and an axis that leaves out what is empty."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from engine.model import Attempt, StepStatus, TaskStatus, Verdict
from engine.plan import forecast
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task
from webapp.view.axis import Axis
from webapp.view.timeline import Timeline, TimelineRow, first_open, timeline

PLAN = a_plan(a_system("a", ["b", "c"]), [a_step("a", "x"), a_step("b", "y"), a_step("c", "z", day=2)])


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def an_attempt(seq: int, began: float, step: str = "a", link: str = "x", **fields: Any) -> Attempt:
    place = {"task": "t1", "step": step, "link": link, "seq": seq, "at": at(began), "last_at": at(began)}
    return Attempt.model_validate({"_id": f"t1/1/{seq}", "verdict": Verdict.NOT_YET} | place | fields)


def a_run(**steps: dict[str, Any]) -> Any:
    task = a_task(PLAN, status=TaskStatus.RUNNING, started_at=NOW)
    for step, fields in steps.items():
        for name, value in fields.items():
            setattr(task.step_info[step], name, value)
    return task


def draw(task: Any, now: datetime, *attempts: Attempt) -> Timeline:
    return timeline(task, PLAN, attempts, {"a": "first"}, PLAN.steps, now)


def row(found: Timeline, step: str, link: str = "") -> TimelineRow:
    return next(one for one in found.rows if (one.step, one.link) == (step, link))


def place(text: str) -> float:
    return float(text.removesuffix("%"))


# -- the axis ----------------------------------------------------------------------------------------


def test_an_even_run_is_drawn_to_scale() -> None:
    axis = Axis([at(0), at(10), at(20), at(30), at(40)])
    assert [round(axis.at(at(seconds))) for seconds in (0, 5, 10, 30, 36)] == [0, 12, 25, 75, 90]
    assert axis.breaks() == ()


def test_a_long_empty_stretch_is_short_and_bears_a_mark() -> None:
    axis = Axis([at(0), at(5), at(10), at(86_410)])
    assert axis.at(at(10)) > 25
    assert [one.text for one in axis.breaks()] == ["1 d"]


def test_moments_stay_in_order_and_inside() -> None:
    axis = Axis([at(0), at(1), at(3600), at(90_000)])
    places = [axis.at(at(seconds)) for seconds in (-5, 0, 1, 30, 3600, 50_000, 90_000, 99_999)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 100)


def test_one_moment_alone_can_be_drawn() -> None:
    assert (Axis([NOW]).at(NOW), len(Axis([NOW]).marks())) == (0, 1)


def test_labels_have_room_between_them() -> None:
    places = [place(mark.x) for mark in Axis([at(seconds) for seconds in range(0, 600, 7)]).marks()]
    assert all(after - before >= 15 for before, after in pairwise(places))


# -- rows --------------------------------------------------------------------------------------------


def test_what_has_not_started_stands_where_the_plan_puts_it() -> None:
    found = draw(a_task(PLAN), NOW)
    assert [bar.look for bar in row(found, "a").bars] == ["projected"]
    assert place(row(found, "b").bars[0].x) == place(row(found, "c").bars[0].x) > 0
    end = row(found, "c").expected[1]
    assert end
    assert datetime.fromisoformat(end.iso) == forecast(PLAN, a_task(PLAN), NOW)


def test_a_running_step_is_drawn_up_to_now_against_what_was_expected() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    found = draw(task, at(50))
    expected, actual = row(found, "a").bars
    assert (expected.look, actual.look) == ("expected", "actual")
    assert place(actual.x) + place(actual.width) == place(found.now) < place(expected.width)


def test_what_runs_past_its_deadline_is_drawn_late_and_says_by_how_much() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    late = row(draw(task, at(160)), "a")
    assert [bar.look for bar in late.bars] == ["expected", "actual", "late"]
    assert (late.late, late.bars[2].text) == ("1 m", "late by 1 m")


def test_a_task_that_is_over_has_no_now_and_nothing_to_come() -> None:
    task = a_run(a={"status": StepStatus.FAILED, "started_at": NOW, "ended_at": at(9), "deadline": at(100)})
    found = draw(task.model_copy(update={"status": TaskStatus.FAILED, "ended_at": at(9)}), at(9_000))
    assert found.now == ""
    assert row(found, "b").bars == ()


def test_a_paused_task_stands_still() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    paused = task.model_copy(update={"status": TaskStatus.PAUSED, "paused_at": at(10)})
    assert draw(paused, at(50)) == draw(paused, at(5_000))


def test_each_try_is_a_tick_and_folded_ones_a_band_with_their_count() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    found = draw(task, at(60), an_attempt(1, 0), an_attempt(2, 10, last_at=at(50), count=5))
    link = row(found, "a", "x")
    assert (len(link.ticks), link.tries) == (2, 6)
    assert [bar.count for bar in link.bars if bar.look == "folded"] == ["×5"]


def test_polls_are_no_empty_stretch() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    many = an_attempt(1, 0, last_at=at(50_000), count=500)
    found = draw(task, at(50_001), many)
    (band,) = [bar for bar in row(found, "a", "x").bars if bar.look == "folded"]
    assert all(place(one.x) > place(band.x) + place(band.width) for one in found.breaks)


def test_what_made_no_call_is_no_try() -> None:
    task = a_run(a={"status": StepStatus.RUNNING, "started_at": NOW, "deadline": at(100)})
    assert row(draw(task, at(9), an_attempt(1, 1, kind="reduce")), "a", "x").tries == 0


def test_only_the_steps_that_are_asked_for_are_drawn() -> None:
    found = timeline(a_task(PLAN), PLAN, (), {}, ("b",), NOW)
    assert {one.step for one in found.rows} == {"b"}


def test_the_first_step_that_has_not_passed_is_where_the_task_is() -> None:
    assert first_open(a_run(a={"status": StepStatus.DONE}), PLAN.steps) == "b"
