"""What was counted, hour by hour: it adds up, whoever counted it."""

from datetime import timedelta

from engine.model import Subject, Tally
from engine.store import Store
from tests.clock import START
from tests.contract.builders import at_once

HOUR = START.replace(minute=0, second=0, microsecond=0)
API: Subject = ("api", "a")
NUMBER: Subject = ("system", "1")


def counted(times: int, good: bool = True) -> Tally:
    tally = Tally()
    for _ in range(times):
        tally.note(good, 0.25)
    return tally


def test_what_workers_add_adds_up(store: Store) -> None:
    at_once([lambda: store.hours.add({HOUR: {API: counted(2), NUMBER: counted(1, False)}}) for _ in range(5)])
    (tallies,) = store.hours.last(START, 1).values()
    assert (tallies[API], tallies[NUMBER]) == (counted(10), counted(5, False))


def test_an_hour_in_which_nothing_was_counted_is_empty(store: Store) -> None:
    store.hours.add({HOUR: {API: counted(1)}})
    hours = store.hours.last(START + timedelta(hours=1), 3)
    assert [(hour, len(tallies)) for hour, tallies in hours.items()] == [
        (HOUR - timedelta(hours=1), 0),
        (HOUR, 1),
        (HOUR + timedelta(hours=1), 0),
    ]


def test_nothing_counted_is_nothing_written(store: Store) -> None:
    store.hours.add({HOUR: {}})
    assert store.db.hour.count_documents({}) == 0


def test_old_hours_are_removed(store: Store) -> None:
    store.hours.add({HOUR - timedelta(days=9): {API: counted(1)}, HOUR: {API: counted(1)}})
    store.hours.tidy(START)
    assert store.db.hour.count_documents({}) == 1
