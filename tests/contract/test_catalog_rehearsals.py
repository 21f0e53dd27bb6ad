"""Rehearsals that are kept with a system run whenever it, or what it uses, is saved."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from engine.command import Catalog, Code, Loaded, read_documents
from engine.model import Invalid, System
from engine.store import Store
from tests.clock import TurnedClock

KINDS = ("api", "step", "system")
TEST = {
    "name": "grades",
    "args": {"name": "a"},
    "answers": {"api2": [{"answer": {"age": 7}}], "api3": [{"answer": {"sex": "f"}}]},
    "expect": {"status": "DONE", "step4.grade": "xxx", "step3.isold": True},
}
OTHER = {"_id": "other", "url": "http://127.0.0.1:9999/other", "result": {}}


@pytest.fixture
def catalog(store: Store, seed: dict[str, Any]) -> Catalog:
    """With the seed's definitions, and a test."""
    catalog = Catalog(store, TurnedClock(), "ann")
    catalog.save(with_a_test(seed))
    return catalog


def with_a_test(seed: dict[str, Any], **test: Any) -> Loaded:
    documents = deepcopy({kind: seed[kind] for kind in KINDS})
    documents["system"][0]["rehearsals"] = [TEST | test]
    return read_documents(documents)


def changed(seed: dict[str, Any], kind: str, id_: str, **fields: Any) -> Loaded:
    (document,) = [one for one in seed[kind] if one["_id"] == id_]
    return read_documents({kind: [deepcopy(document) | fields]})


def refused(catalog: Catalog, loaded: Loaded) -> list[str]:
    with pytest.raises(Invalid) as caught:
        catalog.save(loaded)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_an_api_whose_answer_breaks_a_test_is_not_saved(catalog: Catalog, store: Store, seed) -> None:
    told = refused(catalog, changed(seed, "api", "api5", result={"grade": "B"}))
    assert told == ['system.systemid.rehearsals.grades.expect.step4.grade: expected "xxx", got "B"']
    api = store.definitions.api("api5")
    assert api
    assert api.result == {"grade": "xxx"}


def test_a_step_that_breaks_a_test_is_not_saved(catalog: Catalog, seed) -> None:
    response = {"isold": {"fromapi": "api4", "key": "not result.isold"}}
    told = refused(catalog, changed(seed, "step", "step3", response=response))
    assert told == ["system.systemid.rehearsals.grades.expect.step3.isold: expected true, got false"]


def test_a_change_that_keeps_the_tests_is_saved(catalog: Catalog, store: Store, seed) -> None:
    catalog.save(changed(seed, "api", "api5", result={"grade": "xxx", "more": 1}))
    assert store.definitions.revision("api", "api5") == 2


def test_what_no_tested_system_uses_is_saved_without_a_run(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.rehearse.kept.rehearse", lambda *_: pytest.fail("a rehearsal ran"))
    catalog.save(read_documents({"api": [OTHER]}))


def test_a_test_that_names_what_is_gone_is_told(catalog: Catalog, seed) -> None:
    (told,) = refused(catalog, with_a_test(seed, expect={"step4.rank": 1}))
    assert told == "system.systemid.rehearsals.grades.expect.step4.rank: step4 never produces rank"


def test_a_file_is_checked_with_the_tests_that_are_in_it(seed) -> None:
    assert Catalog.check(with_a_test(seed)) == 1
    with pytest.raises(Invalid, match="expected 1"):
        Catalog.check(with_a_test(seed, expect={"step4.grade": 1}))


@pytest.mark.usefixtures("catalog")
def test_a_test_goes_where_its_system_goes(store: Store) -> None:
    system = Code(store).documents()["system", "systemid"]
    assert System.load(system.to_json()).rehearsals[0].expect == TEST["expect"]
