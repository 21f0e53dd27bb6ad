"""No secret is left in what a mask has been over, however it is written."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import NO_MASK, Mask

SECRET = "s3cr/t+wörd=\"&'q"
MASK = Mask({"token": SECRET})


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        html.escape(SECRET),
        quote(SECRET),
        quote(SECRET, ""),
        quote(SECRET, "").lower(),
        quote_plus(SECRET),
        urlencode({"k": SECRET})[2:],
    ],
)
def test_a_secret_is_hidden_as_texts_json_html_and_urls_write_it(written):
    assert MASK.text(f"got {written}, and {written}!") == "got <secret token>, and <secret token>!"


@pytest.mark.parametrize("around", ["", "u", "us", "use", "user", "a longer user"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_base64_of_anything_that_holds_a_secret_is_hidden_whole(around, encode):
    code = encode(f"{around}:{SECRET}{around}".encode()).decode()
    assert MASK.text(f"Basic {code}, ok") == "Basic <secret token>, ok"


@given(st.text(), st.text(min_size=4, alphabet=st.characters(codec="utf-8")), st.text())
def test_whatever_a_secret_is_and_stands_in_it_is_not_there_any_more(before, secret, after):
    mask = Mask({"x": secret})
    placeholder = "<secret x>"
    for text in (f"{before}{secret}{after}", before + quote(secret, "") + after):
        left = mask.text(text).replace(placeholder, "\0")
        assert secret not in left or secret in placeholder


def test_keys_texts_and_numbers_of_json_are_hidden_and_nothing_else():
    mask = Mask({"pin": "123456"})
    said = {"pin": 123456, "as": [123456.0, "no 123456"], "123456": True, "other": 1234567, "n": None}
    shown = "<secret pin>"
    assert mask.value(said) == {"pin": shown, "as": [shown, f"no {shown}"], shown: True, "other": 1234567, "n": None}


def test_the_parts_of_a_secret_that_is_json_or_has_lines_are_hidden_on_their_own():
    mask = Mask({"account": json.dumps({"id": "abcdef", "keys": [987654]}), "pem": "first line\nsecond line"})
    assert mask.value({"a": "abcdef", "b": 987654, "c": "second line"}) == {
        "a": "<secret account>", "b": "<secret account>", "c": "<secret pem>",
    }  # fmt: skip


def test_a_text_that_breaks_off_inside_a_secret_shows_no_beginning_of_it():
    assert Mask({"k": "abcdefgh"}).beginning("the answer is abcdef") == "the answer is <secret k>"
    assert Mask({"k": "abcdefgh"}).beginning("the answer is abc") == "the answer is abc"


def test_each_secret_is_named_and_the_longer_one_goes_first():
    mask = Mask({"a": "secret", "b": "secret-more"})
    assert mask.text("secret secret-more") == "<secret a> <secret b>"


def test_without_secrets_nothing_is_touched():
    value = {"a": ["x", 1]}
    assert not NO_MASK
    assert NO_MASK.value(value) is value
    assert NO_MASK.text("x") == "x"
    assert NO_MASK.beginning("x") == "x"
