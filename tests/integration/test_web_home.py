"""The home page: what needs a person now, from a database that a real worker writes."""

from datetime import timedelta

import pytest

from engine.model import TaskStatus
from engine.store import Change, Move
from mock_api.knobs import Knobs
from tests.integration.conftest import tag_in, words
from tests.integration.test_web_tasks import HOSTILE, a_failed_run, a_seed_run, waiting


def home(pages) -> str:
    return words(pages.get("/").text)


def counted(pages) -> None:
    """What the worker has counted is written down."""
    pages.stage.worker.write_counts()


def late_by(pages, task, span: timedelta):
    """It is so late as the task's deadline and that span; who looked before has to sign in again."""
    pages.stage.clock.turn((task.deadline - pages.stage.clock.now() + span).total_seconds())
    pages.sign_in()


def unknown_call(pages):
    """A task whose call may have had an effect: its worker asks a person."""
    task = pages.stage.create(args={"name": "abc"}, name="Payment 9")
    asked = {"attention": "it is not known whether the call of step3/api4 took effect"}
    moves = (Move("status", TaskStatus.READY, TaskStatus.RUNNING),)
    assert not pages.stage.store.tasks.apply([Change(task.id, task.rev, task.epoch, asked, moves)])
    return task


# -- what needs a person -----------------------------------------------------------------------------


def test_where_there_is_nothing_it_says_what_to_do(pages):
    text = home(pages)
    assert "There are no tasks yet" in text
    assert "Start the first one" in text


def test_all_is_well_when_no_task_needs_anybody(pages):
    a_seed_run(pages)
    assert "All well" in home(pages)


def test_a_failed_task_is_shown_with_the_reason_and_a_link_to_all(pages, seed):
    task = a_failed_run(pages, seed)
    html = pages.get("/").text
    assert "there is no [3] in a list of 2" in words(html)
    assert f'href="/tasks/{task.id}"' in html
    assert "All well" not in html
    assert 'href="/tasks?q=status:FAILED"' in html


def test_a_late_task_says_which_step_is_late(pages):
    task = waiting(pages, name="Order 7")
    late_by(pages, task, timedelta(hours=3))
    html = pages.get("/").text
    assert "Late now 1" in words(html)
    assert "step2 is late by 3 h." in words(html)
    assert 'href="/tasks?q=late:yes"' in html


def test_a_task_that_asks_for_a_person_is_shown_with_what_it_asks(pages):
    unknown_call(pages)
    text = home(pages)
    assert "Need attention 1" in text
    assert "Payment 9" in text
    assert "it is not known whether the call of step3/api4 took effect" in text


def test_a_task_that_will_miss_its_promise_is_shown_before_it_is_late(pages):
    task = waiting(pages, name="Order 7")
    pages.stage.store.db.task.update_one({"_id": task.id}, {"$set": {"slack_s": -61.0}})
    assert "Will be late 1" in home(pages)


def test_what_tasks_bring_is_shown_as_text(pages, seed):
    pages.stage.start(args={"name": "abc"}, name=HOSTILE)
    task = a_failed_run(pages, seed)
    pages.stage.store.db.task.update_one({"_id": task.id}, {"$set": {"name": HOSTILE, "attention": HOSTILE}})
    html = pages.get("/").text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "{{ 7*7 }}" in html


# -- how things go -----------------------------------------------------------------------------------


def test_what_was_finished_and_called_is_told_in_figures(pages, seed):
    a_seed_run(pages)
    a_failed_run(pages, seed)
    counted(pages)
    text = home(pages)
    assert "2 in 24 hours, 1 of them failed; most at 12:00: 2." in text
    assert "1 DONE" in text
    assert "Calls of api" in pages.get("/").text


def test_calls_that_fail_count_as_failed(pages):
    pages.stage.mock.mock.set_knobs("api1", Knobs(error_rate=1.0))
    pages.stage.go(pages.stage.start(args={"name": "abc"}))
    counted(pages)
    (hours,) = pages.stage.store.hours.last(pages.stage.clock.now(), 1).values()
    assert (hours["api", "api1"].good, hours["api", "api1"].bad) == (0, 1)


def test_without_a_worker_it_says_how_to_start_one(pages):
    assert "No worker is alive" not in home(pages)
    pages.stage.clock.turn(3600)
    text = home(pages)
    assert "No worker is alive: nothing goes on." in text
    assert "python app.py worker" in text


def test_the_page_is_sent_again_only_when_something_changed(pages):
    part = pages.part("/")
    assert part.text.startswith("<div")
    same = pages.part("/", tag_in(part.text))
    assert (same.status_code, same.text) == (304, "")
    pages.stage.create(args={"name": "abc"})
    pages.stage.store.task_list._known.clear()  # counts are a moment old
    assert pages.app.extensions["stepline"].store is pages.stage.store
    assert pages.part("/", tag_in(part.text)).status_code == 200


def test_drawings_have_no_style_of_their_own_and_say_what_they_show(pages):
    a_seed_run(pages)
    counted(pages)
    html = pages.get("/").text
    assert " style=" not in html
    drawings = html.count('role="img"')
    assert drawings == html.count('role="img" aria-label=')
    assert drawings >= 2


@pytest.mark.parametrize("path", ["/", "/systems", "/apis/api1", "/workers", "/events"])
def test_a_page_speaks_chinese_to_who_reads_it(pages, path):
    a_seed_run(pages)
    html = pages.get(path, **{"Accept-Language": "zh"}).text
    assert 'lang="zh"' in html
    assert any("一" <= letter <= "鿿" for letter in words(html))
