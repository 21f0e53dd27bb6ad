"""The shape of a JSON value: its paths and their kinds, and nothing of its content."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.model import above, is_within, sample_shape, shape_of, spelled
from engine.model.shape import MOST_PATHS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_items_of_a_list_share_a_path():
    shape = shape_of({"items": [{"id": 1}, {"id": "x", "on": True}], "none": None})
    assert shape.kinds == {
        "": {"object"},
        ".items": {"list"},
        ".items[]": {"object"},
        ".items[].id": {"number", "text"},
        ".items[].on": {"boolean"},
        ".none": {"nothing"},
    }


def test_an_empty_text_of_a_sample_stands_for_whatever_will_come():
    assert sample_shape({"age": ""}).kinds[".age"] == {"nothing"}
    assert shape_of({"age": ""}).kinds[".age"] == {"text"}


def test_what_a_script_reads_is_spelled_alike():
    assert spelled(("items", -1, "a b", "id")) == '.items[]["a b"].id'


@given(JSON)
def test_values_of_one_shape_have_one_digest_whatever_the_order_of_their_keys(value: object):
    again = json.loads(json.dumps(value, sort_keys=True))
    assert shape_of(value) == shape_of(again)
    assert shape_of(value).digest == shape_of(again).digest


@given(JSON)
def test_every_path_but_the_root_lies_in_one_that_is_there(value: object):
    kinds = shape_of(value).kinds
    for path in kinds:
        outer = next(above(path), None)
        assert (path == "") == (outer is None)
        assert outer is None or (outer in kinds and is_within(path, outer))


def test_of_a_very_large_value_a_part_is_looked_at():
    many = shape_of({f"k{n}": n for n in range(10_000)})
    deep = shape_of([[list(range(20))] * 20] * 20)
    assert (len(many.found), many.whole) == (MOST_PATHS, False)
    assert not deep.whole


def test_of_a_long_list_both_ends_are_looked_at():
    shape = shape_of([1, *[None] * 1_000, "x"])
    assert shape.kinds["[]"] == {"number", "nothing", "text"}
    assert shape.whole
