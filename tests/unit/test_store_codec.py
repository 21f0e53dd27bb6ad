"""Any JSON is stored and read back unchanged."""

import json

from bson import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from engine.store.codec import TEXT, pack, unpack

odd_keys = st.sampled_from(["a.b", "$set", "", TEXT, "a\0b", "$", ".", "\ud800"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters())
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(odd_keys | st.text(), inner, max_size=4)
)


@given(documents)
def test_packed_json_is_unpacked_as_it_was(value: object) -> None:
    assert unpack(decode(encode({"value": pack(value)}))["value"]) == value


def test_nesting_deeper_than_the_database_allows_is_kept() -> None:
    deep = json.loads('{"a":[' * 150 + "]}" * 150)
    assert unpack(decode(encode({"value": pack(deep)}))["value"]) == deep


def test_whole_numbers_beyond_64_bits_are_kept_exactly() -> None:
    big = {"n": 2**200, "edge": 2**63 - 1, "over": 2**63}
    assert unpack(decode(encode(pack(big)))) == big


def test_plain_documents_are_stored_as_they_are() -> None:
    plain = {"name": "x", "list": [1, {"y": None}]}
    assert pack(plain) == plain
