"""All machines take the database's time: one whose clock is an hour off is not off."""

from datetime import datetime, timedelta

import gevent

from engine.run import SharedClock
from tests.clock import START, TurnedClock

HOUR = timedelta(hours=1)


class Database:
    """Tells its time, after a while on the way."""

    def __init__(self, clock: TurnedClock, ahead: timedelta = HOUR, way_s: float = 0) -> None:
        self.clock, self.ahead, self.way_s, self.asked = clock, ahead, way_s, 0

    def time(self) -> datetime | None:
        self.asked += 1
        self.clock.turn(self.way_s / 2)
        told = self.clock.now() + self.ahead
        self.clock.turn(self.way_s / 2)
        return told


def test_it_is_as_late_as_the_database_says() -> None:
    own = TurnedClock()
    assert SharedClock(Database(own).time, own).now() == START + HOUR


def test_the_way_of_the_answer_is_counted() -> None:
    own = TurnedClock()
    clock = SharedClock(Database(own, way_s=2).time, own)
    assert clock.now() == own.now() + HOUR


def test_a_difference_that_the_way_may_make_is_none() -> None:
    own = TurnedClock()
    clock = SharedClock(Database(own, ahead=timedelta(seconds=1), way_s=4).time, own)
    assert clock.now() == own.now()


def test_without_an_answer_it_is_our_own_time() -> None:
    own = TurnedClock()
    assert SharedClock(lambda: None, own).now() == START


def test_it_asks_again_once_a_minute_and_keeps_nobody_waiting() -> None:
    own = TurnedClock()
    database = Database(own)
    clock = SharedClock(database.time, own)
    database.ahead = HOUR * 2
    own.turn(59)
    clock.now()
    gevent.idle()
    assert database.asked == 1
    own.turn(1)
    assert clock.now() == own.now() + HOUR
    gevent.idle()
    assert (clock.now(), database.asked) == (own.now() + HOUR * 2, 2)


def test_durations_are_our_own() -> None:
    own = TurnedClock()
    clock = SharedClock(Database(own).time, own)
    own.turn(5)
    assert clock.monotonic() == own.monotonic()
