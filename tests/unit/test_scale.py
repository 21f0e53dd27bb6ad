"""Values as numbers in the same order, and how far to read at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.store.scale import AMOUNTS, TEXTS, TIMES, Density, Stride

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT, TEXT)
def test_texts_are_numbered_in_their_order(one, other):
    if one <= other:
        assert TEXTS.number(one) <= TEXTS.number(other)


@given(TEXT)
def test_a_text_lies_between_its_number_and_the_next(value):
    number = TEXTS.number(value)
    assert TEXTS.value(number).rstrip("\0") <= value or TEXTS.value(number) == value.rstrip("\0")
    assert value < TEXTS.value(number + 1)


@given(st.floats(-1e11, 1e11))
def test_an_amount_lies_between_its_number_and_the_next(value):
    number = AMOUNTS.number(value)
    assert AMOUNTS.value(number) <= value < AMOUNTS.value(number + 1)


@given(st.datetimes(datetime(5, 1, 1), datetime(9900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis wants them naive
def test_a_time_lies_between_its_number_and_the_next(value):
    number = TIMES.number(value)
    assert TIMES.value(number) <= value < TIMES.value(number + 1)


def test_a_walk_from_afar_takes_few_steps_and_comes_near_now_with_care():
    now = TIMES.number(datetime.now(UTC))
    at, stride, widths = TIMES.least, Stride(TIMES, Density(), 1), []
    while at < now:
        to = stride.end(at, 100)
        stride.note(at, to, 0)
        widths.append(to - at)
        at = to
    assert len(widths) < 60
    assert widths[-1] <= 2 * timedelta(minutes=1) / timedelta(milliseconds=1)


def test_what_was_empty_a_moment_ago_is_passed_in_one_stride():
    density = Density()
    for low in range(0, 1_000, 100):
        density.note(low, low + 100, 0)
    assert Stride(AMOUNTS, density, 1).end(0, 100) == 1_000


def test_a_window_ends_before_a_crowd_and_is_narrow_within_one():
    density = Density()
    density.note(1_000_000, 2_000_000, 100_000)
    stride = Stride(AMOUNTS, density, 1)
    stride.note(0, 900_000, 1)
    assert stride.end(900_000, 100) == 1_000_000
    assert Stride(AMOUNTS, density, 1).end(1_000_000, 100) - 1_000_000 == 1_000


def test_a_sample_tells_where_it_is_crowded():
    density = Density()
    density.note_sample([7] * 1_000, 1_000)
    assert density.crowd_after(0) == 7
    assert Stride(TEXTS, density, 1).end(7, 100) == 8, "one value is not cut apart"
