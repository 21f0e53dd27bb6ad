"""Steps are written on a page: new, copied, edited; checked while they are typed, saved as revisions."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from engine.model import Role, Step
from tests.integration.conftest import HTMX, words
from tests.integration.test_web_tasks import HOSTILE, a_seed_run

NEW = "/steps/new"
STEP2 = {
    "id": "mine", "desc": "Age and sex", "span.day": "1", "row": ["0", "1"], "out": ["0", "1"],
    "link.0.op": "API", "link.0.target": "api2", "link.0.condition": "result.age != None and result.age != 0",
    "link.0.interval": "5", "link.0.kind.name": "earlier", "link.0.value.name": "step1.name",
    "link.1.op": "API", "link.1.id": "sex-of", "link.1.target": "api3", "link.1.condition": "len(result.sex) != 0",
    "out.0.key": "age", "out.0.from": "0", "out.0.path": "result.age",
    "out.1.key": "sex", "out.1.from": "1", "out.1.path": "result.sex",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _editor(pages):
    pages.sign_in("eva", Role.EDITOR)


def saved(pages, id_: str) -> Step:
    step = pages.stage.store.definitions.step(id_)
    assert step
    return step


def post(pages, path: str, **fields):
    return pages.post(path, NEW, **fields)


def fields_in(html: str) -> dict[str, list[str]]:
    """What a browser would send of a form, as far as inputs and textareas go."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name:
            found.setdefault(unescape(name[1]), []).append(unescape(value[1]) if value else "")
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL):
        found.setdefault(unescape(name), []).append(unescape(text))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found.setdefault(unescape(name), []).append(chosen[1] if chosen else "")
    return found


def test_a_step_is_written_from_nothing_and_leaves_a_revision_and_an_event(pages):
    answer = post(pages, NEW, **STEP2, note="the first")
    assert (answer.status_code, answer.location) == (303, "/steps/mine")
    step = saved(pages, "mine")
    assert [(link.id, link.api.val.id) for link in step.checklink] == [("api2", "api2"), ("sex-of", "api3")]
    assert step.checklink[0].api.val.args == {"name": "$$step1.name"}
    assert step.response["sex"].fromapi == "sex-of"
    (revision,) = pages.stage.store.definitions.revisions("step", "mine")
    assert (revision.who, revision.note) == ("eva", "the first")
    assert "mine was saved as revision 1" in words(pages.get("/steps/mine").text)


def test_what_a_page_shows_is_what_it_saves(pages):
    """Opened and saved as it is, a step stays as it was."""
    for id_ in ("step1", "step2", "step4"):
        before = saved(pages, id_)
        answer = post(pages, f"/steps/{id_}/edit", **fields_in(pages.get(f"/steps/{id_}/edit").text))
        assert answer.status_code == 303
        assert saved(pages, id_) == before
    assert "it is as it was saved before" in words(pages.get("/steps/step1").text)


def test_nothing_typed_is_lost_with_mistakes_and_each_stands_at_its_field(pages):
    wrong = STEP2 | {"id": "no id", "link.0.condition": "resul.age ==", "link.0.interval": "soon", "out.1.from": ""}
    answer = post(pages, NEW, **wrong)
    assert answer.status_code == 422
    assert fields_in(answer.text) | {"csrf_token": []} == fields_in(answer.text) | {"csrf_token": []}
    sent = fields_in(answer.text)
    assert {name: sent[name][0] for name in ("link.0.condition", "link.0.interval", "out.1.path")} == {
        "link.0.condition": "resul.age ==", "link.0.interval": "soon", "out.1.path": "result.sex",
    }  # fmt: skip
    for field in ("id", "link.0.condition", "link.0.interval", "out.1.from"):
        assert f'id="{field}.wrong.1"' in answer.text or f'href="#{field}"' in answer.text, field
    assert pages.stage.store.definitions.step("no id") is None


def test_a_blank_form_is_not_told_what_it_lacks_at_every_field(pages):
    page = pages.get(NEW)
    assert page.status_code == 200
    assert 'class="wrong"' not in page.text


def test_an_id_that_is_taken_is_refused(pages):
    answer = post(pages, NEW, **STEP2 | {"id": "step1"})
    assert answer.status_code == 422
    assert "there is a step step1 already" in words(answer.text)


def test_a_step_that_somebody_saved_meanwhile_is_not_overwritten_unless_asked(pages):
    mine = fields_in(pages.get("/steps/step2/edit").text)
    theirs = mine | {"desc": ["theirs"]}
    assert post(pages, "/steps/step2/edit", **theirs).status_code == 303
    late = post(pages, "/steps/step2/edit", **mine | {"desc": ["mine"]})
    assert late.status_code == 409
    assert 'value="mine"' in late.text
    assert saved(pages, "step2").desc == "theirs"
    over = re.search(r'name="over" value="(\d+)"', late.text)
    assert over
    assert post(pages, "/steps/step2/edit", **mine | {"desc": ["mine"], "over": over[1]}).status_code == 303
    assert saved(pages, "step2").desc == "mine"


def test_a_change_that_breaks_a_system_is_refused_and_told_under_that_system(pages):
    fields = fields_in(pages.get("/steps/step2/edit").text)
    answer = post(pages, "/steps/step2/edit", **fields | {"out.0.key": ["years"]})
    # nobody names step2.age in the definitions: the seed wires by name
    assert answer.status_code == 303
    step4 = fields_in(pages.get("/steps/step4/edit").text)
    step4 |= {"link.0.kind.sex": ["earlier"], "link.0.value.sex": ["step2.sex"]}
    assert post(pages, "/steps/step4/edit", **step4).status_code == 303
    fields = fields_in(pages.get("/steps/step2/edit").text)
    broken = post(pages, "/steps/step2/edit", **fields | {"out.1.key": ["gender"]})
    assert broken.status_code == 422
    assert "It would break systemid step.step4.checklink.api5.api.val.args.sex" in words(broken.text)
    assert "sex" in saved(pages, "step2").response


def test_a_copy_takes_another_id_and_is_no_sample_data(pages):
    fields = fields_in(pages.get("/steps/new?from=step1").text)
    assert fields["id"] == ["step1-2"]
    assert post(pages, NEW, **fields).status_code == 303
    copy = saved(pages, "step1-2")
    assert (copy.debug, copy.checklink) == (False, saved(pages, "step1").checklink)


def test_who_uses_it_is_told_before_it_is_saved(pages):
    pages.stage.start(args={"name": "x"})
    text = words(pages.get("/steps/step3/edit").text)
    assert "Used by test system Saving changes them for new tasks. Tasks under way (1) keep what they have." in text


@pytest.mark.parametrize(
    ("act", "row", "rows"),
    [("up", "1", ["1", "0"]), ("down", "0", ["1", "0"]), ("remove", "0", ["1"]), ("copy", "0", ["0", "2", "1"]),
     ("add", "", ["0", "1", "2"]), ("up", "77", ["0", "1"]), ("nonsense", "0", ["0", "1"])],
)  # fmt: skip
def test_buttons_change_the_form_without_a_script(pages, act, row, rows):
    answer = post(pages, f"/steps/form?act={act}&row={row}", **STEP2)
    assert answer.status_code == 200
    assert fields_in(answer.text)["row"] == rows


def test_a_value_that_is_clicked_in_the_answer_becomes_part_of_the_response(pages):
    fields = STEP2 | {"out": ["0"], "map": "result.sex"}
    sent = fields_in(post(pages, "/steps/form?act=map&row=1", **fields).text)
    assert (sent["out.1.key"], sent["out.1.from"], sent["out.1.path"]) == (["sex"], ["1"], ["result.sex"])


def test_a_condition_is_tried_on_the_sample_part_by_part(pages):
    answer = post(pages, "/steps/form", headers=HTMX, **STEP2)
    text = words(answer.text)
    assert answer.status_code == 200
    assert 'It holds: the link would be done holds result.age != None result.age = ""' in text
    assert "It does not hold: the call would be repeated" in text


def test_a_condition_is_tried_on_a_pasted_answer_and_the_response_shows_what_it_would_be(pages):
    pasted = {"link.0.try": "pasted", "link.0.pasted": '{"age": [7]}'}
    text = words(post(pages, "/steps/form", **STEP2 | pasted).text)
    assert "Tried on what was pasted." in text
    assert "would be [7]" in text
    broken = words(post(pages, "/steps/form", **STEP2 | {"link.0.try": "pasted", "link.0.pasted": "{"}).text)
    assert "this is no JSON" in broken


def test_a_condition_is_tried_on_the_last_real_answer(pages):
    task = a_seed_run(pages)
    text = words(post(pages, "/steps/form", **STEP2 | {"link.0.try": "last"}).text)
    assert f"Tried on the answer that task {task.id} got" in text


def test_a_link_that_nobody_has_called_has_no_real_answer(pages):
    text = words(post(pages, "/steps/form", **STEP2 | {"link.0.try": "last"}).text)
    assert "nobody has had an answer of it lately" in text


def test_a_loop_is_tried_on_as_many_rounds_as_it_would_have(pages):
    loop = {"link.0.op": "LOOP", "link.0.largs": "4", "link.0.condition": "result.age == ''",
            "link.0.lresult": "r = {'age': ''}\nr['age'] = result[3].age\nreturn r"}  # fmt: skip
    text = words(post(pages, "/steps/form", **STEP2 | loop).text)
    assert "It holds" in text
    assert "Tried on 4 rounds like the sample of api2." in text
    few = words(post(pages, "/steps/form", **STEP2 | loop | {"link.0.largs": "3"}).text)
    assert "lresult: " in few


def test_a_fault_in_a_condition_is_marked_by_line_and_column(pages):
    html = post(pages, "/steps/form", headers=HTMX, **STEP2 | {"link.0.condition": "result.a\n == resul"}).text
    marks = re.search(r'data-problems="([^"]*)"', html)
    assert marks
    assert '"column": 5, "line": 2' in unescape(marks[1])


def test_a_value_to_show_to_a_person_is_added_named_and_saved(pages):
    asking = {"id": "ask", "span.day": "1", "row": "0", "link.0.op": "MANUAL", "link.0.id": "boss",
              "link.0.prompt": "All right?", "link.0.role": "operator"}  # fmt: skip
    added = fields_in(post(pages, "/steps/form?act=add-arg&row=0", **asking).text)
    filled = added | {"link.0.name.+1": ["age"], "link.0.value.+1": ["step2.age"]}
    assert post(pages, NEW, **filled).status_code == 303
    assert saved(pages, "ask").checklink[0].api.val.args == {"age": "$$step2.age"}
    shown = fields_in(pages.get("/steps/ask/edit").text)
    bare = fields_in(post(pages, "/steps/form?act=remove-arg&row=0.age", **shown).text)
    assert post(pages, "/steps/ask/edit", **bare).status_code == 303
    assert saved(pages, "ask").checklink[0].api.val.args == {}


def test_the_args_of_a_system_that_is_run_are_those_that_its_tasks_take(pages):
    running = {"id": "sub", "row": "0", "link.0.op": "SYSTEM", "link.0.target": "systemid"}
    assert "link.0.kind.name" in fields_in(post(pages, "/steps/form", **running).text)


def test_what_automatic_takes_is_told(pages):
    text = words(post(pages, "/steps/form", **STEP2 | {"link.1.kind.name": "auto"}).text)
    assert "by name: step1.name" in text
    alone = {"id": "x", "row": "0", "link.0.target": "api6", "link.0.op": "API"}
    assert "by name: step3.isold" in words(post(pages, "/steps/form", **alone).text)
    first = words(pages.get("/steps/step1/edit").text)
    assert "by name; no step publishes name yet" in first  # not what it publishes itself, nor what comes later


def test_an_arg_of_the_task_that_is_not_known_is_asked_for_in_words(pages):
    limited = STEP2 | {"link.0.try": "pasted", "link.0.pasted": '{"age": 7}',
                       "link.0.condition": "result.age > task.limit"}  # fmt: skip
    answer = post(pages, "/steps/form", **limited)
    assert "task.limit is not known here: give it a value for this trial" in words(answer.text)
    assert "TypeError" not in answer.text
    assert fields_in(answer.text)["link.0.task.limit"] == [""]
    assert "It holds" in words(post(pages, "/steps/form", **limited | {"link.0.task.limit": "5"}).text)


def test_an_unknown_arg_that_does_no_harm_is_told_beside_the_verdict(pages):
    text = words(post(pages, "/steps/form", **STEP2 | {"link.0.condition": "task.force or result.age == ''"}).text)
    assert "It holds" in text
    assert "task.force is not known here, and read as None" in text


NASTY = {
    "result.age >": "invalid syntax (line 1, column 13: result.age >)",
    "resul.age": "there is no 'resul' here; did you mean 'result'? (line 1, column 1: resul.age)",
    "result.x.y.z == 1": "cannot read 'y' of None (line 1: result.x.y.z == 1)",
    "1 / 0 > 1": "it divides by zero (line 1: 1 / 0 > 1)",
    "sum(range(10**12))": "the script ran longer than 250 ms",
    "result.年龄 > 1": "None and a number cannot be compared by >; an absent key reads as None",
    "result.age && true": "invalid syntax; write and for &&",
    "[1, 2]": "It comes to [1, 2], which counts as true.",
}


@pytest.mark.parametrize(("condition", "told"), NASTY.items())
def test_what_is_wrong_with_a_condition_is_told_in_words(pages, condition, told):
    answer = post(pages, "/steps/form", **STEP2 | {"link.0.condition": condition, "out.0.path": condition})
    assert answer.status_code == 200
    assert told in words(answer.text)
    assert "Error:" not in answer.text


def test_a_large_answer_makes_no_large_page(pages):
    large = json.dumps([{f"key{number}": {"a": "x" * 40, "b": [1, {"c": 2}]} for number in range(2000)}] * 2)
    assert len(large) > 200_000
    bare = post(pages, "/steps/form", **STEP2).text
    page = post(pages, "/steps/form", **STEP2 | {"link.0.try": "pasted", "link.0.pasted": large}).text
    assert "It does not hold" in page
    assert len(page) - len(bare) - 2 * len(large) < 100_000


JUNK = [
    {},
    {"row": ["x", "-1", "9" * 40], "out": ["%"], "id": HOSTILE},
    {"row": "0", "link.0.op": "NOPE", "link.0.target": HOSTILE, "link.0.kind.": "literal", "link.0.kind.a.b": "code"},
    {"row": "0", "link.0.target": "api1", "link.0.kind.name": "code", "link.0.value.name": "(" * 500, "base": "x"},
    {"row": "0", "link.0.target": "api1", "link.0.op": "LOOP", "link.0.largs": "1e999", "link.0.lresult": "return ("},
    {"id": "s", "span.day": "nan", "span.hour": "-1", "span.minute": "1e400", "row": "0", "link.0.interval": "inf"},
    {"id": "s", "row": "0", "link.0.target": "api2", "link.0.condition": "[" * 300, "link.0.try": "pasted",
     "link.0.pasted": "[" * 3000},
    {"id": "\ud800", "desc": "\x00", "row": ["0", "0"], "out": "0", "out.0.key": "$a.b\x00", "out.0.path": "\x00",
     "out.0.from": "0", "link.0.target": "api2", "link.0.condition": "\x00"},
    {"of": "nobody", "source": "nobody", "base": "99999999999999999999", "map": "x" * 9000},
]  # fmt: skip


@pytest.mark.parametrize("fields", JUNK, ids=range(len(JUNK)))
@pytest.mark.parametrize("path", ["/steps/new", "/steps/step1/edit", "/steps/gone/edit", "/steps/form?act=map&row=0"])
def test_junk_is_answered_with_the_form_and_saves_nothing(pages, path, fields):
    before = pages.stage.store.definitions.steps()
    fields = {name: _sendable(value) for name, value in fields.items()}
    answer = post(pages, path, **fields)
    assert answer.status_code in (200, 404, 409, 422)
    assert "<script>alert" not in answer.text
    assert pages.stage.store.definitions.steps() == before


def _sendable(value):
    return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if isinstance(value, str) else value


def test_what_is_not_there_cannot_be_edited_or_copied(pages):
    assert pages.get("/steps/gone/edit").status_code == 404
    assert pages.get("/steps/new?from=gone").status_code == 404


def test_lists_and_pages_lead_to_the_editor_for_who_may_edit(pages):
    assert 'href="/steps/new"' in pages.get("/steps").text
    page = pages.get("/steps/step1").text
    assert 'href="/steps/step1/edit"' in page
    assert 'href="/steps/new?from=step1"' in page
    pages.sign_in("olga", Role.OPERATOR)
    assert 'href="/steps/new"' not in pages.get("/steps").text
    assert "/edit" not in pages.get("/steps/step1").text
