"""What a task asks of a person, on its page and on one of its own; what runs for it, on both tasks' pages."""

import re
from typing import Any

import pytest

from engine.model import Role, Task, TaskStatus
from engine.run import child_id
from tests.integration.conftest import Pages, tag_in, words
from tests.systems import a_link, a_step, an_api, asks, documents, runs

PATH = "/tasks/{}/links/ask/l/answer"
KEYS = {"ok": "l result.ok", "why": "l result.why"}


def asked(pages: Pages, response: dict[str, str] | None = None, condition: str = "result.ok", **use: Any) -> Task:
    step = a_step("ask", asks("l", condition, **use), response=KEYS if response is None else response)
    pages.stage.load(documents([], [step]))
    return pages.stage.go(pages.stage.start("s"))


def answer(pages: Pages, task: Task, page: str = "", **fields: str):
    given = {f"response.{key}": text for key, text in fields.items() if key != "note"}
    given["note"] = fields.get("note", "")
    return pages.post(PATH.format(task.id), page or f"/tasks/{task.id}", None, **given)


def test_the_question_stands_on_the_page_of_the_task(pages: Pages) -> None:
    task = asked(pages, prompt="Ship <b>order 7</b>?", args={"customer": "ann"})
    page = pages.get(f"/tasks/{task.id}").text
    assert "Ship &lt;b&gt;order 7&lt;/b&gt;?" in page
    assert "any operator may answer" in words(page)
    assert re.search(r"<dt>customer</dt><dd>ann</dd>", page)
    assert f'action="{PATH.format(task.id)}"' in page


def test_an_answer_sends_the_task_on(pages: Pages) -> None:
    task = asked(pages)
    sent = answer(pages, task, ok="true", why="looks fine", note="seen")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/tasks/{task.id}")
    done = pages.stage.go(task)
    assert (done.status, done.step_info["ask"].response) == (TaskStatus.DONE, {"ok": True, "why": "looks fine"})
    assert "answered" in words(pages.get(f"/tasks/{task.id}?view=history").text)


def test_a_truth_that_the_condition_asks_for_is_a_choice(pages: Pages) -> None:
    page = pages.get(f"/tasks/{asked(pages).id}").text
    assert re.findall(r'type="radio" name="response.ok" value="(\w+)"', page) == ["true", "false"]
    assert 'type="radio" name="response.why"' not in page


def test_an_answer_that_is_not_accepted_says_why_and_stands_in_the_form(pages: Pages) -> None:
    task = asked(pages)
    answer(pages, task, ok="false", why="too dear")
    pages.stage.go(task)
    page = pages.get(f"/tasks/{task.id}").text
    assert "not accepted: result.ok" in words(page)
    assert 'value="too dear"' in page
    assert 'value="false" required checked' in page


def test_a_question_without_keys_is_one_button(pages: Pages) -> None:
    task = asked(pages, response={}, condition="")
    assert "It is done" in words(pages.get(f"/tasks/{task.id}").text)
    assert answer(pages, task).status_code == 303
    assert pages.stage.go(task).status == TaskStatus.DONE


def test_a_mistake_loses_nothing_and_is_told_at_its_place(pages: Pages) -> None:
    task = asked(pages)
    page = answer(pages, task, ok="true", why="[1, 2", note="my note")
    assert page.status_code == 422
    assert 'value="[1, 2"' in page.text
    assert 'value="my note"' in page.text
    assert "this is no JSON" in words(page.text)
    missing = answer(pages, task, ok="true", why=" ")
    assert (missing.status_code, "there is no value for why" in words(missing.text)) == (422, True)


def test_who_is_not_asked_sees_no_form_and_is_refused(pages: Pages) -> None:
    task = asked(pages, who=["bob"])
    page = pages.get(f"/tasks/{task.id}").text
    assert "It asks bob, not you." in words(page)
    assert answer(pages, task, "/tasks/new", ok="true", why="x").status_code == 403
    pages.sign_in("bob", Role.OPERATOR)
    assert answer(pages, task, ok="true", why="x").status_code == 303


@pytest.mark.parametrize("made_from", ["", "another"])
def test_who_comes_too_late_is_told_and_keeps_what_they_typed(pages: Pages, made_from: str) -> None:
    task = asked(pages)
    answer(pages, task, ok="true", why="first")
    typed = {"response.ok": "false", "response.why": "second", "made_from": made_from}
    late = pages.post(PATH.format(task.id), "/tasks/new", None, **typed)
    assert late.status_code == 409
    assert "second" in late.text
    assert pages.stage.go(task).step_info["ask"].response["why"] == "first"


def test_a_viewer_sees_the_question_and_no_form(pages: Pages) -> None:
    task = asked(pages)
    pages.sign_in("vera", Role.VIEWER)
    page = pages.get(f"/tasks/{task.id}").text
    assert "Go on?" in page
    assert "It asks any operator, not you." in words(page)
    assert PATH.format(task.id) not in page


def test_the_home_page_and_the_filter_show_who_waits_for_a_person(pages: Pages) -> None:
    task = asked(pages)
    assert "waits for an operator: Go on?" in words(pages.get("/").text)
    assert task.id in pages.get("/tasks?q=attention:yes").text


def test_a_page_for_a_link_that_asks_nobody_is_refused(pages: Pages) -> None:
    pages.stage.load(documents([an_api(pages.stage.mock.url)], [a_step("ask", a_link(args={"name": "a"}))]))
    task = pages.stage.go(pages.stage.start("s"))
    assert pages.get(PATH.format(task.id)).status_code == 409


# -- children ----------------------------------------------------------------------------------------


@pytest.fixture
def family(pages: Pages) -> Task:
    """`s` runs `inner`, which asks."""
    steps = [a_step("pay", runs("b", "inner"), expect_span={}), a_step("ask", asks())]
    found = documents([], steps, [{"_id": "pay"}])
    found["system"].append({"_id": "inner", "name": "Inner", "step": ["ask"]})
    pages.stage.load(found)
    return pages.stage.go(pages.stage.start("s", name="Order 7"))


def test_the_link_shows_its_child_and_the_child_its_parent(pages: Pages, family: Task) -> None:
    child = child_id(family.id, "pay", "b", 0)
    page = pages.get(f"/tasks/{family.id}").text
    assert re.search(rf'class="child">.*?href="/tasks/{child}">Order 7 / pay</a>.*?WAITING', page, re.DOTALL)
    assert re.search(r'href="/systems/inner">Inner</a>', page)
    assert re.search(rf'Runs for</dt><dd><a class="place" href="/tasks/{family.id}', pages.get(f"/tasks/{child}").text)


def test_the_page_is_another_when_the_child_has_changed(pages: Pages, family: Task) -> None:
    tag = tag_in(pages.part(f"/tasks/{family.id}").text)
    assert pages.part(f"/tasks/{family.id}", tag).status_code == 304
    pages.stage.operator.pause(child_id(family.id, "pay", "b", 0))
    assert pages.part(f"/tasks/{family.id}", tag).status_code == 200


def test_the_pages_of_definitions_and_forms_show_what_is_run_and_asked(pages: Pages, family: Task) -> None:
    assert "runs" in words(pages.get("/systems/s").text)
    assert "Go on?" in words(pages.get("/steps/ask").text)
    assert "Inner" in words(pages.get("/tasks/new?system=s").text)
    for view in ("timeline", "values", "attempts", "history", "json"):
        assert pages.get(f"/tasks/{family.id}?view={view}").status_code == 200
    assert pages.get(f"/tasks/{family.id}/steps/pay/repair").status_code == 200
    assert pages.get(f"/tasks/{family.id}/links/pay/b").status_code == 200
    assert pages.get("/apis").status_code == pages.get("/steps").status_code == pages.get("/systems").status_code == 200


def test_the_editors_show_links_that_run_a_system_or_ask(pages: Pages, family: Task) -> None:
    pages.sign_in("ed", Role.EDITOR)
    for path in ("/steps/pay/edit", "/steps/ask/edit", "/systems/s/edit", "/systems/inner/edit", "/systems/s/rehearse"):
        assert pages.get(path).status_code == 200, path
    assert 'value="MANUAL"' in pages.get("/steps/ask/edit").text
