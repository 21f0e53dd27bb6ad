"""What counts as a difference, and how much of it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from engine.code import Difference, Documents, differences
from engine.model import Api
from webapp.view.code import FOLDED_FROM, MOST_LINES, changes_page


def an_api(**fields: Any) -> Api:
    return Api.load({"_id": "a", "url": "http://h"} | fields)


def compared(before: Api, after: Api) -> Difference:
    (found,) = differences({("api", "a"): before}, {("api", "a"): after})
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"args": {"x": {"val": 1}, "y": {}}}, {"args": {"y": {"type": "any"}, "x": {"val": 1}}}),
        ({"debug": False, "result": None}, {}),
        ({"interval": 5}, {"interval": 5.0}),
        ({"owner": {"a": 1, "b": 2}}, {"owner": {"b": 2, "a": 1}}),
    ],
)
def test_order_defaults_and_ways_to_write_a_number_of_ours_make_no_difference(before: Any, after: Any) -> None:
    assert compared(an_api(**before), an_api(**after)).what == "same"


@pytest.mark.parametrize("after", [True, 1.0, "1", None, [1]])
def test_values_of_other_kinds_differ(after: Any) -> None:
    assert compared(an_api(result={"x": 1}), an_api(result={"x": after})).what == "changed"


def test_what_is_only_there_is_a_removal_only_when_it_is_named() -> None:
    there: Documents = {("api", "a"): an_api()}
    assert differences(there, {}) == []
    (found,) = differences(there, {}, [("api", "a"), ("api", "gone")])
    assert (found.name, found.what) == ("api/a", "removed")
    assert [str(line) for line in found.lines] == ["-_id: a", "-url: http://h"]


def test_the_lines_around_a_change_are_shown_and_the_place_of_what_stands_apart() -> None:
    before, after = ({"result": {f"k{n}": n for n in range(40)} | {"k20": value}} for value in (0, 1))
    lines = compared(an_api(**before), an_api(**after)).lines
    assert [line.text.strip() for line in lines if line.sign != "@"] == [
        *(f"k{n}: {n}" for n in (17, 18, 19)), "k20: 0", "k20: 1", *(f"k{n}: {n}" for n in (21, 22, 23)),
    ]  # fmt: skip
    assert lines[0].sign == "@"


def test_what_is_very_long_is_not_compared_line_by_line() -> None:
    (line,) = compared(an_api(), an_api(result=list(range(20_000)))).lines
    assert line.text == "2 lines before, 20,003 after: too long to be compared here"


def test_half_a_character_is_shown_as_json() -> None:
    lines = compared(an_api(), an_api(desc="\ud800")).lines
    assert '"desc": "\\ud800"' in " ".join(line.text for line in lines)


# -- the page ----------------------------------------------------------------------------------------


def many(count: int, lines: int) -> list[Difference]:
    return [Difference(("api", f"a{n}"), None, {"result": list(range(lines))}) for n in range(count)]


def test_many_rows_are_folded_and_few_are_not() -> None:
    assert changes_page(many(FOLDED_FROM, 1), (), ()).folded
    assert not changes_page(many(FOLDED_FROM - 1, 1), (), ()).folded


def test_a_page_shows_so_many_lines_and_counts_the_others() -> None:
    page = changes_page(many(3, 1_000), (), ())
    assert sum(len(row.lines) for row in page.rows) == MOST_LINES
    assert [row.hidden for row in page.rows] == [0, 802, 1_001]
    assert [row.plus for row in page.rows] == [1_001] * 3
