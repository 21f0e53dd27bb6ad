"""The list of tasks: filters, orders, pages, views, the export, and one act on many."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import timedelta
from html import unescape

import pytest

from engine.model import LinkStatus, Role, StepInfo, StepStatus, TaskStatus
from tests.clock import START
from tests.integration.conftest import Pages, tag_in, words

HOUR = timedelta(hours=1)


def a_listed(pages: Pages, id_: str, status: TaskStatus = TaskStatus.WAITING, **fields):
    """A task as it is stored, without a run."""
    model = pages.stage.create(args={"name": "abc"}, id=f"model-{id_}")
    pages.stage.store.remove_task(model.id)
    about = {"id": id_, "name": "", "status": status, "started_at": START, "wake_at": None, "rev": 1} | fields
    task = model.model_copy(update=about)
    pages.stage.store.tasks.create(task)
    return task


def shown(pages: Pages, address: str) -> list[str]:
    return re.findall(r'<tr id="task-([^"]+)"', pages.get(address).text)


def link_to(html: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    return unescape(found[1]) if found else ""


def history(pages: Pages, id_: str) -> list[str]:
    return [event.what for event in pages.stage.store.history.events(id_)]


# -- rows and filters ----------------------------------------------------------------------------------


def test_a_row_shows_the_task(pages):
    task = pages.stage.go(pages.stage.start(args={"name": "abc"}, name="Order 7"))
    html = pages.get("/tasks?q=").text
    assert f'<tr id="task-{task.id}" data-row data-href="/tasks/{task.id}"' in html
    assert f'name="task" value="{task.id}"' in html
    assert "DONE Order 7 every step is done systemid – – –" in words(html)
    assert "4 of 4" in words(html)


def test_what_is_late_first_comes_first(pages):
    for hours in (5, -1, 2):
        a_listed(pages, f"d{hours}", deadline=START + hours * HOUR)
    a_listed(pages, "none", TaskStatus.READY, started_at=None)
    assert shown(pages, "/tasks?q=") == ["d-1", "d2", "d5", "none"]
    assert shown(pages, "/tasks?q=&sort=-deadline") == ["d5", "d2", "d-1", "none"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("status:WAITING", ["late", "will"]),
        ("status:ready,paused", ["still", "new"]),
        ("-status:WAITING", ["still", "new"]),
        ("late:yes", ["late"]),
        ("late:will", ["will"]),
        ("label:gold", ["will"]),
        ("step:step2", ["late"]),
        ("attention:yes", ["still"]),
        ("HTTP 503", ["late"]),
        ("system:other", []),
    ],
)
def test_a_filter_shows_what_it_says(pages, text, found):
    steps = {"step1": StepInfo(status=StepStatus.DONE), "step2": StepInfo(status=StepStatus.RUNNING)}
    a_listed(pages, "late", deadline=START - HOUR, step_info=steps, process_msg="api3: http 503")
    a_listed(pages, "will", deadline=START + HOUR, slack_s=-61.0, slack_ends_at=START, labels=["gold"])
    a_listed(pages, "still", TaskStatus.PAUSED, deadline=START - HOUR, paused_at=START - 2 * HOUR, attention="look")
    a_listed(pages, "new", TaskStatus.READY, started_at=None)
    assert sorted(shown(pages, f"/tasks?q={text}")) == sorted(found)


def test_a_mistake_in_the_filter_is_told_in_place_and_stays_to_be_mended(pages):
    a_listed(pages, "t")
    response = pages.get("/tasks", {"q": 'stats:"<b>x'})
    assert response.status_code == 422
    assert "did you mean status?" in words(response.text)
    assert 'value="stats:&#34;&lt;b&gt;x"' in response.text
    assert shown(pages, "/tasks?q=stats:x") == []


@pytest.mark.parametrize(
    "address",
    [
        '/tasks?q={"$ne":""}', "/tasks?q[$ne]=x", "/tasks?q=" + "x" * 5_000, "/tasks?q=%00%ff",
        "/tasks?sort={$gt:1}",
        "/tasks?c=__proto__&c=", "/tasks?after=bnVsbA", "/tasks?before=%F0%9F%99%82", "/tasks?q=&after=" + "A" * 3_000,
        '/tasks?q="', "/tasks?q=status:", "/tasks?status=NONE", "/tasks?q=label:'; drop", "/tasks/export.csv?q=x:y",
    ],
)  # fmt: skip
def test_hostile_input_is_answered_and_never_by_an_error_of_ours(pages, address):
    a_listed(pages, "t")
    assert pages.get(address).status_code in (200, 422)


def test_text_that_is_a_whole_id_leads_to_the_task_even_if_the_list_does_not_come_to_it(pages):
    a_listed(pages, "t-1", name="a", system="systemid")
    assert "There is a task with exactly this id: t-1" not in words(pages.get("/tasks?q=t-1").text)
    a_listed(pages, "first", deadline=START)
    assert shown(pages, "/tasks?q=t-1") == ["t-1"]


# -- empty states --------------------------------------------------------------------------------------


def test_an_empty_list_says_why_and_what_to_do(pages):
    html = pages.get("/tasks").text
    assert "There are no tasks yet" in html
    assert html.count('href="/tasks/new"') >= 2


def test_a_filter_that_finds_nothing_says_which_it_is_and_how_to_leave_it(pages):
    a_listed(pages, "t")
    text = words(pages.get("/tasks?q=status:FAILED").text)
    assert "No task matches “status:FAILED”" in text
    assert "Show all tasks" in text


def test_a_page_whose_tasks_have_moved_on_leads_back(pages):
    pages.stage.store.preferences.put("olga", pages.stage.store.preferences.get("olga").model_copy(update={"rows": 10}))
    for number in range(11):
        a_listed(pages, f"t{number:02}", deadline=START + number * HOUR)
    second = link_to(pages.get("/tasks?q=").text, "next")
    pages.stage.store.remove_task("t10")
    assert "Nothing is left on this page" in words(pages.get(second).text)


# -- pages ---------------------------------------------------------------------------------------------


def test_pages_lead_there_and_back_and_keep_the_filter_and_the_order(pages):
    pages.stage.store.preferences.put("olga", pages.stage.store.preferences.get("olga").model_copy(update={"rows": 10}))
    for number in range(25):
        a_listed(pages, f"t{number:02}", deadline=START + number * HOUR)
    there, address = [], "/tasks?q=status:WAITING&sort=-deadline"
    while address:
        html = pages.get(address).text
        there.append(shown(pages, address))
        back, address = link_to(html, "prev"), link_to(html, "next")
    assert [len(page) for page in there] == [10, 10, 5]
    assert [id_ for page in there for id_ in page] == [f"t{number:02}" for number in range(24, -1, -1)]
    assert shown(pages, back) == there[1]
    assert "sort=-deadline" in back


def test_a_full_page_is_small(pages):
    pages.stage.store.preferences.put(
        "olga", pages.stage.store.preferences.get("olga").model_copy(update={"rows": 100})
    )
    for number in range(101):
        a_listed(
            pages, f"t{number}", deadline=START, slack_s=9.0, slack_ends_at=START, process_msg=f"waits {number} " * 6
        )
    html = pages.get("/tasks?q=").text
    assert html.count('<tr id="task-') == 100
    assert len(gzip.compress(html.encode())) < 60_000


def test_the_list_is_sent_again_only_when_it_changed(pages):
    task = pages.stage.create(args={"name": "abc"})
    part = pages.part("/tasks?q=")
    assert part.text.startswith('<section id="rows"')
    same = pages.part("/tasks?q=", tag_in(part.text))
    assert (same.status_code, same.text) == (304, "")
    pages.stage.operator.start(task.id)
    assert pages.part("/tasks?q=", tag_in(part.text)).status_code == 200


def test_columns_are_chosen_in_the_address(pages):
    a_listed(pages, "t", labels=["gold"])
    text = words(pages.get("/tasks?q=&c=&c=labels").text)
    assert "State Task Labels More" in text
    assert "State Task System Step Remaining Slack Expected finish Progress Attempts More" in words(
        pages.get("/tasks?q=").text
    )


# -- views ---------------------------------------------------------------------------------------------


def test_a_view_keeps_filter_order_and_columns_and_may_open_the_list(pages):
    a_listed(pages, "t", TaskStatus.FAILED)
    answer = pages.post(
        "/tasks/views", "/tasks?q=", name=" My  failures ", q="status:FAILED", sort="-slack", default="yes"
    )
    assert (answer.status_code, answer.location) == (303, "/tasks?q=status%3AFAILED&sort=-slack")
    kept = pages.stage.store.preferences.get("olga")
    assert [(view.name, view.query) for view in kept.views] == [("My failures", "q=status%3AFAILED&sort=-slack")]
    opened = pages.get("/tasks")
    assert (opened.status_code, opened.location) == (302, "/tasks?q=status%3AFAILED&sort=-slack")
    assert "My failures opens first" in words(pages.get(opened.location).text)


def test_a_view_of_a_name_that_is_there_takes_its_place(pages):
    a_listed(pages, "t")
    for name, text in (("a", "x"), ("b", "y"), ("a", "z")):
        pages.post("/tasks/views", "/tasks?q=", name=name, q=text)
    views = pages.stage.store.preferences.get("olga").views
    assert [(view.name, view.query) for view in views] == [("a", "q=z"), ("b", "q=y")]


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 61}, {"name": "a\nb\x07"}, {"name": "a", "q": "x:y"}])
def test_a_view_that_cannot_be_kept_is_refused_with_the_reason(pages, fields):
    a_listed(pages, "t")
    assert pages.post("/tasks/views", "/tasks?q=", **fields).status_code == 422
    assert pages.stage.store.preferences.get("olga").views == []


# -- export --------------------------------------------------------------------------------------------


def test_the_export_has_what_the_filter_matches_in_its_order_and_no_formula(pages):
    a_listed(pages, "b", name='=cmd|"x"', deadline=START + HOUR)
    a_listed(pages, "a", name="订单, 7", deadline=START)
    a_listed(pages, "c", TaskStatus.DONE)
    response = pages.get("/tasks/export.csv?q=status:WAITING")
    lines = list(csv.DictReader(io.StringIO(response.text)))
    assert [(line["id"], line["name"]) for line in lines] == [("a", "订单, 7"), ("b", '\'=cmd|"x"')]
    assert response.mimetype == "text/csv"
    assert "attachment; filename=" in response.headers["Content-Disposition"]
    assert not response.data.startswith(b"\xef\xbb\xbf")


# -- acts on many --------------------------------------------------------------------------------------


def confirm(pages: Pages, preview, **fields: str):
    """The form of the preview, sent."""
    names = ("csrf_token", "tasks", "after", "q")
    kept = {name: found[1] for name in names if (found := re.search(rf'name="{name}" value="([^"]*)"', preview.text))}
    return pages.client.post("/tasks/bulk/run", data={key: unescape(value) for key, value in kept.items()} | fields)


def test_a_preview_says_what_will_happen_and_does_nothing(pages):
    a_listed(pages, "w", name="Waits"), a_listed(pages, "d", TaskStatus.DONE, name="Over")
    answer = pages.post("/tasks/bulk", "/tasks?q=", act="pause", task=["w", "d", "gone"], q="")
    text = words(answer.text)
    assert answer.status_code == 200
    assert "Pause: 2 tasks" in text
    assert "WAITING 1 Pause Waits" in text
    assert "DONE 1 Nothing: It is DONE: only a running or waiting task can be paused. Over" in text
    assert pages.stage.store.tasks.get("w").status == TaskStatus.WAITING


def test_all_that_match_are_paused_each_with_an_event_and_a_result(pages):
    for number in range(3):
        a_listed(pages, f"w{number}", deadline=START)
    a_listed(pages, "other", TaskStatus.FAILED)
    preview = pages.post("/tasks/bulk", "/tasks?q=", act="pause", all="yes", q="status:WAITING")
    result = confirm(pages, preview, act="pause")
    assert "Pause: 3 done, 0 refused" in words(result.text)
    for number in range(3):
        assert pages.stage.store.tasks.get(f"w{number}").status == TaskStatus.PAUSED
        assert history(pages, f"w{number}")[-1] == "paused"
    assert pages.stage.store.tasks.get("other").status == TaskStatus.FAILED


def test_what_has_changed_since_the_preview_is_refused_by_itself_with_the_reason(pages):
    a_listed(pages, "a", deadline=START), a_listed(pages, "b", deadline=START)
    preview = pages.post("/tasks/bulk", "/tasks?q=", act="pause", task=["a", "b"])
    pages.stage.operator.cancel("a")
    pages.stage.store.remove_task("gone")
    text = words(confirm(pages, preview, act="pause").text)
    assert "Pause: 1 done, 1 refused" in text
    assert "the task is CANCELLED: only a running or waiting task can be paused" in text
    assert pages.stage.store.tasks.get("b").status == TaskStatus.PAUSED


@pytest.mark.parametrize(("act", "status"), [("pause", "WAITING"), ("resume", "PAUSED"), ("retry", "FAILED")])
def test_a_form_that_is_sent_twice_acts_once(pages, act, status):
    task = a_listed(pages, "t", TaskStatus(status), paused_at=START, deadline=START)
    task.step_info["step1"].status = StepStatus.FAILED
    task.step_info["step1"].api_status["api1"].status = LinkStatus.FAILED
    pages.stage.store.remove_task("t")
    pages.stage.store.tasks.create(task)
    preview = pages.post("/tasks/bulk", "/tasks?q=", act=act, task=["t"])
    assert "1 done, 0 refused" in words(confirm(pages, preview, act=act).text)
    rev = pages.stage.store.tasks.get("t").rev
    assert "0 done, 1 refused" in words(confirm(pages, preview, act=act).text)
    assert pages.stage.store.tasks.get("t").rev == rev


def test_an_act_on_nothing_says_how_to_choose(pages):
    a_listed(pages, "t")
    answer = pages.post("/tasks/bulk", "/tasks?q=", act="pause")
    assert answer.status_code == 422
    assert "No task is ticked" in words(answer.text)


@pytest.mark.parametrize(
    "fields",
    [
        {"act": "explode", "task": "t"}, {"act": "pause", "all": "yes", "q": "x:y"}, {"task": "t"},
        {"act": "pause", "all": "yes", "after": "zzz"}, {"act": "pause", "task": '{"$ne":""}'},
    ],
)  # fmt: skip
def test_a_bulk_form_that_makes_no_sense_is_refused(pages, fields):
    a_listed(pages, "t", deadline=START)
    assert pages.post("/tasks/bulk", "/tasks?q=", **fields).status_code == 422
    assert pages.stage.store.tasks.get("t").status == TaskStatus.WAITING


def test_many_that_match_go_in_portions_and_on(pages, monkeypatch):
    monkeypatch.setattr("webapp.task_list.MOST_AT_ONCE", 2)
    for number in range(3):
        a_listed(pages, f"w{number}", deadline=START + number * HOUR)
    first = pages.post("/tasks/bulk", "/tasks?q=", act="cancel", all="yes", q="late:no")
    assert "There are more: 2 at a time" in words(first.text)
    result = confirm(pages, first, act="cancel")
    after = re.search(r'name="after" value="([^"]+)"', result.text)
    assert after
    assert "Go on with the next" in result.text
    second = pages.post("/tasks/bulk", "/tasks?q=", act="cancel", all="yes", q="late:no", after=unescape(after[1]))
    assert "Cancel tasks: 1 task" in words(second.text)
    confirm(pages, second, act="cancel")
    assert {pages.stage.store.tasks.get(f"w{number}").status for number in range(3)} == {TaskStatus.CANCELLED}


def test_the_menu_of_a_row_acts_and_comes_back_to_the_list_as_it_was(pages):
    a_listed(pages, "t", name="Order 7", deadline=START)
    answer = pages.post("/tasks/t/from-list/pause", "/tasks?q=", q="late:no", sort="slack")
    assert (answer.status_code, answer.location) == (303, "/tasks?q=late%3Ano&sort=slack")
    assert "Pause: Order 7. Show it" in words(pages.get(answer.location).text)
    assert pages.stage.store.tasks.get("t").status == TaskStatus.PAUSED


def test_who_may_only_look_is_offered_nothing_to_do(pages):
    a_listed(pages, "t", deadline=START)
    pages.sign_in("vera", Role.VIEWER)
    html = pages.get("/tasks?q=").text
    assert 'name="task"' not in html
    assert 'name="act"' not in html
    assert "from-list" not in html
