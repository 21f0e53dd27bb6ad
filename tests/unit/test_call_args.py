"""Args take their declared type, or say why not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import BadArg, coerce

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
TYPES = ["string", "int", "float", "bool", "list", "object", "any"]


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("25", "int", 25),
        (" -7 ", "int", -7),
        (1.0, "int", 1),
        (2**80, "int", 2**80),
        ("1.5", "float", 1.5),
        (3, "float", 3.0),
        (True, "string", "true"),
        (False, "string", "false"),
        (25, "string", "25"),
        (2.5, "string", "2.5"),
        ([1, {"a": "é"}], "string", '[1,{"a":"é"}]'),
        ("TRUE", "bool", True),
        ("0", "bool", False),
        (1, "bool", True),
        (False, "bool", False),
        ("[1, 2]", "list", [1, 2]),
        ('{"a": 1}', "object", {"a": 1}),
        ([1], "list", [1]),
        ("[1]", "any", "[1]"),
    ],
)
def test_a_value_becomes_its_declared_type(value, type_, expected):
    found = coerce(value, type_)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("abc", "int"),
        (1.5, "int"),
        ("1.5", "int"),
        ("1_000", "int"),
        (True, "int"),
        ([1], "int"),
        (float("inf"), "int"),
        ("nan", "float"),
        ("1_0.5", "float"),
        ("1e999", "float"),
        (True, "float"),
        ({}, "float"),
        ("maybe", "bool"),
        (2, "bool"),
        ([], "bool"),
        ("{}", "list"),
        ("no json", "list"),
        ([1], "object"),
        ("[NaN]", "list"),
    ],
)
def test_what_cannot_become_it_is_refused_naming_value_and_type(value, type_):
    with pytest.raises(BadArg) as caught:
        coerce(value, type_)
    assert repr(value) in str(caught.value)
    assert type_ in str(caught.value)


@pytest.mark.parametrize("type_", TYPES)
def test_an_absent_value_stays_absent(type_):
    assert coerce(None, type_) is None


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(BadArg) as caught:
        coerce("x" * 10_000, "int")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("type_", ["string", "float", "bool", "list", "object"])
def test_a_value_too_large_to_show_is_refused_without_showing_it(type_):
    with pytest.raises(BadArg, match=rf"a value \(int\) that is too large to show is no {type_}"):
        coerce(10**5_000, type_)


def test_a_list_without_bottom_is_no_text():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadArg, match="too large to show is no string"):
        coerce(deep, "string")


@given(JSON, st.sampled_from(TYPES))
def test_coercing_is_total_and_changes_nothing_the_second_time(value, type_):
    try:
        once = coerce(value, type_)
    except BadArg:
        return
    assert coerce(once, type_) == once
    json.dumps(once, allow_nan=False)
