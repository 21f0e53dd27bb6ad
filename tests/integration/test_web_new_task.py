"""The form for a new task."""

from engine.model import TaskStatus
from tests.integration.conftest import words


def the_task_at(pages, response):
    assert response.status_code == 303
    return pages.stage.task(response.location.rsplit("/", 1)[1])


def test_the_form_offers_the_systems(pages):
    html = pages.get("/tasks/new").text
    assert '<option value="systemid" selected>test system (systemid)</option>' in html


def test_a_task_is_created_and_started(pages):
    response = pages.post("/tasks", system="systemid", name="Order 7", args='{"name": "abc"}', start="yes")
    task = the_task_at(pages, response)
    assert (task.name, task.args, task.status) == ("Order 7", {"name": "abc"}, TaskStatus.RUNNING)


def test_a_task_may_wait_for_its_start(pages):
    response = pages.post("/tasks", system="systemid", args='{"name": "abc"}')
    assert the_task_at(pages, response).status == TaskStatus.READY


def test_what_is_wrong_is_listed_and_nothing_typed_is_lost(pages):
    response = pages.post("/tasks", system="systemid", name='<b>"mine"', args='{"n": ')
    assert response.status_code == 422
    assert "1 thing has to be corrected args this is no JSON" in words(response.text)
    assert 'value="&lt;b&gt;&#34;mine&#34;"' in response.text
    assert "{&#34;n&#34;: </textarea>" in response.text
    assert "checked" not in response.text


def test_a_task_that_could_not_run_is_refused_with_path_and_hint(pages):
    response = pages.post("/tasks", system="systemid", args="{}")
    assert response.status_code == 422
    text = words(response.text)
    assert "step_info.step1.api_status.api1.args.name" in text
    assert "give it a value here" in text


def test_an_unknown_system_is_named(pages):
    response = pages.post("/tasks", system="nope", args="{}")
    assert response.status_code == 422
    assert "there is no system 'nope'" in words(response.text)


def test_another_system_brings_its_args(pages, seed):
    system = seed["system"][0] | {"_id": "other", "def_args": {"name": "abc"}}
    pages.stage.load({**seed, "system": [system]})
    part = pages.part("/tasks/new?system=other&name=x&args={}&start=yes").text
    assert "&#34;name&#34;: &#34;abc&#34;" in part
    assert part.startswith("<form")


def test_without_a_system_it_says_what_to_do(pages):
    pages.stage.store.db.system.delete_many({})
    assert "No system is loaded yet" in pages.get("/tasks/new").text
