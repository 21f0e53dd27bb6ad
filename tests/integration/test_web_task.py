"""A task's page, section by section, from a database that a real worker writes."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from engine.model import Role, Task, TaskStatus
from mock_api.knobs import Knobs
from tests.integration.conftest import HTMX, Pages, tag_in, words
from tests.integration.test_web_tasks import HOSTILE, a_seed_run, waiting
from tests.systems import a_link, a_step, an_api, documents

SECTIONS = ("flow", "timeline", "values", "attempts", "history", "json")


def section(pages: Pages, task: Task, view: str, **query: str) -> str:
    response = pages.get(f"/tasks/{task.id}", {"view": view, **query})
    assert response.status_code == 200
    return response.text


def reason(html: str) -> str:
    found = re.search(r'id="reason" role="status">(.*?)</span>', html, re.DOTALL)
    assert found
    return words(found[1])


# -- the head ----------------------------------------------------------------------------------------


def test_the_head_says_why_the_task_waits_and_leads_to_the_place(pages: Pages) -> None:
    html = section(pages, waiting(pages), "flow")
    assert reason(html) == "step2/api2 waits until result.age != None; now result.age = null."
    assert 'step=step2#link-step2-api2"' in html
    assert "Try 1 next try in 00:00:05 1 more call waits." in words(html)


def test_the_head_tells_slack_and_deadline_while_it_runs(pages: Pages) -> None:
    text = words(section(pages, waiting(pages), "flow"))
    assert "Slack 1 d" in text
    assert "Deadline" in text


def test_the_head_tells_who_paused(pages: Pages) -> None:
    task = waiting(pages)
    pages.act(task.id, "pause")
    assert reason(section(pages, task, "flow")).startswith("olga paused it, ")


def test_the_head_tells_that_no_worker_runs(pages: Pages) -> None:
    task = pages.stage.start(args={"name": "abc"})
    pages.stage.worker.drain()
    pages.stage.clock.turn(60)
    assert reason(section(pages, task, "flow")).startswith("No worker runs")


def test_the_head_of_a_failure_leads_to_its_repair_for_those_who_may(pages: Pages) -> None:
    task = a_failure(pages)
    html = section(pages, task, "flow")
    assert reason(html).startswith("two/m failed: condition: ")
    assert f'href="/tasks/{task.id}/steps/two/repair"' in html
    pages.sign_in("eve", Role.VIEWER)
    assert "/steps/two/repair" not in section(pages, task, "flow")


# -- sections ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", SECTIONS)
def test_a_section_is_a_plain_link_and_follows_its_task(pages: Pages, view: str) -> None:
    task = waiting(pages)
    html = section(pages, task, view)
    assert html.count('aria-current="page"') == 1
    part = pages.part(f"/tasks/{task.id}?view={view}")
    assert part.text.startswith('<div id="task">')
    assert pages.part(f"/tasks/{task.id}?view={view}", tag_in(part.text)).status_code == 304
    pages.stage.operator.pause(task.id)
    assert "PAUSED" in pages.part(f"/tasks/{task.id}?view={view}", tag_in(part.text)).text


def test_a_section_that_there_is_not_is_not_found(pages: Pages) -> None:
    assert pages.get(f"/tasks/{waiting(pages).id}?view=nope").status_code == 404


def test_an_act_keeps_the_section(pages: Pages) -> None:
    task = waiting(pages)
    response = pages.post(f"/tasks/{task.id}/pause?view=timeline", f"/tasks/{task.id}")
    assert response.location == f"/tasks/{task.id}?view=timeline"
    again = pages.post(f"/tasks/{task.id}/resume?view=timeline", f"/tasks/{task.id}", HTMX)
    assert 'class="timeline"' in again.text


@pytest.mark.parametrize("page", ["x", "-1", "0", "999", "9" * 40])
def test_a_page_number_of_any_kind_is_answered(pages: Pages, page: str) -> None:
    task = waiting(pages)
    for view in SECTIONS:
        section(pages, task, view, page=page)


def test_the_flow_shows_what_each_call_needs_and_who_uses_what_a_step_publishes(pages: Pages) -> None:
    text = words(section(pages, waiting(pages), "flow"))
    assert "needs step2.age is missing" in text
    assert "needs step1.name is there" in text
    assert "age not there yet, from api2 used by step3/api4 , step4/api5" in text


def test_the_timeline_shows_expected_actual_and_every_try(pages: Pages) -> None:
    pages.stage.mock.mock.set_knobs("api2", Knobs(status=500))
    task = pages.stage.go(pages.stage.start(args={"name": "abc"}))
    pages.stage.go(task, 5)
    pages.stage.set_knobs("api2", not_ready=1)
    pages.stage.go(task, 5)
    html = section(pages, task, "timeline")
    assert {"is-expected", "is-actual", "is-projected"} <= set(re.findall(r"is-\w+", html))
    assert "api2 3 tries" in words(html)
    assert 'class="now"' in html
    assert "style=" not in html


def test_the_timeline_is_a_table_too(pages: Pages) -> None:
    text = words(section(pages, a_seed_run(pages), "timeline"))
    assert "Step or link Status Expected from Expected until Began Ended Tries step1 DONE" in text


def test_a_task_that_has_not_begun_has_a_timeline(pages: Pages) -> None:
    assert "is-projected" in section(pages, pages.stage.create(args={"name": "abc"}), "timeline")


def test_values_lead_from_an_arg_to_the_attempt_that_made_it(pages: Pages) -> None:
    task = a_seed_run(pages)
    html = section(pages, task, "values")
    assert 'id="arg-step3-api4-age"' in html
    assert "view=values&amp;step=step2#value-step2-age" in html
    assert f'href="/tasks/{task.id}/links/step2/api2?attempt=1"' in html
    assert "result.age of api2 read by step3/api4 , step4/api5" in words(html)


def test_attempts_list_every_link(pages: Pages) -> None:
    text = words(section(pages, waiting(pages), "attempts"))
    assert "step2/api2 WAITING 1" in text
    assert "step4/api6 READY 0" in text


# -- the calls of a link -----------------------------------------------------------------------------


def test_an_attempt_shows_request_answer_curl_and_the_difference(pages: Pages) -> None:
    pages.stage.set_knobs("api2", not_ready=1)
    task = pages.stage.go(pages.stage.start(args={"name": "abc"}))
    pages.stage.go(task, 5)
    html = pages.get(f"/tasks/{task.id}/links/step2/api2").text
    text = words(html)
    assert "Request GET http://127.0.0.1" in text
    assert f"Idempotency-Key {task.id}/step2/api2/0" in text
    assert "curl --request GET" in text
    assert "Difference from attempt 1" in text
    assert re.search(r"− removed \"age\": null \+ added \"age\": \d+", text)
    first = words(pages.get(f"/tasks/{task.id}/links/step2/api2?attempt=1").text)
    assert "Attempt 1 not yet" in first
    assert "Difference" not in first


def test_an_attempt_that_is_not_kept_is_not_found(pages: Pages) -> None:
    task = waiting(pages)
    assert pages.get(f"/tasks/{task.id}/links/step2/api2?attempt=99").status_code == 404


def test_a_link_that_was_not_called_says_when_it_will_be(pages: Pages) -> None:
    assert "every value that it needs" in words(pages.get(f"/tasks/{waiting(pages).id}/links/step4/api5").text)


def test_a_link_s_page_follows_its_calls(pages: Pages) -> None:
    task = waiting(pages)
    path = f"/tasks/{task.id}/links/step2/api2"
    tag = tag_in(pages.part(path).text)
    assert pages.part(path, tag).status_code == 304
    pages.stage.go(task, 5)
    assert "the same 2 times" in words(pages.part(path, tag).text)


def test_unfolded_calls_are_a_part_of_the_flow_and_a_page_without_a_script(pages: Pages) -> None:
    task = waiting(pages)
    path = f"/tasks/{task.id}/links/step2/api2/calls"
    assert "attempt 1" in words(pages.part(path).text)
    assert pages.get(path).location == f"/tasks/{task.id}/links/step2/api2"


# -- size, and what is hostile -----------------------------------------------------------------------


def a_failure(pages: Pages) -> Task:
    stage = pages.stage
    one = a_step("one", a_link(args={"name": "a"}), response={"name": "l result.name"})
    two = a_step("two", a_link("m", condition="result.name > 1", args={"name": "$$one.name"}))
    stage.load(documents([an_api(stage.mock.url)], [one, two]))
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.FAILED
    return task


def a_long_task(pages: Pages, steps: int, flow: list[Any] | None = None) -> Task:
    stage = pages.stage
    made = [
        a_step(f"s{n}", a_link(args={"name": f"$$s{n - 1}.name" if n else "a"}), response={"name": "l result.name"})
        for n in range(steps)
    ]
    stage.load(documents([an_api(stage.mock.url)], made, flow))
    return stage.create("s")


@pytest.mark.parametrize("steps", [100, 500])
def test_a_long_task_s_pages_stay_small(pages: Pages, steps: int) -> None:
    task = a_long_task(pages, steps)
    for view in SECTIONS:
        html = section(pages, task, view)
        assert len(gzip.compress(html.encode())) < 60_000, view
        shown = html.partition('<section class="section"')[2].partition("</section>")[0]
        assert shown.count('<th scope="row">') <= 100, view


def test_a_deep_task_is_shown_whole(pages: Pages) -> None:
    flow: Any = {"_id": "s39"}
    for n in reversed(range(39)):
        flow = [{"_id": f"s{n}"}, flow]
    task = a_long_task(pages, 40, flow)
    html = section(pages, task, "flow")
    assert all(f'id="step-s{n}"' in html for n in range(40))


def test_the_page_of_a_long_task_opens_where_the_task_is(pages: Pages) -> None:
    task = a_long_task(pages, 120)
    text = words(section(pages, task, "timeline", page="2"))
    assert "Page 2 of 3" in text
    assert 'id="row-s0"' not in section(pages, task, "timeline", page="2")


@pytest.mark.parametrize("view", SECTIONS)
def test_hostile_text_is_text_in_every_section(pages: Pages, view: str) -> None:
    task = pages.stage.create(args={"name": HOSTILE, HOSTILE: HOSTILE}, name=HOSTILE, labels=[HOSTILE[:60]])
    pages.stage.go(pages.stage.operator.start(task.id))
    for html in (section(pages, task, view), pages.get(f"/tasks/{task.id}/links/step1/api1").text):
        assert "<script>alert" not in html
        assert "<img" not in html


def test_every_section_speaks_chinese(pages: Pages) -> None:
    task = waiting(pages)
    for view in SECTIONS:
        text = words(pages.get(f"/tasks/{task.id}", {"view": view}, **{"Accept-Language": "zh"}).text)
        assert "step2/api2 等待条件" in text
        assert "余量" in text
