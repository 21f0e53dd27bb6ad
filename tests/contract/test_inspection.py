"""The look at a database when the store is opened: a sound one passes, each fault is found, nothing is left behind."""

from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, OperationFailure

from engine.store import Store, counts, inspect, portray
from engine.store.inspection import SCRATCH
from engine.store.schema import INDEXES
from tests.contract.builders import a_task, at_once, stored


def refused(store: Store) -> list[str]:
    return [finding.what for finding in inspect(store.db) if finding.severity == "refuse"]


def test_this_server_is_good_enough(store: Store) -> None:
    assert refused(store) == []


def test_the_look_leaves_nothing_behind_however_many_take_it_at_once(store: Store) -> None:
    assert at_once([lambda: refused(store)] * 10) == [[]] * 10
    assert store.db[SCRATCH].count_documents({}) == 0


def test_the_scratch_collection_is_in_no_backup(store: Store) -> None:
    inspect(store.db)
    assert list(store.dump()) == []
    assert store.restore([]) == 0


@pytest.mark.parametrize(
    ("operation", "answers", "what"),
    [
        ("create_index", None, "made no index"),
        ("insert_many", None, "did not refuse a second document of the same id"),
        ("bulk_write", type("Result", (), {"matched_count": 2}), "applied a change to a revision that was no longer"),
        ("update_many", None, "changed a document although the update's own condition said no"),
        ("insert_many", BulkWriteError({"writeErrors": [{"code": 11000}], "nInserted": 1}), "did not refuse a second"),
        ("insert_many", BulkWriteError({"writeErrors": [{"code": 1}], "nInserted": 2}), "did not refuse a second"),
        ("insert_many", OperationFailure("not master", 10107), r"does not let us write (not master)"),
    ],
)
def test_a_server_that_does_not_do_what_the_store_relies_on_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, operation: str, answers: Any, what: str
) -> None:
    def faulty(*_: Any, **__: Any) -> Any:
        if isinstance(answers, Exception):
            raise answers
        return answers

    monkeypatch.setattr(Collection, operation, faulty)
    (found,) = refused(store)
    assert what in found


def test_a_portrait_names_server_and_database_and_no_password(store: Store, mongo_uri: str) -> None:
    portrait = portray(store.db)
    secrets = mongo_uri.partition("//")[2].partition("@")[0].split(":") if "@" in mongo_uri else []
    assert portrait.version
    assert portrait.address.endswith(f"/{store.db.name}")
    assert not [secret for secret in secrets if secret in f"{portrait}"]


def test_every_collection_is_counted(store: Store) -> None:
    stored(store, a_task("a"), a_task("b"))
    assert counts(store.db).keys() == INDEXES.keys()
    assert counts(store.db)["task"] == 2
