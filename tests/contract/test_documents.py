"""Definitions, plans and tasks: kept as they are, whatever JSON people and APIs put in them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from engine.model import Api, Definition, Step, System
from engine.store import Change, Store, TaskExists
from tests.clock import START
from tests.contract.builders import (
    MEGABYTE,
    TOO_LARGE,
    a_record,
    a_task,
    an_attempt,
    an_event,
    at_once,
    saved,
    stored,
    the_task,
)

ODD_KEYS = ["a.b", "$set", "", "$", ".", "a\0b", "a b", "ключ", "键", "__json__", "0", "-1", "constructor", "\ud800"]


def an_api(id_: str = "a", **fields: Any) -> Api:
    return Api.load({"_id": id_, "url": "http://x"} | fields)


@pytest.mark.parametrize(
    "value",
    [
        {"a.b": 1, "$set": {"": 2}},
        [2**80, -(2**70)],
        [2**63 - 1, -(2**63), 2**63, 2**31, 1.5, -0.0, 1e308],
        {"\ud800": "\udfff"},
        {"__json__": "{}"},
        [True, False, None, "", [], {}],
        {"$": {"x": []}},
        "\N{GRINNING FACE}\0\n中文",
    ],
)
def test_any_json_of_an_api_is_read_back_unchanged(store: Store, value: Any) -> None:
    saved(store, [an_api(result=value, note=value)])
    stored(store, a_task(args={"v": value}))
    api = store.definitions.api("a")
    assert api
    assert (api.result, api.to_json()["note"], the_task(store).args) == (value, value, {"v": value})


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_key_is_kept_by_a_new_task_and_by_a_change(store: Store, key: str) -> None:
    stored(store, a_task(args={key: {key: 1}}))
    assert the_task(store).args == {key: {key: 1}}
    store.tasks.apply([Change("t", 0, 0, {"args": {key: [{key: 2}]}})])
    assert the_task(store).args == {key: [{key: 2}]}


def test_json_keeps_the_order_of_its_keys(store: Store) -> None:
    stored(store, a_task(args={"z": 1, "a": {"y": 1, "b": 2}, "_id": 3, "m": 4}))
    args = the_task(store).args
    assert [*args, *args["a"]] == ["z", "a", "_id", "m", "y", "b"]


def test_json_of_a_hundred_levels_is_kept(store: Store) -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = {"a": [deep]}
    stored(store, a_task(args={"v": deep}))
    assert the_task(store).args == {"v": deep}


def test_times_are_kept_to_the_millisecond_and_come_back_aware_in_utc(store: Store) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 987_654, tzinfo=timezone(timedelta(hours=8)))
    stored(store, a_task(created_at=moment, deadline=datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)))
    task = the_task(store)
    assert task.created_at == datetime(2026, 3, 28, 18, 30, 0, 987_000, tzinfo=UTC)
    assert task.deadline == datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert task.created_at.tzinfo is UTC or task.created_at.utcoffset() == timedelta(0)


def test_what_is_not_there_is_none(store: Store) -> None:
    definitions = store.definitions
    assert (definitions.api("a"), definitions.step("a"), definitions.system("a"), definitions.plan("h")) == (None,) * 4
    assert (store.tasks.get("t"), store.tasks.head("t")) == (None, None)
    assert (store.tasks.many(["t"]), list(store.tasks.all()), definitions.apis()) == ([], [], {})


# -- definitions and plans ---------------------------------------------------------------------------


def test_each_kind_of_definition_is_kept_apart_under_the_same_id(store: Store) -> None:
    api, step, system = an_api(), Step.load({"_id": "a"}), System.load({"_id": "a", "step": []})
    saved(store, [api, step, system])
    assert (store.definitions.api("a"), store.definitions.step("a"), store.definitions.system("a")) == (
        api,
        step,
        system,
    )
    assert (store.definitions.apis(), store.definitions.steps(), store.definitions.systems()) == (
        {"a": api},
        {"a": step},
        {"a": system},
    )


def test_a_definition_that_is_saved_again_takes_the_place_of_the_old(store: Store) -> None:
    saved(store, [an_api(note="goes"), an_api("b")])
    saved(store, [an_api(url="http://y")])
    assert store.definitions.apis() == {"a": an_api(url="http://y"), "b": an_api("b")}


def test_what_is_marked_debug_is_sample_data_and_nothing_else_is(store: Store) -> None:
    saved(store, [an_api(debug=True), an_api("b"), an_api("c", debug=False), Step.load({"_id": "s"})])
    assert store.definitions.marked_debug() == (("api", "a"),)


def test_a_plan_stays_as_it_was_first_kept(store: Store) -> None:
    def of(url: str) -> Definition:
        return Definition(system=System.load({"_id": "a", "step": []}), steps={}, apis={"a": an_api(url=url)})

    store.definitions.keep_plan("hash", of("http://first"))
    another = Store(store.db)
    another.definitions.keep_plan("hash", of("http://second"))
    assert Store(store.db).definitions.plan("hash") == of("http://first")


def test_a_plan_may_be_kept_by_many_at_once(store: Store) -> None:
    definition = Definition(system=System.load({"_id": "a", "step": []}), steps={}, apis={})
    at_once([lambda: Store(store.db).definitions.keep_plan("hash", definition)] * 10)
    assert Store(store.db).definitions.plan("hash") == definition


# -- tasks -------------------------------------------------------------------------------------------


def test_a_second_task_of_the_same_id_is_refused(store: Store) -> None:
    stored(store, a_task(name="first"))
    with pytest.raises(TaskExists, match="choose another id"):
        store.tasks.create(a_task(name="second"))
    assert the_task(store).name == "first"


def test_of_many_that_create_a_task_of_one_id_at_once_one_succeeds(store: Store) -> None:
    def create() -> bool:
        try:
            store.tasks.create(a_task())
        except TaskExists:
            return False
        return True

    assert sum(at_once([create] * 20)) == 1


def test_ids_are_told_apart_by_case(store: Store) -> None:
    stored(store, a_task("T", name="upper"), a_task("t", name="lower"))
    assert (the_task(store, "T").name, the_task(store, "t").name) == ("upper", "lower")


def test_removing_a_task_takes_its_history_and_journal_and_leaves_its_neighbour_s(store: Store) -> None:
    for id_ in ("t", "t2"):
        stored(store, a_task(id_))
        store.history.add_attempts([an_attempt(1, id=f"{id_}/1/1", task=id_)])
        store.history.add_events([an_event(1, id=f"{id_}e", task=id_)])
        store.journal.append([a_record(1, id_)])
    assert store.remove_task("t")
    assert not store.remove_task("t")
    assert (store.tasks.get("t"), store.history.attempts("t", "s", "l"), store.history.events("t")) == (None, [], [])
    assert store.journal.leftovers(START) == {"t2": ["t2/1/1"]}
    assert (len(store.history.attempts("t2", "s", "l")), len(store.history.events("t2"))) == (1, 1)


# -- size --------------------------------------------------------------------------------------------


def test_a_task_of_two_megabytes_is_read_back_and_changed(store: Store) -> None:
    text = "中" * (2 * MEGABYTE // 3)
    stored(store, a_task(args={"text": text}))
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "changed"})]) == set()
    task = the_task(store)
    assert (task.process_msg, task.args["text"] == text) == ("changed", True)


def test_a_document_may_be_as_large_as_sixteen_megabytes(store: Store) -> None:
    stored(store, a_task(args={"text": "x" * (16 * MEGABYTE - 20_000)}))
    assert len(the_task(store).args["text"]) == 16 * MEGABYTE - 20_000


def test_a_new_task_over_sixteen_megabytes_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(TOO_LARGE, match=r"(?i)too large|larger than"):
        store.tasks.create(a_task(args={"text": "x" * 17 * MEGABYTE}))
    assert store.tasks.get("t") is None


def test_a_task_that_a_change_would_make_too_large_stays_as_it_is(store: Store) -> None:
    stored(store, a_task(args={"text": "x" * 9 * MEGABYTE}))
    with pytest.raises(TOO_LARGE, match=r"(?i)too large|larger than"):
        store.tasks.apply([Change("t", 0, 0, {"process_msg": "y" * 9 * MEGABYTE})])
    assert (the_task(store).rev, the_task(store).process_msg) == (0, "")


def test_many_large_tasks_are_listed_over_several_replies(store: Store) -> None:
    stored(store, *(a_task(f"t{n}", created_at=START, args={"text": "x" * 3 * MEGABYTE}) for n in range(8)))
    assert sorted(task.id for task in store.tasks.newest(START + timedelta(minutes=1))) == [f"t{n}" for n in range(8)]
