"""Which values fit which type: the proof and the call must agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import BadArg, coerce
from engine.plan.kinds import fits, sample_fits

KINDS = ["string", "int", "float", "bool", "list", "object", "any"]

texts = st.text(max_size=5) | st.sampled_from(
    ["7", " 7 ", "7.0", "1e3", "nan", "inf", "-0", "1_0", "true", "No", "1.0", "yes ", "[1]", "{}", "null", "[", ""]
)
leaves = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = leaves | st.lists(leaves, max_size=2) | st.dictionaries(texts, leaves, max_size=2)


def coerces(kind, value):
    try:
        coerce(value, kind)
    except BadArg:
        return False
    return True


@given(st.sampled_from(KINDS), values)
def test_the_proof_refuses_exactly_what_the_call_would(kind, value):
    assert fits(kind, value) == coerces(kind, value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sample", [None, ""])
def test_an_empty_sample_says_nothing(kind, sample):
    assert sample_fits(kind, sample)


def test_huge_numbers_are_judged_not_crashed_on():
    assert fits("int", 10**400)
    assert not fits("float", 10**400)
