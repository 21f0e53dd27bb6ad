"""The form of an API: what it makes, what is wrong with it and at which field, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.call import read_curl
from engine.model import Api, Arg
from tests.unit.builders import seed
from tests.unit.speaking import speaking
from tests.unit.test_shape import JSON
from webapp.api_form import (
    ARG_TYPES,
    NEW,
    default_of,
    default_text,
    fields_from,
    fields_of,
    read_form,
    rows,
    with_parameters,
    with_row,
    without_row,
)

GOOD = {**NEW, "id": "a", "url": "http://h/a"}


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def problems(**fields: str) -> dict[str, str]:
    return {one.path: one.message for one in read_form({**GOOD, **fields})[1]}


def read(**fields: str) -> Api:
    api, found = read_form({**GOOD, **fields})
    assert found == []
    assert api
    return api


@pytest.mark.parametrize("raw", seed()["api"], ids=lambda raw: raw["_id"])
def test_an_api_comes_back_from_its_form_as_it_was(raw):
    api = Api.load(raw)
    back, found = read_form(fields_of(api), api.to_document())
    assert found == []
    assert back
    assert back.to_json() == {**api.to_json(), "result": api.sample}


def test_all_that_an_api_has_comes_back_from_its_form():
    api = Api.load({
        "_id": "all", "url": "https://h/{id}", "method": "POST", "desc": "What it is for", "send": "form",
        "args": {"id": {"type": "int", "val": 4}, "q": {"type": "string", "val": '"quoted"'}, "any": {"val": "12"}},
        "headers": {"X-A": "$$SECRET.a", "X-B": ""}, "timeout_s": 2.5, "follow_redirects": True, "interval": 90,
        "backoff": 1.5, "max_interval_s": 90061, "jitter": 0.1, "max_attempts": 7, "give_up_after_s": 172800,
        "idempotent": False, "on_unknown": "retry", "max_concurrency": 3, "result": [{"a": None}], "owner": "ann",
    })  # fmt: skip
    back, found = read_form(fields_of(api), api.to_document())
    assert found == []
    assert back == api


def test_fields_that_the_form_does_not_have_are_kept():
    api, _ = read_form(GOOD, {"_id": "a", "url": "http://old", "owner": "ann", "debug": True, "interval": 9})
    assert api
    assert api.to_json()["owner"] == "ann"
    assert (api.debug, api.url, api.interval) == (True, "http://h/a", 5.0)


@pytest.mark.parametrize(
    ("fields", "at", "said"),
    [
        ({"id": ""}, "id", "needs an id"),
        ({"id": "a b"}, "id", "pattern"),
        ({"id": "new"}, "id", "address of Stepline"),
        ({"url": ""}, "url", "say where"),
        ({"url": "ftp://x"}, "url", "http://"),
        ({"url": "http://"}, "url", "host"),
        ({"method": "FETCH"}, "method", "GET"),
        ({"timeout_s": "soon"}, "timeout_s", "no length of time"),
        ({"timeout_s": "2 h"}, "timeout_s", "less than or equal"),
        ({"interval": "-1"}, "interval", "no length of time"),
        ({"backoff": "0.5"}, "backoff", "greater"),
        ({"jitter": "150"}, "jitter", "less"),
        ({"max_attempts": "1.5"}, "max_attempts", "integer"),
        ({"max_attempts": "inf"}, "max_attempts", "no number"),
        ({"max_concurrency": "0"}, "max_concurrency", "greater"),
        ({"send": "xml"}, "send", "json"),
        ({"result": '{"a": 1,\n "b" 2}'}, "result", "line 2, column 6"),
        ({"result": "[" * 2000}, "result", "JSON"),
        ({"arg.0.name": "", "arg.0.default": "x"}, "arg.0.name", "needs a name"),
        ({"arg.0.name": "x", "arg.3.name": "x"}, "arg.3.name", "twice"),
        ({"arg.0.name": "n", "arg.0.type": "int", "arg.0.default": "x"}, "arg.0.default", "no int"),
        ({"arg.0.name": "n", "arg.0.type": "list", "arg.0.default": "{}"}, "arg.0.default", "no list"),
        ({"arg.0.name": "n", "arg.0.type": "date"}, "arg.0.type", "string"),
        ({"header.0.name": "a b", "header.0.value": "x"}, "header.0.name", "no header name"),
        ({"header.0.name": "Host", "header.0.value": "x"}, "header.0.name", "set by Stepline"),
        ({"header.2.name": "X", "header.2.value": "a\nb"}, "header.2.name", "line break"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_field(fields, at, said):
    found = problems(**fields)
    assert list(found) == [at]
    assert said in found[at]


def test_every_mistake_is_told_at_once():
    assert set(problems(id="", url="", result="{", backoff="x")) == {"id", "url", "result", "backoff"}


def test_rows_that_nobody_has_filled_in_are_no_mistake():
    assert read(**{"arg.0.name": "", "arg.0.type": "string", "header.0.name": "", "header.0.value": ""}).args == {}


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=8))
def test_no_form_breaks_it(fields: dict[str, str]):
    api, found = read_form({**fields, "arg.0.name": "x", "arg.0.default": str(fields)})
    assert api or found


@given(JSON, st.sampled_from(["string", "any", "int", "float", "bool", "list", "object"]))
def test_a_default_is_shown_as_what_reads_as_the_same(value: Any, type_: Any):
    text = default_text(Arg(type=type_, val=value))
    if type_ == "any" and value is not None:
        assert default_of(text, type_) == value
    if type_ == "string" and isinstance(value, str):
        assert default_of(text, type_) == value


@pytest.mark.parametrize("type_", ARG_TYPES)
def test_a_default_of_any_type_may_be_a_secret(type_: Any):
    assert default_of(" $$SECRET.pin ", type_).strip() == "$$SECRET.pin"


def test_each_name_in_the_url_has_a_row():
    fields = with_parameters({"url": "http://h/{id}/{name}?x={id}", "arg.4.name": "name"})
    assert [fields[f"arg.{number}.name"] for number in rows(fields, "arg")] == ["name", "id"]


def test_rows_are_added_and_removed():
    fields = with_row(with_row({"arg.0.name": "a"}, "arg"), "header")
    assert (rows(fields, "arg"), rows(fields, "header")) == ([0, 1], [0])
    assert rows(without_row(fields, "arg", 0), "arg") == [1]


def test_a_pasted_command_fills_the_form_and_leaves_what_it_says_nothing_of():
    pasted = read_curl("""curl -m 3 -X PUT http://h/{id} -H 'X-A: 1' -d '{"n": 1, "on": true, "who": "ann"}'""")
    fields = fields_from(pasted, {**GOOD, "desc": "Kept", "arg.0.name": "gone"})
    api, found = read_form(fields)
    assert found == []
    assert api
    assert {name: arg.type for name, arg in api.args.items()} == {
        "n": "int",
        "on": "bool",
        "who": "string",
        "id": "string",
    }
    assert (api.id, api.desc, api.method, api.headers, api.timeout_s) == ("a", "Kept", "PUT", {"X-A": "1"}, 3.0)
