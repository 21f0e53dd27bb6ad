"""What goes wrong is said in words, with the right status, and bad input is never our fault."""

import pytest

from engine.store import StoreError
from tests.integration.conftest import HTMX, words


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/tasks/nope",
        "/tasks/nope.json",
        "/tasks/nope/events",
        "/tasks/nope/links/a/b",
        "/tasks/a%00b",
        "/tasks/%ff%fe",
        "/tasks/$where",
        "/tasks/../../etc/passwd",
        "/static/../factory.py",
    ],
)
def test_what_is_not_there_is_a_404(pages, path):
    assert pages.get(path).status_code == 404


@pytest.mark.parametrize("place", ["step1/nope", "nope/api1", "status/api1"])
def test_a_link_that_is_not_there_is_a_404(pages, place):
    task = pages.stage.create(args={"name": "abc"})
    assert pages.get(f"/tasks/{task.id}/links/{place}").status_code == 404


def test_a_404_leads_back(pages):
    html = pages.get("/tasks/nope").text
    assert "There is no task 'nope'" in words(html)
    assert 'href="/tasks"' in html


def test_an_act_on_no_task_is_a_404(pages):
    assert pages.post("/tasks/nope/start").status_code == 404


def test_an_act_wants_a_post(pages):
    response = pages.get("/tasks/nope/start")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_a_status_that_does_not_exist_is_a_422(pages):
    response = pages.get("/tasks?status=BROKEN")
    assert response.status_code == 422
    assert "READY, RUNNING" in words(response.text)


def test_json_asks_and_json_answers(pages):
    assert pages.get("/tasks/nope.json").json == {"error": "There is no task 'nope'"}


def test_a_refusal_is_told_in_the_reader_s_language_and_to_programs_as_it_is(pages):
    task = pages.stage.create(args={"name": "abc"})
    chinese = {"Accept-Language": "zh"}
    page = pages.act(task.id, "resume", chinese)
    assert (page.status_code, "任务状态为“就绪”：只有已暂停的任务才能继续" in words(page.text)) == (409, True)
    told = pages.act(task.id, "resume", chinese | {"Accept": "application/json"}).json
    assert told == {"error": "The task is READY: only a paused task can be resumed"}


def test_what_is_too_large_is_a_413(pages):
    assert pages.post("/tasks", name="x" * 2_000_000).status_code == 413


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [(StoreError("10.0.0.1 refused"), 503, "The database does not answer"), (ValueError("secret"), 500, "went wrong")],
)
def test_a_fault_of_ours_tells_no_secrets(pages, monkeypatch, error, status, said):
    def fail(*_):
        raise error

    monkeypatch.setattr(type(pages.stage.store.task_list), "counts", fail)
    for headers in ({}, HTMX):
        response = pages.get("/tasks", **headers)
        assert response.status_code == status
        assert said in response.text
        assert str(error) not in response.text


def test_we_say_that_we_are_up(pages):
    assert pages.get("/healthz").json["ok"] is True
