"""The form of a step: fields make a document, a document makes fields, and what no field shows stays."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from engine.model import Api, Arg, Problem, Step, StepType
from engine.script import Script
from webapp.link_kinds import LINK_KINDS
from webapp.step_form import (
    ArgsOf,
    StepForm,
    copied_link,
    form_of,
    moved_link,
    read_step,
    stored,
    with_arg,
    with_link,
    with_out,
    without_arg,
    without_link,
    without_out,
)
from webapp.view.sample_tree import read_of, tree
from webapp.view.step_form import Around, marks_of, step_fields
from webapp.view.step_place import step_problem_lines

APIS: dict[str, dict[str, Any]] = {"api1": {"name": {"type": "string"}, "age": {"type": "int"}}}
RICH: dict[str, Any] = {
    "_id": "rich", "desc": "All of it", "expect_span": {"day": 1, "hour": 2.5, "note": "ours"}, "owner": "team a",
    "checklink": [
        {"_id": "first", "colour": "red",
         "condition": {"op": "script", "val": "result.ok", "why": "asked for"},
         "api": {"op": "LOOP", "extra": 1, "val": {
             "_id": "api1", "args": {"name": "$$step1.name", "age": 4}, "largs": "$TASK.n", "lparallel": 3,
             "lresult": "r = result[0]\nreturn r", "interval": 5, "max_attempts": 7, "backoff": 1.5, "tag": ["x"]}}},
        {"_id": "second", "condition": {"val": ""}, "api": {"op": "API", "val": {"_id": "api1"}}},
    ],
    "response": {"name": {"fromapi": "first", "key": "result.name", "unit": "m"},
                 "age": {"fromapi": "second", "key": "result.age"}},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _speaking():
    app = Flask("test")
    Babel(app)
    with app.test_request_context():
        yield


def args_in(apis: dict[str, dict[str, Any]]) -> ArgsOf:
    """Of APIs; there is no system."""
    found = {id_: {name: Arg.model_validate(arg) for name, arg in args.items()} for id_, args in apis.items()}
    return lambda callee, id_: found.get(id_, {}) if callee == "api" else {}


ARGS_OF = args_in(APIS)


def sent(form: StepForm) -> StepForm:
    """As a browser sends it."""
    fields = [*form.texts.items(), *(("row", row) for row in form.rows), *(("out", out) for out in form.outs)]
    return StepForm.of(MultiDict(fields))


def read(form: StepForm, base: dict[str, Any] | None = None) -> Step:
    document, problems = read_step(form, base or {}, ARGS_OF)
    assert problems == []
    return Step.load(document)


def problems_of(form: StepForm) -> list[Problem]:
    return read_step(form, {}, ARGS_OF)[1]


def test_a_step_comes_through_its_form_with_every_field_that_the_form_does_not_know():
    step = Step.load(RICH)
    assert read(sent(form_of(stored(step), ARGS_OF)), stored(step)) == step


def test_the_seeds_steps_come_through_their_forms(seed):
    args_of = args_in({one["_id"]: one["args"] for one in seed["api"]})
    for raw in seed["step"]:
        step = Step.load(raw)
        document, problems = read_step(sent(form_of(stored(step), args_of)), stored(step), args_of)
        assert (Step.load(document), problems) == (step, [])


def test_a_link_that_is_renamed_keeps_its_unknown_fields_and_what_is_read_of_it():
    base = stored(Step.load(RICH))
    form = form_of(base, ARGS_OF).with_texts({"link.0.id": "renamed"})
    step = read(form, base)
    assert step.checklink[0].to_document()["colour"] == "red"
    assert step.response["name"].fromapi == "renamed"


def test_a_link_without_an_id_is_called_as_what_it_calls():
    assert read(with_link(StepForm({"id": "s"}), target="api1")).checklink[0].id == "api1"


def test_loop_settings_of_a_call_that_no_longer_loops_are_not_saved_and_not_lost_while_typing():
    base = stored(Step.load(RICH))
    form = form_of(base, ARGS_OF).with_texts({"link.0.op": "API"})
    assert read(form, base).checklink[0].api.val.largs is None
    shown = step_fields(form, Around(ARGS_OF, {}, {}, {}), ()).links[0]
    assert ("link.0.largs", "$TASK.n") in shown.carried


def test_every_kind_that_the_engine_runs_can_be_written_and_shows_each_of_its_fields():
    assert set(LINK_KINDS) == set(StepType)
    blocks = {"api", "system", "question", "loop", "args", "patience"}
    assert {block for kind in LINK_KINDS.values() for block in kind.blocks} <= blocks


ASKING = {
    "_id": "s", "expect_span": {"day": 1}, "response": {},
    "checklink": [{"_id": "ask", "condition": {"val": ""},
                   "api": {"op": "MANUAL", "val": {"prompt": "Well?", "args": {"total": "$$buy.total"}}}}],
}  # fmt: skip


def test_a_value_shown_to_a_person_is_added_renamed_and_removed():
    base = stored(Step.load(ASKING))
    form = with_arg(form_of(base, ARGS_OF), "0")
    form = form.with_texts({"link.0.name.total": "sum", "link.0.name.+1": "who", "link.0.value.+1": "buy.name"})
    assert read(sent(form), base).checklink[0].api.val.args == {"sum": "$$buy.total", "who": "$$buy.name"}
    assert read(without_arg(form, "0.total"), base).checklink[0].api.val.args == {"who": "$$buy.name"}


def test_a_row_for_a_value_that_nobody_has_filled_in_is_no_mistake_and_no_value():
    base = stored(Step.load(ASKING))
    form = with_arg(with_arg(form_of(base, ARGS_OF), "0"), "0")
    assert list(read(form, base).checklink[0].api.val.args) == ["total"]


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        ({"link.0.value.+1": "buy.id"}, "step.s.checklink[0].api.val.args[1].name"),
        ({"link.0.name.+1": "total", "link.0.value.+1": "buy.id"}, "step.s.checklink[0].api.val.args[1].name"),
        ({"link.0.name.+1": "id"}, "step.s.checklink[0].api.val.args[1]"),
    ],
)
def test_what_a_value_shown_to_a_person_lacks_is_told_at_its_row(texts, path):
    form = with_arg(form_of(ASKING, ARGS_OF), "0").with_texts(texts)
    assert path in [problem.path for problem in problems_of(form)]


def test_a_person_is_not_shown_the_args_of_the_api_that_the_link_called_before():
    form = with_link(StepForm({}), target="api1").with_texts({"link.0.op": "MANUAL"})
    shown = step_fields(form, Around(ARGS_OF, {}, {}, {}), ()).links[0]
    assert (shown.args, shown.takes_any_arg) == ((), True)
    assert ("link.0.target", "api1") in shown.carried


def test_links_move_and_stay_in_the_order_in_which_they_were_sent():
    form = with_link(with_link(with_link(StepForm({}), id="a"), id="b"), id="c")
    moved = moved_link(form, "2", -1)
    assert [moved.link_id(row) for row in sent(moved).rows] == ["a", "c", "b"]
    assert moved_link(form, "0", -1).rows == form.rows
    assert moved_link(form, "9", 1) is form


def test_a_copied_link_stands_behind_its_original_under_another_id():
    form = copied_link(with_link(with_link(StepForm({}), id="a", condition="result.x"), id="b"), "0")
    assert [form.link_id(row) for row in form.rows] == ["a", "a2", "b"]
    assert form.text(f"link.{form.rows[1]}.condition") == "result.x"


def test_what_is_removed_leaves_nothing_behind():
    form = without_link(form_of(stored(Step.load(RICH)), ARGS_OF), "0")
    assert form.rows == ("1",)
    assert not any(name.startswith("link.0.") for name in form.texts)
    assert without_out(form, "0").outs == ("1",)


def test_a_clicked_path_becomes_a_key_of_a_name_that_is_free():
    form = with_link(StepForm({"id": "s"}), target="api1")
    form = with_out(with_out(form, "0", "result.items[0].name"), "0", 'result["name"]')
    step = read(form)
    assert {key: source.key for key, source in step.response.items()} == {
        "name": "result.items[0].name", "name2": 'result["name"]'
    }  # fmt: skip
    assert {source.fromapi for source in step.response.values()} == {"api1"}


def test_a_clicked_path_fills_a_row_that_is_still_blank():
    form = with_out(with_out(with_link(StepForm({}), target="api1")), "0", "result.age")
    assert len(form.outs) == 1


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        ({"id": ""}, "step.._id"),
        ({"id": "a.b"}, "step.a.b._id"),
        ({"link.0.target": ""}, "step.s.checklink[0].api"),
        ({"link.0.id": "x y"}, "step.s.checklink[0]._id"),
        ({"link.0.kind.name": "earlier", "link.0.value.name": " "}, "step.s.checklink[0].api.val.args[0]"),
        ({"out.0.key": ""}, "step.s.response[0].name"),
        ({"out.0.from": "7"}, "step.s.response[0].fromapi"),
        ({"out.0.path": ""}, "step.s.response[0].key"),
        ({"out.1.key": "k"}, "step.s.response[0].name"),
    ],
)
def test_what_is_missing_is_told_at_its_field(texts, path):
    form = with_out(with_out(with_link(StepForm({"id": "s"}), target="api1")))
    whole = {"out.0.key": "k", "out.0.path": "result.x", "out.1.key": "l", "out.1.path": "result.y"}
    form = form.with_texts({**whole, **texts})
    assert path in [problem.path for problem in problems_of(form)]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("step.rich._id", "id"),
        ("step.rich.expect_span.day", "span"),
        ("step.rich.checklink.first.condition.val", "link.0.condition"),
        ("step.rich.checklink[1].api.val.interval", "link.1.interval"),
        ("step.rich.checklink.first.api.val.args.age", "link.0.arg.1"),
        ("step.rich.checklink[0].api.val.args[1].name", "link.0.arg.1.name"),
        ("step.rich.checklink.first.api.val.args.none", "link.0.target"),
        ("step.rich.checklink.first.api.val.args.name.x[0]", "link.0.arg.0"),
        ("step.rich.checklink.second.api", "link.1.target"),
        ("step.rich.checklink.first.api.val.lresult", "link.0.lresult"),
        ("step.rich.checklink.second", "link.1.id"),
        ("step.rich.checklink.nobody", "links"),
        ("step.rich.response.age.key", "out.1.path"),
        ("step.rich.response.name.fromapi", "out.0.from"),
        ("step.rich.response[1].name", "out.1.key"),
        ("step.other.checklink.first", ""),
    ],
)
def test_a_problem_leads_to_the_field_that_mends_it(path, field):
    form = form_of(stored(Step.load(RICH)), ARGS_OF)
    (line,) = step_problem_lines(form, ARGS_OF, [Problem(path, "wrong")])
    assert line.field == field


def test_a_fault_in_a_script_is_marked_where_it_is():
    assert marks_of(Script.expr("result.a == resul.b")) == (
        {"line": 1, "column": 13, "message": "there is no 'resul' here; did you mean 'result'?"},
    )
    assert marks_of(Script.expr("result.a")) == marks_of(Script.expr("  ")) == ()


def test_each_node_of_an_answer_has_the_path_that_reads_it():
    node = tree({"a": {"b-c": [{"d": 1}], "class": 2}})
    inner = node.children[0].children
    assert [one.path for one in inner] == ['result.a["b-c"]', 'result.a["class"]']
    assert inner[0].children[0].children[0].path == 'result.a["b-c"][0].d'
    assert read_of('q"x') == '["q\\"x"]'


def test_a_huge_answer_is_shown_in_part():
    node = tree({f"k{number}": {f"l{inner}": inner for inner in range(60)} for number in range(60)})
    assert node.more == 20
    assert len(node.children) == 40


def test_the_form_names_what_is_called_by_its_address():
    api = Api.load({"_id": "api1", "url": "http://host/x", "args": {"name": {"type": "string"}}})
    fields = step_fields(with_link(StepForm({}), target="api1"), Around(ARGS_OF, {"api1": api}, {}, {}), ())
    assert fields.links[0].endpoint == "GET http://host/x"
