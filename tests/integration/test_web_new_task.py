"""The form for a new task, filled in as a person would, and as nobody should."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from engine.model import Span, StepType, TaskStatus
from tests.clock import START
from tests.integration.conftest import HTMX, words
from tests.systems import a_link, a_step, an_api, documents

SAMPLE = {"name": "abc"}


def the_task_at(pages, response):
    assert response.status_code == 303
    return pages.stage.task(response.location.rsplit("/", 1)[1])


def create(pages, **fields: str):
    return pages.post("/tasks", **{"system": "systemid", "given.name": "abc", **fields})


def check(pages, query: str = "", headers=None, **fields: str):
    return pages.post(f"/tasks/new{query}", headers=headers, **{"system": "systemid", "given.name": "abc", **fields})


def field(html: str, name: str) -> str:
    """The tag of a field."""
    found = re.search(rf'<(?:input|select|textarea)[^>]* name="{re.escape(name)}"[^>]*>', html)
    assert found, name
    return found[0]


def value(html: str, name: str) -> str:
    found = re.search(r'value="([^"]*)"', field(html, name))
    assert found, name
    return found[1]


# -- what it shows -----------------------------------------------------------------------------------


def test_the_form_offers_the_systems(pages):
    html = pages.get("/tasks/new").text
    assert '<option value="systemid" selected>test system (systemid) · 4 steps</option>' in html


def test_the_form_shows_the_spans_and_the_wiring_of_the_seed(pages):
    html = pages.get("/tasks/new").text
    assert value(html, "span.step3.day") == "1"
    text = words(html)
    for wire in ("name ← step1.name", "age ← step2.age", "sex ← step2.sex", "isold ← step3.isold"):
        assert wire in text
    assert "by name: step2.age" in text
    assert "nothing by that name" in text


def test_the_form_asks_for_what_only_the_task_can_give(pages):
    assert "name string, needed by step1/api1" in words(pages.get("/tasks/new").text)


def test_a_blank_form_foresees_and_says_what_is_missing_without_shouting(pages):
    response = pages.get("/tasks/new")
    text = words(response.text)
    assert response.status_code == 200
    assert "1 problem: it cannot be created yet" in text
    assert "Expected finish 4 Jan 12:00" in text
    assert "has to be corrected" not in text


def test_every_field_has_an_id_of_its_own(pages):
    ids = re.findall(r' id="([^"]+)"', pages.get("/tasks/new").text)
    assert len(ids) == len(set(ids))


def test_a_page_stays_small(pages):
    response = pages.get("/tasks/new", **{"Accept-Encoding": "gzip"})
    assert len(response.data) < 60_000


def test_without_a_system_it_says_what_to_do(pages):
    pages.stage.store.db.system.delete_many({})
    assert "No system is loaded yet" in pages.get("/tasks/new").text


def test_a_system_that_is_broken_says_why(pages):
    pages.stage.store.db.step.delete_one({"_id": "step2"})
    text = words(pages.get("/tasks/new").text)
    assert "there is no step called step2" in text


# -- creating ----------------------------------------------------------------------------------------


def test_a_task_is_created_and_started(pages):
    task = the_task_at(pages, create(pages, name="Order 7", start="yes"))
    assert (task.name, task.args, task.status) == ("Order 7", SAMPLE, TaskStatus.RUNNING)
    assert "Order 7 was created and started." in words(pages.get(f"/tasks/{task.id}").text)


def test_args_may_be_given_as_json(pages):
    response = pages.post("/tasks", system="systemid", name="Order 7", args='{"name": "abc"}', start="yes")
    assert the_task_at(pages, response).args == SAMPLE


def test_a_task_may_wait_for_its_start(pages):
    assert the_task_at(pages, create(pages)).status == TaskStatus.READY


def test_an_edited_span_a_switched_binding_and_a_loop_are_the_tasks(pages):
    fields = {
        "span.step2.day": "0", "span.step2.hour": "6", "span.step2.minute": "0",
        "kind.step4.api5.age": "literal", "value.step4.api5.age": "41",
        "type.step1.api1": "LOOP", "largs.step1.api1": "3", "lresult.step1.api1": "return result[0]",
    }  # fmt: skip
    task = the_task_at(pages, create(pages, **fields))
    assert task.step_info["step2"].expect_span == Span(day=0, hour=6)
    assert task.step_info["step4"].api_status["api5"].args["age"] == "41"
    link = task.step_info["step1"].api_status["api1"]
    assert (link.type, link.largs, link.lresult) == (StepType.LOOP, 3, "return result[0]")


def test_the_event_of_the_creation_names_who_did_it(pages):
    task = the_task_at(pages, create(pages))
    assert [(event.what, event.who) for event in pages.stage.store.history.events(task.id)] == [("created", "olga")]


# -- what is wrong -----------------------------------------------------------------------------------


def test_what_is_wrong_is_listed_and_nothing_typed_is_lost(pages):
    typed = {"name": '<b>"mine"', "args": '{"n": ', "labels": "a, b", "span.step1.day": "soon"}
    response = create(pages, **typed, **{"kind.step2.api2.name": "code", "value.step2.api2.name": "1 +"})
    assert response.status_code == 422
    text = words(response.text)
    assert "2 things have to be corrected" in text
    assert "args this is no JSON" in text
    assert "step1 soon is no length of time" in text
    assert value(response.text, "name") == "&lt;b&gt;&#34;mine&#34;"
    assert value(response.text, "span.step1.day") == "soon"
    assert value(response.text, "labels") == "a, b"
    assert "{&#34;n&#34;: </textarea>" in response.text
    assert "1 +</textarea>" in response.text


def test_a_problem_leads_to_its_field(pages):
    response = create(pages, **{"kind.step2.api2.name": "code", "value.step2.api2.name": "1 +"})
    assert '<a href="#arg.step2.api2.0">step2/api2 name</a>' in response.text
    assert 'id="arg.step2.api2.0"' in response.text
    assert 'id="step.step2" open' in response.text


def test_what_a_call_lacks_is_asked_for_at_the_task(pages):
    response = pages.post("/tasks", system="systemid", args="{}")
    assert response.status_code == 422
    assert '<a href="#given.0">name</a> the arg name of step1/api1 has no value anywhere' in response.text


def test_all_that_is_wrong_is_said_at_once(pages):
    fields = {"type.step1.api1": "LOOP", "span.step3.hour": "x", "start": "at", "start_at": "", "name": "x" * 300}
    text = words(create(pages, **fields).text)
    for part in ("name string should have at most", "start_at", "step3 x is no length"):
        assert part in text
    assert pages.stage.store.tasks.newest(pages.stage.clock.now()) == []


def test_an_unknown_system_is_named(pages):
    response = pages.post("/tasks", system="nope", args="{}")
    assert response.status_code == 422
    assert "there is no system 'nope'" in words(response.text)


HOSTILE: list[dict[str, str]] = [
    {"args[$ne]": "1", "system[$ne]": "x"},
    {"system": '{"$ne": ""}'},
    {"args": '{"$where": "1", "a.b": {"$gt": ""}, "": 1, "\\u0000": 2}'},
    {"args": "[" * 5_000 + "]" * 5_000},
    {"args": '{"a": ' * 900 + "1" + "}" * 900},
    {"args": '{"n": ' + "9" * 5_000 + "}"},
    {"given.name": "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")},
    {"span.step1.day": "1e999"},
    {"span.step1.day": "36500", "span.step2.day": "36500", "span.step3.day": "36500", "span.step4.day": "36500"},
    {"start": "at", "start_at": "9999-12-31T23:59"},
    {"start": "at", "start_at": "0001-01-01T00:00"},
    {"start": "maybe", "priority": "high", "shown": "nope"},
    {"kind.step1.api1.name": "$where", "value.step1.api1.name": "$$"},
    {"kind.step1.api1.name": "written", "value.step1.api1.name": '{"a": "$$step9.x"}'},
    {"type.step1.api1": "LOOP", "largs.step1.api1": "10001", "lparallel.step1.api1": "-1"},
    {"raw": '{"system": "systemid", "status": "DONE", "epoch": 9}'},
    {"raw": "[" * 100_000},
]


@pytest.mark.parametrize("path", ["/tasks", "/tasks/new", "/tasks/new?act=raw", "/tasks/new?act=form"])
def test_hostile_input_is_read_or_refused_and_never_a_fault(pages, path):
    for fields in HOSTILE:
        response = pages.post(path, **{"system": "systemid", "given.name": "abc", **fields})
        assert response.status_code in (200, 303, 422), fields
    for task in pages.stage.store.tasks.newest(pages.stage.clock.now()):
        assert (task.status, task.epoch) == (TaskStatus.READY, 0)


def test_what_is_too_large_is_refused_with_the_limit(pages):
    response = create(pages, args="x" * 2_000_000)
    assert response.status_code == 413
    assert "400,000 bytes" in words(response.text)


# -- checking ----------------------------------------------------------------------------------------


def test_a_check_creates_nothing(pages):
    assert check(pages).status_code == 200
    assert check(pages, **{"span.step1.day": "x"}).status_code == 422
    assert pages.stage.store.tasks.newest(pages.stage.clock.now()) == []


def test_while_it_is_filled_in_the_form_answers_as_a_part_and_never_as_a_mistake(pages):
    response = check(pages, headers=HTMX, **{"span.step1.day": "x"})
    assert response.status_code == 200
    assert response.text.startswith("<form")
    text = words(response.text)
    assert "1 problem: it cannot be created yet" in text
    assert "has to be corrected" not in text


def test_the_preview_follows_the_spans(pages):
    response = check(pages, headers=HTMX, **{"span.step2.day": "3"})
    assert "Expected finish 6 Jan 12:00 Takes 5 d" in words(response.text)


def test_a_switched_arg_gets_the_control_of_its_kind(pages):
    html = check(pages, headers=HTMX, **{"kind.step4.api5.age": "earlier"}).text
    control = html.partition('id="arg.step4.api5.0.value"')[2].partition("</select>")[0]
    values = re.findall(r'value="([^"]*)"', control)
    assert values == ["", "$$step1.name", "$$step2.age", "$$step2.sex", "$$step3.isold", "$$step4.msg"]


def test_task_args_are_offered_as_they_are_given(pages):
    html = check(pages, headers=HTMX, **{"kind.step4.api5.age": "task", "args": '{"n": 1}'}).text
    control = html.partition('id="arg.step4.api5.0.value"')[2].partition("</select>")[0]
    assert re.findall(r'value="([^"]*)"', control) == ["", "$$TASK.name", "$$TASK.n"]


def test_a_span_can_be_reset(pages):
    html = check(pages, **{"span.step2.day": "3"}).text
    assert "Reset to 1 d" in words(html)
    html = check(pages, "?act=reset&step=step2", **{"span.step2.day": "3", "span.step1.day": "2"}).text
    assert (value(html, "span.step2.day"), value(html, "span.step1.day")) == ("1", "2")


def test_another_system_keeps_what_is_not_of_its_steps(pages, seed):
    other = seed["system"][0] | {"_id": "other", "def_args": {"who": "Ada"}}
    pages.stage.load({**seed, "system": [*seed["system"], other]})
    fields = {"system": "other", "shown": "systemid", "name": "x", "labels": "a", "span.step1.day": "9"}
    html = check(pages, headers=HTMX, **fields).text
    assert (value(html, "name"), value(html, "labels")) == ("x", "a")
    assert (value(html, "given.who"), value(html, "span.step1.day")) == ("Ada", "1")


def test_nothing_is_created_of_a_system_whose_steps_were_not_shown(pages, seed):
    pages.stage.load({**seed, "system": [*seed["system"], seed["system"][0] | {"_id": "other"}]})
    response = create(pages, system="other", shown="systemid", args='{"name": "abc"}')
    assert "These are the steps of other" in words(response.text)
    assert pages.stage.store.tasks.newest(pages.stage.clock.now()) == []


# -- JSON --------------------------------------------------------------------------------------------


def raw_in(html: str) -> dict:
    return json.loads(unescape(re.findall(r'name="raw"[^>]*>\n(.*?)</textarea>', html, re.DOTALL)[0]))


def test_the_form_becomes_json_and_comes_back(pages):
    fields = {"name": "x", "span.step2.day": "3", "kind.step4.api5.age": "literal", "value.step4.api5.age": "41"}
    html = check(pages, "?act=raw", **fields).text
    raw = raw_in(html)
    assert raw["step_info"]["step2"]["expect_span"]["day"] == 3
    assert raw["args"] == SAMPLE
    html = pages.post("/tasks/new?act=form", raw=json.dumps(raw), system="systemid").text
    assert (value(html, "span.step2.day"), value(html, "given.name"), value(html, "name")) == ("3", "abc", "x")
    assert value(html, "value.step4.api5.age") == "41"


def test_a_task_is_created_from_json(pages):
    raw = json.dumps({"system": "systemid", "name": "raw", "args": SAMPLE})
    assert the_task_at(pages, pages.post("/tasks", raw=raw, start="no")).name == "raw"


def test_json_that_cannot_be_used_stands_there_again(pages):
    response = pages.post("/tasks", raw='{"system": ')
    assert response.status_code == 422
    assert "{&#34;system&#34;: </textarea>" in response.text
    assert "this is no JSON" in words(response.text)


def test_a_form_that_cannot_be_read_stays_a_form(pages):
    response = check(pages, "?act=raw", **{"span.step2.day": "x"})
    assert response.status_code == 422
    assert value(response.text, "span.step2.day") == "x"


# -- a copy ------------------------------------------------------------------------------------------


def test_a_task_is_copied_with_what_was_edited_in_it(pages):
    fields = {"span.step2.day": "3", "kind.step4.api5.age": "literal", "value.step4.api5.age": "41", "name": "Order 7"}
    task = the_task_at(pages, create(pages, **fields))
    html = pages.get(f"/tasks/new?from={task.id}").text
    assert (value(html, "name"), value(html, "given.name")) == ("Order 7 (copy)", "abc")
    assert (value(html, "span.step2.day"), value(html, "value.step4.api5.age")) == ("3", "41")
    assert "Nothing is missing" in words(html)


def test_a_copy_says_what_no_longer_fits(pages, seed):
    task = the_task_at(pages, create(pages))
    seed["system"][0]["step"] = [{"_id": "step1"}, {"_id": "step2"}]
    pages.stage.load(seed)
    response = pages.get(f"/tasks/new?from={task.id}")
    text = words(response.text)
    assert response.status_code == 200
    assert "The definition of systemid has changed since that task was made." in text
    assert "The step step4 is gone" in text


def test_a_copy_of_a_task_whose_system_is_gone_says_so(pages):
    task = the_task_at(pages, create(pages))
    pages.stage.store.db.system.delete_many({})
    assert pages.get(f"/tasks/new?from={task.id}").status_code == 200


def test_a_copy_of_nothing_is_not_found(pages):
    assert pages.get("/tasks/new?from=nope").status_code == 404


# -- when it starts ----------------------------------------------------------------------------------


def test_a_task_is_scheduled_in_the_readers_zone(pages):
    pages.client.set_cookie("stepline_zone", "Europe/Berlin")
    task = the_task_at(pages, create(pages, start="at", start_at="2026-01-01T15:00"))
    assert task.start_at == START + timedelta(hours=2)
    text = words(pages.get(f"/tasks/{task.id}").text)
    assert "Starts at 1 Jan 15:00" in text
    assert "starts at 2026-01-01 14:00:00 UTC, scheduled by olga" in text


@pytest.mark.parametrize(
    ("start_at", "why"),
    [
        ("2026-01-01T12:00", "is in the past"),
        ("2026-03-29T02:30", "2026-03-29 02:30 does not exist in Europe/Berlin"),
        ("", "is no date with a time"),
        ("2040-01-01T12:00", "more than ten years off"),
    ],
)
def test_a_time_at_which_nothing_can_start_is_told_at_its_field(pages, start_at, why):
    pages.client.set_cookie("stepline_zone", "Europe/Berlin")
    response = create(pages, start="at", start_at=start_at)
    assert response.status_code == 422
    assert why in words(response.text)
    assert '<a href="#start_at">' in response.text


def test_a_time_that_comes_twice_is_said_to_be_the_first(pages):
    pages.client.set_cookie("stepline_zone", "Europe/Berlin")
    html = check(pages, start="at", start_at="2026-10-25T02:30").text
    assert "That time comes twice" in words(html)
    task = the_task_at(pages, create(pages, start="at", start_at="2026-10-25T02:30"))
    assert task.start_at.isoformat() == "2026-10-25T00:30:00+00:00"


def test_a_schedule_is_set_changed_and_taken_back_on_pages(pages):
    task = the_task_at(pages, create(pages))
    assert "Waits for its start" in words(pages.get(f"/tasks/{task.id}").text)
    page = f"/tasks/{task.id}/schedule"
    for at in ("2026-01-02T09:00", "2026-01-03T09:00"):
        assert pages.post(page, page, start_at=at).status_code == 303
    assert "It starts at 3 Jan 09:00 , scheduled by olga." in words(pages.get(page).text)
    assert pages.post(f"/tasks/{task.id}/unschedule", page).status_code == 303
    assert pages.stage.task(task).start_at is None


def test_a_schedule_that_cannot_be_stands_there_again_with_the_reason(pages):
    task = the_task_at(pages, create(pages))
    page = f"/tasks/{task.id}/schedule"
    response = pages.post(page, page, start_at="2025-01-01T00:00")
    assert response.status_code == 422
    assert "is in the past" in words(response.text)
    assert value(response.text, "start_at") == "2025-01-01T00:00"


def test_what_has_begun_is_not_scheduled(pages):
    task = the_task_at(pages, create(pages))
    page = f"/tasks/{task.id}/schedule"
    pages.get(page)
    pages.stage.operator.start(task.id)
    assert pages.post(page, "/tasks/new", start_at="2026-01-02T09:00").status_code == 409
    assert "It has begun already" in words(pages.get(page).text)


# -- large systems -----------------------------------------------------------------------------------


@pytest.fixture
def large(pages):
    """A system with 90 calls of three args each."""
    url = pages.stage.mock.url
    steps = [a_step(f"s{n}", *(a_link(f"l{k}") for k in range(3))) for n in range(30)]
    api = an_api(url, args=["name", "age", "sex"])
    pages.stage.load(documents([api], steps, def_args={"name": "a", "age": 1, "sex": "f"}))
    return pages


def test_a_large_system_shows_the_steps_that_are_opened(large):
    response = large.get("/tasks/new?system=s", **{"Accept-Encoding": "gzip"})
    assert len(response.data) < 10_000
    html = large.get("/tasks/new?system=s").text
    assert 'name="kind.s7.l1.age"' not in html
    html = large.post("/tasks/new?act=open&step=s7", system="s", **{"span.s3.day": "2"}).text
    assert 'name="kind.s7.l1.age"' in html
    assert 'id="step.s7" open' in html
    assert value(html, "span.s3.day") == "2"


def test_what_is_not_shown_of_a_large_system_is_as_its_definition_says(large):
    task = the_task_at(large, large.post("/tasks", system="s", **{"span.s3.day": "2"}))
    assert (task.step_info["s3"].expect_span.day, task.step_info["s4"].expect_span.day) == (2, 1)
    assert task.step_info["s9"].api_status["l2"].args["age"] == "$$TASK.age"


def test_a_step_that_is_not_there_is_not_opened(large):
    assert large.post("/tasks/new?act=open&step=nope", system="s").status_code == 200
