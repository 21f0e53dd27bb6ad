"""The page on which a person says what became of a call whose outcome is unknown."""

from typing import Any

import pytest

from engine.model import LinkStatus, Task, TaskStatus
from tests.integration.conftest import Pages, words
from tests.systems import a_link, a_step, an_api, documents

PATH = "/tasks/{}/links/one/l/resolve"


@pytest.fixture
def unknown(pages: Pages) -> Task:
    """A task whose POST was sent and not answered."""
    stage = pages.stage
    stage.set_knobs("api1", reset=1)
    step = a_step("one", a_link(args={"name": "a"}), response={"name": "l result.name"})
    stage.load(documents([an_api(stage.mock.url, method="POST", result={"name": "x"})], [step]))
    task = stage.go(stage.start("s"))
    assert stage.link(task, "one", "l").status == LinkStatus.UNKNOWN
    stage.set_knobs("api1")
    return task


def say(pages: Pages, task: Task, **fields: Any):
    path = PATH.format(task.id)
    return pages.post(path, path, **fields)


def test_the_task_s_page_leads_there(pages: Pages, unknown: Task) -> None:
    assert f'href="{PATH.format(unknown.id)}"' in pages.get(f"/tasks/{unknown.id}").text


def test_it_shows_what_was_sent_and_under_which_key(pages: Pages, unknown: Task) -> None:
    text = words(pages.get(PATH.format(unknown.id)).text)
    assert "not known whether the call took effect" in text
    assert '{"name": "a"}' in text
    assert f"{unknown.id}/one/l/" in text


def test_the_api_s_sample_is_the_example(pages: Pages, unknown: Task) -> None:
    assert """placeholder='{"name": "x"}'""" in pages.get(PATH.format(unknown.id)).text


def test_a_repeat_makes_the_call_again_with_its_key(pages: Pages, unknown: Task) -> None:
    assert say(pages, unknown, how="repeat").status_code == 303
    assert pages.stage.go(unknown).status == TaskStatus.DONE
    assert len({call["idempotency_key"] for call in pages.stage.calls()}) == 1


def test_a_given_answer_counts_and_nothing_is_called(pages: Pages, unknown: Task) -> None:
    assert say(pages, unknown, how="took effect", response='{"name": "given"}').status_code == 303
    task = pages.stage.go(unknown)
    assert (task.status, task.step_info["one"].response) == (TaskStatus.DONE, {"name": "given"})
    assert len(pages.stage.calls()) == 1


def test_a_failure_fails_the_task(pages: Pages, unknown: Task) -> None:
    say(pages, unknown, how="failed")
    assert pages.stage.task(unknown).status == TaskStatus.FAILED


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"how": "took effect", "response": '{"name": '}, "this is no JSON"),
        ({"how": "took effect", "response": ""}, "this is no JSON"),
        ({"how": "", "response": "typed"}, "nothing is chosen"),
        ({"how[$ne]": "x"}, "nothing is chosen"),
    ],
)
def test_a_mistake_is_told_and_nothing_typed_is_lost(
    pages: Pages, unknown: Task, fields: dict[str, str], said: str
) -> None:
    response = say(pages, unknown, **fields)
    assert response.status_code == 422
    assert said in words(response.text)
    typed = fields.get("response", "").replace('"', "&#34;")
    assert f">{typed}</textarea>" in response.text
    assert pages.stage.link(unknown, "one", "l").status == LinkStatus.UNKNOWN


def test_what_is_known_by_now_is_not_asked_again(pages: Pages, unknown: Task) -> None:
    say(pages, unknown, how="failed")
    response = pages.get(PATH.format(unknown.id))
    assert response.status_code == 409
    assert "nothing to resolve" in words(response.text)


def test_a_link_that_is_not_there_is_not_found(pages: Pages, unknown: Task) -> None:
    assert pages.get(f"/tasks/{unknown.id}/links/one/nope/resolve").status_code == 404


def test_what_somebody_else_said_meanwhile_is_not_written_over(pages: Pages, unknown: Task) -> None:
    pages.stage.repair.resolve(unknown.id, "one", "l", "failed")
    path = PATH.format(unknown.id)
    fields: dict[str, Any] = {"how": "took effect", "response": '{"name": "mine"}'}
    response = pages.post(path, f"/tasks/{unknown.id}", **fields)
    assert response.status_code == 409
    assert "is FAILED: there is nothing to resolve" in words(response.text)
    assert "&#34;mine&#34;" in response.text
    assert pages.stage.link(unknown, "one", "l").status == LinkStatus.FAILED


def test_a_form_for_one_call_does_not_answer_for_the_next(pages: Pages, unknown: Task) -> None:
    html = pages.get(PATH.format(unknown.id)).text
    mark = html.partition('name="made_from" value="')[2].partition('"')[0]
    pages.stage.set_knobs("api1", reset=1)
    pages.stage.repair.resolve(unknown.id, "one", "l", "repeat")
    pages.stage.go(unknown)
    response = say(pages, unknown, how="took effect", response="{}", made_from=mark)
    assert response.status_code == 409
    assert "Somebody changed this meanwhile" in words(response.text)
    assert pages.stage.link(unknown, "one", "l").status == LinkStatus.UNKNOWN
