"""Edits of a flow as it is written: every one keeps the steps, leaves a flow that can be read, and says where it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan import StepNode, parse_flow, steps_in
from engine.plan.tree import (
    entry_at,
    group,
    insert,
    join,
    move,
    move_down,
    move_up,
    nest,
    normal,
    places,
    remove,
    renamed,
    ungroup,
    unnest,
)
from tests.unit.builders import seed
from tests.unit.test_plan_flow import flattened, flows

EDITS = (move_up, move_down, nest, unnest)


def all_places(flow, place=()):
    """Of steps and of lists."""
    if place:
        yield place
    entry = entry_at(flow, place)
    if isinstance(entry, list):
        for n in range(len(entry)):
            yield from all_places(flow, (*place, n))


def is_normal(flow: Any) -> bool:
    """Lists alternate by themselves: what matters is that none within another has fewer than two entries."""
    inner = [entry for entry in flow if isinstance(entry, list)]
    return all(len(entry) > 1 and is_normal(entry) for entry in inner)


def meaning(node):
    """What runs after what, whatever lists it is written in."""
    if isinstance(node, StepNode):
        return node.step
    kind = type(node)
    parts: list[Any] = []
    for child in map(meaning, node.children):
        parts.extend(child[1] if isinstance(child, tuple) and child[0] is kind else [child])
    return parts[0] if len(parts) == 1 else (kind, parts)


# -- what they do ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "flow", "place", "then", "there"),
    [
        (move_up, ["a", "b"], (1,), ["b", "a"], (0,)),
        (move_up, ["a", "b"], (0,), ["a", "b"], (0,)),
        (move_up, ["a", ["b", "c"]], (1,), [["b", "c"], "a"], (0,)),
        (move_up, ["a", ["b", "c"]], (1, 1), ["a", ["c", "b"]], (1, 0)),
        (move_down, ["a", "b"], (0,), ["b", "a"], (1,)),
        (move_down, ["a", "b"], (1,), ["a", "b"], (1,)),
        (nest, ["a", "b", "c"], (1,), [["a", "b"], "c"], (0, 1)),
        (nest, [["a", "b"], "c"], (1,), [["a", "b", "c"]], (0, 2)),
        (nest, [["a", "b"]], (0, 1), ["a", "b"], (1,)),
        (nest, [["a", "b", "c"]], (0, 1), [[["a", "b"], "c"]], (0, 0, 1)),
        (nest, ["a", ["b", "c"]], (1,), [["a", "b", "c"]], (0, 1)),
        (nest, [["a", ["b", "c"]]], (0, 1), ["a", "b", "c"], (1,)),
        (nest, ["a"], (0,), ["a"], (0,)),
        (unnest, ["a", ["b", "c", "d"]], (1, 1), ["a", ["b", "d"], "c"], (2,)),
        (unnest, ["a", ["b", "c", "d"]], (1, 0), ["a", "b", ["c", "d"]], (1,)),
        (unnest, ["a", ["b", "c"]], (1, 1), ["a", "b", "c"], (2,)),
        (unnest, ["a", "b"], (1,), ["a", "b"], (1,)),
        (remove, ["a", ["b", "c"]], (1, 0), ["a", "c"], (1, 0)),
        (remove, ["a", ["b", "c"], "d"], (1,), ["a", "d"], (1,)),
        (remove, ["a"], (0,), [], ()),
    ],
)
def test_an_edit_does_what_it_says(edit, flow, place, then, there):
    edited = edit(flow, place)
    assert edited.flow == then
    if edit is not remove:
        assert edited.place == there


@pytest.mark.parametrize(
    ("place", "to", "then"),
    [
        ((2,), (0,), ["d", "a", ["b", "c"]]),
        ((0,), (2,), [["b", "c"], "a", "d"]),
        ((0,), (3,), [["b", "c"], "d", "a"]),
        ((0,), (1, 1), [["b", "a", "c"], "d"]),
        ((1, 0), (0,), ["b", "a", "c", "d"]),
        ((1, 0), (1, 2), ["a", ["c", "b"], "d"]),
        ((1,), (0,), [["b", "c"], "a", "d"]),
        ((1,), (1, 0), ["a", ["b", "c"], "d"]),
        ((0,), (9, 9), ["a", ["b", "c"], "d"]),
    ],
)
def test_a_step_is_dropped_where_it_was_taken_to(place, to, then):
    flow = ["a", ["b", "c"], "d"]
    assert move(flow, place, to).flow == then


def test_a_step_that_is_dropped_on_another_runs_beside_it():
    assert join(["a", "b", "c"], (2,), (0,)).flow == [["a", "c"], "b"]
    assert join([["a", "b"], "c"], (1,), (0, 0)).flow == [[["a", "c"], "b"]]
    assert join(["a", ["b", "c"]], (1,), (1, 0)).flow == ["a", ["b", "c"]]


@pytest.mark.parametrize(
    ("flow", "chosen", "parallel", "then", "there"),
    [
        (["a", "b", "c"], [(0,), (1,)], True, [["a", "b"], "c"], (0,)),
        (["a", "b", "c", "d"], [(3,), (1,)], True, ["a", ["b", "d"], "c"], (1,)),
        (["a", "b", "c"], [(0,), (2,)], False, ["a", "c", "b"], (0,)),
        ([["a", "b", "c"]], [(0, 0), (0, 2)], False, [[["a", "c"], "b"]], (0, 0)),
        ([["a", "b"], "c"], [(0, 1), (1,)], True, [["a", "b", "c"]], (0, 1)),
        (["a", ["b", "c"], "d"], [(1,), (1, 0), (2,)], True, ["a", ["b", "c", "d"]], (1,)),
        (["a", ["b", "c"]], [(0,), (1, 0), (1, 1)], True, [["a", "b", "c"]], (0,)),
        (["a", "b"], [(1,)], True, ["a", "b"], ()),
        (["a", "b"], [(0,), (7,), ()], True, ["a", "b"], ()),
    ],
)
def test_steps_are_gathered_in_a_group_where_the_first_of_them_stands(flow, chosen, parallel, then, there):
    edited = group(flow, chosen, parallel)
    assert (edited.flow, edited.place) == (then, there)


@pytest.mark.parametrize(
    ("flow", "place", "then"),
    [
        (["a", ["b", "c"], "d"], (1,), ["a", "b", "c", "d"]),
        ([["a", ["b", "c"]]], (0, 1), [["a", "b", "c"]]),
        (["a", ["b", ["c", "d"]]], (1,), ["a", "b", "c", "d"]),
        (["a", "b"], (0,), ["a", "b"]),
    ],
)
def test_a_group_gives_its_steps_back_to_the_list_it_stands_in(flow, place, then):
    assert ungroup(flow, place).flow == then


def test_a_step_is_put_at_a_place_or_at_the_end():
    assert insert(["a", ["b", "c"]], "x", (1, 1)).flow == ["a", ["b", "x", "c"]]
    assert insert(["a", ["b", "c"]], "x") == insert(["a", ["b", "c"]], "x", (7, 7))
    assert insert([], "x").flow == ["x"]


def test_a_step_gets_another_name_and_keeps_its_other_fields():
    flow = [{"_id": "a", "note": 1, "name": "A"}, "b"]
    assert renamed(flow, (0,), "Z") == [{"_id": "a", "note": 1, "name": "Z"}, "b"]
    assert renamed(flow, (1,), "B")[1] == {"_id": "b", "name": "B"}
    assert renamed(flow, (0,), "")[0] == {"_id": "a", "note": 1}


def test_the_seed_s_flow_is_in_normal_form_as_it_stands():
    (system,) = seed()["system"]
    assert normal(system["step"]) == system["step"]
    assert [place for place, _step in places(system["step"])] == [(0,), (1, 0), (1, 1), (2,)]


# -- what holds of every flow ------------------------------------------------------------------------


@given(flows, st.data())
def test_every_edit_keeps_the_steps_and_leaves_a_flow_in_normal_form(flow, data):
    place = data.draw(st.sampled_from(list(all_places(flow))))
    other = data.draw(st.sampled_from(list(all_places(flow))))
    both = move(flow, place, other), join(flow, place, other), group(flow, [place, other], data.draw(st.booleans()))
    for edited in (*(edit(flow, place) for edit in EDITS), ungroup(flow, place), *both):
        assert sorted(flattened(edited.flow)) == sorted(flattened(flow))
        assert steps_in(parse_flow(edited.flow))
        assert edited.flow == flow or is_normal(edited.flow)


@given(flows, st.data())
def test_an_edit_says_where_what_was_edited_stands(flow, data):
    place = data.draw(st.sampled_from([place for place, _step in places(flow)]))
    for edit in EDITS:
        edited = edit(flow, place)
        assert entry_at(edited.flow, edited.place) == entry_at(flow, place)


@given(flows.filter(lambda flow: len(flattened(flow)) > 1), st.data())
def test_a_group_stands_where_its_edit_says(flow, data):
    chosen = data.draw(st.lists(st.sampled_from([place for place, _step in places(flow)]), min_size=2, unique=True))
    grouped = group(flow, chosen, data.draw(st.booleans()))
    first = entry_at(flow, min(chosen))
    there = entry_at(grouped.flow, grouped.place)
    assert there == first or first in flattened(there)


@given(flows)
def test_the_normal_form_runs_as_what_was_written(flow):
    assert meaning(parse_flow(normal(flow))) == meaning(parse_flow(flow))
    assert normal(normal(flow)) == normal(flow)


@given(flows, st.data())
def test_removing_takes_that_step_alone(flow, data):
    place = data.draw(st.sampled_from([place for place, _step in places(flow)]))
    left = remove(flow, place).flow
    assert sorted([*flattened(left), entry_at(flow, place)]) == sorted(flattened(flow))


@given(flows, st.data())
def test_up_undoes_down(flow, data):
    flow = normal(flow)
    place = data.draw(st.sampled_from([place for place, _step in places(flow)]))
    down = move_down(flow, place)
    assert down.flow == flow or move_up(down.flow, down.place).flow == flow
