"""What one process changes, another learns, without asking for anything but one small document of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
from pymongo import MongoClient

from engine.model import Api, Role, User
from engine.store import CATALOG, MANY_TASKS, TASK, USERS, WORKERS, Change, News, PulseReader, Store
from engine.store.pulse import KEPT, MOST_AT_ONCE, Pulse
from tests.clock import START
from tests.contract.builders import SOON, a_record, a_task, enlist, saved

PATIENCE_S = 20


@pytest.fixture
def reader(store: Store) -> PulseReader:
    reader = PulseReader(store.db)
    reader.look()
    return reader


def heard(reader: PulseReader) -> News:
    """The next news there are."""
    with gevent.Timeout(PATIENCE_S):
        while not (news := reader.look()).topics:
            gevent.sleep(0.01)
    return news


@pytest.mark.parametrize(
    ("act", "topic"),
    [
        (lambda store: store.tasks.create(a_task("new")), TASK + "new"),
        (lambda store: store.tasks.apply([Change("t", 0, 0, {"name": "x"})]), TASK + "t"),
        (lambda store: store.journal.append([a_record(1)]), TASK + "t"),
        (lambda store: store.leases.claim(store.leases.due(SOON), "w"), TASK + "t"),
        (lambda store: store.tasks.delete("t"), TASK + "t"),
        (lambda store: saved(store, [Api(id="a", url="http://127.0.0.1/")]), CATALOG),
        (lambda store: store.users.add(User(id="u", role=Role.VIEWER, created_at=START)), USERS),
        (lambda store: store.users.replace(User(id="u", role=Role.VIEWER, created_at=START), 1), USERS),
        (lambda store: enlist(store, "w"), WORKERS),
        (lambda store: store.leases.discharge("w"), WORKERS),
    ],
    ids=lambda value: value if isinstance(value, str) else ".".join(value.__code__.co_names[:2]),
)
def test_what_is_changed_is_told(store: Store, act: Callable[[Store], object], topic: str) -> None:
    store.db.task.insert_one({"_id": "t", "rev": 0, "epoch": 0, "wake_at": START, "status": "RUNNING", "system": "s"})
    reader = PulseReader(store.db)
    reader.look()
    act(store)
    assert topic in heard(reader).topics


def test_nothing_is_told_twice_and_the_first_look_tells_nothing(store: Store, reader: PulseReader) -> None:
    store.pulse.touch("a")
    first = heard(reader)
    assert first.topics == ("a",)
    assert reader.look() == News(first.seq)
    assert PulseReader(store.db).look() == News(first.seq)


def test_all_processes_are_heard_and_the_state_has_one_name_for_all_who_listen(
    store: Store, reader: PulseReader
) -> None:
    other, latecomer = Pulse(store.db), PulseReader(store.db)
    for pulse in (store.pulse, other):
        pulse.touch("a" if pulse is other else "b")
        pulse.close()
    assert set(reader.look().topics) == {"a", "b"}
    assert latecomer.look().seq == reader.look().seq


def test_who_closes_the_store_is_heard_at_once(store: Store, reader: PulseReader) -> None:
    pulse = Pulse(store.db)
    pulse.touch("a")
    pulse.close()
    assert reader.look().topics == ("a",)


def test_many_tasks_at_once_are_told_as_many(store: Store, reader: PulseReader) -> None:
    store.pulse.touch(WORKERS)
    store.pulse.touch_tasks(f"t{number}" for number in range(MOST_AT_ONCE + 1))
    assert set(heard(reader).topics) == {WORKERS, MANY_TASKS}


def test_who_was_away_for_too_long_is_told_that_anything_may_have_changed(store: Store, reader: PulseReader) -> None:
    for round_ in range(KEPT // MOST_AT_ONCE + 1):
        pulse = store.pulse
        pulse.touch_tasks(f"t{round_}/{number}" for number in range(MOST_AT_ONCE))
        pulse.close()
    assert set(reader.look().topics) == {MANY_TASKS, CATALOG, USERS, WORKERS}


def test_a_database_that_is_away_is_no_matter() -> None:
    client: MongoClient[dict[str, Any]] = MongoClient("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=50)
    pulse = Pulse(client.stepline)
    pulse.touch("a")
    pulse.close()
    client.close()


def test_documents_of_processes_that_are_over_are_removed(store: Store) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1)
    store.db.pulse.insert_one({"_id": "over", "n": 1, "recent": ["a"], "at": long_ago})
    reader = PulseReader(store.db)
    reader.look()
    store.pulse.touch("b")
    heard(reader)
    assert store.db.pulse.find_one({"_id": "over"}) is None


def test_a_backup_holds_no_pulse(store: Store, reader: PulseReader) -> None:
    store.pulse.touch("a")
    heard(reader)
    assert not list(store.dump())
