"""A pasted curl command, taken apart: what it asks for, and what of it cannot be taken over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import BadCurl, Call, read_curl, render_curl
from engine.call.call import request_of


@pytest.mark.parametrize(
    ("text", "method", "url", "args", "send"),
    [
        ("curl http://a/b", "GET", "http://a/b", {}, None),
        ("$ curl http://a/b?x=1&y=2", "GET", "http://a/b", {"x": "1", "y": "2"}, None),
        ("/usr/bin/curl 'http://a/b?x=1&x=2'", "GET", "http://a/b", {"x": ["1", "2"]}, None),
        ("curl -I http://a", "HEAD", "http://a", {}, None),
        ("curl -XDELETE http://a/7", "DELETE", "http://a/7", {}, None),
        ("curl -X POST http://a", "POST", "http://a", {}, "query"),
        ("curl http://a -d a=1 -d b=2", "POST", "http://a", {"a": "1", "b": "2"}, "form"),
        ("curl -G http://a -d a=1 --data-urlencode 'b=x & y'", "GET", "http://a", {"a": "1", "b": "x & y"}, None),
        ("curl http://a --data-urlencode q=50%", "POST", "http://a", {"q": "50%"}, "form"),
        ("""curl http://a --json '{"a": 1, "b": [true]}'""", "POST", "http://a", {"a": 1, "b": [True]}, None),
        ("""curl http://a -d '{"a": "x"}'""", "POST", "http://a", {"a": "x"}, None),
        ("""curl -X PUT http://a?v=2 -d '{"a": null}'""", "PUT", "http://a?v=2", {"a": None}, None),
        ("curl http://a -F name=ann -F age=4", "POST", "http://a", {"name": "ann", "age": "4"}, "form"),
        ("curl -sSLX PATCH http://a/{id}", "PATCH", "http://a/{id}", {}, "query"),
        ("""curl $'http://a/it\\'s' -d $'a=\\u00e9'""", "POST", "http://a/it's", {"a": "é"}, "form"),
        ('curl "http://a" \\\n  -H "Accept: x" \\\r\n -d "a=\\"1\\""', "POST", "http://a", {"a": '"1"'}, "form"),
        ('curl ^"http://a^" ^\n  --data-raw ^"^{^\\^"a^\\^":1^}^"', "POST", "http://a", {"a": 1}, None),
    ],
)
def test_a_command_says_method_url_args_and_how_they_travel(text, method, url, args, send):
    call = read_curl(text)
    assert (call.method, call.url, call.args, call.send) == (method, url, args, send)


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("curl http://a -H 'X-Trace: 7' -H x-trace:8", {"X-Trace": "7, 8"}),
        ("curl http://a -A me -e http://r -b k=v", {"User-Agent": "me", "Referer": "http://r", "Cookie": "k=v"}),
        ("curl http://a -u ann:pw", {"Authorization": "Basic YW5uOnB3"}),
        ("curl http://ann:pw@a", {"Authorization": "Basic YW5uOnB3"}),
        ("curl http://a --oauth2-bearer t", {"Authorization": "Bearer t"}),
        ("curl http://a --json {}", {}),
        ("curl http://a -H 'Content-Type: application/json' -d {}", {}),
        ("curl http://a -H 'Content-Type: application/x+json' -d {}", {"Content-Type": "application/x+json"}),
        ("curl http://a -H 'Accept: */*' -H 'Accept-Encoding: br' -H 'Host: b'", {}),
    ],
)
def test_headers_are_taken_but_for_those_that_are_set_anyway(text, headers):
    assert read_curl(text).headers == headers


def test_time_limit_and_redirects_are_taken():
    call = read_curl("curl -L -m 2.5 http://a")
    assert (call.timeout_s, call.follow_redirects) == (2.5, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("curl http://a --frobnicate", "--frobnicate"),
        ("curl http://a -y", "-y"),
        ("curl http://a -k", "certificates are always checked"),
        ("curl http://a -x http://p", "--proxy http://p"),
        ("curl http://a -d @body.json", "body.json"),
        ("curl http://a -F file=@x.png", "calls carry no files"),
        ("curl http://a -F name=ann", "multipart"),
        ("curl http://a http://b", "http://b"),
        ("curl example.org", "neither http nor https"),
        ("curl http://a -d '[1]' -H 'Content-Type: application/json'", "no JSON object"),
        ("curl http://a -d '{' -H 'Content-Type: application/json'", "no JSON"),
        ("curl http://a -d '<x/>' -H 'Content-Type: text/xml'", "text/xml"),
        ("curl http://a | jq .", "| jq ."),
        ("curl http://a -H 'Host: b'", "Host"),
        ("curl http://a -b jar.txt", "jar.txt"),
        ("curl 'http://a?flag'", "flag"),
        ("curl http://a -H 'Authorization: Bearer t'", "Bearer $$SECRET.authorization"),
        ("curl http://a -H nonsense", "nonsense"),
        ("curl http://a --retry 3", "retries"),
        ("curl http://a -m never", "never"),
    ],
)
def test_what_cannot_be_taken_over_is_named(text, said):
    assert any(said in note for note in read_curl(text).notes)


@pytest.mark.parametrize(
    "text", ["curl -sS --compressed --globoff http://a -o /dev/null", "curl http://a -H 'X-Api-Key: $$SECRET.k'"]
)
def test_what_needs_no_word_is_passed_over(text):
    assert read_curl(text).notes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing"),
        ("wget http://a", "curl"),
        ("curl", "no url"),
        ("curl 'http://a", "quote"),
        ("curl http://a -X", "--request"),
        ("curl -X TRACE http://a", "TRACE"),
        ("curl 'http://[a'", "no url"),
    ],
)
def test_what_is_no_call_says_why(text, said):
    with pytest.raises(BadCurl, match=said):
        read_curl(text)


@given(st.text(max_size=60))
def test_no_text_breaks_it(text):
    for pasted in (text, f"curl {text}", f"curl http://a {text}"):
        try:
            read_curl(pasted)
        except BadCurl:
            continue


# -- there and back ----------------------------------------------------------------------------------

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
PLAIN = st.dictionaries(NAMES, TEXTS, max_size=4)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
HEADERS = st.dictionaries(
    st.sampled_from(["X-Trace", "Accept-Language", "X-Tenant", "If-Match"]),
    st.from_regex(r"[!-~]([ -~]{0,10}[!-~])?", fullmatch=True),
    max_size=3,
)
JSON = st.dictionaries(TEXTS, NESTED, max_size=4)
SHAPES = st.one_of(
    st.tuples(st.sampled_from(["GET", "DELETE", "OPTIONS", "HEAD", "POST", "PUT"]), st.just("query"), PLAIN),
    st.tuples(st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]), st.just("form"), PLAIN),
    st.tuples(st.sampled_from(["POST", "PUT", "PATCH", "DELETE"]), st.just("json"), JSON),
)


@given(SHAPES, HEADERS, st.booleans(), st.integers(1, 3600))
def test_what_is_rendered_as_curl_is_read_as_the_same_request(
    shape: tuple[str, Any, dict[str, Any]], headers: dict[str, str], follow: bool, timeout_s: int
):
    method, send, args = shape
    call = Call(method, "http://a.example/b", args, send, headers, float(timeout_s), follow_redirects=follow)
    back = read_curl(render_curl(call))
    again = Call(back.method, back.url, back.args, back.send, back.headers)
    assert request_of(again, "x") == request_of(call, "x")
    assert (back.timeout_s, back.follow_redirects) == (call.timeout_s, follow)
