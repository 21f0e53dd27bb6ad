"""The settings page: what is chosen counts at once, is told of, and keeps what it does not show."""

from __future__ import annotations

import re

import pytest

from engine.model import Preferences, Role, SavedView
from tests.integration.conftest import Pages, words

CHOSEN = {"language": "zh", "zone": "Asia/Tokyo", "theme": "dark", "rows": "25", "keys": "yes"}
VIEWS = [SavedView(name="Late", query="q=late"), SavedView(name="Mine", query="q=label:mine")]


def kept(pages: Pages, name: str = "olga") -> Preferences:
    return pages.stage.store.preferences.get(name)


def save(pages: Pages, **fields):
    return pages.post("/settings", "/settings", **CHOSEN | fields)


@pytest.fixture
def with_views(pages: Pages) -> Pages:
    pages.stage.store.preferences.put("olga", Preferences(views=VIEWS, default_view="Late"))
    return pages


def test_what_is_chosen_is_kept_and_counts_on_the_next_page(pages):
    assert save(pages).status_code == 303
    assert kept(pages) == Preferences(language="zh", zone="Asia/Tokyo", theme="dark", rows=25)
    page = pages.get("/settings").text
    assert re.search('<html lang="zh" data-theme="dark" data-bs-theme="dark"', page)
    assert "设置已保存。" in words(page)
    assert "时间按 Asia/Tokyo 显示。" in words(page)


def test_a_box_that_is_not_checked_is_off(pages):
    pages.post("/settings", "/settings", language="", zone="", theme="", rows="50")
    assert kept(pages) == Preferences(keys=False)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("language", "xx", "there is no such choice: 'xx'"),
        ("theme", "pink", "there is no such choice: 'pink'"),
        ("zone", "Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ("zone", "../../etc/passwd", "there is no time zone"),
        ("rows", "9", "'9' is no number of rows"),
        ("rows", "101", "use a whole number from 10 to 100"),
        ("rows", "", "is no number of rows"),
        ("rows", "٢٥", "is no number of rows"),
        ("rows", "9" * 5000, "is no number of rows"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_stays_in_the_field(pages, field, value, why):
    response = save(pages, **{"language": "en", field: value})
    assert response.status_code == 422
    assert why in words(response.text)
    assert kept(pages) == Preferences()
    if field in ("zone", "rows"):
        assert f'name="{field}"' in response.text
        assert f'value="{value}"' in response.text


def test_all_that_is_wrong_is_said_at_once(pages):
    assert "3 things have to be corrected" in words(save(pages, language="x", zone="x", rows="x").text)


def test_a_change_of_settings_is_told_with_before_and_after(pages):
    save(pages, language="", zone="", rows="50")
    (event,) = [one for one in pages.accounts.events("olga") if one.what == "settings changed"]
    assert (event.who, event.before, event.after) == ("olga", {"theme": ""}, {"theme": "dark"})


def test_what_changes_nothing_is_not_told(pages):
    save(pages)
    save(pages)
    assert [event.what for event in pages.accounts.events("olga")].count("settings changed") == 1


def test_settings_leave_the_saved_views_alone(with_views):
    save(with_views)
    assert (kept(with_views).views, kept(with_views).default_view) == (VIEWS, "Late")


def test_a_view_is_made_the_one_that_opens_and_is_not_any_more(with_views):
    with_views.post("/settings/views/default", "/settings", name="Mine")
    assert kept(with_views).default_view == "Mine"
    with_views.post("/settings/views/default", "/settings")
    assert kept(with_views).default_view == ""


def test_a_view_that_is_deleted_opens_nothing(with_views):
    with_views.post("/settings/views/delete", "/settings", name="Late")
    assert (kept(with_views).views, kept(with_views).default_view) == (VIEWS[1:], "")


@pytest.mark.parametrize("act", ["default", "delete"])
def test_a_view_that_is_not_there_is_not_found_and_nothing_changes(with_views, act):
    before = kept(with_views)
    response = with_views.post(f"/settings/views/{act}", "/settings", name="<script>")
    assert response.status_code == 404
    assert "<script>" not in response.text.partition("<body>")[2]
    assert kept(with_views) == before


def test_everybody_has_settings_where_sign_in_is_off(stage, tmp_path):
    pages = Pages(stage, tmp_path, sign_in="off")
    assert "everybody shares these settings" in words(pages.get("/settings").text)
    assert save(pages).status_code == 303
    assert 'lang="zh"' in pages.get("/tasks").text


def test_a_viewer_has_settings_too(pages):
    pages.sign_in("vera", Role.VIEWER)
    assert save(pages).status_code == 303
    assert kept(pages, "vera").theme == "dark"
    assert kept(pages) == Preferences()


# -- which language ----------------------------------------------------------------------------------


def test_a_page_speaks_as_the_browser_asks_until_settings_say_otherwise(pages):
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert 'lang="zh"' in pages.get("/settings", **chinese).text
    save(pages, language="en")
    assert 'lang="en"' in pages.get("/settings", **chinese).text


def test_the_way_in_speaks_the_language_that_is_chosen_there(stranger):
    response = stranger.get("/sign-in", {"lang": "zh", "next": "/users"})
    assert (response.status_code, response.location) == (303, "/sign-in?next=/users")
    page = stranger.get(response.location)
    assert 'lang="zh"' in page.text
    assert 'name="next" value="/users"' in page.text


@pytest.mark.parametrize("lang", ["xx", "", "../zh"])
def test_a_language_that_is_not_spoken_is_not_remembered(stranger, lang):
    response = stranger.get("/sign-in", {"lang": lang})
    assert response.status_code == 200
    assert "stepline_language" not in "".join(response.headers.getlist("Set-Cookie"))


def test_settings_end_what_was_chosen_on_the_way_in(pages):
    pages.client.set_cookie("stepline_language", "zh")
    assert 'lang="zh"' in pages.get("/settings").text
    save(pages, language="")
    assert 'lang="en"' in pages.get("/settings").text


@pytest.mark.parametrize("planted", ["xx", "", "<script>"])
def test_a_planted_language_or_zone_is_ignored(pages, planted):
    pages.client.set_cookie("stepline_language", planted)
    pages.client.set_cookie("stepline_zone", planted)
    page = pages.get("/settings").text
    assert 'lang="en"' in page
    assert "As the browser says: UTC" in page
