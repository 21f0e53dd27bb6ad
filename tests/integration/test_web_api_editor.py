"""APIs are written on pages: nothing typed is lost, every mistake stands at its field, a call can be tried."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from engine.command import NamedSecrets
from engine.command.probe import AT_ONCE
from engine.model import Role
from tests.integration.conftest import HTMX, Pages, words

GOOD: dict[str, Any] = {
    "id": "orders",
    "method": "GET",
    "url": "http://h.example/orders/{id}",
    "timeout_s": "30 s",
    "interval": "5 s",
}


@pytest.fixture
def editor(pages: Pages) -> Pages:
    pages.sign_in("edda", Role.EDITOR)
    return pages


def send(pages: Pages, path: str, page: str = "/apis/new", headers: dict[str, str] | None = None, **fields: Any):
    return pages.post(path, page, headers, **fields)


def form_of(pages: Pages, id_: str) -> dict[str, Any]:
    """What the form of an API holds when it is opened."""
    return fields_in(pages.get(f"/apis/{id_}/edit").text)


def fields_in(html: str) -> dict[str, Any]:
    form = html[html.index('id="api-form"') :]
    found = {name: unescape(value) for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form)}
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    return {name: text for name, text in found.items() if name not in ("csrf_token", "sure")}


def events(pages: Pages, what: str) -> list[Any]:
    found = pages.stage.store.history.events("definitions/all")
    return [event for event in found if event.what == what]


# -- a new one ---------------------------------------------------------------------------------------


def test_a_new_api_is_saved_with_all_that_was_typed(editor):
    fields = GOOD | {"arg.0.name": "id", "arg.0.type": "int", "arg.1.name": "q", "arg.1.type": "string",
                     "arg.1.default": "x", "header.0.name": "X-Tenant", "header.0.value": "7", "backoff": "2",
                     "max_interval_s": "5 min", "give_up_after_s": "2 d", "result": '{"state": "paid"}'}  # fmt: skip
    assert send(editor, "/apis/new", note="first", **fields).headers["Location"] == "/apis/orders"
    api = editor.stage.store.definitions.api("orders")
    assert api
    assert (api.args["id"].type, api.args["q"].val, api.headers) == ("int", "x", {"X-Tenant": "7"})
    assert (api.max_interval_s, api.give_up_after_s, api.result) == (300, 172_800, {"state": "paid"})
    assert editor.stage.store.definitions.revisions("api", "orders")[0].note == "first"
    assert "orders is saved" in words(editor.get("/apis/orders").text)


def test_mistakes_stand_at_their_fields_and_nothing_typed_is_lost(editor):
    fields = GOOD | {"timeout_s": "soon", "result": "{", "arg.0.name": "n", "arg.0.type": "int", "arg.0.default": "x"}
    answer = send(editor, "/apis/new", **fields)
    assert answer.status_code == 422
    assert editor.stage.store.definitions.api("orders") is None
    for field in ("timeout_s", "result", "arg.0.default"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}.wrong.1"' in answer.text
    kept = fields_in(answer.text)
    assert {name: kept[name] for name in fields} == fields


def test_an_id_that_is_taken_is_refused(editor):
    answer = send(editor, "/apis/new", **(GOOD | {"id": "api1"}))
    assert answer.status_code == 422
    assert "there is an API of that id already" in words(answer.text)


def test_a_blank_form_is_not_scolded_while_it_is_filled_in(editor):
    part = send(editor, "/apis/check", headers=HTMX, id="", url="", method="GET").text
    assert 'id="id.wrong.1"' not in part
    assert "2 problems" in words(part)
    asked = send(editor, "/apis/check", id="", url="", method="GET")
    assert asked.status_code == 422
    assert 'id="id.wrong.1"' in asked.text


def test_the_sentence_of_the_retries_follows_the_fields(editor):
    fields = GOOD | {"backoff": "2", "max_interval_s": "5 min", "give_up_after_s": "2 d"}
    text = words(send(editor, "/apis/check", headers=HTMX, **fields).text)
    assert "Tried again every 5 s, doubling to 5 m, for 2 d." in text


def test_names_in_the_address_become_args(editor):
    found = fields_in(send(editor, "/apis/check", headers=HTMX, **GOOD).text)
    assert found["arg.0.name"] == "id"


def test_rows_are_added_and_removed_without_a_script(editor):
    more = fields_in(send(editor, "/apis/check?act=add-header", **GOOD).text)
    assert "header.0.name" in more
    less = fields_in(send(editor, "/apis/check?act=remove-header&row=0", **more).text)
    assert "header.0.name" not in less


def test_a_copy_has_a_free_id_and_all_the_rest(editor):
    fields = fields_in(editor.get("/apis/new?copy=api4").text)
    assert (fields["id"], fields["arg.0.name"], fields["arg.0.type"]) == ("api4-2", "age", "int")
    assert editor.get("/apis/new?copy=gone").status_code == 404


# -- curl --------------------------------------------------------------------------------------------


def test_a_pasted_command_fills_the_form_and_says_what_it_could_not_take_over(editor):
    curl = "curl -k -X POST 'https://h.example/o?x=1' -H 'Authorization: Bearer t' --json '{\"n\": 2}'"
    answer = send(editor, "/apis/check?act=curl", curl=curl, **(GOOD | {"id": "mine"}))
    fields = fields_in(answer.text)
    assert (fields["id"], fields["method"], fields["url"]) == ("mine", "POST", "https://h.example/o?x=1")
    assert (fields["arg.0.name"], fields["arg.0.type"], fields["arg.0.default"]) == ("n", "int", "2")
    text = words(answer.text)
    assert "certificates are always checked" in text
    assert "$$SECRET.authorization" in text


def test_what_is_no_curl_command_stays_where_it_was_pasted(editor):
    answer = send(editor, "/apis/check?act=curl", curl="wget <x>", **GOOD)
    assert answer.status_code == 422
    assert fields_in(answer.text)["curl"] == "wget <x>"
    assert 'id="curl.wrong.1"' in answer.text


# -- changes -----------------------------------------------------------------------------------------


def test_a_change_is_saved_and_leaves_what_the_form_does_not_have(editor):
    fields = form_of(editor, "api1") | {"desc": "Asks for a name"}
    assert send(editor, "/apis/api1/edit", "/apis/api1/edit", **fields).status_code == 303
    api = editor.stage.store.definitions.api("api1")
    assert api
    assert (api.desc, api.debug) == ("Asks for a name", True)


def test_the_form_says_whom_a_change_concerns(editor):
    editor.stage.set_knobs("api1", not_ready=50)
    editor.stage.go(editor.stage.start(args={"name": "abc", "n": 4}))
    text = words(editor.get("/apis/api2/edit").text)
    assert "Used by: step2 · In the systems:" in text
    assert "1 running task keeps what it has." in text


def test_a_change_that_breaks_a_step_is_refused_with_the_place(editor, seed):
    seed["step"][2]["checklink"][0]["api"]["val"]["args"] = {"age": "$$step2.age"}
    editor.stage.load(seed)
    fields = form_of(editor, "api2") | {"result": '{"age": ["x"]}'}
    answer = send(editor, "/apis/api2/edit", "/apis/api2/edit", **fields)
    assert answer.status_code == 422
    assert "step.step3.checklink.api4" in words(answer.text)
    api = editor.stage.store.definitions.api("api2")
    assert api
    assert api.sample == {"age": ""}


def test_what_somebody_saved_meanwhile_is_shown_and_not_written_over(editor):
    fields = form_of(editor, "api1") | {"desc": "mine", "timeout_s": "7 s"}
    theirs = form_of(editor, "api1") | {"desc": "theirs", "interval": "9 s", "note": "why"}
    assert send(editor, "/apis/api1/edit", "/apis/api1/edit", **theirs).status_code == 303
    answer = send(editor, "/apis/api1/edit", "/apis/api1/edit", **fields)
    assert answer.status_code == 409
    text = words(answer.text)
    assert "edda saved it meanwhile" in text
    assert "changed by both" in text
    assert fields_in(answer.text)["desc"] == "mine"
    act = unescape(re.findall(r'formaction="(/apis/check\?act=merge[^"]*)"', answer.text)[0])
    merged = fields_in(send(editor, act, **fields_in(answer.text)).text)
    assert (merged["desc"], merged["timeout_s"], merged["interval"]) == ("mine", "7 s", "9 s")
    assert send(editor, "/apis/api1/edit", "/apis/api1/edit", **merged).status_code == 303
    api = editor.stage.store.definitions.api("api1")
    assert api
    assert (api.desc, api.timeout_s, api.interval) == ("mine", 7, 9)


def test_an_api_that_was_removed_meanwhile_is_not_there(editor):
    assert editor.get("/apis/gone/edit").status_code == 404
    assert send(editor, "/apis/gone/edit", **GOOD).status_code == 404


# -- test calls --------------------------------------------------------------------------------------


def mock_form(pages: Pages, **fields: Any) -> dict[str, Any]:
    """The form of an unsaved API of the mock's."""
    url = f"{pages.stage.mock.url}/api1"
    return {**GOOD, "url": url, "arg.0.name": "name", "arg.0.type": "string", **fields}


def test_a_test_call_of_an_unsaved_form_shows_request_and_answer(editor):
    secret = {"header.0.name": "X-Token", "header.0.value": "hush"}
    answer = send(editor, "/apis/try", **mock_form(editor, **secret, **{"try.0": "ann"}))
    text = words(answer.text)
    assert "200 OK" in text
    assert "/api1?name=ann" in text
    assert "<redacted>" in text
    panel = answer.text[answer.text.index('id="tried"') : answer.text.index('id="api-form"')]
    assert "hush" not in panel
    assert editor.stage.calls("api1")[-1]["args"] == {"name": "ann"}
    (event,) = events(editor, "test call sent")
    assert (event.who, event.where, event.after["answer"]) == ("edda", "api/orders", 200)


def test_a_test_call_of_a_used_api_says_what_its_steps_would_make_of_it(editor):
    text = words(send(editor, "/apis/try", **(form_of(editor, "api1") | {"try.0": "ann"})).text)
    assert "step1 /api1" in text or "step1/api1" in text
    assert "result.name" in text
    assert "holds" in text


def test_when_too_many_are_under_way_nothing_is_sent_and_nothing_lost(editor):
    prober = editor.app.extensions["stepline"].prober
    editor.stage.mock.mock.clear_log()
    for _ in range(AT_ONCE):
        prober._places.acquire()
    answer = send(editor, "/apis/try", **mock_form(editor, **{"try.0": "ann"}))
    assert answer.status_code == 409
    assert "4 test calls are under way" in words(answer.text)
    assert fields_in(answer.text)["try.0"] == "ann"
    assert editor.stage.calls() == []


def test_a_secret_is_sent_and_shown_nowhere(editor):
    keep = editor.stage.store
    site = editor.app.extensions["stepline"]
    NamedSecrets(keep, site.keyring, editor.stage.clock, "ada").set("token", "hush-hush")
    secret = {"header.0.name": "X-Token", "header.0.value": "Bearer $$SECRET.token"}
    answer = send(editor, "/apis/try", **mock_form(editor, **secret, **{"try.0": "hush-hush"}))
    assert "200 OK" in words(answer.text)
    panel = answer.text[answer.text.index('id="tried"') : answer.text.index('id="api-form"')]
    assert "hush-hush" not in panel
    assert editor.stage.calls("api1")[-1]["args"] == {"name": "hush-hush"}


def test_a_secret_that_is_not_there_is_told_at_its_header(editor):
    secret = {"header.0.name": "X-Token", "header.0.value": "$$SECRET.gone"}
    answer = send(editor, "/apis/try", **mock_form(editor, **secret, **{"try.0": "ann"}))
    assert answer.status_code == 422
    assert "gone" in words(answer.text)
    assert 'href="#header.0' in answer.text


def test_an_answer_becomes_the_sample_of_the_form(editor):
    tried = send(editor, "/apis/try", **mock_form(editor, **{"try.0": "ann"})).text
    found = re.search(r'name="answer" hidden>(.*?)</textarea>', tried, re.DOTALL)
    assert found
    used = send(editor, "/apis/check?act=sample", answer=unescape(found[1]), **mock_form(editor))
    assert '"name"' in fields_in(used.text)["result"]


def test_a_call_that_may_change_something_is_sent_only_when_that_was_said(editor):
    fields = mock_form(editor, method="POST", send="query", **{"try.0": "ann"})
    editor.stage.mock.mock.clear_log()
    refused = send(editor, "/apis/try", **fields)
    assert refused.status_code == 422
    assert editor.stage.calls() == []
    send(editor, "/apis/try", sure="yes", **fields)
    assert len(editor.stage.calls()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://127.0.0.1:1/x"}, "connection refused"),
        ({"url": "http://169.254.169.254/latest"}, "always refused"),
        ({"url": "http://no.such.host.invalid/"}, "cannot be looked up"),
    ],
)
def test_a_call_that_fails_says_so_in_words(editor, fields, said):
    text = words(send(editor, "/apis/try", **(GOOD | fields)).text)
    assert "There is no answer" in text
    assert said in text


def test_a_test_call_without_a_value_is_not_sent(editor):
    editor.stage.mock.mock.clear_log()
    answer = send(editor, "/apis/try", **mock_form(editor))
    assert answer.status_code == 422
    assert 'id="try.0.wrong.1"' in answer.text
    assert editor.stage.calls() == []


# -- whatever is sent --------------------------------------------------------------------------------

JUNK = [
    "",
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "9" * 400,
    "{",
    "<script>",
    "$$SECRET.x",
]


@pytest.mark.parametrize("path", ["/apis/new", "/apis/check", "/apis/try", "/apis/api1/edit", "/apis/check?act=curl",
                                  "/apis/check?act=merge&before=x", "/apis/check?act=sample", "/apis/check?act=nope",
                                  "/apis/check?act=remove-arg&row=x", "/apis/check?act=add-arg"])  # fmt: skip
def test_no_junk_breaks_the_form(editor, path):
    names = ["id", "of", "base", "url", "method", "send", "timeout_s", "interval", "backoff", "jitter",
             "max_attempts", "give_up_after_s", "max_interval_s", "result", "arg.0.name", "arg.0.type", "arg.0.default",
             "arg.9999.name", "header.0.name", "header.0.value", "curl", "answer", "sure", "note",
             "idempotent", "on_unknown"]  # fmt: skip
    for junk in JUNK:
        fields: dict[str, Any] = dict.fromkeys(names, junk)
        assert send(editor, path, **fields).status_code < 500, (path, junk)


def test_operators_may_look_but_not_write(pages):
    html = pages.get("/apis/api1").text
    assert "/apis/api1/edit" not in html
    assert pages.get("/apis/new").status_code == 403


# -- drift -------------------------------------------------------------------------------------------


@pytest.fixture
def drifting(editor: Pages, seed: dict[str, Any]) -> Pages:
    """The sample of api2 has what its answers lack; a task waits for it."""
    seed["api"][1]["result"] = {"years": 1}
    seed["step"][1]["checklink"][0]["condition"]["val"] = "result.years != None"
    editor.stage.load(seed)
    editor.stage.go(editor.stage.start(args={"name": "abc", "n": 4}))
    editor.stage.worker.write_shapes()
    return editor


def test_drift_is_shown_on_the_api_in_the_list_and_at_home(drifting):
    assert "result.years is missing: the sample has a number" in words(drifting.get("/apis/api2").text)
    assert "Tasks running: 1 ( systemid )" in words(drifting.get("/apis/api2").text)
    assert "reads are broken" in words(drifting.get("/apis").text)
    home = words(drifting.get("/").text)
    assert "Answers have changed" in home
    assert "result.years" in home


def test_the_newest_answer_becomes_the_sample(drifting):
    shape = re.search(r'name="shape" value="([^"]+)"', drifting.get("/apis/api2").text)
    assert shape
    drifting.post("/apis/api2/drift/accept", "/apis/api2", shape=shape[1])
    api = drifting.stage.store.definitions.api("api2")
    assert api
    assert set(api.sample) == {"age"}
    assert "not like the sample" not in words(drifting.get("/apis/api2").text)


def test_an_answer_that_was_not_shown_is_not_accepted(drifting):
    assert drifting.post("/apis/api2/drift/accept", "/apis/api2", shape="other").status_code == 409


def test_what_was_seen_is_forgotten(drifting):
    drifting.post("/apis/api2/drift/forget", "/apis/api2")
    assert "not like the sample" not in words(drifting.get("/apis/api2").text)
