"""How things did of late, in figures."""

from datetime import timedelta

import pytest

from engine.model import Hours, Tally
from tests.unit.builders import NOW
from webapp.view.health import finished, health, share_text, subjects


def tally(good, bad=0, seconds=0.1):
    made = Tally()
    for number in range(good + bad):
        made.note(number < good, seconds)
    return made


HOURS: Hours = {
    NOW - timedelta(hours=1): {("api", "a"): tally(98), ("system", "s"): tally(3, 1), ("system", "t"): tally(1)},
    NOW: {("api", "a"): tally(0, 2), ("api", "b"): tally(1)},
}


def test_hours_are_added_up():
    found = health(HOURS, ("api", "a"))
    assert (found.total, found.bad, found.well, found.tone) == (100, 2, "98 %", "paused")
    assert len(found.chart.bars) == 2


def test_what_nobody_counted_has_nothing_to_tell():
    found = health(HOURS, ("api", "nobody"))
    assert (found.total, found.well, found.p95, found.tone) == (0, "–", "–", "idle")


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 1, "100 %"), (1, 3, "33.3 %"), (0, 5, "0 %"), (99_999, 100_000, "over 99.9 %")]
)
def test_what_is_not_all_is_never_shown_as_all(part, whole, text):
    assert share_text(part, whole) == text


def test_runs_of_all_systems_are_what_was_finished():
    assert (finished(HOURS).total, finished(HOURS).bad) == (5, 1)


def test_what_was_counted_is_known_by_its_kind():
    assert subjects(HOURS, "api") == (("api", "a"), ("api", "b"))
