"""Attempts and events: what happened, and how much of it is kept."""

from datetime import timedelta
from typing import Any

import pytest

from engine.store import Change, Fold, Store, Trail
from tests.clock import START
from tests.contract.builders import MEGABYTE, SOON, TOO_LARGE, a_task, an_attempt, an_event, at_once, held_by


def kept(store: Store, link: str = "l") -> list[int]:
    return [attempt.seq for attempt in store.history.attempts("t", "s", link)]


def test_attempts_are_read_oldest_first_and_of_their_link_alone(store: Store) -> None:
    store.history.add_attempts([an_attempt(number) for number in (3, 1, 2)])
    store.history.add_attempts([an_attempt(9, link="l2"), an_attempt(8, step="s2"), an_attempt(7, task="t2")])
    assert (kept(store), kept(store, "l2")) == ([1, 2, 3], [9])


def test_the_tries_of_a_task_are_read_without_what_was_sent_and_answered(store: Store) -> None:
    store.history.add_attempts(
        [an_attempt(1, body="x", url="http://x"), an_attempt(2, link="l2"), an_attempt(7, task="t2")]
    )
    found = store.history.marks("t", 10)
    assert {(one.link, one.seq, one.body, one.url) for one in found} == {("l", 1, None, ""), ("l2", 2, None, "")}
    assert len(store.history.marks("t", 1)) == 1


def test_only_the_last_fifty_attempts_of_a_link_are_kept_beside_those_results_depend_on(store: Store) -> None:
    store.history.add_attempts([an_attempt(1, id="other", link="l2")])
    store.history.add_attempts([an_attempt(number, kept=number == 3) for number in range(1, 201)])
    assert kept(store) == [3, *range(151, 201)]
    assert kept(store, "l2") == [1]


def test_adding_an_attempt_twice_keeps_the_first(store: Store) -> None:
    store.history.add_attempts([an_attempt(1, message="first")])
    store.history.add_attempts([an_attempt(1, message="second"), an_attempt(2)])
    assert [attempt.message for attempt in store.history.attempts("t", "s", "l")] == ["first", ""]


def test_of_many_new_attempts_beside_one_that_is_there_all_are_added(store: Store) -> None:
    store.history.add_attempts([an_attempt(20)])
    store.history.add_attempts([an_attempt(number) for number in range(1, 41)])
    assert kept(store) == [*range(1, 41)]


def test_the_same_trail_written_by_many_at_once_is_kept_once(store: Store) -> None:
    trail = Trail.of([an_attempt(number) for number in range(10)], [an_event(number) for number in range(10)])
    at_once([lambda: store.history.add([trail])] * 10)
    assert (kept(store), len(store.history.events("t"))) == ([*range(10)], 10)


def test_folding_counts_identical_polls_in_one_attempt(store: Store) -> None:
    store.history.add_attempts([an_attempt(1), an_attempt(2)])
    store.history.fold([Fold("t/1/1", 7, SOON), Fold("not there", 2, SOON)])
    first, second = store.history.attempts("t", "s", "l")
    assert (first.count, first.last_at, first.at) == (7, SOON, START)
    assert second.count == 1


def test_of_many_folds_at_once_each_attempt_gets_its_own(store: Store) -> None:
    numbers = range(1, 451)
    store.history.add_attempts([an_attempt(number, kept=True) for number in numbers])
    folds = [Fold(f"t/1/{number}", number + 1, START + timedelta(seconds=number)) for number in numbers]
    store.history.fold(folds)
    found = store.history.some([fold.id for fold in folds])
    assert {Fold(id_, one.count, one.last_at) for id_, one in found.items()} == set(folds)


def test_of_two_folds_of_one_attempt_the_later_counts(store: Store) -> None:
    store.history.add_attempts([an_attempt(1)])
    store.history.fold([Fold("t/1/1", 2, START), Fold("t/1/1", 3, SOON)])
    (attempt,) = store.history.attempts("t", "s", "l")
    assert (attempt.count, attempt.last_at) == (3, SOON)


def test_some_attempts_are_found_by_their_ids(store: Store) -> None:
    store.history.add_attempts([an_attempt(1, body="[1]"), an_attempt(2, body='{"a.b":2}'), an_attempt(3, body=None)])
    assert store.history.some(["t/1/2", "nope"]) == {"t/1/2": an_attempt(2, body='{"a.b":2}')}
    assert store.history.bodies(["t/1/1", "t/1/2"]) == {"t/1/1": "[1]", "t/1/2": '{"a.b":2}'}
    assert (store.history.some([]), store.history.bodies([])) == ({}, {})


@pytest.mark.parametrize("value", [{"a.b": 1}, [2**70], "$x", None])
def test_events_keep_who_what_before_and_after(store: Store, value: Any) -> None:
    event = an_event(1, before=value, after=[value])
    store.history.add_events([event])
    assert store.history.events("t") == [event]


def test_events_are_read_in_the_order_of_their_revisions(store: Store) -> None:
    store.history.add_events([an_event(number) for number in (2, 10, 1)])
    store.history.add_events([an_event(5, id="other", task="t2")])
    assert [event.seq for event in store.history.events("t")] == [1, 2, 10]


def test_an_attempt_whose_change_did_not_apply_is_taken_back(store: Store) -> None:
    store.history.add_attempts([an_attempt(1), an_attempt(2)])
    store.history.retract([an_attempt(1)])
    assert kept(store) == [2]


def test_an_event_is_read_while_it_is_only_in_the_task_that_it_tells_of(store: Store) -> None:
    """Its writer may have been killed before it could copy it."""
    store.tasks.create(a_task(), an_event(0))
    assert store.history.events("t") == [an_event(0)]


def test_a_claim_copies_the_events_of_the_last_change(store: Store) -> None:
    store.tasks.create(a_task(), an_event(0))
    task = held_by(store, "w1")
    store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "next"})])
    assert store.history.events("t") == [an_event(0)]


def test_answers_of_more_than_one_message_s_size_are_read_at_once(store: Store) -> None:
    store.history.add_attempts([an_attempt(number, body="x" * 9 * MEGABYTE) for number in range(6)])
    assert len(store.history.bodies([f"t/1/{number}" for number in range(6)])) == 6


def test_an_empty_trail_is_no_work(store: Store) -> None:
    store.history.add([])
    store.history.add([Trail()])
    assert kept(store) == []


def test_an_attempt_over_sixteen_megabytes_is_refused(store: Store) -> None:
    with pytest.raises(TOO_LARGE, match=r"(?i)too large|larger than"):
        store.history.add_attempts([an_attempt(1, body="x" * 17 * MEGABYTE)])
    assert kept(store) == []


def test_attempts_of_more_than_one_message_s_size_are_all_kept(store: Store) -> None:
    """A message ends at 48 MB; both sides have to send two."""
    store.history.add_attempts([an_attempt(number, body="x" * 9 * MEGABYTE) for number in range(6)])
    assert [len(attempt.body or "") for attempt in store.history.attempts("t", "s", "l")] == [9 * MEGABYTE] * 6
