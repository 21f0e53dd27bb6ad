"""What loading definitions leaves behind: who changed which, and from which version to which."""

from copy import deepcopy
from typing import Any

from engine.command import Catalog, read_documents
from engine.model import Event
from engine.store import Store
from tests.clock import TurnedClock


def load(store: Store, documents: dict[str, Any]) -> list[Event]:
    """The events there are afterwards."""
    Catalog(store, TurnedClock(), "ann").save(read_documents(documents))
    return store.history.events("definitions/all")


def test_a_load_tells_what_is_new_and_who_did_it(store: Store, seed: dict[str, Any]) -> None:
    (event,) = load(store, seed)
    assert (event.who, event.what, event.before["api/api1"]) == ("ann", "definitions saved", None)
    assert event.after.keys() == event.before.keys() >= {"api/api1", "step/step1", "system/systemid"}


def test_a_load_that_changes_nothing_tells_nothing(store: Store, seed: dict[str, Any]) -> None:
    load(store, seed)
    assert len(load(store, seed)) == 1


def test_a_change_is_told_with_both_versions(store: Store, seed: dict[str, Any]) -> None:
    (first,) = load(store, seed)
    changed = deepcopy(seed)
    changed["api"][0]["desc"] = "another"
    name = f"api/{changed['api'][0]['_id']}"
    load(store, changed)
    (event,) = [event for event in store.history.events("definitions/all") if event.id != first.id]
    assert (event.before, set(event.after)) == ({name: first.after[name]}, {name})
    assert event.after[name] != first.after[name]
