"""Bars hour by hour, and what they say to who does not see them."""

from datetime import timedelta

from tests.unit.builders import NOW
from webapp.view.chart import HEIGHT, chart

HOURS = [NOW - timedelta(hours=back) for back in (3, 2, 1, 0)]


def drawn(*counts):
    return chart(dict(zip(HOURS, counts, strict=True)))


def test_the_busiest_hour_is_as_high_as_the_drawing_and_the_bad_stands_on_the_good():
    bar = drawn((0, 0), (30, 10), (20, 0), (0, 0)).bars[1]
    assert (bar.good_y, bar.good_height, bar.bad_y, bar.bad_height) == (25, 75, 0, 25)


def test_one_is_seen_beside_a_thousand_and_nothing_leaves_the_drawing():
    bars = drawn((1000, 1), (1, 0), (0, 1), (0, 0)).bars
    assert min(bars[0].bad_height, bars[1].good_height, bars[2].bad_height) > 0
    assert all(bar.bad_y >= 0 and bar.bad_y + bar.bad_height + bar.good_height <= HEIGHT for bar in bars)


def test_a_chart_says_what_it_shows():
    assert drawn((1, 0), (4, 1), (0, 0), (2, 0)).summary == "8 in 4 hours, 1 of them failed; most at 10:00: 5."


def test_a_chart_of_nothing_says_so_and_draws_nothing():
    empty = drawn(*[(0, 0)] * 4)
    assert (empty.summary, empty.good_path, empty.bad_path) == ("Nothing in 4 hours.", "", "")


def test_a_shape_has_a_rectangle_for_each_hour_that_has_something():
    shape = drawn((1, 0), (0, 0), (2, 2), (0, 0))
    assert (shape.good_path.count("M"), shape.bad_path.count("M")) == (2, 1)
