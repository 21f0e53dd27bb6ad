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


# -- edit and retry, retry and skip of a link --------------------------------------------------------


def test_args_are_edited_and_the_task_goes_on_in_one_go(pages: Pages, failed: Task) -> None:
    response = repair(pages, failed, "links/m/edit", args='{"name": "other"}', then="retry")
    assert response.status_code == 303
    assert pages.stage.task(failed).status == TaskStatus.RUNNING
    whats = [event.what for event in pages.stage.store.history.events(failed.id)[-2:]]
    assert whats == ["edited", "retried"]


def test_args_that_cannot_be_used_do_not_retry_either(pages: Pages, failed: Task) -> None:
    response = repair(pages, failed, "links/m/edit", args='{"name": "$$none.x"}', then="retry")
    assert response.status_code == 422
    task = pages.stage.task(failed)
    assert (task.status, task.step_info["two"].api_status["m"].args) == (TaskStatus.FAILED, {"name": "$$one.name"})


def test_a_link_is_retried_as_it_is(pages: Pages, failed: Task) -> None:
    assert "Try m again as it is" in words(page(pages, failed).text)
    assert repair(pages, failed, "links/m/retry").status_code == 303
    assert pages.stage.task(failed).status == TaskStatus.RUNNING


def test_a_link_that_has_passed_cannot_be_retried(pages: Pages, failed: Task) -> None:
    response = repair(pages, failed, "links/l/retry", "one")
    assert response.status_code == 409
    assert "only what failed or waits for a try" in words(response.text)


def test_one_link_of_a_step_is_skipped_with_the_keys_that_come_from_it(pages: Pages) -> None:
    stage = pages.stage
    links = [a_link("m", condition="result.name > 1", args={"name": "a"}), a_link("k", args={"name": "b"})]
    step = a_step("two", *links, response={"age": "m 7", "name": "k result.name"})
    stage.load(documents([an_api(stage.mock.url)], [step]))
    task = stage.go(stage.start("s"))
    form = page(pages, task).text.partition('id="edit-m"')[2].partition('id="edit-k"')[0]
    assert 'name="response.age"' in form
    assert 'name="response.name"' not in form
    repair(pages, task, "links/m/skip", **{"response.age": "9", "reason": "gone"})
    done = stage.go(task)
    assert done.status == TaskStatus.DONE
    assert (done.step_info["two"].response["age"], done.step_info["two"].api_status["m"].status) == (
        9, LinkStatus.SKIPPED,
    )  # fmt: skip


@pytest.mark.parametrize("act", ["links/nope/edit", "links/nope/skip", "links/nope/retry"])
def test_a_link_that_is_not_there_is_not_found(pages: Pages, failed: Task, act: str) -> None:
    assert repair(pages, failed, act, made_from="x", args="{}", reason="x").status_code == 404


# -- what somebody else changed meanwhile ------------------------------------------------------------


def made_from(html: str, action: str) -> str:
    form = html.partition(f'action="{action}"')[2]
    return form.partition('name="made_from" value="')[2].partition('"')[0]


def test_args_that_somebody_else_changed_are_not_written_over(pages: Pages, failed: Task) -> None:
    action = f"/tasks/{failed.id}/steps/two/links/m/edit"
    mark = made_from(page(pages, failed).text, action)
    pages.stage.repair.edit_link(failed.id, "two", "m", {"args": {"name": "ann's"}})
    response = repair(pages, failed, "links/m/edit", args='{"name": "mine"}', made_from=mark)
    assert response.status_code == 409
    text = words(response.text)
    assert "Somebody changed this meanwhile, and nothing was applied" in text
    assert 'As it is now { "args": { "name": "ann\'s" } }' in text
    assert '{ "name": "mine" }' in text.replace('{"name": "mine"}', '{ "name": "mine" }')
    assert pages.stage.link(failed, "two", "m").args == {"name": "ann's"}
    again = repair(pages, failed, "links/m/edit", args='{"name": "mine"}', made_from=made_from(response.text, action))
    assert again.status_code == 303
    assert pages.stage.link(failed, "two", "m").args == {"name": "mine"}


def test_polls_alone_do_not_make_a_form_stale(pages: Pages) -> None:
    pages.stage.set_knobs("api2", not_ready=100)
    task = pages.stage.go(pages.stage.start(args={"name": "abc"}))
    html = page(pages, task, "step2").text
    pages.stage.go(task, 5)
    for act in ("links/api2/edit", "span", "skip"):
        action = f"/tasks/{task.id}/steps/step2/{act}"
        fields = {"args": '{"name": "x"}', "day": "3", "response.age": "1", "reason": "r"}
        response = repair(pages, task, act, "step2", made_from=made_from(html, action), **fields)
        assert response.status_code == 303, act
        if act == "links/api2/edit":
            html = page(pages, task, "step2").text


@pytest.mark.parametrize(
    ("act", "fields", "kept"),
    [
        ("skip", {"response.age": "77", "reason": "mine"}, ['value="77"', 'value="mine"']),
        ("span", {"day": "5", "hour": "1", "minute": "2"}, ['value="5"']),
        ("rerun", {}, []),
    ],
)
def test_a_form_made_from_another_state_is_not_applied_and_keeps_what_was_typed(
    pages: Pages, failed: Task, act: str, fields: dict[str, str], kept: list[str]
) -> None:
    mark = made_from(page(pages, failed).text, f"/tasks/{failed.id}/steps/two/{act}")
    pages.stage.repair.edit_span(failed.id, "two", Span(day=9))
    pages.stage.repair.skip_step(failed.id, "two", {"age": 1})
    before = pages.stage.task(failed)
    response = repair(pages, failed, act, made_from=mark, **fields)
    assert response.status_code == 409
    assert "Somebody changed this meanwhile" in words(response.text)
    assert pages.stage.task(failed) == before
    if act != "span":  # a step that has passed has no time to set
        assert all(text in response.text for text in kept) or "already: re-run it" in words(response.text)


# -- the task's own args -----------------------------------------------------------------------------


@pytest.fixture
def with_args(pages: Pages) -> Task:
    """one was called with the task's arg, three will be."""
    stage = pages.stage
    one = a_step("one", a_link(args={"name": "$TASK.who"}), response={"name": "l result.name"})
    two = a_step("two", a_link("m", condition="result.name > 1", args={"name": "$$one.name"}))
    three = a_step("three", a_link("k", args={"name": "$TASK.who"}))
    stage.load(documents([an_api(stage.mock.url)], [one, two, three]))
    return stage.go(stage.start("s", args={"who": "ann"}))


def edit_args(pages: Pages, task: Task, **fields: Any):
    return pages.post(f"/tasks/{task.id}/args", f"/tasks/{task.id}/args", **fields)


def test_the_page_of_the_args_says_what_reads_them_and_what_would_be_stale(pages: Pages, with_args: Task) -> None:
    text = words(pages.get(f"/tasks/{with_args.id}/args").text)
    assert "three/k has not been called and will read the new value." in text
    assert "one/l was called with the old value." in text
    assert "See what a run again from one would reset" in text


def test_other_args_of_the_task_are_read_by_what_comes(pages: Pages, with_args: Task) -> None:
    assert edit_args(pages, with_args, args='{"who": "bob"}').status_code == 303
    assert pages.stage.task(with_args).args == {"who": "bob"}
    event = last_event(pages, with_args)
    assert (event.what, event.before, event.after, event.who) == ("args edited", {"who": "ann"}, {"who": "bob"}, "olga")


@pytest.mark.parametrize(("args", "said"), [("{}", "the task has no arg who"), ("[", "this is no JSON")])
def test_args_of_the_task_that_do_not_do_are_told_and_kept(pages: Pages, with_args: Task, args: str, said: str) -> None:
    response = edit_args(pages, with_args, args=args)
    assert response.status_code == 422
    assert said in words(response.text)
    assert f">{args}</textarea>" in response.text
    assert pages.stage.task(with_args).args == {"who": "ann"}


def test_args_of_the_task_that_somebody_else_changed_are_not_written_over(pages: Pages, with_args: Task) -> None:
    action = f"/tasks/{with_args.id}/args"
    mark = made_from(pages.get(action).text, action)
    pages.stage.repair.edit_args(with_args.id, {"who": "carl"})
    response = edit_args(pages, with_args, args='{"who": "bob"}', made_from=mark)
    assert response.status_code == 409
    assert 'As it is now { "who": "carl" }' in words(response.text)
    assert "bob" in response.text
    assert pages.stage.task(with_args).args == {"who": "carl"}


def test_a_task_that_is_done_keeps_its_args(pages: Pages) -> None:
    task = pages.stage.go(pages.stage.start(args={"name": "abc"}))
    assert "nothing would read the new args" in words(pages.get(f"/tasks/{task.id}/args").text)
    assert pages.post(f"/tasks/{task.id}/args", args="{}").status_code == 409


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


@pytest.mark.parametrize("act", ["links/m/edit", "links/m/skip", "skip", "span"])
def test_whatever_is_typed_comes_back_as_text(pages: Pages, failed: Task, act: str) -> None:
    names = ("args", "response.age", "reason", "day", "hour", "minute", "made_from", "then")
    response = repair(pages, failed, act, **dict.fromkeys(names, HOSTILE))
    assert response.status_code in (409, 422)
    assert "<script>alert" not in response.text
    assert "<img" not in response.text


def test_what_is_typed_for_the_task_s_args_comes_back_as_text(pages: Pages, with_args: Task) -> None:
    response = edit_args(pages, with_args, args=HOSTILE)
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert" in response.text
