"""Everything out and in again."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.model import Api
from engine.store import BadDump, NotEmpty, Store
from tests.contract.builders import (
    LATER,
    SOON,
    a_record,
    a_task,
    an_attempt,
    an_event,
    held_by,
    saved,
    stored,
    the_task,
)


@pytest.fixture
def other(store: Store) -> Iterator[Store]:
    """A second empty database on the same server."""
    other = Store(store.db.client[f"{store.db.name}r"])
    yield other
    store.db.client.drop_database(other.db.name)


def test_what_is_restored_is_what_was_dumped(store: Store, other: Store) -> None:
    saved(store, [Api.load({"_id": "a", "url": "http://x", "result": {"a.b": 2**70, "n": 2**40, "f": 1.0}})])
    stored(store, a_task(deadline=SOON))
    store.history.add_attempts([an_attempt(1)])
    store.history.add_events([an_event(1)])
    lines = list(store.dump())
    assert other.restore(lines) == len(lines)
    assert the_task(other) == the_task(store)
    assert other.definitions.api("a") == store.definitions.api("a")
    assert sorted(other.dump()) == sorted(lines)


def test_a_task_that_was_held_is_recovered_from_its_journal_after_a_restore(store: Store, other: Store) -> None:
    stored(store, a_task())
    held_by(store, "w1")
    store.journal.append([a_record(1)])
    other.restore(store.dump())
    assert other.leases.free_orphans(LATER) == 1
    assert (the_task(other).process_msg, the_task(other).owner) == ("1", None)


def test_more_documents_than_one_batch_are_restored(store: Store, other: Store) -> None:
    store.history.add_events([an_event(number) for number in range(1_201)])
    assert other.restore(store.dump()) == 1_201
    assert len(other.history.events("t")) == 1_201


def test_a_restore_over_data_is_refused(store: Store) -> None:
    stored(store, a_task())
    with pytest.raises(NotEmpty, match="empty database"):
        store.restore([])


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"in": "worker", "document": {}}', "nonsense"])
def test_a_line_that_no_dump_wrote_is_named(store: Store, line: Any) -> None:
    with pytest.raises(BadDump, match="line 1"):
        store.restore([line])
