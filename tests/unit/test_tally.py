"""Counts that add up, and what durations they tell of."""

import random
from datetime import UTC, datetime

import pytest

from engine.model import Tally, summed
from engine.run import Counts

AT = datetime(2026, 1, 1, 12, 34, 56, tzinfo=UTC)
HOUR = AT.replace(minute=0, second=0)


def tally(*seconds: float) -> Tally:
    made = Tally()
    for each in seconds:
        made.note(True, each)
    return made


def test_good_and_bad_are_counted_apart():
    made = tally(1.0, 1.0)
    made.note(False, 1.0)
    assert (made.good, made.bad, made.total) == (2, 1, 3)


@pytest.mark.parametrize("scale", [0.002, 0.3, 40.0, 86_400.0])
def test_a_quantile_is_right_to_a_sixth(scale):
    chance = random.Random(7)
    seconds = sorted(chance.lognormvariate(0, 0.7) * scale for _ in range(2000))
    told = tally(*seconds).quantile_s(0.95)
    assert told == pytest.approx(seconds[1900], rel=1 / 6)


def test_nothing_counted_has_no_quantile():
    assert Tally().quantile_s(0.95) is None


def test_what_takes_longer_than_any_class_is_in_the_last():
    assert 3e6 < (tally(10.0**9).quantile_s(0.5) or 0) < 5e6


def test_sums_are_as_if_counted_together():
    assert summed([tally(0.1, 0.2), tally(0.2)]) == tally(0.1, 0.2, 0.2)


def test_counts_are_taken_once_and_kept_by_their_hour():
    counts = Counts()
    counts.note(AT, "api", "a", True, 0.1)
    with counts.taken() as hours:
        assert hours == {HOUR: {("api", "a"): tally(0.1)}}
    with counts.taken() as hours:
        assert hours == {}


def fail_to_write(counts: Counts) -> None:
    with counts.taken():
        counts.note(AT, "api", "a", True, 0.2)
        raise OSError("the database is away")


def test_counts_that_could_not_be_written_are_added_to_later_ones():
    counts = Counts()
    counts.note(AT, "api", "a", True, 0.1)
    with pytest.raises(OSError, match="away"):
        fail_to_write(counts)
    with counts.taken() as hours:
        assert hours == {HOUR: {("api", "a"): tally(0.1, 0.2)}}
