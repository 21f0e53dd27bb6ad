"""All events, newest first: none twice, none left out, wherever a reader goes on."""

from datetime import timedelta
from itertools import islice

import pytest

from engine.store import Place, Store, place_of
from tests.clock import START
from tests.contract.builders import an_event, ids

AGES_S = (0, 0, 0, 1, 5, 9.999, 10, 10.001, 60, 60, 3600, 86_400, 10**7, 10**8)


@pytest.fixture
def told(store: Store) -> Store:
    store.history.add_events(
        [
            an_event(number, id=f"e{number:02}", at=START - timedelta(seconds=age), who="ann" if number % 2 else "bo")
            for number, age in enumerate(AGES_S)
        ]
    )
    return store


def test_events_come_newest_first_however_far_apart(told: Store) -> None:
    events = list(told.event_log.newest())
    assert len(events) == len(AGES_S)
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_have_every_event_once(told: Store, size: int) -> None:
    seen: list[str] = []
    place: Place | None = None
    while page := list(islice(told.event_log.newest(place), size)):
        seen += ids(page)
        place = Place.read(place_of(page[-1]).text)
    assert seen == ids(told.event_log.newest())


def test_those_of_one_person_are_found(told: Store) -> None:
    assert {event.who for event in told.event_log.newest(who="ann")} == {"ann"}


def test_what_is_later_than_asked_is_left_out(told: Store) -> None:
    until = START - timedelta(seconds=60)
    events = list(told.event_log.newest(until=until))
    assert [event.at < until for event in events] == [True] * 4


def test_no_events_is_an_end(store: Store) -> None:
    assert list(store.event_log.newest()) == []
