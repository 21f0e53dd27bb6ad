"""Systems, steps, APIs and workers: lists and pages."""

from copy import deepcopy

import pytest

from engine.command import Operator
from tests.contract.builders import a_task, stored
from tests.integration.conftest import words
from tests.integration.test_web_tasks import HOSTILE, a_seed_run, waiting

LISTS = ["/systems", "/steps", "/apis"]


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_says_how_to_load_definitions(pages, path):
    for name in ("api", "step", "system"):
        pages.stage.store.db[name].delete_many({})
    text = words(pages.get(path).text)
    assert "yet" in text
    assert "python app.py load FILE" in text


@pytest.mark.parametrize(("path", "href"), [("/systems", "systemid"), ("/steps", "step3"), ("/apis", "api5")])
def test_a_list_leads_to_the_pages(pages, path, href):
    assert f'href="{path}/{href}"' in pages.get(path).text
    assert pages.get(f"{path}/{href}").status_code == 200


def test_a_list_tells_who_uses_what_and_how_it_did(pages):
    a_seed_run(pages)
    waiting(pages)
    pages.stage.worker.write_counts()
    text = words(pages.get("/apis?q=api4").text)
    assert "api4 GET" in text
    assert " step3 1 " in text  # used by, and tasks that run
    assert "100 %" in text


def test_a_search_that_finds_nothing_says_so_and_keeps_what_was_typed(pages):
    html = pages.get("/apis", {"q": HOSTILE}).text
    assert "Nothing matches" in html
    assert 'value="&lt;script&gt;' in html
    assert "<script>alert" not in html


@pytest.mark.parametrize(
    "query", ["sort=x", "page=-1", "page=x", "page=999999999999999999999", "sort=p95&q=%00", "q=%ff"]
)
@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_any_address(pages, path, query):
    assert pages.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("path", [*LISTS, "/workers"])
@pytest.mark.parametrize("name", ["nobody", "..", "$where", "a%00b", "x" * 500])
def test_what_is_not_there_is_said_to_be_not_there(pages, path, name):
    assert pages.get(f"{path}/{name}").status_code == 404


def test_a_system_shows_its_flow_its_wiring_and_its_tasks(pages):
    task = a_seed_run(pages, name="Order 7")
    html = pages.get("/systems/systemid").text
    text = words(html)
    assert "2 in parallel" in text
    assert "age $$step2.age · by name int" in text or "age $$step2.age by name int" in text
    assert "done when result.age != 0" in text
    assert f'href="/tasks/{task.id}"' in html
    assert 'href="/tasks/new?system=systemid"' in html


def test_a_system_that_cannot_run_says_why_and_offers_no_task(pages):
    pages.stage.store.db.step.delete_one({"_id": "step2"})
    html = pages.get("/systems/systemid").text
    assert "is not there" in words(html)
    assert "step2" in words(html)
    assert "/tasks/new?system=systemid" not in html


def test_definitions_are_shown_as_text(pages, seed):
    changed = deepcopy(seed)
    for kind in ("api", "step", "system"):
        for document in changed[kind]:
            document["desc"] = HOSTILE
    changed["system"][0]["name"] = HOSTILE
    pages.stage.load(changed)
    for path in (*LISTS, "/systems/systemid", "/steps/step1", "/apis/api1"):
        html = pages.get(path).text
        assert "<script>alert" not in html, path
        assert "<img src=x" not in html, path


# -- workers -----------------------------------------------------------------------------------------


def test_workers_are_shown_with_their_state(pages):
    text = words(pages.get("/workers").text)
    assert f"{pages.stage.worker.name} alive" in text
    assert "0 / 200" in text or "0 of 200" in text
    pages.stage.clock.turn(3600)
    assert "No worker is alive: nothing goes on" in words(pages.get("/workers").text)


def test_what_is_stuck_is_shown_with_the_reason(pages):
    task = pages.stage.start(args={"name": "abc"})
    pages.stage.clock.turn(60)
    stored(pages.stage.store, a_task("poison", wake_at=None, crashes=5, attention="in quarantine: see why"))
    html = pages.get("/workers").text
    assert f'href="/tasks/{task.id}"' in html
    assert "No worker runs: start one." in words(html)
    assert "in quarantine: see why" in words(html)
    assert 'href="/tasks/poison"' in html


def test_a_worker_s_page_shows_what_it_holds(pages):
    task = Operator(pages.stage.store, clock=pages.stage.clock).start(pages.stage.create(args={"name": "abc"}).id)
    leases = pages.stage.store.leases
    leases.claim(leases.due(pages.stage.clock.now()), pages.stage.worker.name)
    assert f'href="/tasks/{task.id}"' in pages.get(f"/workers/{pages.stage.worker.name}").text


def test_limits_are_shown_with_what_is_in_use(pages, seed):
    changed = deepcopy(seed)
    changed["api"][0]["max_concurrency"] = 2
    pages.stage.load(changed)
    api = changed["api"][0]["_id"]
    pages.stage.store.slots.take(f"api/{api}", 2, "w")
    assert f"{api} calls at once 1 of 2" in words(pages.get("/workers").text)
