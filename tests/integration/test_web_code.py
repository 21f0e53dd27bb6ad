"""The page of definitions as code: out as files, in by way of what would change, all that was chosen or nothing."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from contextlib import suppress
from html import unescape
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine.code import File, files_in_zip, text_of
from engine.command import Catalog, read_documents, read_source
from engine.model import Role
from tests.integration.conftest import HTMX, Pages, words

NEW = "api:\n  - _id: api9\n    url: http://127.0.0.1/9\n"
TWO = NEW + "  - _id: api8\n    url: http://127.0.0.1/8\n"
FIELDS = re.compile(r'<input type="hidden" name="parcel" value="([^"]*)">')


@pytest.fixture
def editor(pages: Pages) -> Pages:
    pages.sign_in("eve", Role.EDITOR)
    return pages


def send(
    pages: Pages, text: str = "", data: bytes | None = None, name: str = "all.yaml", **fields: Any
) -> TestResponse:
    file: dict[str, Any] = {} if data is None else {"file": (io.BytesIO(data), name)}
    return pages.post("/code", "/code", text=text, **file, **fields)


def parcel_in(response: TestResponse) -> str:
    found = FIELDS.search(response.text)
    assert found, words(response.text)
    return unescape(found[1])


def apply(
    pages: Pages, parcel: str, *picks: str, act: str = "apply", headers: Any = None, **fields: str
) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', pages.get("/code").text)
    assert token
    sent = [("csrf_token", token[1]), ("parcel", parcel), *(("pick", one) for one in picks), *fields.items()]
    return pages.client.post(f"/code/{act}", data=MultiDict(sent), headers=headers)


def definitions(pages: Pages) -> Any:
    return pages.stage.store.definitions


# -- out ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("way", "name"), [("yaml", "definitions.yaml"), ("json", "definitions.json")])
def test_everything_comes_as_one_file_that_changes_nothing_when_it_is_sent_back(editor, way, name):
    response = editor.get("/code/download", {"as": way})
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert len(read_source([File(name, response.data)]).loaded.definitions) == 11
    assert "All 11 definitions are there just as they were sent." in words(
        send(editor, data=response.data, name=name).text
    )


def test_a_system_comes_as_a_folder_with_what_it_uses(editor):
    definitions(editor)
    Catalog(editor.stage.store).save(read_documents({"api": [{"_id": "other", "url": "http://h"}]}))
    response = editor.get("/code/download?system=systemid&as=folder")
    assert response.headers["Content-Disposition"] == 'attachment; filename="systemid.zip"'
    names = [file.name for file in files_in_zip(response.data)]
    assert "apis/api1.yaml" in names
    assert "apis/other.yaml" not in names
    assert editor.get("/code/download?system=systemid&as=folder").data == response.data
    assert "Nothing to change" in words(send(editor, data=response.data, name="x.zip").text)


@pytest.mark.parametrize("query", ["system=nope", "as=nope"])
def test_what_is_not_there_cannot_be_downloaded(editor, query):
    assert editor.get(f"/code/download?{query}").status_code == 404


@pytest.mark.parametrize("name", ["api", "step", "system", "file"])
def test_schemas_are_for_everybody(stranger, name):
    response = stranger.get(f"/schema/{name}.json")
    assert response.status_code == 200
    assert json.loads(response.text)["$schema"].startswith("https://json-schema.org/")
    assert stranger.get("/schema/nope.json").status_code == 404


def test_a_stepline_without_definitions_says_so(editor):
    store = editor.stage.store
    Catalog(store).save(read_documents({}), removed=[("system", "systemid")])
    assert "There are no systems yet" in words(editor.get("/code").text)


# -- in: what would change ---------------------------------------------------------------------------


def test_what_would_change_is_shown_and_nothing_is_saved(editor):
    response = send(editor, NEW)
    text = words(response.text)
    assert response.status_code == 200
    assert "1 new" in text
    assert "api/api9 new" in text
    assert "+ added url: http://127.0.0.1/9" in text
    assert "Nothing is wrong with it" in text
    assert definitions(editor).api("api9") is None


def test_a_changed_line_is_shown_with_its_sign_and_the_unchanged_are_counted(editor):
    raw = editor.get("/code/download?as=json").json
    raw["api"][0]["interval"] = 9
    response = send(editor, data=json.dumps(raw).encode(), name="all.json")
    assert "− removed interval: 5 + added interval: 9" in words(response.text)
    assert "10 definitions stay as they are" in words(response.text)


def test_what_a_file_lacks_is_shown_as_removed_only_when_asked_for(editor):
    assert "1 new" in words(send(editor, NEW).text)
    text = words(send(editor, NEW, prune="yes").text)
    assert "11 to be removed" in text
    assert "1 new" in text


def test_every_problem_is_told_with_its_line_before_anything_runs(editor):
    seed = editor.get("/code/download?as=yaml").text
    wrong = seed.replace(
        "        api:\n          val:\n            _id: api4", "        api:\n          val:\n            _id: api44"
    )
    assert wrong != seed
    text = words(send(editor, data=wrong.encode(), name="mine.yaml").text)
    assert "1 problem: it cannot be applied like this" in text
    assert re.search(r"mine\.yaml:\d+: step\.step3\.checklink\.api4\.api there is no api called api44", text)


def test_what_cannot_be_read_stands_there_again_with_its_problems(editor):
    response = send(editor, "api:\n  - _id: x y\n    url: ftp://z\n", prune="yes")
    assert response.status_code == 422
    assert "pasted:2: api.x y._id" in words(response.text)
    assert "pasted:3: api.x y.url the url" in words(response.text)
    assert "url: ftp://z\n</textarea>" in response.text
    assert re.search(r'name="prune" value="yes" checked', response.text)


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"\xff\xfe\x00", "all.yaml", "is no UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture.png", "is no UTF-8 text"),
        (b"PK\x03\x04 and no more", "all.zip", "the zip cannot be read"),
        (b"", "all.yaml", "is empty"),
        (b"a: &a [*a]", "../../etc/passwd.yaml", "passwd.yaml:1 anchors"),
        (b"[" * 200_000, "deep.json", "is nested too deep"),
    ],
)
def test_junk_is_refused_with_the_reason(editor, data, name, told):
    response = send(editor, data=data, name=name)
    assert response.status_code == 422
    assert told in words(response.text)


def test_a_zip_that_unpacks_to_very_much_is_refused(editor):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apis/a.yaml", b" " * 50_000_000)
    response = send(editor, data=out.getvalue(), name="bomb.zip")
    assert response.status_code == 422
    assert "this is more than 3,145,728 bytes" in words(response.text)


def test_more_than_a_request_may_have_is_told_on_the_page(editor):
    response = editor.client.post("/code", data=b"#" * 1_200_000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413
    assert "that is more than can be sent at once" in words(response.text)


def test_so_many_changes_that_no_page_carries_them_are_refused(editor):
    noise = base64.b85encode(Random(1).randbytes(390_000)).decode()
    response = send(
        editor, data=json.dumps({"api": [{"_id": "a", "url": "http://h", "desc": noise}]}).encode(), name="a.json"
    )
    assert response.status_code == 422
    assert "so many changes do not fit into one page" in words(response.text)


# -- in: applying ------------------------------------------------------------------------------------


def test_what_was_ticked_is_applied_in_the_name_of_who_did_it_with_the_note(editor):
    response = apply(editor, parcel_in(send(editor, TWO)), "api/api9", note="because")
    assert (response.status_code, response.location) == (303, "/code")
    assert "1 definition was saved." in words(editor.get("/code").text)
    assert definitions(editor).api("api8") is None
    (revision,) = definitions(editor).revisions("api", "api9")
    assert (revision.who, revision.note) == ("eve", "because")


def test_a_definition_is_removed_when_it_was_ticked(editor):
    apply(editor, parcel_in(send(editor, NEW)), "api/api9")
    seed = editor.get("/code/download?system=systemid").data
    parcel = parcel_in(send(editor, data=seed, prune="yes"))
    assert apply(editor, parcel, "api/api9").status_code == 303
    assert definitions(editor).api("api9") is None


def test_nothing_ticked_is_nothing_applied(editor):
    response = apply(editor, parcel_in(send(editor, NEW)))
    assert response.status_code == 422
    assert "Nothing that would change is ticked." in words(response.text)


def test_who_was_overtaken_is_told_and_nothing_is_half_applied(editor):
    text = TWO + "  - _id: api1\n    url: http://127.0.0.1/mine\n    args: {name: {type: string}}\n"
    parcel = parcel_in(send(editor, text))
    theirs = definitions(editor).apis()["api1"].to_json() | {"desc": "theirs"}
    Catalog(editor.stage.store, who="bob").save(read_documents({"api": [theirs]}))
    response = apply(editor, parcel, "api/api1", "api/api9", note="mine")
    assert response.status_code == 409
    assert "the api api1 was saved meanwhile" in words(response.text)
    assert "− removed desc: theirs" in words(response.text)
    assert 'value="mine"' in response.text
    assert 'value="api/api8" checked' not in response.text
    assert definitions(editor).api("api9") is None
    assert apply(editor, parcel_in(response), "api/api1", "api/api9").status_code == 303
    assert definitions(editor).apis()["api1"].url == "http://127.0.0.1/mine"


def test_what_would_be_wrong_is_refused_and_nothing_is_saved(editor):
    text = NEW + "step:\n  - _id: s9\n    checklink: [{_id: l, api: {val: {_id: api10}}}]\n"
    response = apply(editor, parcel_in(send(editor, text)), "api/api9", "step/s9")
    assert response.status_code == 422
    assert "there is no api called api10" in words(response.text)
    assert definitions(editor).api("api9") is None
    assert apply(editor, parcel_in(response), "api/api9").status_code == 303


def test_ticking_is_proven_at_once(editor):
    text = "step:\n  - _id: s9\n    checklink: [{_id: l, api: {val: {_id: api9}}}]\n" + NEW
    parcel = parcel_in(send(editor, text))
    part = words(apply(editor, parcel, "step/s9", act="check", headers=HTMX).text)
    assert "1 of 2 changes are ticked." in part
    assert "there is no api called api9" in part
    assert "Nothing is wrong with it" in words(apply(editor, parcel, "step/s9", "api/api9", act="check").text)


def test_an_applied_page_sent_again_changes_nothing(editor):
    parcel = parcel_in(send(editor, NEW))
    apply(editor, parcel, "api/api9")
    assert apply(editor, parcel, "api/api9").status_code == 422
    assert len(definitions(editor).revisions("api", "api9")) == 1


# -- what comes back changed -------------------------------------------------------------------------


def a_parcel(value: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


NONE: dict[str, Any] = {"api": [], "step": [], "system": []}


@pytest.mark.parametrize(
    "parcel",
    [
        "", "x", "AAAA", a_parcel(1), a_parcel([]), a_parcel({"documents": NONE}),
        a_parcel({"documents": 1, "base": {}}), a_parcel({"documents": NONE | {"api": [{"_id": "a"}]}, "base": {}}),
        a_parcel({"documents": NONE, "base": {"api": 1}}), a_parcel({"documents": NONE, "base": {"task/a": 1}}),
        a_parcel({"documents": NONE, "base": {"api/a": "x"}}), a_parcel({"documents": NONE | {"api": [1]}, "base": {}}),
        a_parcel({"documents": NONE | {"api": [{"_id": "a"}]}, "base": {"api/a": 0}}),
        base64.b64encode(zlib.compress(b" " * 9_000_000)).decode(), a_parcel({})[:-9],
    ],
)  # fmt: skip
@pytest.mark.parametrize("act", ["check", "apply"])
def test_a_page_that_was_tampered_with_is_refused(editor, act, parcel):
    assert apply(editor, parcel, "api/a", act=act).status_code == 422


def test_a_base_that_was_made_up_overwrites_nothing(editor):
    mine = {"documents": NONE | {"api": [{"_id": "api1", "url": "http://mine"}]}, "base": {}}
    assert apply(editor, a_parcel(mine), "api/api1").status_code == 422
    assert definitions(editor).apis()["api1"].url != "http://mine"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
    st.sampled_from(["a.yaml", "a.json", "a.zip", "a"]),
)
def test_whatever_is_sent_is_answered(editor, data, name):
    with suppress(UnicodeDecodeError):
        assert send(editor, text=data.decode()).status_code in (200, 422)
    assert send(editor, data=data, name=name).status_code in (200, 422)
    assert apply(editor, base64.b64encode(data).decode(), "api/a").status_code == 422


def test_hostile_text_is_text(editor):
    text = text_of({"api": [{"_id": "a", "url": "http://h", "desc": "<script>alert(1)</script>"}]}, "yaml")
    response = send(editor, text)
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text
