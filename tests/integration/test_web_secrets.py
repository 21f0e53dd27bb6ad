"""The pages of secrets: written and never read, told of, and never half done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.model import Role
from engine.vault import Keyring, Vault, new_key
from tests.integration.conftest import Pages, words
from tests.systems import a_link, a_step, an_api, documents

CANARY = "c4n4ry-of-the-pages"


@pytest.fixture
def admin(pages: Pages) -> Pages:
    pages.sign_in("ada", Role.ADMIN)
    return pages


def set_(pages: Pages, **fields: str):
    given: dict[str, Any] = {"name": "token", "value": CANARY, "note": "of the shop"} | fields
    return pages.post("/secrets", "/secrets", **given)


def plain(pages: Pages, name: str = "token") -> str:
    return Vault(pages.stage.store, pages.stage.keyring).value(name)


def using(pages: Pages) -> None:
    """An API and a step that carry it."""
    header = {"Authorization": "Bearer $$SECRET.token"}
    api: dict[str, Any] = an_api(pages.stage.mock.url, "carrier", path="api1", headers=header)
    pages.stage.load(documents([api], [a_step("carries", a_link(api="carrier", args={"name": "$$SECRET.token"}))]))


def test_a_secret_is_set_listed_and_never_shown(admin):
    response = set_(admin)
    assert (response.status_code, response.location) == (303, "/secrets#secret-token")
    assert plain(admin) == CANARY
    for path in ("/secrets", "/secrets/token", "/events"):
        page = admin.get(path)
        assert page.status_code == 200
        assert "token" in words(page.text)
        assert CANARY not in page.text
    assert "of the shop" in words(admin.get("/secrets").text)
    assert "ada" in words(admin.get("/secrets").text)


def test_where_it_is_used_is_shown_with_links(admin):
    set_(admin)
    using(admin)
    page = admin.get("/secrets/token").text
    for said in (
        'href="/apis/carrier"',
        "headers.Authorization",
        'href="/steps/carries"',
        "checklink.l.api.val.args.name",
    ):
        assert said in page
    assert "2 places use it" in words(page)


def test_one_that_is_named_and_not_set_is_listed_and_can_be_set_from_its_page(admin):
    set_(admin)
    using(admin)
    admin.post("/secrets/token/remove", "/secrets/token", revision="1")
    assert "not set" in words(admin.get("/secrets").text)
    page = words(admin.get("/secrets/token").text)
    assert "calls that carry it fail until it is" in page
    assert set_(admin).status_code == 303
    assert plain(admin) == CANARY


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "1st", "cannot be a secret's name"),
        ("name", "<script>", "cannot be a secret's name"),
        ("name", "", "cannot be a secret's name"),
        ("value", "abc", "4 characters or more"),
        ("note", "n" * 501, "500 characters at the most"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_stays_in_the_form_but_for_the_text(admin, field, value, why):
    response = set_(admin, **{field: value})
    assert response.status_code == 422
    assert why in words(response.text)
    assert CANARY not in response.text
    assert "has to be typed again" in words(response.text)
    assert "<script>" not in response.text.partition("<body>")[2]
    if field != "note":
        assert 'value="of the shop"' in response.text
    assert admin.stage.store.secrets.all() == []


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(admin):
    set_(admin)
    response = set_(admin, value="another one")
    assert response.status_code == 422
    assert "there is a secret 'token' already" in words(response.text)
    assert plain(admin) == CANARY


def test_the_text_and_the_note_are_replaced_together_or_the_note_alone(admin):
    set_(admin)
    admin.post("/secrets/token", "/secrets/token", revision="1", value="", note="of the bank")
    assert plain(admin) == CANARY
    admin.post("/secrets/token", "/secrets/token", revision="2", value="another one", note="of the bank")
    secret = admin.stage.secrets.secret("token")
    assert (plain(admin), secret.note, secret.changed_by) == ("another one", "of the bank", "ada")


@pytest.mark.parametrize("path", ["/secrets/token", "/secrets/token/remove"])
def test_who_was_overtaken_changes_nothing_and_keeps_the_note_they_typed(admin, path):
    set_(admin)
    admin.stage.secrets.set("token", "by somebody else")
    response = admin.post(path, "/secrets/token", revision="1", value=CANARY, note="mine")
    assert response.status_code == 409
    assert "changed meanwhile, and nothing was overwritten" in words(response.text)
    assert plain(admin) == "by somebody else"
    assert CANARY not in response.text
    if path == "/secrets/token":
        assert 'value="mine"' in response.text


def test_one_that_is_removed_is_gone_and_its_history_stays(admin):
    set_(admin)
    assert admin.post("/secrets/token/remove", "/secrets/token", revision="1").status_code == 303
    assert admin.stage.store.secrets.names() == frozenset()
    page = words(admin.get("/secrets/token").text)
    assert "secret removed by ada" in page
    assert "secret set by ada" in page


def test_a_key_that_is_lost_is_said_on_both_pages(stage, tmp_path):
    stage.secrets.set("token", CANARY)
    stage.keyring = Keyring((new_key(),))
    pages = Pages(stage, tmp_path)
    pages.sign_in("ada", Role.ADMIN)
    assert "its key is not here" in words(pages.get("/secrets").text)
    assert "Put that key back, or replace the secret" in words(pages.get("/secrets/token").text)


def test_an_editor_sees_names_and_has_nothing_to_change_them_with(admin):
    set_(admin)
    admin.sign_in("edith", Role.EDITOR)
    for path in ("/secrets", "/secrets/token"):
        page = admin.get(path)
        assert page.status_code == 200
        assert 'name="value"' not in page.text


@pytest.mark.parametrize("name", ["nope", "../etc", "a" * 300, "%00"])
def test_there_is_no_page_of_a_secret_that_never_was(admin, name):
    for response in (admin.get(f"/secrets/{name}"), admin.post(f"/secrets/{name}/remove", "/secrets", revision="1")):
        assert response.status_code in (404, 405)


def test_a_new_task_that_names_a_secret_there_is_not_is_told_so_in_the_form(admin):
    set_(admin)
    args = {"step1": {"api_status": {"api1": {"args": {"name": "$$SECRET.tokn"}}}}}
    draft = json.dumps({"system": "systemid", "args": {"n": 4}, "step_info": args})
    page = words(admin.post("/tasks", system="systemid", raw=draft).text)
    assert "there is no secret called tokn" in page
    assert "did you mean token?" in page
