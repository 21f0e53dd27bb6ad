"""Lengths of time as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.typed_duration import LONGEST_S, read_duration, written_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90), ("5s", 5), ("1.5 h", 5400), ("1 d 12 h", 129_600), ("10 Min", 600), ("250 ms", 0.25),
        ("2 天 3 小时", 183_600),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 parsecs", "5,5", "1e3", "s", "9" * 60, "5 s !"])
def test_what_says_no_length_of_time_is_refused(text):
    with pytest.raises(ValueError, match="no length of time"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (5, "5 s"), (0.5, "0.5 s"), (300, "5 min"), (172_800, "2 d"), (90_061, "1 d 1 h 1 min 1 s")],
)
def test_a_length_of_time_is_written_in_its_largest_units(seconds, text):
    assert written_duration(seconds) == text


@given(st.integers(0, int(LONGEST_S)) | st.decimals(0, 1000, places=3).map(float))
def test_what_is_written_is_read_as_the_same(seconds: float):
    assert read_duration(written_duration(seconds)) == pytest.approx(seconds, rel=1e-9)
