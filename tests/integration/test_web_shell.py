"""What is on every page: the bar, the palette, dialogs, keys, and what is said of an act."""

from __future__ import annotations

import re

import pytest

from engine.model import Preferences, Role
from tests.integration.conftest import HTMX, words


def found(html: str) -> list[str]:
    return [words(one) for one in re.findall(r'<a[^>]*id="(?:found|option)-\d+".*?</a>', html, re.DOTALL)]


def test_the_palette_leads_where_one_may_go_and_nowhere_else(pages):
    pages.sign_in("vic", Role.VIEWER)
    places = " ".join(found(pages.part("/palette").text))
    assert "Tasks Place" in places
    assert "New task" not in places
    assert "Users" not in places
    pages.sign_in("root", Role.ADMIN)
    places = " ".join(found(pages.part("/palette").text))
    assert "New task" in places
    assert "Users" in places


def test_the_palette_finds_tasks_by_how_their_id_begins_and_by_their_name(pages):
    pages.stage.create(id="order-7", args={"name": "abc"}, name="Seventh")
    pages.stage.create(id="other", args={"name": "abc"}, name="Eighth")
    assert found(pages.part("/palette?q=order").text) == ["Seventh systemid · order-7"]
    assert found(pages.part("/palette?q=eIGH").text) == ["Eighth systemid · other"]


def test_the_palette_finds_systems_for_who_may_make_tasks_of_them(pages):
    assert any("New task of" in one for one in found(pages.part("/palette?q=systemid").text))
    pages.sign_in("vic", Role.VIEWER)
    assert not found(pages.part("/palette?q=systemid").text)


@pytest.mark.parametrize("asked", ["nothing like it", "<script>", "%00", "a" * 5000, "$ne", "\ufffd"])
def test_the_palette_says_that_it_found_nothing(pages, asked):
    response = pages.get("/palette", {"q": asked})
    assert response.status_code == 200
    assert "Nothing begins with" in words(response.text)
    assert "<script>" not in response.text.rpartition("<main")[2]


def test_the_palette_is_a_page_of_links_without_scripts_and_a_list_of_options_in_its_dialog(pages):
    page, part = pages.get("/palette").text, pages.part("/palette").text
    assert 'role="option"' not in page
    assert "<h1" in page
    assert part.lstrip().startswith('<div class="found-list" id="palette-found" role="listbox"')


def test_the_bar_offers_a_new_task_to_who_may_make_one(pages):
    assert 'class="btn btn-primary btn-sm new-task"' in pages.get("/settings").text
    pages.sign_in("vic", Role.VIEWER)
    assert "new-task" not in pages.get("/settings").text


def test_a_stranger_gets_a_bar_without_places_and_no_stream(stranger):
    html = stranger.get("/sign-in").text
    for name in ('name="live"', "live.js", "keys.js", 'id="palette"', 'class="places"'):
        assert name not in html


def test_single_keys_are_off_for_who_wants_them_off(pages):
    assert 'data-keys="off"' not in pages.get("/tasks").text
    pages.stage.store.preferences.put("olga", Preferences(keys=False))
    assert 'data-keys="off"' in pages.get("/tasks").text


def test_no_id_is_there_twice(pages):
    for path in ("/tasks", "/palette", "/settings"):
        ids = re.findall(r'\sid="([^"]+)"', pages.get(path).text)
        assert len(ids) == len(set(ids)), path


def test_what_was_done_is_said_beside_the_part_and_only_in_the_answer_to_the_act(pages):
    task = pages.stage.create(args={"name": "abc"})
    pages.stage.operator.start(task.id)
    with pages.client.session_transaction() as session:
        session["_flashes"] = [("done", {"text": "Done before.", "href": "/tasks", "link": "Show it"})]
    assert "Done before." not in pages.part("/tasks").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', pages.part(f"/tasks/{task.id}").text)
    assert token
    answer = pages.client.post(f"/tasks/{task.id}/pause", data={"csrf_token": token[1]}, headers=HTMX).text
    toast = answer.partition('<hx-partial hx-target="#toasts" hx-swap="beforeend">')[2]
    assert "Done before." in toast
    assert 'href="/tasks"' in toast
    assert "Done before." not in pages.get("/settings").text
