"""Steps a page at a time."""

from webapp.view.paging import ROWS, page_of

LONG = {f"s{n}": 40 for n in range(5)}


def test_steps_stay_whole_and_a_page_has_at_most_a_hundred_rows() -> None:
    assert [page_of(LONG, number).steps for number in (1, 2, 3)] == [("s0", "s1"), ("s2", "s3"), ("s4",)]


def test_a_step_with_more_rows_than_a_page_has_one_of_its_own() -> None:
    assert page_of({"a": 1, "b": ROWS + 1, "c": 1}, 2).steps == ("b",)


def test_without_a_number_the_page_that_holds_the_step_is_shown() -> None:
    assert page_of(LONG, None, "s3").number == 2


def test_a_number_that_there_is_not_leads_to_the_nearest() -> None:
    assert (page_of(LONG, 99).number, page_of(LONG, -1).number, page_of({}, 4).number) == (3, 1, 1)
