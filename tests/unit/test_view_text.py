"""Values as text: whatever an API answers can be shown."""

import json

import pytest

from webapp.view.text import LONGEST, compact, pretty, pretty_body, shortened


def test_text_is_shortened_with_an_ellipsis():
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"


def test_json_is_shown_over_lines_and_other_text_as_it_came():
    assert pretty_body('{"a":1}') == '{\n  "a": 1\n}'
    assert pretty_body("<html>") == "<html>"
    assert pretty_body(None) == ""


def test_what_is_very_long_is_cut():
    text = pretty("x" * (LONGEST + 100))
    assert len(text) < LONGEST + 100
    assert text.endswith("more")


@pytest.mark.parametrize("body", ["[" * 100_000, "9" * 10_000, '"\\ud800"', json.dumps({"a": [1] * 10_000})])
def test_no_answer_is_too_odd(body):
    assert pretty_body(body)


def test_other_scripts_stay_readable():
    assert compact({"name": "王"}) == '{"name": "王"}'
