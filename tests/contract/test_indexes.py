"""Every index that the store wants is made, and what runs all the time reads what it asks for and no more."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from engine.model import Role, User
from engine.store import DURABLE, SORTS, Change, Condition, Fold, Owned, Sort, Sorting, Store, Wanted
from engine.store.schema import INDEXES
from tests.clock import START
from tests.conftest import a_database_name
from tests.contract.builders import SOON, a_record, a_task, an_attempt, enlist

CROWD = 400
A_FEW = 10
LONG_AGO = START - timedelta(days=1)


def test_every_index_is_made_at_start(store: Store) -> None:
    for name, wanted in INDEXES.items():
        made = {tuple(index["key"]) for index in store.db[name].list_indexes()}
        assert set(wanted) <= made, name


def test_indexes_are_made_once_however_often_the_store_is_prepared(store: Store) -> None:
    before = {name: store.db[name].index_information() for name in INDEXES}
    store.prepare()
    assert {name: store.db[name].index_information() for name in INDEXES} == before


class Asked(CommandListener):
    """Every filter that goes to the server, with its collection."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, dict[str, Any]]] = []

    def started(self, event: CommandStartedEvent) -> None:
        command = event.command
        parts = [command, *command.get("updates", ()), *command.get("deletes", ())]
        filters = [part.get("filter") or part.get("q") for part in parts]
        self.filters += [(command[event.command_name], filter_) for filter_ in filters if filter_]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


@pytest.fixture(scope="module")
def crowded(mongo_uri: str, asked: Asked) -> Iterator[Store]:
    """A store with a few of everything that is asked for, among many others."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, event_listeners=[asked], **DURABLE)
    store = Store(client[a_database_name()])
    store.prepare()
    crowds = ("task", "worker", "slot", "system", "attempt", "event", "journal", "hour", "batch", "shape")
    for name in (*crowds, "user", "session", "one_time_link", "sign_in_try"):
        store.db[name].insert_many([_in_the_crowd(number) for number in range(CROWD)])
    yield store
    client.drop_database(store.db.name)
    client.close()


def _in_the_crowd(number: int) -> dict[str, Any]:
    far = START + timedelta(days=30, seconds=number)
    times = dict.fromkeys(("wake_at", "deadline", "ends_at", "until"), far)
    kept = {"task": f"x{number}", "step": "s", "link": "l", "kept": False, "seq": number, "system": f"s{number}"}
    mine = {"_id": f"x{number}", "worker": f"x{number}", "status": "DONE"}
    return {**mine, "created_at": LONG_AGO - timedelta(days=number), **times, **kept}


def _is(key: str, value: str) -> Wanted:
    return Wanted((Condition(key, frozenset({value})),))


def _open_below(filter_: dict[str, Any]) -> bool:
    """The embedded server walks over all documents that have nothing there: seconds, where there are 100,000."""
    ranges = [set(range_) for range_ in filter_.values() if isinstance(range_, dict)]
    return any(range_ & {"$lt", "$lte"} and not range_ & {"$gt", "$gte"} for range_ in ranges)


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.leases.due(START),
        lambda store: store.leases.next_wake(START, SOON),
        lambda store: store.leases.claim(store.leases.due(START), "w"),
        lambda store: store.leases.owned("w"),
        lambda store: store.leases.renew(enlist(store, "w")),
        lambda store: store.leases.free_orphans(START),
        lambda store: store.leases.tidy_journal(START),
        lambda store: store.leases.give_back(Owned("t", 1, None), "w", SOON),
        lambda store: (store.slots.take("api/a", 1, "w"), store.slots.of("w"), store.slots.free("w")),
        lambda store: store.definitions.limited_systems(),
        lambda store: store.tasks.in_quarantine(),
        lambda store: store.tasks.get("t"),
        lambda store: store.tasks.head("t"),
        lambda store: store.tasks.many(["t"]),
        lambda store: store.tasks.beginning("t", 10),
        lambda store: store.tasks.there(["t"]),
        lambda store: store.batches.get("b"),
        lambda store: store.tasks.apply([Change("t", 7, 7, {"name": "x"})]),
        lambda store: store.tasks.ids_of(["sys"]),
        lambda store: store.tasks.newest(START, limit=1),
        lambda store: (store.journal.append([a_record(1)]), store.journal.append([a_record(1)])),
        lambda store: store.journal.seal("t", 1, 0, START),
        lambda store: store.journal.forget(["t/1/1"]),
        lambda store: store.history.add_attempts([an_attempt(60)]),
        lambda store: store.history.fold([Fold("t/1/60", 2, SOON)]),
        lambda store: store.history.attempts("t", "s", "l"),
        lambda store: store.history.bodies(["t/1/60"]),
        lambda store: store.history.marks("t", 100),
        lambda store: store.history.events("t"),
        lambda store: store.remove_task("t"),
        lambda store: store.glance.in_need(5),
        lambda store: store.glance.held_by("w", 5),
        lambda store: store.glance.active_by_system(),
        lambda store: store.glance.active_of("sys"),
        lambda store: store.glance.older_of("sys", "plan"),
        lambda store: list(store.event_log.newest(until=START)),
        lambda store: list(store.event_log.newest(who="ann")),
        lambda store: (store.hours.last(START, 24), store.hours.tidy(START)),
        lambda store: (store.shapes.of("api2"), store.shapes.forget("api2"), store.shapes.tidy(START)),
        lambda store: store.users.get("t"),
        lambda store: store.users.replace(User(id="t", role=Role.VIEWER, created_at=START), 7),
        lambda store: (store.sessions.get("s"), store.sessions.of("t"), store.sessions.used("s", START, SOON)),
        lambda store: (store.sessions.end("s"), store.sessions.end_all("t"), store.sessions.tidy(START)),
        lambda store: (store.one_time_links.get("s"), store.one_time_links.take("s"), store.one_time_links.tidy(START)),
        lambda store: (store.tries.take("t", START, 1, SOON - START), store.tries.tidy(START)),
    ],
    ids=lambda act: ".".join(act.__code__.co_names[:2]),
)
def test_what_runs_all_the_time_reads_what_it_asks_for_and_no_more(
    crowded: Store, asked: Asked, act: Callable[[Store], Any]
) -> None:
    crowded.db.task.delete_one({"_id": "t"})
    crowded.db.worker.delete_one({"_id": "w"})
    crowded.tasks.create(a_task(deadline=START, created_at=START))
    asked.filters.clear()
    act(crowded)
    assert asked.filters
    for collection, filter_ in list(asked.filters):
        assert collection != "task" or not _open_below(filter_), filter_
        explained = crowded.db.command("explain", {"find": collection, "filter": filter_}, verbosity="executionStats")
        assert explained["executionStats"]["totalDocsExamined"] <= A_FEW, (collection, filter_)


@pytest.mark.parametrize("by", SORTS)
@pytest.mark.parametrize(
    "wanted", [Wanted(), _is("status", "DONE"), _is("system", "s7"), _is("late", "yes"), _is("late", "will")], ids=str
)
def test_a_list_reads_nothing_but_a_stretch_of_an_index(crowded: Store, asked: Asked, wanted: Wanted, by: Sort) -> None:
    asked.filters.clear()
    crowded.task_list.page(wanted, Sorting(by), START, 20)
    filters = [filter_ for collection, filter_ in asked.filters if collection == "task"]
    assert filters
    for filter_ in filters:
        explained = crowded.db.command("explain", {"find": "task", "filter": filter_}, verbosity="executionStats")
        assert explained["executionStats"]["totalDocsExamined"] == len(list(crowded.db.task.find(filter_))), filter_
