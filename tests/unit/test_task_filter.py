"""The language of the filter box: what is typed, what it means, what is said of a mistake."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from engine.model import TaskStatus
from engine.store import SORTS, Condition, Sorting
from webapp.view.task_filter import LONGEST, quoted, read_filter, with_status
from webapp.view.task_query import COLUMNS, SHOWN, read_query, read_sorting


def conditions(text: str) -> set[tuple[str, frozenset[str], bool]]:
    found = read_filter(text)
    assert found.problems == (), found.problems
    return {(one.key, one.values, one.refused) for one in found.wanted.conditions}


def one(key: str, *values: str, refused: bool = False) -> tuple[str, frozenset[str], bool]:
    return key, frozenset(values), refused


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", set()),
        ("   ", set()),
        ("status:failed", {one("status", "FAILED")}),
        ("STATUS:Failed,waiting", {one("status", "FAILED", "WAITING")}),
        ("status:FAILED status:DONE", {one("status", "FAILED", "DONE")}),
        ("-status:DONE", {one("status", "DONE", refused=True)}),
        ("-status:DONE status:FAILED", {one("status", "DONE", refused=True), one("status", "FAILED")}),
        ('label:"night run",eu', {one("label", "night run", "eu")}),
        ("late:will attention:YES", {one("late", "will"), one("attention", "yes")}),
        ("system:s1 step:pay", {one("system", "s1"), one("step", "pay")}),
        ("order 7", {one("text", "order"), one("text", "7")}),
        ('"order 7"', {one("text", "order 7")}),
        ('-"order 7" x', {one("text", "order 7", refused=True), one("text", "x")}),
        ('"status:FAILED"', {one("text", "status:FAILED")}),
        ('"never closed', {one("text", "never closed")}),
        ("订单 late:yes", {one("text", "订单"), one("late", "yes")}),
        (".* $ne [a-z]+", {one("text", ".*"), one("text", "$ne"), one("text", "[a-z]+")}),
        ('{"$ne":""}', {one("text", "{$ne:}")}),
        ("-", {one("text", "-")}),
        ('""', set()),
    ],
)
def test_what_is_typed_means_what_it_says(text: str, meant: set[tuple[str, frozenset[str], bool]]) -> None:
    assert conditions(text) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stats:FAILED", "did you mean status?"),
        ("stats:FAILED", 'quote it: "stats:FAILED"'),
        ("status:FAILD", "did you mean FAILED?"),
        ("status:FAILD", "use READY, RUNNING"),
        ("late:maybe", "use yes, will, no"),
        ("status:", "wants a value"),
        ("http://x", "There is no filter “http:”"),
        ("x" * (LONGEST + 1), f"{LONGEST} are the most"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(text: str, said: str) -> None:
    assert said in " ".join(read_filter(text).problems)


def test_a_filter_with_a_mistake_means_nothing_at_all_and_loses_nothing_of_what_was_typed() -> None:
    found = read_filter("system:s1 stats:x")
    assert (found.wanted.conditions, found.text) == ((), "system:s1 stats:x")


def test_every_mistake_is_told_at_once() -> None:
    assert len(read_filter("stats:x status:y late:z").problems) == 3


@pytest.mark.parametrize("value", ["plain", "two words", "a,b"])
def test_a_value_that_is_quoted_means_itself(value: str) -> None:
    assert conditions(quoted("label", value)) == {one("label", value)}


@pytest.mark.parametrize("status", TaskStatus)
def test_a_tab_is_a_filter_like_any_other(status: TaskStatus) -> None:
    assert read_filter(with_status(status)).wanted.conditions == (Condition("status", frozenset({status})),)


# -- the address -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", SORTS)
def test_an_order_reads_back_as_it_was_written(by: str) -> None:
    for text in (by, f"-{by}"):
        query = read_query(MultiDict({"sort": text, "q": "x"}))
        assert query.sort_text == text
        assert read_sorting(text) == query.sorting


@pytest.mark.parametrize("text", ["", "-", "{$ne:1}", "--slack", "nothing"])
def test_an_order_that_there_is_not_is_by_deadline(text: str) -> None:
    assert read_sorting(text) == Sorting()


def test_a_click_on_the_column_that_sorts_turns_it_round() -> None:
    query = read_query(MultiDict({"q": "late:yes", "sort": "slack"}))
    assert query.sorted_by("slack") == "q=late%3Ayes&sort=-slack"
    assert query.sorted_by("started") == "q=late%3Ayes&sort=started"


def test_columns_are_those_that_are_named_in_their_own_order() -> None:
    query = read_query(MultiDict([("c", ""), ("c", "slack"), ("c", "system"), ("c", "nonsense")]))
    assert query.columns == ("system", "slack")
    assert read_query(MultiDict()).columns == SHOWN
    assert read_query(MultiDict({"c": ""})).columns == ()
    assert set(SHOWN) <= set(COLUMNS)


def test_the_address_of_a_page_is_its_view_and_its_place() -> None:
    fields = MultiDict([("q", "a b"), ("sort", "name"), ("c", ""), ("c", "slack"), ("after", "zzz")])
    query = read_query(fields)
    assert query.address() == "q=a+b&sort=name&c=slack"
    assert query.address(after="x") == "q=a+b&sort=name&c=slack&after=x"


def test_a_status_alone_is_its_filter() -> None:
    assert read_query(MultiDict({"status": "DONE"})).filter.text == "status:DONE"
    assert read_query(MultiDict({"status": "NONE"})).filter.problems
