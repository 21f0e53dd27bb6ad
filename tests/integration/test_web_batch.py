"""Many tasks from a table: shown first, then all or none, and never twice."""

import io
import re

import pytest

from engine.model import TaskStatus
from tests.integration.conftest import words

GOOD = "name,labels,start_at,args.name\nOrder 7,urgent,2026-01-02T09:00,abc\nOrder 8,,,def\n"
BAD = GOOD + "Order 9,,,\n"
PAGE = "/tasks/batch"


def everything(pages):
    return sorted(pages.stage.store.tasks.all(), key=lambda task: task.name)


def preview(pages, text: str = GOOD, **fields):
    return pages.post(PAGE, PAGE, **{"system": "systemid", "table": text, **fields})


def create(pages, text: str = GOOD, **fields):
    return pages.post(f"{PAGE}/create", PAGE, **{"system": "systemid", "table": text, **fields})


def rows(response) -> int:
    """Of the page's own table."""
    return response.text.partition("<main")[2].partition("</main>")[0].count('<th scope="row">')


def test_a_table_is_shown_row_by_row_and_nothing_is_made(pages):
    response = preview(pages)
    text = words(response.text)
    assert response.status_code == 200
    assert "2 rows, and nothing is wrong with them." in text
    assert "2 Order 7 urgent 2 Jan 09:00 abc fine" in text
    assert "Create 2 tasks" in text
    assert everything(pages) == []


def test_a_row_that_is_wrong_says_why_and_nothing_can_be_made(pages):
    response = preview(pages, BAD)
    text = words(response.text)
    assert response.status_code == 422
    assert "1 row has to be corrected; nothing was created." in text
    assert "4 Order 9 args.name the arg name of step1/api1 has no value anywhere" in text
    assert "Create 3 tasks" not in text


def test_nothing_is_made_of_a_table_with_one_bad_row(pages):
    assert create(pages, BAD).status_code == 422
    assert everything(pages) == []


def test_what_was_pasted_stands_there_again(pages):
    assert BAD.replace('"', "&#34;") in preview(pages, BAD).text
    assert "nmae\nx</textarea>" in preview(pages, "nmae\nx").text


def test_all_of_a_table_is_made_and_listed(pages):
    response = create(pages)
    assert response.status_code == 303
    first, second = everything(pages)
    assert (first.name, first.labels, first.args) == ("Order 7", ["urgent"], {"name": "abc"})
    assert first.scheduled_by == "olga"
    assert (second.status, second.start_at) == (TaskStatus.READY, None)
    page = pages.get(response.location).text
    for task in (first, second):
        assert f'href="/tasks/{task.id}"' in page
    assert "2 tasks were created." in words(page)


def test_every_task_of_a_batch_has_its_events(pages):
    create(pages)
    told = [[event.what for event in pages.stage.store.history.events(task.id)] for task in everything(pages)]
    assert told == [["created", "scheduled"], ["created"]]


def test_tasks_of_a_table_may_start_at_once(pages):
    create(pages, start="yes")
    (first, second) = everything(pages)
    assert pages.stage.go(second).status == TaskStatus.DONE
    assert pages.stage.task(first).status == TaskStatus.READY


def test_a_page_that_is_sent_twice_makes_nothing_twice(pages):
    token = re.findall(r'name="batch" value="(\w+)"', preview(pages).text)[0]
    assert create(pages, batch=token).location == create(pages, batch=token).location
    assert len(everything(pages)) == 2


def test_a_batch_that_was_cut_off_is_made_to_its_end(pages):
    page = create(pages).location
    pages.stage.store.remove_task(everything(pages)[0].id)
    assert "1 task is not there" in words(pages.get(page).text)
    assert pages.post(f"{page}/finish", page).status_code == 303
    assert [task.name for task in everything(pages)] == ["Order 7", "Order 8"]


def test_a_batch_is_finished_also_when_its_times_have_passed(pages):
    page = create(pages).location
    pages.stage.store.remove_task(everything(pages)[0].id)
    pages.stage.clock.turn(3 * 86_400)
    pages.sign_in()
    pages.get(page)
    assert pages.post(f"{page}/finish", page).status_code == 303
    assert pages.stage.go(everything(pages)[0]).status == TaskStatus.DONE


def test_somebody_else_s_batch_is_not_written_over(pages):
    token = create(pages).location.rsplit("/", 1)[1]
    pages.sign_in("mallory")
    other = create(pages, batch=token).location
    assert other.rsplit("/", 1)[1] != token
    assert pages.stage.store.batches.get(token).who == "olga"


def test_a_file_is_read_as_well_as_text(pages):
    file = (io.BytesIO("\ufeffname;args.name\r\nMüller;abc\r\n".encode()), "tasks.csv")
    assert "Müller" in words(preview(pages, "", file=file).text)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name\nM\xfcller", "line 2 is no UTF-8 text"),
        (b"x" * 400_001, "the table has 400,001 bytes, and 400,000 are possible"),
        (b"\x00\x01\x02", "neither a field of a task"),
        (b"", "the table is empty"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(pages, content, why):
    response = preview(pages, "", file=(io.BytesIO(content), "tasks.csv"))
    assert response.status_code == 422
    assert why in words(response.text)


def test_what_is_too_large_says_how_large_it_may_be(pages):
    response = pages.client.post(PAGE, data=b"x" * 1_200_000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    assert "a table may have 400,000 bytes" in words(response.text)


def test_a_large_table_shows_its_bad_rows_and_no_more_than_a_hundred(pages):
    text = "name,args.name\n" + "x,abc\n" * 300 + "bad,\n"
    response = preview(pages, text)
    assert rows(response) == 100
    assert "302 bad" in words(response.text)
    assert "201 more rows are not shown here." in words(response.text)


def test_a_large_batch_is_listed_on_several_pages(pages):
    page = create(pages, "name,args.name\n" + "x,abc\n" * 150).location
    assert rows(pages.get(page)) == 100
    assert rows(pages.get(f"{page}?page=2")) == 50
    assert len(everything(pages)) == 150


@pytest.mark.parametrize("query", ["?page=-1", "?page=x", "?page=99999999999999999999", "?page[$ne]=1"])
def test_a_page_of_a_batch_that_is_not_there_is_no_fault(pages, query):
    assert pages.get(create(pages).location + query).status_code == 200


def test_the_example_of_a_system_is_a_csv_file(pages):
    response = pages.get(f"{PAGE}/example.csv?system=systemid")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="systemid.csv"'
    assert response.text.startswith("\ufeffname,labels,start_at,args.name")


@pytest.mark.parametrize("path", [f"{PAGE}/nope", f"{PAGE}/$ne"])
def test_a_batch_that_is_not_there_is_not_found(pages, path):
    assert pages.get(path).status_code == 404


def test_a_system_that_is_not_there_is_named_and_what_was_pasted_stays(pages):
    response = preview(pages, system="nope")
    assert response.status_code == 422
    assert "there is no system nope" in words(response.text)
    assert "Order 7" in response.text


def test_without_a_system_there_is_still_a_page(pages):
    pages.stage.store.db.system.delete_many({})
    assert pages.get(PAGE).status_code == 200
    assert preview(pages, system="").status_code == 422
