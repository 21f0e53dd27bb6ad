"""`Retry-After` in both of its forms."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import retry_after_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 13:01:30 +0100", 90.0),
        ("Monday, 23-Nov-26 12:00:05 GMT", 5.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),
        ("Mon, 99 Nov 2026 12:01:30 GMT", None),
    ],
)
def test_seconds_and_dates_are_read(header, seconds):
    assert retry_after_s(header, NOW) == seconds


@given(st.text() | st.from_regex(r"[A-Za-z0-9,:+ -]{0,40}", fullmatch=True))
def test_no_header_breaks_it_or_waits_a_negative_time(header):
    seconds = retry_after_s(header, NOW)
    assert seconds is None or seconds >= 0
