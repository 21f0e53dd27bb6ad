"""The request that a call becomes: where args go, what is encoded, what is refused."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import Call
from engine.call.call import InvalidCall, request_of

URL = "http://api.test/v1"


def request(method="GET", url=URL, args=None, **call):
    return request_of(Call(method, url, args or {}, **call), "stepline/test")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_args_go_into_the_query_where_a_body_has_no_meaning(method):
    assert request(method, args={"a": 1}).url == f"{URL}?a=1"
    assert request(method, args={"a": 1}).body is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_args_go_as_json_elsewhere(method):
    sent = request(method, args={"a": [1, None], "é": 2**70})
    assert sent.url == URL
    assert json.loads(sent.body) == {"a": [1, None], "é": 2**70}
    assert sent.headers["Content-Type"] == "application/json"


def test_an_api_may_choose_otherwise():
    form = request("POST", args={"a": "x y", "b": True}, send="form")
    assert form.body == b"a=x+y&b=true"
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request("POST", args={"a": 1}, send="query").url == f"{URL}?a=1"
    assert request("GET", args={"a": 1}, send="json").body == b'{"a": 1}'


def test_the_query_knows_json_values():
    args = {"t": True, "none": None, "list": [1, "a", None], "object": {"k": [1]}, "é": "ü&=?#"}
    pairs = parse_qsl(urlsplit(request(args=args).url).query)
    assert pairs == [("t", "true"), ("list", "1"), ("list", "a"), ("object", '{"k":[1]}'), ("é", "ü&=?#")]


@pytest.mark.parametrize(
    ("url", "expected"),
    [(f"{URL}?x=1", f"{URL}?x=1&a=2"), (f"{URL}#part", f"{URL}?a=2#part")],
)
def test_a_query_of_the_url_itself_is_kept(url, expected):
    assert request(url=url, args={"a": 2}).url == expected


def test_a_path_parameter_is_taken_from_the_args_and_not_sent_again():
    assert request(url=f"{URL}/{{id}}/x", args={"id": 7, "a": 1}).url == f"{URL}/7/x?a=1"


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_a_path_parameter_stays_in_its_segment(value):
    url = request(url=f"{URL}/{{id}}/x", args={"id": value}).url
    assert url.startswith(f"{URL}/")
    segment = url.removeprefix(f"{URL}/").removesuffix("/x")
    assert not set(segment) & set("/?#\\@: \r\n")


@pytest.mark.parametrize("value", [".", "..", "", None])
def test_a_path_parameter_that_would_change_the_path_is_refused(value):
    with pytest.raises(InvalidCall, match="id"):
        request(url=f"{URL}/{{id}}", args={"id": value})


def test_a_missing_path_parameter_is_named():
    with pytest.raises(InvalidCall, match=r"\{id\}: bind the arg id"):
        request(url=f"{URL}/{{id}}")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-A": "a\r\nHost: evil"}, "line break"),
        ({"X-A": "a\nb"}, "line break"),
        ({"X-A": "a\0"}, "NUL"),
        ({"X-A\r\nB": "c"}, "header name"),
        ({"X A": "c"}, "header name"),
        ({"": "c"}, "header name"),
        ({"X-A:": "c"}, "header name"),
        ({"X-A": "漢"}, "cannot hold"),
        ({"host": "evil"}, "set by Stepline"),
        ({"Transfer-Encoding": "chunked"}, "set by Stepline"),
        ({"CONTENT-LENGTH": "0"}, "set by Stepline"),
        ({"Connection": "close"}, "set by Stepline"),
    ],
)
def test_headers_that_would_break_the_request_are_refused(headers, told):
    with pytest.raises(InvalidCall, match=told):
        request(headers=headers)


@given(st.dictionaries(st.text(), st.text()))
def test_no_header_gets_through_with_a_line_break(headers):
    try:
        sent = request(headers=headers)
    except InvalidCall:
        return
    assert not any(letter in f"{name}{value}" for name, value in sent.headers.items() for letter in "\r\n\0")


@pytest.mark.parametrize(
    "url",
    ["ftp://a/b", "file:///etc/passwd", "/api1", "http://", "http:///x", "http://[::1", "http://a:99999/", "gopher://a",
     "http://a/\r\nHost: b"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(InvalidCall, match="the url cannot be used"):
        request(url=url)


def test_the_message_about_a_url_tells_no_password():
    with pytest.raises(InvalidCall) as caught:
        request(url="ftp://ann:hunter2@host/x?token=hunter3")
    assert "hunter" not in str(caught.value)


def test_user_and_password_in_a_url_become_basic_authentication():
    sent = request(url="http://ann:p%40ss@api.test/v1?mail=a@b")
    assert sent.url == "http://api.test/v1?mail=a@b"
    assert sent.headers["Authorization"] == "Basic YW5uOnBAc3M="


def test_values_that_are_no_json_are_refused():
    with pytest.raises(InvalidCall, match="no JSON"):
        request("POST", args={"a": float("nan")})


def test_every_call_says_who_calls_and_which_pass_it_is():
    headers = request(idempotency_key="task/step/link/0").headers
    assert headers["User-Agent"] == "stepline/test"
    assert headers["Idempotency-Key"] == "task/step/link/0"
    assert "Idempotency-Key" not in request().headers


def test_a_key_cannot_end_its_header():
    assert request(idempotency_key="t\r\nX: y/é").headers["Idempotency-Key"] == "t%0D%0AX:%20y/%C3%A9"


@pytest.mark.parametrize(
    ("method", "repeatable", "expected"),
    [("GET", None, True), ("PUT", None, True), ("POST", None, False), ("PATCH", None, False), ("GET", False, False),
     ("POST", True, True)],
)  # fmt: skip
def test_what_may_be_repeated_follows_the_method_unless_said(method, repeatable, expected):
    assert Call(method, URL, repeatable=repeatable).may_repeat is expected
