"""Two edits of one flow made into one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.merge import merged
from engine.plan.tree import insert, places
from tests.unit.test_plan_flow import flows


@pytest.mark.parametrize(
    ("before", "theirs", "mine", "then"),
    [
        (["a", "b"], ["a", "b", "x"], ["a", "b"], ["a", "b", "x"]),
        (["a", "b"], ["a", "b"], ["b", "a"], ["b", "a"]),
        (["a", "b"], ["a", "x", "b"], ["b", "a"], ["b", "a", "x"]),
        (["a", "b"], ["x", "a", "b"], ["b", "a"], ["b", "x", "a"]),
        (["a", "b"], ["a", ["b", "x"]], ["a", "b", "y"], ["a", ["b", "x"], "y"]),
        (["a", ["b", "c"]], ["a", ["b", "x", "c"]], ["a", "y", ["b", "c"]], ["a", "y", ["b", "x", "c"]]),
        (["a", ["b", "c"]], ["a", ["b", "c"], "x"], [["b", "c"]], [["b", "c"], "x"]),
        (["a", "b", "c"], ["a", "c"], ["c", "b", "a"], ["c", "a"]),
        (["a", "b"], ["a"], ["a", "x"], ["a", "x"]),
        (["a", "b"], ["b", "a"], [["a", "b"]], [["a", "b"]]),
        (["a"], ["a", "x", "y"], ["z", "a"], ["z", "a", "x", "y"]),
        (["a"], ["a", "x"], ["x", "a"], ["x", "a"]),
    ],
)
def test_what_only_one_of_them_did_is_in_both(before, theirs, mine, then):
    assert merged(before, theirs, mine) == then


def named(step: str, name: str) -> dict[str, Any]:
    return {"_id": step, "name": name}


def test_what_they_called_a_step_is_taken_over_unless_i_called_it_otherwise():
    theirs = [named("a", "Theirs"), named("b", "Theirs")]
    assert merged(["a", "b"], theirs, ["b", named("a", "Mine")]) == [named("b", "Theirs"), named("a", "Mine")]
    assert merged([named("a", "Old"), "b"], ["a", "b"], ["b", named("a", "Old")]) == ["b", {"_id": "a"}]


@given(flows, flows, flows)
def test_every_step_that_i_have_and_nobody_removed_is_there_once_as_are_theirs(before, theirs, mine):
    first, second, third = ({node.step for _, node in places(flow)} for flow in (before, theirs, mine))
    found = [node.step for _, node in places(merged(before, theirs, mine))]
    assert {*found} - first == (second | third) - first
    assert len(found) == len({*found})


@given(flows, st.booleans())
def test_who_changed_nothing_gets_what_the_other_made(flow, swap):
    other = insert(flow, "new").flow
    assert merged(flow, *((flow, other) if swap else (other, flow))) == other
