"""What the store asks of a database, one operation each: where a server falls short, the test that fails names it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from engine.store import Store
from tests.clock import START
from tests.contract.builders import at_once

Documents = Collection[dict[str, Any]]


@pytest.fixture
def some(store: Store) -> Iterator[Documents]:
    """An empty collection."""
    yield store.db.some
    store.db.some.drop()


def found(cursor: Any) -> list[Any]:
    return [raw["_id"] for raw in cursor]


def of_every_type(moment: datetime) -> dict[str, Any]:
    return {
        "null": None,
        "false": False,
        "number": 5,
        "text": "2026",
        "empty": "",
        "list": [],
        "dict": {"a": 1},
        "id": ObjectId(),
        "date": moment,
    }


# -- finding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("indexed", [True, False])
def test_a_range_of_dates_matches_dates_alone(some: Documents, indexed: bool) -> None:
    if indexed:
        some.create_index("at")
    some.insert_many([{"_id": kind, "at": value} for kind, value in of_every_type(START).items()])
    some.insert_one({"_id": "absent"})
    far = timedelta(days=100_000)
    assert found(some.find({"at": {"$lte": START}})) == ["date"]
    assert found(some.find({"at": {"$lt": START + far}})) == ["date"]
    assert found(some.find({"at": {"$gt": START - far, "$lte": START + far}})) == ["date"]
    assert found(some.find({"at": {"$gt": START}})) == []


@pytest.mark.parametrize("indexed", [True, False])
def test_greater_than_no_text_matches_text_alone(some: Documents, indexed: bool) -> None:
    if indexed:
        some.create_index("owner")
    some.insert_many([{"_id": kind, "owner": value} for kind, value in of_every_type(START).items()])
    some.insert_one({"_id": "absent"})
    assert found(some.find({"owner": {"$gt": ""}})) == ["text"]


@pytest.mark.parametrize("indexed", [True, False])
def test_a_sorted_range_gives_its_first_or_its_last(some: Documents, indexed: bool) -> None:
    if indexed:
        some.create_index("at")
    some.insert_many([{"_id": n, "at": START + timedelta(seconds=n * 7 % 100)} for n in range(100)])
    seconds = {n: n * 7 % 100 for n in range(100)}
    range_ = {"at": {"$gt": START + timedelta(seconds=10), "$lte": START + timedelta(seconds=90)}}
    assert [seconds[n] for n in found(some.find(range_).sort("at", 1).limit(3))] == [11, 12, 13]
    assert [seconds[n] for n in found(some.find(range_).sort("at", -1).limit(3))] == [90, 89, 88]


def test_a_sorted_range_beside_an_equality_is_of_the_equal_alone(some: Documents) -> None:
    some.create_index([("status", ASCENDING), ("at", ASCENDING)])
    some.insert_many([{"_id": n, "status": "AB"[n % 2], "at": START + timedelta(seconds=n)} for n in range(20)])
    query = {"status": "A", "at": {"$gt": START + timedelta(seconds=3)}}
    assert found(some.find(query).sort("at", -1).limit(3)) == [18, 16, 14]


def test_a_thousand_ids_are_found_at_once(some: Documents) -> None:
    some.insert_many([{"_id": f"a{n}"} for n in range(1_500)])
    wanted = {f"a{n}" for n in range(0, 2_000, 2)}
    assert set(found(some.find({"_id": {"$in": list(wanted)}}))) == {f"a{n}" for n in range(0, 1_500, 2)}
    assert found(some.find({"_id": {"$in": []}})) == []


def test_a_projection_gives_the_id_and_what_it_names(some: Documents) -> None:
    some.insert_one({"_id": 1, "a": {"b": 1, "c": 2}, "d": 3, "e": None})
    assert some.find_one({}, {"a": 1, "e": 1, "nope": 1}) == {"_id": 1, "a": {"b": 1, "c": 2}, "e": None}
    assert list(some.find({}, {"_id": 1})) == [{"_id": 1}]


def test_documents_are_counted(some: Documents) -> None:
    some.insert_many([{"_id": n, "status": "AB"[n % 2]} for n in range(9)])
    assert (some.count_documents({"status": "A"}), some.count_documents({"status": "C"})) == (5, 0)
    assert some.estimated_document_count() == 9


def test_a_whole_collection_is_read_over_many_replies(some: Documents) -> None:
    some.insert_many([{"_id": n, "text": "x" * 20_000} for n in range(2_000)])
    assert len(set(found(some.find()))) == 2_000


# -- writing -----------------------------------------------------------------------------------------


def test_an_id_is_taken_once(some: Documents) -> None:
    some.insert_one({"_id": "a", "n": 1})
    with pytest.raises(DuplicateKeyError) as refused:
        some.insert_one({"_id": "a", "n": 2})
    assert refused.value.code == 11000
    assert some.find_one({"_id": "a"}) == {"_id": "a", "n": 1}


def test_of_many_inserted_at_once_those_whose_id_is_taken_are_named_and_the_others_kept(some: Documents) -> None:
    some.insert_many([{"_id": n, "first": True} for n in (1, 3)])
    with pytest.raises(BulkWriteError) as refused:
        some.insert_many([{"_id": n} for n in (0, 1, 2, 3, 4, 4)], ordered=False)
    errors = refused.value.details["writeErrors"]
    assert [(error["index"], error["code"]) for error in errors] == [(1, 11000), (3, 11000), (5, 11000)]
    assert refused.value.details["nInserted"] == 3
    assert sorted(found(some.find())) == [0, 1, 2, 3, 4]
    assert some.count_documents({"first": True}) == 2


def test_updates_of_one_group_are_counted_by_what_their_filters_match(some: Documents) -> None:
    some.insert_many([{"_id": n, "rev": 0} for n in range(5)])
    updates = [UpdateOne({"_id": n, "rev": rev}, {"$set": {"rev": 0}}) for n, rev in ((0, 0), (1, 1), (2, 0), (9, 0))]
    result = some.bulk_write(updates, ordered=False)
    assert (result.matched_count, result.modified_count, result.upserted_count) == (2, 0, 0)


def test_the_second_of_two_updates_of_one_group_sees_the_first(some: Documents) -> None:
    some.insert_one({"_id": 1, "rev": 0})
    updates = [UpdateOne({"_id": 1, "rev": 0}, {"$set": {"rev": 1, "by": who}}) for who in "ab"]
    assert some.bulk_write(updates).matched_count == 1
    assert some.find_one() == {"_id": 1, "rev": 1, "by": "a"}


def test_one_update_may_set_and_count_up(some: Documents) -> None:
    some.insert_one({"_id": 1, "epoch": 4, "owner": None})
    some.update_one({"_id": 1}, {"$set": {"owner": "w", "wake_at": None}, "$inc": {"epoch": 1, "rev": 1}})
    assert some.find_one() == {"_id": 1, "epoch": 5, "owner": "w", "wake_at": None, "rev": 1}


def test_of_many_who_compare_and_set_at_once_one_wins_each_round(some: Documents) -> None:
    some.insert_one({"_id": 1, "rev": 0})

    def take(rev: int) -> int:
        return some.update_one({"_id": 1, "rev": rev}, {"$set": {"rev": rev + 1}}).matched_count

    assert [sum(at_once([lambda rev=rev: take(rev)] * 20)) for rev in range(10)] == [1] * 10  # type: ignore[misc]


def test_an_upsert_that_sets_on_insert_leaves_what_is_there(some: Documents) -> None:
    for text in ("first", "second"):
        some.update_one({"_id": "h"}, {"$setOnInsert": {"text": text, "deep": {"a": [1]}}}, upsert=True)
    assert list(some.find()) == [{"_id": "h", "text": "first", "deep": {"a": [1]}}]


def test_a_replacement_leaves_nothing_of_the_old_and_is_made_where_there_is_none(some: Documents) -> None:
    some.insert_one({"_id": 1, "old": 1})
    some.bulk_write([ReplaceOne({"_id": n}, {"_id": n, "new": n}, upsert=True) for n in (1, 2)], ordered=False)
    assert sorted(some.find(), key=lambda raw: raw["_id"]) == [{"_id": 1, "new": 1}, {"_id": 2, "new": 2}]


def test_a_path_reaches_into_dicts_and_makes_them(some: Documents) -> None:
    some.insert_one({"_id": 1, "a": {"b": {"0": "zero"}, "kept": True}})
    some.update_one({"_id": 1}, {"$set": {"a.b.1": "one", "a.c.d": [1], "e.f.g": {"h": None}}})
    expected = {"b": {"0": "zero", "1": "one"}, "kept": True, "c": {"d": [1]}}
    assert some.find_one() == {"_id": 1, "a": expected, "e": {"f": {"g": {"h": None}}}}


def test_a_removal_takes_what_its_filter_matches_and_tells_how_many(some: Documents) -> None:
    some.create_index([("task", ASCENDING), ("kept", ASCENDING), ("seq", ASCENDING)])
    some.insert_many([{"_id": n, "task": "t", "kept": n == 2, "seq": n} for n in range(10)])
    some.insert_one({"_id": "other", "task": "t2", "kept": False, "seq": 1})
    assert some.delete_many({"task": "t", "kept": False, "seq": {"$lte": 5}}).deleted_count == 5
    assert some.delete_many({"_id": {"$in": [6, 7, "nope"]}}).deleted_count == 2
    assert (some.delete_one({"_id": 8}).deleted_count, some.delete_one({"_id": 8}).deleted_count) == (1, 0)
    assert set(found(some.find())) == {2, 9, "other"}


def test_an_update_moves_a_document_in_every_index_it_is_in(some: Documents) -> None:
    some.create_indexes([IndexModel([("wake_at", ASCENDING)]), IndexModel([("owner", ASCENDING)])])
    some.insert_many([{"_id": n, "wake_at": START, "owner": None} for n in range(5)])
    some.update_one({"_id": 3}, {"$set": {"wake_at": None, "owner": "w"}})
    assert sorted(found(some.find({"wake_at": {"$lte": START}}))) == [0, 1, 2, 4]
    assert found(some.find({"owner": {"$gt": ""}})) == found(some.find({"owner": "w"})) == [3]
    some.update_one({"_id": 3}, {"$set": {"wake_at": START, "owner": None}})
    assert (len(found(some.find({"wake_at": {"$lte": START}}))), found(some.find({"owner": "w"}))) == (5, [])
