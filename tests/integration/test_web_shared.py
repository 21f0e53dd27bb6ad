"""What many ask for after the same news is made once; nobody gets what is another's."""

from __future__ import annotations

import re

import gevent
import pytest
from flask import render_template_string

from engine.model import Role
from engine.store import TaskList
from tests.integration.conftest import HTMX, Pages, tag_in, words

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def made(pages: Pages, monkeypatch) -> list[str]:
    """An entry for each time that the list is read from the database."""
    made: list[str] = []
    read = TaskList.page

    def noted(*args, **kwargs):
        made.append("list")
        gevent.sleep(0.01)  # others come meanwhile
        return read(*args, **kwargs)

    monkeypatch.setattr(TaskList, "page", noted)
    pages.stage.create(args={"name": "abc"}, name="mine")
    return made


def ask(pages: Pages, seq: str = "s1", path: str = "/tasks", tag: str = ""):
    return pages.client.get(path, headers=HTMX | {"Live-Seq": seq} | ({"If-None-Match": tag} if tag else {}))


def test_what_is_asked_for_after_the_same_news_is_made_once(pages, made):
    first, second = ask(pages), ask(pages)
    assert first.text == second.text
    assert "mine" in words(second.text)
    assert made == ["list"]


def test_who_comes_while_it_is_made_waits_for_it(pages, made):
    clients = [pages.app.test_client() for _ in range(5)]
    for client in clients:
        client.set_cookie("stepline_8000_user", pages.cookie)
    asked = [gevent.spawn(client.get, "/tasks", headers=HTMX | {"Live-Seq": "s1"}) for client in clients]
    gevent.joinall(asked)
    assert [one.get().status_code for one in asked] == [200] * 5
    assert made == ["list"]


def test_who_holds_the_same_already_gets_nothing(pages, made):
    tag = tag_in(ask(pages).text)
    again = ask(pages, "s2", tag=tag)
    assert (again.status_code, again.text) == (304, "")


@pytest.mark.parametrize("differently", ["other news", "another filter", "another role", "another language"])
def test_who_asks_differently_gets_their_own(pages, made, differently):
    ask(pages)
    if differently == "another role":
        pages.sign_in("vic", Role.VIEWER)
    if differently == "another language":
        pages.client.set_cookie("stepline_language", "zh")
    ask(
        pages,
        "s2" if differently == "other news" else "s1",
        "/tasks?q=status:READY" if "filter" in differently else "/tasks",
    )
    assert len(made) == 2


def test_without_news_and_for_whole_pages_nothing_is_shared(pages, made):
    pages.part("/tasks")
    pages.part("/tasks")
    pages.get("/tasks", **{"Live-Seq": "s1"})
    pages.get("/tasks", **{"Live-Seq": "s1"})
    assert len(made) == 4


def test_what_is_wrong_is_told_everybody(pages, made):
    for _ in range(2):
        assert ask(pages, path="/tasks?q=status:NOPE").status_code == 422


def test_a_failure_is_not_kept(pages, made, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(TaskList, "counts", lambda _list: 1 / 0)
        assert ask(pages).status_code == 500
    assert ask(pages).status_code == 200


def test_everybody_gets_a_form_token_of_their_own(pages, made, monkeypatch):
    form = '<input name="csrf_token" value="{{ csrf_token() }}">{{ visitor.user.id if visitor }}'
    monkeypatch.setattr("webapp.render.render_template", lambda _template, **view: render_template_string(form, **view))
    mine = TOKEN.search(ask(pages).text)
    other = pages.app.test_client()
    other.set_cookie("stepline_8000_user", pages.ways.begin(pages.a_user("ada"), "127.0.0.1", "tests"))
    theirs = TOKEN.search(other.get("/tasks", headers=HTMX | {"Live-Seq": "s1"}).text)
    assert mine
    assert theirs
    assert made == ["list"]
    assert mine[1] != theirs[1]
    assert pages.client.post("/sign-out", data={"csrf_token": theirs[1]}).status_code == 400
    assert pages.client.post("/sign-out", data={"csrf_token": mine[1]}).status_code == 303
