"""The editor of a system, as a browser sends it: checked, edited by its buttons, saved; and the way to a first one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine.command import Catalog, Loaded
from engine.model import Role, System
from tests.integration.conftest import HTMX, Pages, words
from tests.stage import Stage

FLOW = ["step1", ["step2", "step3"], "step4"]


@pytest.fixture
def editor(pages: Pages) -> Pages:
    pages.sign_in("eve", Role.EDITOR)
    return pages


def a_form(**fields: Any) -> dict[str, Any]:
    return {"id": "mine", "name": "Mine", "tree": json.dumps(FLOW), "base": 0} | fields


def send(pages: Pages, path: str, **fields: Any) -> Any:
    return pages.post(path, "/systems/new", **fields)


def stored(pages: Pages, id_: str = "mine") -> System:
    system = pages.stage.store.definitions.system(id_)
    assert system
    return system


def is_there(pages: Pages, id_: str = "mine") -> bool:
    return pages.stage.store.definitions.system(id_) is not None


def saved_by_another(stage: Stage, **fields: Any) -> None:
    system = stage.store.definitions.system("systemid")
    assert system
    Catalog(stage.store, stage.clock, "bob").save(Loaded(systems={"systemid": system.model_copy(update=fields)}))


def sent_form(html: str) -> dict[str, str]:
    """The fields of the editor as a page shows them."""
    form = html[html.index('id="editor"') :]
    found = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]*? value="([^"]*)"', form))
    return {name: value.replace("&#34;", '"').replace("&quot;", '"') for name, value in found.items()}


# -- saving ------------------------------------------------------------------------------------------


def test_a_new_system_is_saved_and_shown(editor):
    response = send(
        editor, "/systems/new", **a_form(limit="3", **{"arg.0.name": "n", "arg.0.value": "4"}, note="first")
    )
    assert (response.status_code, response.location) == (303, "/systems/mine")
    system = stored(editor)
    assert (system.step, system.def_args, system.max_concurrency) == (FLOW, {"n": 4}, 3)
    (revision, *_) = editor.stage.store.definitions.revisions("system", "mine")
    assert (revision.number, revision.who, revision.note) == (1, "eve", "first")
    assert "Mine is saved" in words(editor.get("/systems/mine").text)


def test_an_edit_changes_what_the_form_says_and_keeps_the_rest(editor):
    before = stored(editor, "systemid")
    response = send(editor, "/systems/systemid/edit", name="Other", tree=json.dumps(FLOW), base=1)
    assert response.status_code == 303
    after = stored(editor, "systemid")
    assert after == before.model_copy(update={"name": "Other", "step": FLOW})
    assert after.debug


def test_what_is_wrong_is_told_at_its_place_and_nothing_is_saved(editor):
    bad = a_form(tree=json.dumps(["step4", "gone"]), limit="none", name="Kept", **{"arg.0.value": "no name"})
    bad["arg.0.name"] = ""
    response = send(editor, "/systems/new", **bad)
    assert response.status_code == 422
    text = words(response.text)
    assert "there is no step called gone" in text
    assert "this value has no name" in text
    assert sent_form(response.text)["name"] == "Kept"
    assert sent_form(response.text)["limit"] == "none"
    assert not is_there(editor)


def test_an_id_that_is_taken_is_told(editor):
    response = send(editor, "/systems/new", **a_form(id="systemid"))
    assert response.status_code == 422
    assert "there is a system systemid already" in words(response.text)


def mine(**fields: Any) -> dict[str, Any]:
    """What is typed by somebody who has opened the first revision."""
    own = {"of": "systemid", "id": "systemid", "name": "Mine", "tree": json.dumps(FLOW), "base": 1}
    return own | fields


def test_who_was_overtaken_is_told_what_was_changed_and_loses_nothing(editor):
    saved_by_another(editor.stage, desc="theirs", def_args={"n": None}, step=["step1", "step4"])
    response = send(editor, "/systems/systemid/edit", **mine())
    assert response.status_code == 409
    text = words(response.text)
    assert "bob saved it meanwhile" in text
    assert "What it is for – theirs –" in text
    assert "Arg n – the task gives it" in text
    assert "removed in parallel:" in text
    assert sent_form(response.text)["name"] == "Mine"
    assert stored(editor, "systemid").desc == "theirs"


def test_who_was_overtaken_is_told_before_they_save(editor):
    saved_by_another(editor.stage, desc="theirs")
    assert "bob saved it meanwhile" in words(send(editor, "/systems/check", **mine()).text)


def test_who_has_seen_what_overtook_them_may_save_over_it(editor):
    saved_by_another(editor.stage, desc="theirs")
    page = send(editor, "/systems/systemid/edit", **mine()).text
    over = re.search(r'name="over" value="(\d+)"', page)
    assert over
    saved_by_another(editor.stage, desc="later")
    assert send(editor, "/systems/systemid/edit", over=over[1], **mine()).status_code == 409
    assert send(editor, "/systems/systemid/edit", over=3, **mine()).status_code == 303
    assert (stored(editor, "systemid").name, stored(editor, "systemid").desc) == ("Mine", "")


def test_what_only_others_changed_is_taken_over(editor):
    saved_by_another(editor.stage, desc="theirs", name="Theirs", step=["step1", ["step2", "step3"]])
    fields = mine(tree='["step1", "step2", "step3", "step4"]', **{"title.step2": "Second"})
    merged = sent_form(send(editor, "/systems/check", act="merge", **fields).text)
    assert (merged["base"], merged["name"]) == ("2", "Mine")
    assert json.loads(merged["tree"]) == ["step1", {"_id": "step2", "name": "Second"}, "step3"]
    assert send(editor, "/systems/systemid/edit", **merged, desc="theirs").status_code == 303
    assert stored(editor, "systemid").desc == "theirs"


def test_a_system_that_was_removed_meanwhile_is_brought_back_if_that_is_said(editor):
    Catalog(editor.stage.store, editor.stage.clock, "bob").save(Loaded(), removed=[("system", "systemid")])
    response = send(editor, "/systems/systemid/edit", **mine())
    assert response.status_code == 409
    assert "Somebody has removed this system meanwhile" in words(response.text)
    assert send(editor, "/systems/systemid/edit", over=0, **mine()).status_code == 303
    assert stored(editor, "systemid").name == "Mine"


def test_an_unknown_system_is_not_found(editor):
    assert editor.get("/systems/none/edit").status_code == 404
    assert editor.get("/systems/new?from=none").status_code == 404
    assert send(editor, "/systems/none/edit", **a_form()).status_code in (404, 409)
    assert not is_there(editor, "none")


# -- editing -----------------------------------------------------------------------------------------


def test_the_seed_s_system_is_shown_and_saved_as_it_stands(editor):
    before = stored(editor, "systemid")
    form = sent_form(editor.get("/systems/systemid/edit").text)
    assert send(editor, "/systems/systemid/edit", **form).status_code == 303
    assert stored(editor, "systemid") == before
    assert len(editor.stage.store.definitions.revisions("system", "systemid")) == 1


def test_a_button_changes_the_form_and_nothing_else(editor):
    response = send(editor, "/systems/check", act="unnest:1.0", **a_form(note="why"))
    form = sent_form(response.text)
    assert json.loads(form["tree"]) == ["step1", "step2", "step3", "step4"]
    assert (form["name"], form["note"]) == ("Mine", "why")
    assert not is_there(editor)


def test_what_is_ticked_is_grouped(editor):
    ticks = {"pick.step1": "yes", "pick.group.1.step2": "yes"}
    response = send(editor, "/systems/check", act="group:parallel", **a_form(**ticks))
    assert json.loads(sent_form(response.text)["tree"]) == [["step1", "step2", "step3"], "step4"]
    assert not re.search(r"<input [^>]*checked", response.text)


def test_a_tick_stays_while_the_form_is_checked_and_too_few_are_told(editor):
    response = send(editor, "/systems/check", act="group:parallel", **a_form(**{"pick.step1": "yes"}))
    assert "Tick two steps or more first." in words(response.text)
    assert re.findall(r'<input [^>]*id="([^"]+)"[^>]* checked', response.text) == ["pick.step1"]


def test_a_step_that_was_moved_is_named_for_the_focus(editor):
    part = editor.post("/systems/check", "/systems/new", HTMX, do="nest:2", **a_form())
    assert 'data-focus="item.step4"' in part.text
    assert "<html" not in part.text


def test_a_copy_is_a_new_system_and_no_sample(editor):
    form = sent_form(editor.get("/systems/new?from=systemid").text)
    assert (form["id"], form["name"]) == ("systemid-copy", "Copy of test system")
    assert send(editor, "/systems/new", **form).status_code == 303
    assert stored(editor, "systemid-copy").debug is False


def test_a_step_back_restores_every_field(editor):
    before = {"name": "Before", "tree": '["step1"]', "arg.0.name": "x"}
    response = send(editor, "/systems/check", restore=json.dumps(before), **a_form(id="mine"))
    form = sent_form(response.text)
    assert (form["name"], json.loads(form["tree"]), form["arg.0.name"]) == ("Before", ["step1"], "x")


@pytest.mark.parametrize("restore", ["{", "[1]", "null", '{"tree": 5}', '{"tree": null, "name": []}', "[" * 9000])
def test_a_step_back_that_cannot_be_read_is_none(editor, restore):
    assert send(editor, "/systems/check", restore=restore, **a_form()).status_code in (200, 422)


def test_a_missing_arg_is_offered_and_added(editor):
    form = a_form(tree='["step3"]')
    assert "Add the arg age" in words(send(editor, "/systems/check", **form).text)
    added = sent_form(send(editor, "/systems/check", act="give:age", **form).text)
    assert added["arg.0.name"] == "age"


def test_steps_are_found_by_their_words(editor):
    text = send(editor, "/systems/check", find="isold", **a_form(tree="[]")).text
    assert re.findall(r'value="add:(\w+)"', text) == ["step3"]


def test_who_edits_a_step_from_here_comes_back(editor):
    page = editor.get("/systems/systemid/edit").text
    assert 'href="/steps/new?next=/systems/systemid/edit"' in page
    assert 'href="/steps/step1/edit?next=/systems/systemid/edit"' in page
    form = editor.get("/steps/step1/edit?next=/systems/systemid/edit").text
    fields = dict(re.findall(r'<input [^>]*name="(next|base)"[^>]*? value="([^"]*)"', form))
    assert fields["next"] == "/systems/systemid/edit"


# -- the way to a first system -----------------------------------------------------------------------


@pytest.fixture
def empty(stage: Stage, tmp_path: Any) -> Pages:
    pages = Pages(stage, tmp_path)
    pages.sign_in("eve", Role.EDITOR)
    return pages


@pytest.mark.parametrize("path", ["/", "/systems"])
def test_where_there_is_no_system_the_way_to_one_is_shown(empty, path):
    text = words(empty.get(path).text)
    assert "No system yet: your first one in three steps" in text
    assert "Load the sample" in text


def test_a_viewer_sees_the_way_and_no_buttons(empty):
    empty.sign_in("vic", Role.VIEWER)
    assert "Load the sample" not in words(empty.get("/systems").text)


def test_the_sample_is_loaded_once_and_marked(empty):
    assert empty.post("/systems/sample", "/systems").location == "/systems/systemid"
    definitions = empty.stage.store.definitions
    assert [len(definitions.apis()), len(definitions.steps()), len(definitions.systems())] == [6, 4, 1]
    assert all(one.debug for one in (*definitions.apis().values(), *definitions.steps().values()))
    assert "No system yet" not in words(empty.get("/").text)
    assert empty.post("/systems/sample", "/systems").status_code == 409


# -- moving tasks ------------------------------------------------------------------------------------


def a_task_of_an_older_definition(pages: Pages) -> Any:
    task = pages.stage.create(args={"name": "abc", "n": 4})
    saved_by_another(pages.stage, step=[*FLOW[:2]])
    return task


def test_a_task_and_its_system_say_that_its_definition_is_older(editor):
    assert "newer definition" not in words(editor.get(f"/tasks/{editor.stage.create(args={'name': 'a'}).id}").text)
    task = a_task_of_an_older_definition(editor)
    assert "has a newer definition than this task was made from" in words(editor.get(f"/tasks/{task.id}").text)
    editor.stage.operator.start(task.id)
    assert "1 running task keeps an older definition" in words(editor.get("/systems/systemid").text)


def test_a_move_is_looked_at_and_confirmed(editor):
    task = a_task_of_an_older_definition(editor)
    page = editor.get(f"/tasks/{task.id}/move").text
    assert "step4 is gone" in words(page)
    assert "made from revision 1 of systemid; now it is revision 2" in words(page)
    assert editor.stage.task(task).plan == task.plan
    mark = re.search(r'name="made_from" value="(\w+)"', page)
    assert mark
    response = editor.post(f"/tasks/{task.id}/move", f"/tasks/{task.id}/move", made_from=mark[1])
    assert response.status_code == 303
    assert set(editor.stage.task(task).step_info) == {"step1", "step2", "step3"}
    assert "newer definition" not in words(editor.get(f"/tasks/{task.id}").text)
    assert "moved to another definition" in words(editor.get(f"/tasks/{task.id}?view=history").text)


def test_a_move_of_what_was_not_looked_at_is_refused(editor):
    task = a_task_of_an_older_definition(editor)
    response = editor.post(f"/tasks/{task.id}/move", f"/tasks/{task.id}/move", made_from="another")
    assert response.status_code == 409
    assert editor.stage.task(task).plan == task.plan


def test_what_stands_against_a_move_is_told_and_nothing_is_offered(editor):
    task = editor.stage.start(args={"name": "abc"})
    editor.stage.set_knobs("api2", status=503)
    editor.stage.go(task)
    saved_by_another(editor.stage, step=[["step2", "step3"], "step1", "step4"])
    page = editor.get(f"/tasks/{task.id}/move").text
    assert "stands against it" in words(page)
    assert "Move it" not in words(page)
    assert editor.post(f"/tasks/{task.id}/move", f"/tasks/{task.id}/move").status_code == 422


def test_a_task_that_is_up_to_date_has_nothing_to_move(editor):
    task = editor.stage.create(args={"name": "abc"})
    text = words(editor.get(f"/tasks/{task.id}/move").text)
    assert "There is nothing to move" in text
