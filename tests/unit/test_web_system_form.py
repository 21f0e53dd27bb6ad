"""The form of a system: its fields read as a system, a system as its fields, and every button changes just its part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import System
from tests.unit.builders import seed
from webapp.system_form import act, arg_rows, fields_of, ids_of, read_system

FIELDS = {"id": "s", "tree": '["a", ["b", "c"]]'}


def a_form(**fields: str) -> dict[str, str]:
    return FIELDS | fields


def problems(fields: dict[str, str]) -> list[tuple[str, str]]:
    return [(problem.path, problem.message) for problem in read_system(fields, None).problems]


def tree_after(said: str, tree: Any = None) -> Any:
    fields = a_form(tree=json.dumps(tree)) if tree is not None else a_form()
    return json.loads(act(fields, said).fields["tree"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.text("abcdefgh_-", min_size=1, max_size=5)


def test_the_seed_s_system_goes_through_the_form_as_it_stands():
    stored = System.load(seed()["system"][0])
    reading = read_system(fields_of(stored), stored)
    assert (reading.system, reading.problems) == (stored, [])
    assert reading.system
    assert reading.system.to_json() == stored.to_json()


def test_a_list_keeps_its_id_where_it_is_moved_to():
    before, after = (ids_of(flow) for flow in (["a", ["b", ["c", "d"]], 5], [["b", ["c", "d"]], "a", 5]))
    assert before == {
        (0,): "a", (1,): "group.1.b", (1, 0): "b", (1, 1): "group.2.c", (1, 1, 0): "c", (1, 1, 1): "d", (2,): "broken.2"
    }  # fmt: skip
    assert set(after.values()) == set(before.values())


def test_what_is_ticked_is_grouped_and_then_looked_at():
    fields = a_form(**{"pick.a": "yes", "pick.c": "yes", "title.c": "Third"})
    acted = act(fields, "group:parallel")
    assert json.loads(acted.fields["tree"]) == [["a", {"_id": "c", "name": "Third"}], "b"]
    assert acted.focus == "item.group.1.a"
    assert not [name for name in acted.fields if name.startswith("pick.")]


def test_less_than_two_are_no_group():
    acted = act(a_form(**{"pick.a": "yes", "pick.gone": "yes"}), "group:sequence")
    assert acted.fields["tree"] == FIELDS["tree"]
    assert (acted.focus, acted.note) == ("pick-bar", "Tick two steps or more first.")


@given(st.dictionaries(names, json_values, max_size=4))
def test_args_of_any_kind_go_through_the_form(args):
    stored = System.load({"_id": "s", "step": ["a"], "def_args": args})
    reading = read_system(fields_of(stored), None)
    assert reading.problems == []
    assert reading.system
    assert json.dumps(reading.system.def_args) == json.dumps(args)


def test_what_the_form_has_no_field_for_is_kept():
    stored = System.load({"_id": "s", "step": [{"_id": "a", "note": 1}], "debug": True, "owner": "ann"})
    system = read_system(fields_of(stored), stored).system
    assert system
    assert system.to_json() == stored.to_json()


def test_every_problem_is_told_at_its_field():
    bad = a_form(id="no id", limit="many", **{"arg.0.name": "", "arg.0.value": "4", "arg.1.name": "a.b"})
    assert {path for path, _message in problems(bad)} == {"id", "limit", "arg.0", "arg.1"}
    assert problems(a_form(**{"arg.0.name": "x", "arg.1.name": "x"})) == [("arg.1", "there are two args x")]


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "many", "٣", "9" * 30])
def test_a_limit_that_is_none_is_a_problem(limit):
    assert problems(a_form(limit=limit)) == [("limit", "this is no whole number from 1 on")]


def test_what_can_be_read_is_drawn_while_the_id_will_not_do():
    reading = read_system(a_form(id="no id", **{"arg.0.name": "n", "arg.0.value": "4"}), None)
    assert reading.system is None
    assert (reading.drawn.step, reading.drawn.def_args) == (["a", ["b", "c"]], {"n": 4})


@pytest.mark.parametrize("tree", ["{", '{"a": 1}', "NaN", "[" * 80 + "]" * 80, "[" * 5000])
def test_a_tree_that_cannot_be_read_is_a_problem_and_no_fault(tree):
    assert [path for path, _message in problems(a_form(tree=tree))] == ["tree"]
    assert act(a_form(tree=tree), "up:1").fields["tree"] == tree


def test_what_a_step_is_called_here_goes_with_the_step():
    flow = read_system(a_form(**{"title.b": "Second"}), None).flow
    assert flow == ["a", [{"_id": "b", "name": "Second"}, "c"]]
    moved = act(a_form(**{"title.b": "Second"}), "unnest:1.0").fields
    assert json.loads(moved["tree"]) == ["a", {"_id": "b", "name": "Second"}, "c"]
    assert "title.b" not in moved


def test_a_row_that_is_emptied_is_gone_and_there_is_one_to_go_on_with():
    rows = arg_rows({"arg.0.name": " ", "arg.0.value": "", "arg.7.name": "n", "arg.7.value": "4", "arg.x.name": "?"})
    assert [(row.number, row.name, row.value) for row in rows] == [(0, "n", "4"), (1, "", "")]


@pytest.mark.parametrize(
    ("said", "tree"),
    [
        ("up:1", [["b", "c"], "a"]),
        ("down:0", [["b", "c"], "a"]),
        ("nest:1.1", ["a", "b", "c"]),
        ("unnest:1.1", ["a", "b", "c"]),
        ("remove:1.0", ["a", "c"]),
        ("move:0:1.1", [["b", "a", "c"]]),
        ("join:0:1.0", [[["b", "a"], "c"]]),
        ("add:d", ["a", ["b", "c"], {"_id": "d"}]),
    ],
)
def test_a_button_edits_the_tree(said, tree):
    assert tree_after(said) == tree


@pytest.mark.parametrize(
    "said", ["", "up", "up:", "up:x", "up:9", "up:-1", "up:0:1", "move:0", "fly:0", "add:", "drop:9"]
)
def test_a_button_that_is_none_changes_nothing(said):
    assert tree_after(said) == ["a", ["b", "c"]]


def test_a_missing_arg_is_added_and_a_row_dropped():
    given_n = act(a_form(**{"arg.4.name": "x", "arg.4.value": "1"}), "give:n").fields
    assert [(row.name, row.value) for row in arg_rows(given_n)] == [("x", "1"), ("n", ""), ("", "")]
    system = read_system(given_n, None).system
    assert system
    assert system.def_args == {"x": 1, "n": None}
    assert [row.name for row in arg_rows(act(given_n, "drop:0").fields)] == ["n", ""]


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_sent_is_answered(tree, said, title):
    fields = a_form(tree=tree, **{"title.a": title, "arg.0.name": title, "arg.0.value": tree})
    read_system(act(fields, said).fields, None)
