"""The page of events: found, page by page, as a file."""

import csv
import json
import re
from datetime import timedelta

import pytest

from engine.model import Event
from tests.integration.conftest import words
from tests.integration.test_web_tasks import HOSTILE, a_seed_run


def a_history(pages, count=120):
    """`count` events, a minute apart, of two people in turn."""
    now = pages.stage.clock.now()
    pages.stage.store.history.add_events(
        [
            Event(
                id=f"t{n}/e", task=f"t{n}", seq=1, at=now - timedelta(minutes=n), who="bo" if n % 2 else "cleo",
                what="edited", before={"n": n}, after={"n": n + 1},
            )
            for n in range(count)
        ]
    )  # fmt: skip


def older(html: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def test_what_people_and_workers_did_is_shown_newest_first(pages):
    task = a_seed_run(pages)
    html = pages.get("/events").text
    assert f'href="/tasks/{task.id}"' in html
    assert "olga signed in" in words(html)


def test_the_search_finds_one_person_s_events(pages):
    a_history(pages)
    text = words(pages.get("/events?q=who:bo").text)
    assert "bo edited t1 " in text
    assert "cleo" not in text


def test_every_event_is_on_one_page_or_another(pages):
    a_history(pages)
    seen, path = [], "/events?q=what:edited"
    while path:
        html = pages.get(path).text
        seen += re.findall(r'href="/tasks/(t\d+)"', html)
        path = older(html)
    assert seen == [f"t{n}" for n in range(120)]


def test_a_search_that_is_cut_short_says_so_and_goes_on(pages, monkeypatch):
    monkeypatch.setattr("webapp.events.LOOKED_AT", 10)
    a_history(pages, 30)
    html = pages.get("/events?q=task-that-is-not-there").text
    assert "10 events were looked at" in words(html)
    assert "Search further back" in words(html)
    assert pages.get(older(html)).status_code == 200


def test_days_narrow_it_down(pages):
    a_history(pages)
    day = f"{pages.stage.clock.now():%Y-%m-%d}"
    assert "edited" in words(pages.get(f"/events?q=what:edited&from={day}&to={day}").text)
    assert "No event is found" in words(pages.get("/events?to=2001-01-01").text)


def test_what_is_no_day_is_said_and_kept(pages):
    response = pages.get("/events", {"from": '"><script>', "q": HOSTILE})
    assert response.status_code == 422
    assert 'value="&#34;&gt;&lt;script&gt;"' in response.text
    assert "<script>alert" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=WzAsdHJ1ZSwiMSIsIngiXQ",
        "from=9999-12-31&to=9999-12-31",
        "q=%00",
        "q=task:%00",
        "q=who:%22%22",
        "before=" + "A" * 4000,
    ],
)
def test_any_address_is_answered(pages, query):
    for path in ("/events", "/events.csv", "/events.json"):
        assert pages.get(f"{path}?{query}").status_code in (200, 422), path


def test_a_file_has_what_the_page_finds(pages):
    a_history(pages)
    rows = list(csv.DictReader(pages.get("/events.csv?q=who:bo").text.splitlines()))
    assert len(rows) == 60
    assert (rows[0]["task"], rows[0]["before"]) == ("t1", '{"n": 1}')
    found = json.loads(pages.get("/events.json?q=task:t7").text)
    assert [(event["task"], event["after"]) for event in found] == [("t7", {"n": 8})]


def test_what_events_bring_is_shown_as_text(pages):
    now = pages.stage.clock.now()
    event = Event(
        id="e", task="t", seq=1, at=now, who=HOSTILE, what=HOSTILE, where=HOSTILE, after={HOSTILE: HOSTILE * 9}
    )
    pages.stage.store.history.add_events([event])
    html = pages.get("/events").text
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_a_user_s_history_is_linked_for_admins_only(pages):
    assert 'href="/users/olga/events"' not in pages.get("/events").text
    pages.sign_in("root", "admin")
    assert 'href="/users/olga/events"' in pages.get("/events").text


@pytest.mark.parametrize("role", ["viewer", "operator", "editor"])
def test_a_note_of_a_secret_is_for_those_who_may_edit_on_the_page_in_files_and_in_a_search(pages, role):
    pages.stage.secrets.set("token", "hush-hush", "of the till, ends in June")
    pages.stage.secrets.describe("token", "of the till, ends in July")
    pages.sign_in("rita", role)
    there = role == "editor"
    for address in ("/events", "/events.csv", "/events.json", "/events?q=June", "/events?q=task:secret/token"):
        assert ("ends in June" in pages.get(address).text) is there, address
    assert "secret/token" in pages.get("/events.csv").text
    assert ("secret/token" in pages.get("/events.csv?q=July").text) is there
