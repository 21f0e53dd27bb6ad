"""The pages of revisions: what each save changed, the way back, and removal."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from engine.command import Catalog, read_documents
from engine.model import DefinitionName, Role
from tests.integration.conftest import Pages

SPARE: DefinitionName = ("api", "spare")


@pytest.fixture
def saves(pages: Pages) -> Catalog:
    """An api that nothing uses, saved twice, and an editor who looks at it."""
    pages.sign_in("ed", Role.EDITOR)
    catalog = Catalog(pages.stage.store, pages.stage.clock, "bea")
    for desc in ("first words", "second words"):
        catalog.save(spare(desc), note=f"why {desc}")
    return catalog


def spare(desc: str) -> Any:
    return read_documents({"api": [{"_id": "spare", "url": "http://127.0.0.1/x", "desc": desc}]})


def test_the_list_names_who_saved_and_why_the_newest_first(pages: Pages, saves: Catalog) -> None:
    text = pages.get("/apis/spare/revisions").text
    assert text.index("why second words") < text.index("why first words")
    assert "bea" in text


def test_a_revision_shows_the_lines_that_it_changed(pages: Pages, saves: Catalog) -> None:
    text = pages.get("/apis/spare/revisions/2").text
    assert "is-added" in text
    assert "second words" in text
    assert "first words" in text


def test_a_restore_is_a_revision_of_its_own(pages: Pages, saves: Catalog) -> None:
    answer = pages.post("/apis/spare/revisions/1/restore", revision="2")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    api = pages.stage.store.definitions.api("spare")
    assert api
    assert (api.desc, pages.stage.store.definitions.revision(*SPARE)) == ("first words", 3)


def test_a_restore_over_a_newer_revision_than_was_seen_is_refused(pages: Pages, saves: Catalog) -> None:
    saves.save(spare("third words"))
    answer = pages.post("/apis/spare/revisions/1/restore", revision="2")
    assert (answer.status_code, "it is revision 3 now" in answer.text) == (HTTPStatus.CONFLICT, True)
    assert pages.stage.store.definitions.revision(*SPARE) == 3


def test_what_was_removed_comes_back_from_its_revisions(pages: Pages, saves: Catalog) -> None:
    assert pages.post("/apis/spare/remove", revision="2").status_code == HTTPStatus.SEE_OTHER
    assert pages.stage.store.definitions.api("spare") is None
    assert "It has been removed" in pages.get("/apis/spare/revisions").text
    pages.post("/apis/spare/revisions/2/restore", revision="0")
    assert pages.stage.store.definitions.api("spare")


def test_what_is_used_is_not_removed_and_its_users_are_named(pages: Pages, saves: Catalog) -> None:
    answer = pages.post("/apis/api1/remove", revision="1")
    assert (answer.status_code, "it is used by step step1" in answer.text) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert pages.stage.store.definitions.api("api1")


@pytest.mark.parametrize("path", ["/apis/nope/revisions", "/apis/spare/revisions/9", "/nope/spare/revisions"])
def test_what_never_was_is_not_found(pages: Pages, saves: Catalog, path: str) -> None:
    assert pages.get(path).status_code == HTTPStatus.NOT_FOUND
