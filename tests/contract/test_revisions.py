"""Saves of definitions: many at one stroke, each kept as a revision, whoever is killed in between."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from engine.model import Api, Save, Step
from engine.store import Changes, Overtaken, SaveTooLarge, Store
from engine.store.definitions import Definitions
from tests.contract.builders import MEGABYTE, an_event, at_once, saved


def an_api(id_: str = "a", **fields: Any) -> Api:
    return Api.load({"_id": id_, "url": "http://x"} | fields)


def cut_off(store: Store, monkeypatch: pytest.MonkeyPatch, documents: list[Any]) -> None:
    """A save whose process is killed right behind the write that makes it count."""
    with monkeypatch.context() as patch:
        patch.setattr(Definitions, "_carry_out", lambda *_: None)
        saved(store, documents)


def test_each_save_that_changes_something_is_a_revision_with_who_and_why(store: Store) -> None:
    saved(store, [an_api()], note="first")
    saved(store, [an_api(url="http://y"), an_api("b")], note="moved")
    newest, first = store.definitions.revisions("api", "a")
    assert [(one.number, one.who, one.note) for one in (newest, first)] == [(2, "ann", "moved"), (1, "ann", "first")]
    assert (newest.document, first.document) == (an_api(url="http://y").to_document(), an_api().to_document())
    assert store.definitions.numbers() == {("api", "a"): 2, ("api", "b"): 1}


def test_a_save_that_changes_nothing_leaves_nothing(store: Store) -> None:
    saved(store, [an_api()])
    assert saved(store, [an_api()]) == []
    assert (store.definitions.version(), store.definitions.revision("api", "a")) == (1, 1)
    assert len(store.history.events("t")) == 1


def test_true_in_place_of_1_is_a_change(store: Store) -> None:
    saved(store, [an_api(result={"old": 1})])
    assert len(saved(store, [an_api(result={"old": True})])) == 1


def test_what_is_removed_keeps_its_revisions_and_counts_on_when_it_comes_back(store: Store) -> None:
    saved(store, [an_api()])
    store.definitions.save(Changes(removed=(("api", "a"),)), an_event(1))
    assert (store.definitions.api("a"), store.definitions.revision("api", "a")) == (None, 0)
    saved(store, [an_api()])
    assert [one.number for one in store.definitions.revisions("api", "a")] == [3, 2, 1]
    assert [one.document is None for one in store.definitions.revisions("api", "a")] == [False, True, False]


def test_the_event_tells_which_revision_came_after_which(store: Store) -> None:
    saved(store, [an_api()])
    saved(store, [an_api(url="http://y"), Step.load({"_id": "s"})])
    last = store.history.events("t")[-1]
    assert (last.id, last.before, last.after) == ("t/2", {"api/a": 1, "step/s": None}, {"api/a": 2, "step/s": 1})


def test_a_save_that_was_cut_off_is_carried_through_whole_at_the_next_start(store: Store, monkeypatch) -> None:
    cut_off(store, monkeypatch, [an_api(), Step.load({"_id": "s"})])
    assert store.definitions.apis() == {}
    store.prepare()
    assert (list(store.definitions.apis()), list(store.definitions.steps())) == (["a"], ["s"])
    assert len(store.definitions.revisions("api", "a")) == len(store.history.events("t")) == 1


def test_a_save_that_was_cut_off_is_carried_through_before_the_next_one(store: Store, monkeypatch) -> None:
    cut_off(store, monkeypatch, [an_api(note="cut off")])
    saved(store, [an_api(note="next")])
    assert [one.number for one in store.definitions.revisions("api", "a")] == [2, 1]
    assert store.definitions.api("a") == an_api(note="next")


def test_who_wakes_late_does_not_put_an_old_revision_over_a_newer_one(store: Store, monkeypatch) -> None:
    cut_off(store, monkeypatch, [an_api(note="old")])
    late = [Save.model_validate(raw) for raw in store.db.save.find({"done": False})]
    saved(store, [an_api(note="new")])
    store.definitions._carry_out(late[0])
    assert store.definitions.api("a") == an_api(note="new")


def test_a_judgement_made_before_another_save_does_not_count(store: Store) -> None:
    version = store.definitions.version()
    saved(store, [an_api()])
    with pytest.raises(Overtaken):
        saved(store, [an_api("b")], after=version)
    assert list(store.definitions.apis()) == ["a"]


def test_saves_at_once_are_numbered_and_none_is_lost(store: Store) -> None:
    at_once([partial(saved, store, [an_api(f"a{n}")]) for n in range(6)])
    assert len(store.definitions.apis()) == store.definitions.version() == 6


def test_what_one_save_cannot_hold_is_refused_whole(store: Store) -> None:
    big = [an_api(f"a{n}", result="x" * 9 * MEGABYTE) for n in range(2)]
    with pytest.raises(SaveTooLarge, match="in several parts"):
        saved(store, big)
    assert store.definitions.apis() == {}


def test_a_definition_from_before_revisions_is_the_first_of_them(store: Store) -> None:
    store.db.api.insert_one({"_id": "a", "url": "http://x"})
    assert store.definitions.revision("api", "a") == 1
    saved(store, [an_api(url="http://y")])
    assert (store.definitions.revision("api", "a"), store.definitions.api("a")) == (2, an_api(url="http://y"))


def test_the_revision_of_a_content_is_found_again(store: Store) -> None:
    saved(store, [an_api()])
    saved(store, [an_api(url="http://y")])
    assert store.definitions.revision_of(an_api()) == 1
    assert store.definitions.revision_of(an_api(url="http://z")) is None
