"""The list and a task's page, from a database that a real worker writes."""

from datetime import timedelta

from engine.command import read_documents
from engine.model import TaskStatus
from mock_api.knobs import Knobs
from tests.clock import START
from tests.integration.conftest import HTMX, tag_in, words

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


def a_seed_run(pages, **draft):
    """A task of the seed that has run to its end."""
    return pages.stage.go(pages.stage.start(args={"name": "abc"}, **draft))


def waiting(pages, **draft):
    """A task that polls api2 and will for long."""
    pages.stage.mock.mock.set_knobs("api2", Knobs(not_ready=1000))
    return pages.stage.go(pages.stage.start(args={"name": "abc"}, **draft))


def a_failed_run(pages, seed):
    """The seed's own task with too few rounds: its `lresult` reads the fourth."""
    document = read_documents(seed).tasks["task1"].model_copy(update={"args": {"n": 2}})
    task = pages.stage.operator.create_from_document(document)
    failed = pages.stage.go(pages.stage.operator.start(task.id))
    assert failed.status == TaskStatus.FAILED
    return failed


# -- one task ----------------------------------------------------------------------------------------


def test_a_whole_page_is_never_answered_with_unchanged(pages):
    tag = tag_in(pages.part("/tasks").text)
    response = pages.get("/tasks", **{"If-None-Match": tag})
    assert response.status_code == 200
    assert {"HX-Request", "HX-Request-Type"} <= set(response.vary)


def test_a_page_shows_the_whole_flow_with_args_and_responses(pages):
    task = a_seed_run(pages)
    html = pages.get(f"/tasks/{task.id}").text
    text = words(html)
    for step in ("step1", "step2", "step3", "step4"):
        assert f'id="step-{step}"' in html
    assert "2 in parallel" in text
    assert 'name $$step1.name "abc"' in text
    assert "age $$step2.age" in text
    assert 'grade "' in text
    assert "every step is done" in text


def test_a_page_stops_asking_when_the_task_is_over(pages):
    running, over = waiting(pages), pages.stage.create(args={"name": "abc"})
    pages.stage.operator.cancel(over.id)
    assert "data-changes" in pages.get(f"/tasks/{running.id}").text
    assert "data-changes" not in pages.get(f"/tasks/{over.id}").text


def test_a_page_names_what_it_shows_so_that_it_hears_of_changes(pages):
    task = pages.stage.create(args={"name": "abc"})
    assert f'data-live="catalog task:{task.id}"' in pages.get(f"/tasks/{task.id}").text
    assert 'data-live="tasks"' in pages.get("/tasks").text


def test_a_page_is_sent_again_only_when_the_task_changed(pages):
    task = waiting(pages)
    tag = tag_in(pages.part(f"/tasks/{task.id}").text)
    assert pages.part(f"/tasks/{task.id}", tag).status_code == 304
    pages.stage.operator.pause(task.id)
    assert "PAUSED" in pages.part(f"/tasks/{task.id}", tag).text


def test_a_running_clock_has_its_deadline_and_a_paused_one_has_none(pages):
    task = waiting(pages)
    running = pages.get(f"/tasks/{task.id}").text
    assert f'data-deadline="{(START + timedelta(days=1)).isoformat(timespec="milliseconds")}"' in running
    pages.stage.operator.pause(task.id)
    paused = pages.get(f"/tasks/{task.id}").text
    assert "data-deadline" not in paused
    assert "1 d 00:00:00 paused" in words(paused)


def test_a_late_task_says_so(pages):
    task = waiting(pages)
    pages.stage.clock.turn(86_400 + 7_800)
    pages.sign_in()
    assert "late 2 h 10 m" in words(pages.get(f"/tasks/{task.id}").text)
    assert "late 2 h 10 m" in words(pages.get("/tasks").text)


def test_the_calls_of_a_link_are_a_part_and_a_page(pages):
    task = a_seed_run(pages)
    path = f"/tasks/{task.id}/links/step2/api2"
    part, page = pages.part(f"{path}/calls").text, pages.get(path).text
    assert "<html" not in part
    assert "Calls of step2/api2" in page
    for text in (words(part), words(page)):
        assert "HTTP 200" in text
        assert '"age":' in text


def test_the_history_tells_who_did_what(pages):
    task = a_seed_run(pages)
    text = words(pages.get(f"/tasks/{task.id}?view=history").text)
    assert "created by ann" in text
    assert "done step4" in text


def test_the_json_is_the_document_with_what_remains(pages):
    task = waiting(pages)
    raw = pages.get(f"/tasks/{task.id}.json").json
    assert raw["_id"] == task.id
    assert raw["remain_second"] == raw["step_info"]["step2"]["remain_second"] == 86_400
    assert raw["step_info"]["step4"]["remain_second"] == -1


def test_hostile_text_is_shown_as_text(pages):
    task = pages.stage.create(args={"name": HOSTILE}, name=HOSTILE, labels=[HOSTILE[:60]])
    pages.stage.go(pages.stage.operator.start(task.id))
    paths = ["/tasks", f"/tasks/{task.id}", f"/tasks/{task.id}/links/step1/api1", f"/tasks/{task.id}?view=history"]
    for path in paths:
        html = pages.get(path).text
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "49" not in words(html).replace(HOSTILE, "").split()
    assert HOSTILE in words(pages.get(f"/tasks/{task.id}").text)


def test_half_a_surrogate_pair_can_be_shown(pages):
    task = pages.stage.create(args={"name": "\ud800"})
    assert pages.get(f"/tasks/{task.id}").status_code == 200
    assert pages.get(f"/tasks/{task.id}.json").json["args"] == {"name": "\ud800"}


# -- acts --------------------------------------------------------------------------------------------


def test_a_plain_form_leads_back_to_the_page(pages):
    task = pages.stage.create(args={"name": "abc"})
    response = pages.act(task.id, "start")
    assert (response.status_code, response.location) == (303, f"/tasks/{task.id}")
    assert pages.stage.task(task).status == TaskStatus.RUNNING
    assert "started by olga" in words(pages.get(f"/tasks/{task.id}?view=history").text)


def test_htmx_gets_the_page_as_it_is_then(pages):
    task = waiting(pages)
    response = pages.act(task.id, "pause", HTMX)
    assert response.status_code == 200
    assert response.text.startswith('<div id="task">')
    assert "PAUSED" in response.text


def test_pause_resume_and_cancel(pages):
    task = waiting(pages)
    for act, status in [("pause", "PAUSED"), ("resume", "RUNNING"), ("cancel", "CANCELLED")]:
        pages.act(task.id, act)
        assert pages.stage.task(task).status == status


def test_a_failed_task_is_retried(pages, seed):
    task = a_failed_run(pages, seed)
    assert task.process_msg in words(pages.get(f"/tasks/{task.id}").text)
    pages.act(task.id, "retry")
    assert pages.stage.task(task).status == TaskStatus.RUNNING


def test_a_button_that_would_be_refused_is_disabled_and_says_why(pages):
    task = a_seed_run(pages)
    html = pages.get(f"/tasks/{task.id}").text
    assert html.count("disabled title=") == 5
    assert "It is DONE: a task is started once." in html


def test_what_is_refused_says_why(pages):
    task = a_seed_run(pages)
    response = pages.act(task.id, "pause")
    assert response.status_code == 409
    assert "The task is DONE: only a running or waiting task can be paused" in words(response.text)


def test_what_is_refused_is_a_toast_for_htmx(pages):
    task = a_seed_run(pages)
    response = pages.act(task.id, "start", HTMX)
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in response.text
