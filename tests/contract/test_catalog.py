"""The catalog: what is saved is sound together with all that uses it, and nobody saves over somebody else's work."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from engine.command import Catalog, ChangedMeanwhile, Loaded, read_documents
from engine.model import KINDS, DefinitionName, Invalid
from engine.store import Changes, Store
from tests.clock import TurnedClock
from tests.contract.builders import an_event, saved


@pytest.fixture
def catalog(store: Store, seed: dict[str, Any]) -> Catalog:
    """With the seed's definitions in it."""
    catalog = Catalog(store, TurnedClock(), "ann")
    catalog.save(definitions(seed))
    return catalog


def definitions(seed: dict[str, Any], **kinds: Any) -> Loaded:
    return read_documents({kind: kinds.get(kind, seed[kind]) for kind in ("api", "step", "system")})


def changed(seed: dict[str, Any], kind: str, id_: str, **fields: Any) -> Loaded:
    """One of its documents alone, with other fields."""
    (document,) = [one for one in seed[kind] if one["_id"] == id_]
    return read_documents({kind: [deepcopy(document) | fields]})


def test_what_was_saved_meanwhile_is_not_overwritten(catalog: Catalog, store: Store, seed) -> None:
    catalog.save(changed(seed, "api", "api1", desc="theirs"), base={("api", "api1"): 1})
    with pytest.raises(ChangedMeanwhile, match="it is revision 2 now, and revision 1 was edited"):
        catalog.save(changed(seed, "api", "api1", desc="mine"), base={("api", "api1"): 1})
    api = store.definitions.api("api1")
    assert api
    assert api.desc == "theirs"


def test_a_new_definition_does_not_take_the_place_of_one_of_its_id(catalog: Catalog, seed) -> None:
    with pytest.raises(ChangedMeanwhile, match="the id api1 is another api's already"):
        catalog.save(changed(seed, "api", "api1", desc="mine"), base={("api", "api1"): 0})


def test_a_step_whose_change_breaks_a_system_is_refused_with_that_system_s_problems(catalog, store, seed) -> None:
    (step2,) = [deepcopy(one) for one in seed["step"] if one["_id"] == "step2"]
    step2["checklink"][0]["api"]["val"]["args"] = {"name": "$$step1.name"}
    catalog.save(read_documents({"step": [step2]}))
    with pytest.raises(Invalid) as refused:
        catalog.save(changed(seed, "step", "step1", response={}))
    assert ["step1" in problem.message for problem in refused.value.problems] == [True]
    assert store.definitions.revision("step", "step1") == 1


def test_a_step_in_no_system_must_be_sound_too(catalog: Catalog) -> None:
    link = {"_id": "l", "api": {"op": "API", "val": {"_id": "api99"}}}
    problems = catalog.problems(read_documents({"step": [{"_id": "lonely", "checklink": [link]}]}))
    assert [problem.path for problem in problems] == ["step.lonely.checklink.l.api"]


def test_what_is_used_cannot_be_removed_and_the_refusal_names_its_users(catalog: Catalog, store: Store) -> None:
    with pytest.raises(Invalid) as refused:
        catalog.save(Loaded(), removed=[("api", "api2"), ("step", "step3")])
    assert [str(problem) for problem in refused.value.problems] == [
        "api.api2: it is used by step step2 (take it out of there first)",
        "step.step3: it is used by system systemid (take it out of there first)",
    ]
    assert store.definitions.api("api2")


def test_what_is_used_only_by_what_goes_with_it_can_be_removed(catalog: Catalog, store: Store, seed) -> None:
    names: list[DefinitionName] = [(kind, one["_id"]) for kind in KINDS for one in seed[kind]]
    catalog.save(Loaded(), removed=names)
    assert store.definitions.numbers() == {}


def test_a_system_that_was_unsound_before_does_not_keep_others_from_being_saved(catalog, store, seed) -> None:
    broken = read_documents({"system": [{"_id": "broken", "step": [{"_id": "nowhere"}]}]})
    saved(store, broken.definitions)
    catalog.save(changed(seed, "api", "api1", desc="another"))
    assert store.definitions.revision("api", "api1") == 2


def test_who_judged_by_what_was_overtaken_judges_again(catalog: Catalog, store: Store, seed, monkeypatch) -> None:
    """Between the proof of a step and its save, somebody takes away the api that it calls."""
    prove = Catalog.problems
    gone: Iterator[DefinitionName] = iter([("api", "spare")])
    saved(store, read_documents({"api": [{"_id": "spare", "url": "http://x"}]}).definitions)
    link = {"_id": "l", "api": {"op": "API", "val": {"_id": "spare"}}}
    step = read_documents({"step": [{"_id": "s", "checklink": [link]}]})

    def overtaken(self: Catalog, *asked: Any) -> Any:
        found = prove(self, *asked)
        for name in gone:
            store.definitions.save(Changes(removed=(name,)), an_event(9))
        return found

    monkeypatch.setattr(Catalog, "problems", overtaken)
    with pytest.raises(Invalid, match="api"):
        catalog.save(step)
    assert store.definitions.step("s") is None
