"""What differs between a sample and an answer, and who reads it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from engine.model import sample_shape, shape_of
from engine.plan import AnswerRead, Deviation, answer_reads, deviations, reads_of
from tests.unit.builders import a_link, a_step
from tests.unit.test_shape import JSON


def found(sample: Any, answer: Any) -> list[tuple[str, str]]:
    return [(one.change, one.path) for one in deviations(sample_shape(sample), shape_of(answer))]


@pytest.mark.parametrize(
    ("sample", "answer", "expected"),
    [
        ({"a": 1}, {"a": 2.5}, []),
        ({"a": 1}, {"a": "1"}, [("changed", ".a")]),
        ({"a": 1}, {"a": None}, [("changed", ".a")]),
        ({"a": 1}, {}, [("vanished", ".a")]),
        ({"a": 1}, {"a": 1, "b": {"c": 2}}, [("appeared", ".b")]),
        ({"a": {"b": {"c": 1}}}, {"a": {}}, [("vanished", ".a.b")]),
        ({"a": {"b": 1}}, {"a": [1]}, [("changed", ".a")]),
        ({"items": [{"id": 1}]}, {"items": []}, []),
        ({"items": [{"id": 1}]}, {"items": [{"no": 1}]}, [("vanished", ".items[].id"), ("appeared", ".items[].no")]),
        ([{"a": 1}], {"a": 1}, [("changed", "")]),
        ({}, {"a": 1}, []),
        ({"a": None, "b": "", "c": []}, {"a": [1], "b": 4, "c": [{"d": 1}]}, []),
        ({"a.b": 1}, {"a": {"b": 1}}, [("vanished", '["a\\u002eb"]'), ("appeared", ".a")]),
    ],
)
def test_what_came_went_or_changed_is_told_once_and_at_its_top(sample, answer, expected):
    assert sorted(found(sample, answer)) == sorted(expected)


@given(JSON)
def test_an_answer_that_is_the_sample_does_not_differ(value: Any):
    assert found(value, value) == []


def test_a_change_names_the_kinds():
    (one,) = deviations(sample_shape({"a": 1}), shape_of({"a": "x"}))
    assert (one.expected, one.found) == (("number",), ("text",))


def test_of_an_answer_that_was_looked_at_in_part_nothing_is_said_to_be_missing():
    large = {f"k{n}": n for n in range(1_000)}
    assert found({"last": 1}, large) == [] or all(change == "appeared" for change, _ in found({"last": 1}, large))


def test_the_places_that_read_an_answer_are_found():
    step = a_step(
        "s",
        a_link("one", "api", "result.items[0].id > 1 and response.ok"),
        a_link("many", "api", op="LOOP", largs=3, lresult="return result[0].sum"),
        a_link("list", "api", "result[0].id == 1", op="LOOP", largs=3),
        a_link("else", "other", "result.items"),
        age="one:result.person.age",
    )
    assert set(answer_reads("api", [step])) == {
        AnswerRead("s", "one", "condition", ".items[].id"),
        AnswerRead("s", "one", "condition", ".ok"),
        AnswerRead("s", "one", "response.age", ".person.age"),
        AnswerRead("s", "many", "lresult", ".sum"),
        AnswerRead("s", "list", "condition", ".id"),
    }


@pytest.mark.parametrize(
    ("path", "reads"),
    [(".person", True), (".person.age", True), (".person.age.years", True), (".personal", False), (".per", False)],
)
def test_a_read_is_concerned_by_what_it_lies_in_and_by_what_lies_in_it(path, reads):
    read = AnswerRead("s", "one", "condition", ".person.age")
    assert bool(reads_of(Deviation(path, "vanished"), [read])) is reads
