"""Repairs of a step on its page: each takes effect, or is refused with what was typed still there."""

from typing import Any

import pytest

from engine.model import LinkStatus, Span, StepStatus, Task, TaskStatus
from tests.integration.conftest import Pages, words
from tests.systems import a_link, a_step, an_api, documents


@pytest.fixture
def failed(pages: Pages) -> Task:
    """one is DONE, two has failed: its condition cannot be judged."""
    stage = pages.stage
    one = a_step("one", a_link(args={"name": "a"}), response={"name": "l result.name"})
    two = a_step("two", a_link("m", condition="result.name > 1", args={"name": "$$one.name"}), response={"age": "m 7"})
    stage.load(documents([an_api(stage.mock.url)], [one, two, a_step("three", a_link("k", args={"name": "b"}))]))
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.FAILED
    return task


def page(pages: Pages, task: Task, step: str = "two"):
    return pages.get(f"/tasks/{task.id}/steps/{step}/repair")


def repair(pages: Pages, task: Task, act: str, step: str = "two", **fields: Any):
    return pages.post(f"/tasks/{task.id}/steps/{step}/{act}", f"/tasks/{task.id}/steps/{step}/repair", **fields)


def skip(pages: Pages, task: Task, age: str, **fields: Any):
    return repair(pages, task, "skip", **{"response.age": age, **fields})


def last_event(pages: Pages, task: Task) -> Any:
    return pages.stage.store.history.events(task.id)[-1]


def test_a_step_s_box_leads_to_its_repair(pages: Pages, failed: Task) -> None:
    assert f'href="/tasks/{failed.id}/steps/two/repair"' in pages.get(f"/tasks/{failed.id}").text


# -- args --------------------------------------------------------------------------------------------


def test_the_args_stand_there_as_they_are_written(pages: Pages, failed: Task) -> None:
    assert "&#34;name&#34;: &#34;$$one.name&#34;" in page(pages, failed).text


def test_other_args_are_kept_for_the_next_call(pages: Pages, failed: Task) -> None:
    assert repair(pages, failed, "links/m/edit", args='{"name": "other"}').status_code == 303
    assert pages.stage.link(failed, "two", "m").args == {"name": "other"}
    event = last_event(pages, failed)
    assert (event.what, event.before) == ("edited", {"args": {"name": "$$one.name"}})


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ('{"name": ', "this is no JSON"),
        ("[1]", "this is no JSON object"),
        ('{"name": "$$none.x"}', "none"),
        ('{"name": NaN}', "NaN"),
    ],
)
def test_args_that_cannot_be_used_are_told_and_stay_as_typed(pages: Pages, failed: Task, args: str, said: str) -> None:
    response = repair(pages, failed, "links/m/edit", args=args)
    assert response.status_code == 422
    assert said in words(response.text)
    assert args.replace('"', "&#34;") in response.text
    assert pages.stage.link(failed, "two", "m").args == {"name": "$$one.name"}


def test_a_loop_s_rounds_and_result_can_be_edited(pages: Pages) -> None:
    stage = pages.stage
    loop = a_link(kind="LOOP", largs=1, lresult="return result[3]", args={"name": "$CODEstr(loop.index)"})
    stage.load(documents([an_api(stage.mock.url)], [a_step("two", loop)]))
    task = stage.go(stage.start("s"))
    fields = {"args": '{"name": "x"}', "largs": "2", "lresult": "return result[1]\r\n"}
    assert repair(pages, task, "links/l/edit", **fields).status_code == 303
    link = stage.link(task, "two", "l")
    assert (link.args, link.largs, link.lresult) == ({"name": "x"}, 2, "return result[1]")


def test_what_has_passed_cannot_be_edited_and_says_what_to_do(pages: Pages, failed: Task) -> None:
    assert "re-run the step instead" in words(page(pages, failed, "one").text)
    assert repair(pages, failed, "links/l/edit", "one", args="{}").status_code == 409


# -- expected time -----------------------------------------------------------------------------------


def test_another_expected_time_is_set(pages: Pages, failed: Task) -> None:
    assert repair(pages, failed, "span", day="2", hour="", minute="30").status_code == 303
    assert pages.stage.task(failed).step_info["two"].expect_span == Span(day=2, hour=0, minute=30)


def test_every_part_that_is_no_number_is_told(pages: Pages, failed: Task) -> None:
    response = repair(pages, failed, "span", day="soon", hour="-1", minute="")
    assert response.status_code == 422
    assert "2 things have to be corrected" in words(response.text)
    assert 'value="soon"' in response.text


def test_no_time_at_all_is_refused(pages: Pages, failed: Task) -> None:
    assert "longer than nothing" in words(repair(pages, failed, "span", day="0").text)


# -- skip --------------------------------------------------------------------------------------------


def test_a_skip_asks_for_every_key_that_the_step_publishes(pages: Pages, failed: Task) -> None:
    assert 'name="response.age"' in page(pages, failed).text


def test_a_skipped_step_has_the_given_response_and_the_task_goes_on(pages: Pages, failed: Task) -> None:
    assert skip(pages, failed, "9", reason="the API is gone").status_code == 303
    task = pages.stage.go(failed)
    assert (task.status, task.step_info["two"].status) == (TaskStatus.DONE, StepStatus.SKIPPED)
    events = [event for event in pages.stage.store.history.events(failed.id) if event.what == "skipped"]
    assert events[0].after["reason"] == "the API is gone"


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"age": "9", "reason": " "}, 422, "say why it is skipped"),
        ({"age": "", "reason": "x"}, 409, "give a value for age"),
        ({"age": "nine", "reason": "x"}, 422, "this is no JSON"),
    ],
)
def test_a_skip_that_lacks_something_changes_nothing(
    pages: Pages, failed: Task, fields: dict[str, Any], status: int, said: str
) -> None:
    response = skip(pages, failed, **fields)
    assert response.status_code == status
    assert said in words(response.text)
    assert f'name="response.age" value="{fields["age"]}"' in response.text
    assert pages.stage.task(failed).step_info["two"].status == StepStatus.FAILED


# -- re-run ------------------------------------------------------------------------------------------


def test_what_a_re_run_resets_is_shown_before(pages: Pages, failed: Task) -> None:
    text = words(page(pages, failed, "one").text)
    assert "3 steps are reset" in text
    assert "two : it comes after one" in text
    assert "three : it comes after one (has not begun)" in text


def test_a_re_run_resets_and_goes_on(pages: Pages, failed: Task) -> None:
    assert repair(pages, failed, "rerun", "one").status_code == 303
    assert pages.stage.link(failed, "one", "l").status == LinkStatus.READY
    pages.stage.go(failed)
    assert len({call["idempotency_key"] for call in pages.stage.calls()}) == 4


def test_a_task_that_has_not_begun_is_started_instead(pages: Pages, failed: Task) -> None:
    ready = pages.stage.create("s")
    assert "The task has not begun" in words(page(pages, ready).text)
    assert repair(pages, ready, "rerun").status_code == 409


def test_a_step_that_is_not_there_is_not_found(pages: Pages, failed: Task) -> None:
    assert page(pages, failed, "nope").status_code == 404
