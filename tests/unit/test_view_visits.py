"""Browsers by the names that people know."""

import pytest

from webapp.view.visits import browser_text

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome 140 on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/141.0", "Edge 141 on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox 143 on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari 18 on iPhone"),
        ("python-requests/2.32", "python-requests/2.32"),
        ("x" * 50, "x" * 39 + "…"),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_a_few_words(agent, text):
    assert browser_text(agent) == text
