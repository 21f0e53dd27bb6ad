"""The grouped writer: one write for all that has gathered, a verdict for each."""

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from pymongo.errors import AutoReconnect

from engine.store import Change, Entry, Store, Trail, Writer
from tests.clock import START
from tests.contract.builders import MEGABYTE, TOO_LARGE, a_record, a_task, an_attempt, stored, the_task


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    writer = Writer(store.tasks, store.history, store.journal)
    writer.start()
    yield writer
    writer.stop()


def written(writer: Writer, *writes: Any) -> list[Any]:
    """What each was told, all of them handed in before the first is answered: a verdict, or the error."""
    greenlets = [gevent.spawn(writer.write, Entry(write)) for write in writes]
    gevent.joinall(greenlets)
    return [greenlet.exception or greenlet.value for greenlet in greenlets]


def test_each_of_a_group_learns_its_own_verdict(store: Store, writer: Writer) -> None:
    stored(store, *map(a_task, "abc"))
    changes = [Change("a", 0, 0, {"name": "x"}), Change("b", 7, 0, {"name": "x"}), Change("c", 0, 0, {"name": "x"})]
    assert written(writer, *changes) == [True, False, True]


def test_each_record_of_a_group_learns_its_own_verdict(store: Store, writer: Writer) -> None:
    store.journal.append([a_record(1, "b")])
    assert written(writer, *(a_record(1, task) for task in "abc")) == [True, False, True]


def test_one_that_cannot_be_written_does_not_take_its_neighbours_down(store: Store, writer: Writer) -> None:
    stored(store, *map(a_task, "ab"))
    bad, good = written(writer, Change("a", 0, 0, {"name": object()}), Change("b", 0, 0, {"name": "x"}))
    assert "cannot encode object" in str(bad)
    assert good is True


def test_a_change_that_is_too_large_does_not_take_its_neighbours_down(store: Store, writer: Writer) -> None:
    stored(store, *map(a_task, "abc"))
    large = {"args": {"text": "x" * 17 * MEGABYTE}}
    one, bad, two = written(
        writer, Change("a", 0, 0, {"name": "x"}), Change("b", 0, 0, large), Change("c", 0, 0, {"name": "x"})
    )
    assert isinstance(bad, TOO_LARGE)
    assert (one, two, the_task(store, "a").name, the_task(store, "b").rev) == (True, True, "x", 0)


def test_a_record_that_is_too_large_does_not_take_its_neighbours_down(store: Store, writer: Writer) -> None:
    large = a_record(1, "b", args={"text": "x" * 17 * MEGABYTE})
    one, bad, two = written(writer, a_record(1, "a"), large, a_record(1, "c"))
    assert isinstance(bad, TOO_LARGE)
    assert (one, two, set(store.journal.leftovers(START))) == (True, True, {"a", "c"})


def test_many_large_records_of_one_group_are_all_written(store: Store, writer: Writer) -> None:
    """Together they are more than one message may be."""
    records = [a_record(1, f"t{number}", args={"text": "x" * 9 * MEGABYTE}) for number in range(6)]
    assert written(writer, *records) == [True] * 6
    assert len(store.journal.leftovers(START)) == 6


def test_a_thousand_records_in_one_group_are_a_thousand_verdicts(store: Store, writer: Writer) -> None:
    assert written(writer, *(a_record(1, f"t{number}") for number in range(1_000))) == [True] * 1_000
    assert len(store.journal.leftovers(START)) == 1_000


def test_attempts_are_there_before_the_task_refers_to_them(store: Store, writer: Writer) -> None:
    stored(store, a_task())
    seen: list[Any] = []
    apply = store.tasks.apply

    def spying(changes: Any) -> set[str]:
        seen.extend(attempt.id for attempt in store.history.attempts("t", "s", "l"))
        return apply(changes)

    writer._tasks.apply = spying  # type: ignore[method-assign]
    assert writer.write(Entry(Change("t", 0, 0, {"name": "x"}), trail=Trail.of([an_attempt(1)], [])))
    assert seen == ["t/1/1"]


def test_a_write_whose_reply_was_lost_is_made_once_and_told_true(
    store: Store, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(store, a_task(args={"n": 0}))
    for part, act in ((store.tasks, "apply"), (store.journal, "append"), (store.history, "add")):
        monkeypatch.setattr(part, act, losing_the_first_reply(getattr(part, act)))
    change, record = Change("t", 0, 0, {"args": {"n": 1}}), a_record(1)
    assert writer.write(Entry(change, trail=Trail.of([an_attempt(1)], [])))
    assert writer.write(Entry(record))
    assert (the_task(store).args, the_task(store).rev, store.journal.leftovers(START)) == (
        {"n": 1},
        1,
        {"t": ["t/1/1"]},
    )
    assert store.history.attempts("t", "s", "l") == [an_attempt(1)]


def losing_the_first_reply(act: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The server did what it was asked, and the connection broke before it could say so."""
    lost: list[bool] = []

    def losing(argument: Any) -> Any:
        answer = act(argument)
        if not lost:
            lost.append(True)
            raise AutoReconnect("connection closed")
        return answer

    return losing
