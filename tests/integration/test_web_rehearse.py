"""A system is rehearsed on its page, and rehearsals are kept with it as tests."""

import json
import re
from typing import Any

import pytest

from engine.model import Role, System
from tests.integration.conftest import Pages, words

HOSTILE = "<script>alert(1)</script>"
PATH = "/systems/systemid/rehearse"
WELL: dict[str, Any] = {
    "given.name": "abc", "how.api2": "given", "answer.api2": '{"age": 7}', "how.api3": "given",
    "answer.api3": '{"sex": "f"}', "expect.status": '"DONE"', "expect.step4.grade": '"xxx"',
}  # fmt: skip
"""Fields with which the seed's system is done."""


def run(pages: Pages, **fields: str):
    said: dict[str, Any] = {name.replace("__", "."): text for name, text in fields.items()}
    return pages.post(PATH, PATH, **WELL | said)


def keep(pages: Pages, name: str, **fields: Any):
    return pages.post("/systems/systemid/rehearsals", PATH, **WELL, name=name, **fields)


def system(pages: Pages) -> System:
    found = pages.stage.store.definitions.system("systemid")
    assert found
    return found


@pytest.fixture
def editing(pages: Pages) -> Pages:
    pages.sign_in("edda", Role.EDITOR)
    return pages


# -- running -----------------------------------------------------------------------------------------


def test_the_form_has_every_api_with_its_sample_and_asks_for_the_args_that_are_wanted(pages):
    text = words(pages.get(PATH).text)
    for part in (
        "name string, needed by step1/api1",
        "api5 step4/api5",
        '{"grade": "xxx"}',
        "Nothing was rehearsed yet",
    ):
        assert part in text


@pytest.mark.parametrize(
    "fields", [{"act": f"drop:api1:{'9' * 5000}"}, {"how__api1": "fails", "status__api1": "9" * 5000}]
)
def test_a_number_that_python_does_not_read_is_answered(pages, fields):
    assert run(pages, **fields).status_code in (200, 422)


def test_a_run_shows_when_what_and_whether_anything_is_late(pages):
    response = run(pages, how__api4="not_ready", times__api4="720")
    text = words(response.text)
    assert response.status_code == 200
    for part in (
        "The task is done after 1 h and 726 calls",
        "No step would be late",
        "721 tries",
        "result.grade of api5",
    ):
        assert part in text


def test_no_api_is_called_and_nothing_is_kept(pages):
    before = sorted(pages.stage.store.dump())
    run(pages)
    assert pages.stage.calls() == []
    assert [line for line in sorted(pages.stage.store.dump()) if line not in before] == []


def test_what_would_be_late_is_said(pages):
    text = words(run(pages, how__api4="not_ready", times__api4="9000", how__api3="slow", takes__api3="20").text)
    assert "It was broken off" in text  # the sample of api3 is never good enough
    assert "len(result.sex)" in text


def test_a_run_that_fails_says_what_a_task_would_say(pages):
    text = words(run(pages, how__api2="sample").text)
    assert "The task fails" in text
    assert "'' is no int: bind a value that is, or change the arg's type" in text


def test_what_is_wrong_is_told_at_its_place_and_nothing_typed_is_lost(pages):
    response = run(pages, given__name="", answer__api2="{oops", how__api4="fails", status__api4="x")
    html = response.text
    assert response.status_code == 422
    assert 'href="#how.1"' in html
    assert 'href="#how.3"' in html
    assert "{oops" in html
    assert 'name="status.api4" value="x"' in html


def test_an_arg_that_nobody_gives_is_asked_for_at_its_field(pages):
    response = run(pages, given__name="")
    assert response.status_code == 422
    assert 'href="#given.0"' in response.text


@pytest.mark.parametrize("text", ["[]", "7", '{"api2": 7}', '{"nobody": [{}]}', '{"step2/api2": [{"tims": 2}]}', "["])
def test_answers_of_single_links_that_cannot_be_used_are_told(pages, text):
    response = run(pages, answers=text)
    assert response.status_code == 422
    assert "have to be corrected" in response.text or "has to be corrected" in response.text


def test_what_is_typed_is_shown_as_text(pages):
    for name in WELL:
        assert HOSTILE not in run(pages, **{name.replace(".", "__"): HOSTILE}).text


def test_a_system_that_cannot_run_says_why(pages):
    pages.stage.store.db.step.delete_one({"_id": "step2"})
    assert "there is no step" in words(pages.get(PATH).text)
    assert "there is no step" in words(pages.post(PATH, "/account").text)


def test_a_system_that_is_not_there_is_said_not_to_be(pages):
    assert pages.get("/systems/nope/rehearse").status_code == 404
    assert pages.get(f"{PATH}?test=nope").status_code == 404


def test_a_line_is_added_and_removed_by_buttons_and_nothing_is_run_or_lost(pages):
    more = run(pages, act="add:api3", given__name="typed").text
    assert 'id="how.2.1"' in more
    assert 'value="typed"' in more
    assert "Nothing was rehearsed yet" in more
    fields = {"how__api3__1": "fails", "times__api3__1": "2", "often__api3": "1"}
    assert "after 0 s and 9 calls" not in words(run(pages, **fields).text)
    less = run(pages, act="drop:api3:0", **fields).text
    assert 'id="how.2.1"' not in less
    assert re.search(r'name="how.api3".*?value="fails" selected', less, re.DOTALL)


@pytest.mark.parametrize("act", ["add:nobody", "drop:api3:x", "drop:nobody:0", "own", "add:", "drop:"])
def test_a_button_for_what_is_not_there_changes_nothing(pages, act):
    response = run(pages, act=act)
    assert response.status_code == 200
    assert "{&#34;age&#34;: 7}" in response.text


def test_a_link_can_answer_otherwise_than_its_api(pages):
    added = run(pages, act="own", link="step2/api2")
    assert 'name="how.step2/api2"' in added.text
    assert "<option>step2/api2</option>" not in added.text
    own = {"how__step2/api2": "given", "answer__step2/api2": '{"age": 8}'}
    assert re.search(r"<code>age</code></th>\s*<td[^>]*><code>8</code>", run(pages, **own).text)


def test_what_is_wrong_with_a_line_is_told_at_that_line(pages):
    fields = {"often__api2": "1", "how__api2__1": "given", "answer__api2__1": "{oops"}
    response = run(pages, **fields)
    assert response.status_code == 422
    assert 'href="#how.1.1"' in response.text


# -- keeping -----------------------------------------------------------------------------------------


def test_a_rehearsal_is_kept_with_what_was_ticked(editing):
    response = keep(editing, "grades")
    assert response.status_code == 303
    (kept,) = system(editing).rehearsals
    assert kept.args == {"name": "abc"}
    assert kept.answers["api2"][0].answer == {"age": 7}
    assert kept.expect == {"status": "DONE", "step4.grade": "xxx"}
    assert "What is expected of grades holds" in words(editing.get(response.location).text)


def test_a_kept_rehearsal_leaves_the_plan_as_it_was(editing):
    before = editing.stage.operator.plan_for("systemid").hash
    keep(editing, "grades")
    assert editing.stage.operator.plan_for("systemid").hash == before


def test_a_test_that_was_opened_is_changed_in_its_place(editing):
    keep(editing, "first")
    keep(editing, "second")
    keep(editing, "renamed", was="first")
    assert [one.name for one in system(editing).rehearsals] == ["renamed", "second"]


def test_a_test_that_was_opened_is_kept_as_another_if_that_is_wanted(editing):
    keep(editing, "first")
    keep(editing, "second", was="first", another="yes")
    assert [one.name for one in system(editing).rehearsals] == ["first", "second"]
    assert keep(editing, "first", was="first", another="yes").status_code == 422


@pytest.mark.parametrize("name", ["", "   ", "grades"])
def test_a_test_needs_a_name_of_its_own_and_nothing_typed_is_lost(editing, name):
    keep(editing, "grades")
    response = keep(editing, name)
    assert response.status_code == 422
    assert "{&#34;age&#34;: 7}" in response.text
    assert len(system(editing).rehearsals) == 1


def test_all_kept_tests_are_run_by_a_button(editing):
    keep(editing, "grades")
    text = words(editing.post("/systems/systemid/rehearsals/run", PATH).text)
    assert 'grades status = "DONE", step4.grade = "xxx" holds' in text


def test_one_kept_test_is_run_and_what_is_typed_stays(editing):
    keep(editing, "grades")
    keep(editing, "others")
    html = editing.post("/systems/systemid/rehearsals/run", PATH, only="others", given__name="", **WELL).text
    assert 'grades status = "DONE", step4.grade = "xxx" not run now' in words(html)
    assert 'others status = "DONE", step4.grade = "xxx" holds' in words(html)
    assert "{&#34;age&#34;: 7}" in html


def test_a_test_is_removed(editing):
    keep(editing, "grades")
    assert editing.post("/systems/systemid/rehearsals/remove", PATH, name="nope").status_code == 404
    assert editing.post("/systems/systemid/rehearsals/remove", PATH, name="grades").status_code == 303
    assert system(editing).rehearsals == []


def test_an_operator_rehearses_and_keeps_nothing(pages):
    assert "Keep it as a test" not in words(run(pages).text)
    assert keep(pages, "grades").status_code == 403


def test_every_field_of_the_page_has_an_id_of_its_own(editing):
    keep(editing, "grades")
    html = editing.get(f"{PATH}?test=grades").text
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_the_definition_in_a_file_has_its_tests(editing):
    keep(editing, "grades")
    assert (
        json.dumps(system(editing).to_json()["rehearsals"][0]["expect"]) == '{"status": "DONE", "step4.grade": "xxx"}'
    )
