"""The journal of a held task: a number is taken once, a sealed journal takes no more, a replay is exact."""

from datetime import timedelta
from functools import partial

import pytest

from engine.model import EdgeRefused, TaskStatus
from engine.store import Change, Move, Record, Store, Trail
from tests.clock import START
from tests.contract.builders import (
    MEGABYTE,
    TOO_LARGE,
    a_record,
    a_task,
    an_attempt,
    an_event,
    at_once,
    bury,
    held_by,
    stored,
    the_task,
)


def numbers(store: Store, task: str = "t", epoch: int = 1) -> list[int]:
    return [record["n"] for record in store.journal.seal(task, epoch, 0, START)]


def test_a_number_of_the_journal_is_taken_once(store: Store) -> None:
    assert store.journal.append([a_record(1)]) == set()
    assert store.journal.append([a_record(1)]) == {"t"}


def test_of_twenty_records_of_one_number_one_is_taken(store: Store) -> None:
    refused = at_once([lambda: store.journal.append([a_record(1)])] * 20)
    assert sorted(map(len, refused)) == [0] + [1] * 19


def test_in_a_group_the_task_whose_number_was_taken_alone_is_refused(store: Store) -> None:
    store.journal.append([a_record(1, "b")])
    assert store.journal.append([a_record(1, task) for task in "abcd"]) == {"b"}
    assert {task: numbers(store, task) for task in "abcd"} == {task: [1] for task in "abcd"}


def test_a_record_whose_reply_was_lost_counts_when_it_is_sent_again(store: Store) -> None:
    record = a_record(1)
    store.journal.append([record])
    assert store.journal.append([record, a_record(1, "other")]) == set()


def test_no_records_are_no_work(store: Store) -> None:
    assert store.journal.append([]) == set()
    store.journal.forget([])


def test_a_record_of_a_status_edge_outside_the_table_is_refused(store: Store) -> None:
    with pytest.raises(EdgeRefused, match="cannot go from DONE to PAUSED"):
        store.journal.append([Record("t", 1, 1, moves=(Move("status", TaskStatus.DONE, TaskStatus.PAUSED),))])


def test_a_record_over_sixteen_megabytes_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(TOO_LARGE, match=r"(?i)too large|larger than"):
        store.journal.append([a_record(1, args={"text": "x" * 17 * MEGABYTE})])
    assert store.journal.leftovers(START) == {}


def test_nothing_is_appended_to_a_sealed_journal(store: Store) -> None:
    store.journal.append([a_record(1)])
    assert numbers(store) == [1]
    assert store.journal.append([a_record(2)]) == {"t"}
    assert numbers(store) == [1]


def test_an_empty_journal_is_sealed_too(store: Store) -> None:
    assert numbers(store) == []
    assert store.journal.append([a_record(1)]) == {"t"}


def test_a_seal_is_of_one_task_and_one_epoch(store: Store) -> None:
    assert numbers(store) == []
    assert store.journal.append([Record("t", 2, 1), a_record(1, "t2")]) == set()


def test_many_who_seal_at_once_see_the_same_records(store: Store) -> None:
    store.journal.append([a_record(1), a_record(2)])
    assert at_once([lambda: numbers(store)] * 10) == [[1, 2]] * 10


def test_a_record_is_either_before_the_seal_or_refused(store: Store) -> None:
    for number in range(20):
        task = f"t{number}"
        append, seal = partial(store.journal.append, [a_record(1, task)]), partial(numbers, store, task)
        assert at_once([append, seal]) in [[set(), [1]], [{task}, []]]


def test_a_seal_stands_behind_what_was_saved_and_forgotten(store: Store) -> None:
    """A worker that was lost goes on with its next number, whether the ones before it are there or not."""
    store.journal.append([a_record(1), a_record(2)])
    store.journal.forget(["t/1/1", "t/1/2"])
    store.journal.seal("t", 1, 2, START)
    assert store.journal.append([a_record(3)]) == {"t"}


def test_a_seal_outlives_tidying_by_a_week(store: Store) -> None:
    """Whoever was lost may wake up after all has been tidied."""
    store.journal.seal("t", 1, 0, START)
    store.leases.tidy_journal(START + timedelta(days=6))
    assert store.journal.append([a_record(1)]) == {"t"}
    store.leases.tidy_journal(START + timedelta(days=8))
    assert store.journal.leftovers(START) == {}


def test_records_are_replayed_in_the_order_of_their_numbers(store: Store) -> None:
    stored(store, a_task())
    held_by(store, "w1")
    for start in range(1, 13, 4):
        store.journal.append([a_record(n) for n in reversed(range(start, start + 4))])
    assert (the_task(store).process_msg, the_task(store).saved) == ("12", 12)


def test_the_journal_of_a_lost_worker_is_written_into_the_task_and_its_trail_into_the_history(store: Store) -> None:
    stored(store, a_task())
    held_by(store, "w1")
    trail = Trail.of([an_attempt(1)], [an_event(1)])
    store.journal.append([a_record(1), Record("t", 1, 2, {"process_msg": "2", "args": {"a.b": "$x"}}, trail=trail)])
    bury(store, "w1")
    task = the_task(store)
    assert (task.process_msg, task.args, task.owner, task.epoch) == ("2", {"a.b": "$x"}, None, 2)
    assert (store.history.attempts("t", "s", "l"), store.history.events("t")) == ([an_attempt(1)], [an_event(1)])


def test_what_the_document_holds_already_is_not_replayed_over_it(store: Store) -> None:
    stored(store, a_task())
    task = held_by(store, "w1")
    store.journal.append([a_record(1)])
    store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "saved later", "saved": 1})])
    bury(store, "w1")
    assert the_task(store).process_msg == "saved later"


def test_a_record_of_an_older_epoch_is_not_replayed(store: Store) -> None:
    stored(store, a_task(epoch=4))
    held_by(store, "w1")
    store.journal.append([Record("t", 4, 1, {"process_msg": "old"}), Record("t", 5, 1, {"name": "new"})])
    assert (the_task(store).process_msg, the_task(store).name) == ("", "new")


def test_records_are_removed_by_their_ids(store: Store) -> None:
    store.journal.append([a_record(n) for n in range(1, 4)] + [a_record(1, "t2")])
    store.journal.forget(["t/1/1", "t/1/3", "nope"])
    assert store.journal.leftovers(START) == {"t": ["t/1/2"], "t2": ["t2/1/1"]}
