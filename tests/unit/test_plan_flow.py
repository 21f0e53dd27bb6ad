"""The nested list as a tree, and the order that it imposes."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Invalid, Problem
from engine.plan import Parallel, Sequence, StepNode, parse_flow, steps_in
from engine.plan.flow import MAX_DEPTH
from engine.plan.order import Order
from tests.unit.builders import seed


def named(flow, prefix="s"):
    """The shape with a step in the place of each leaf; the steps are numbered in the order of writing."""
    count = iter(range(10_000))

    def name(item):
        return [name(part) for part in item] if isinstance(item, list) else f"{prefix}{next(count)}"

    return [name(item) for item in flow]


entries = st.recursive(st.none(), lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12)
flows = st.lists(entries, min_size=1, max_size=5).map(named)


def flattened(raw):
    return [leaf for item in raw for leaf in (flattened(item) if isinstance(item, list) else [item])]


def problems_of_flow(raw) -> list[Problem]:
    with pytest.raises(Invalid) as caught:
        parse_flow(raw)
    return list(caught.value.problems)


def test_the_seed_reads_as_a_sequence_with_a_parallel_group():
    steps = [StepNode(f"step{n}", f"step{n}") for n in (1, 2, 3, 4)]
    flow = parse_flow(seed()["system"][0]["step"])
    assert flow == Sequence((steps[0], Parallel((steps[1], steps[2])), steps[3]))


def test_a_list_in_a_parallel_group_is_a_sequence():
    flow = parse_flow(["a", [["b", "c"], "d"]])
    b, c, d = (StepNode(name, name) for name in "bcd")
    assert flow == Sequence((StepNode("a", "a"), Parallel((Sequence((b, c)), d))))


def test_an_entry_keeps_the_name_that_the_system_gives_it():
    assert parse_flow([{"_id": "s", "name": "Sign it"}]) == Sequence((StepNode("s", "Sign it"),))


def test_every_bad_entry_is_reported_with_its_place():
    problems = problems_of_flow(["ok", 7, [{"name": "no id"}, "fine", []], None])
    assert [problem.path for problem in problems] == ["step[1]", "step[2][0]", "step[2][2]", "step[3]"]
    assert "neither a step nor a list: 7" in problems[0].message
    assert 'no "_id"' in problems[1].message
    assert "this sequence is empty" in problems[2].message
    assert all(problem.hint for problem in problems)


def test_a_system_without_steps_is_refused():
    assert "the system has no steps" in problems_of_flow([])[0].message


@pytest.mark.parametrize("raw", [None, "s1", {"_id": "s1"}, 3])
def test_a_flow_that_is_no_list_is_refused(raw):
    assert "the flow is a list" in problems_of_flow(raw)[0].message


def test_lists_nested_too_deep_are_a_problem_and_no_recursion_error():
    raw: list = ["s"]
    for _ in range(100_000):
        raw = [raw]
    assert f"more than {MAX_DEPTH} deep" in problems_of_flow(raw)[0].message
    while raw != ["s"]:  # take it apart by hand: the interpreter would recurse
        raw = raw[0]


@given(flows)
def test_steps_keep_the_order_of_writing(raw):
    assert list(steps_in(parse_flow(raw))) == flattened(raw)


@given(flows)
def test_before_is_antisymmetric_and_beside_is_symmetric(raw):
    order, opposite = Order(parse_flow(raw)), {"before": "after", "after": "before", "beside": "beside"}
    for one, other in permutations(flattened(raw), 2):
        assert order.relation(one, other) == opposite[order.relation(other, one)]


@given(flows)
def test_before_is_transitive(raw):
    order, steps = Order(parse_flow(raw)), flattened(raw)[:9]
    for one, two, three in permutations(steps, 3):
        if order.relation(one, two) == order.relation(two, three) == "before":
            assert order.relation(one, three) == "before"


@given(flows)
def test_before_after_and_beside_share_out_all_other_steps(raw):
    order, steps = Order(parse_flow(raw)), flattened(raw)
    for step in steps:
        parts = [order.related(step, relation) for relation in ("before", "after", "beside", "same")]
        assert sorted(name for part in parts for name in part) == sorted(steps)


def test_the_order_of_a_nested_flow():
    order = Order(parse_flow(["a", [["b", "c"], "d"], "e"]))
    assert order.related("c", "before") == {"a", "b"}
    assert order.related("c", "beside") == {"d"}
    assert order.related("c", "after") == {"e"}
