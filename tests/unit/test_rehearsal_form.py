"""A rehearsal in a form: what stands in its fields reads as it was."""

from typing import Any

import pytest

from engine.model import Invalid, Rehearsal, System
from engine.plan import build_plan, gather
from tests.unit.builders import a_link, a_plan, a_step, a_system, an_api
from webapp.rehearsal_form import ALWAYS, asked, read_rehearsal, rehearsal_fields

PLAN = a_plan(
    a_system("s", n=1), [a_step("s", a_link("l", "p", "result.ok", args={"who": "$$TASK.who"}))],
    [an_api("p", {"ok": True}, who="string")],
)  # fmt: skip


def read(**fields: str) -> dict[str, Any]:
    said = {name.replace("__", "."): text for name, text in fields.items()}
    return read_rehearsal(PLAN, said).model_dump(mode="json", exclude_defaults=True)


@pytest.mark.parametrize(
    ("fields", "script"),
    [
        ({"how__p": "not_ready", "times__p": "4"}, {"not_ready": True, "times": 4}),
        ({"how__p": "not_ready"}, {"not_ready": True, "times": 3}),
        ({"how__p": "fails", "status__p": "503", "times__p": "2"}, {"status": 503, "times": 2}),
        ({"how__p": "no_reply", "times__p": "2"}, {"no_reply": True, "times": 2}),
        ({"how__p": "slow", "takes__p": "2.5"}, {"takes_s": 2.5, "times": ALWAYS}),
        ({"how__p": "given", "answer__p": '{"ok": 1}'}, {"answer": {"ok": 1}, "times": ALWAYS}),
        ({"how__p": "script", "script__p": '[{"status": 500}]'}, {"status": 500}),
    ],
)
def test_each_way_to_answer_is_read(fields, script):
    assert read(**fields)["answers"] == {"p": [script]}


@pytest.mark.parametrize("fields", [{}, {"how.p": "sample", "times.p": "7"}, {"how.p": "nonsense"}])
def test_an_api_that_answers_as_its_sample_has_no_script(fields):
    assert read_rehearsal(PLAN, fields).answers == {}


def test_args_and_answers_of_links_and_expectations_are_read():
    found = read(given__who="ann", args='{"more": 1}', answers='{"s/l": [{}]}', expect__status='"DONE"', name=" a ")
    assert found == {
        "name": "a",
        "args": {"who": "ann", "more": 1},
        "answers": {"s/l": [{}]},
        "expect": {"status": "DONE"},
    }


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"how__p": "given", "answer__p": "{"}, "answers.p"),
        ({"how__p": "script", "script__p": "{}"}, "answers.p"),
        ({"how__p": "script", "script__p": "[7]"}, "answers.p[0]"),
        ({"how__p": "not_ready", "times__p": "x"}, "answers.p[0].times"),
        ({"how__p": "not_ready", "times__p": "0"}, "answers.p[0].times"),
        ({"how__p": "fails", "status__p": "9"}, "answers.p[0].status"),
        ({"how__p": "slow", "takes__p": "nan"}, "answers.p[0].takes_s"),
        ({"answers": "[]"}, "answers"),
        ({"answers": '{"s/l": 7}'}, "answers.s/l"),
        ({"args": "["}, "args"),
        ({"expect__x": "{"}, "expect.x"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(fields, path):
    with pytest.raises(Invalid) as caught:
        read(**fields)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_everything_that_cannot_be_read_is_told_at_once():
    with pytest.raises(Invalid) as caught:
        read(args="[", answers="[]", how__p="given")
    assert {problem.path for problem in caught.value.problems} == {"args", "answers", "answers.p"}


@pytest.mark.parametrize(
    "script",
    [
        [{"not_ready": True, "times": 9}], [{"status": 502}], [{"no_reply": True}], [{"takes_s": 3, "times": ALWAYS}],
        [{"answer": [1], "times": ALWAYS}], [{"answer": [1]}],
        [{"times": 2, "takes_s": 1}, {"status": 500, "answer": 1}],
        [{"not_ready": True, "takes_s": 2}], [{}],
    ],
)  # fmt: skip
def test_a_rehearsal_is_read_from_its_own_fields_as_it_was(script):
    raw = {"name": "a", "args": {"who": "ann", "n": 2, "x": [1]}, "answers": {"p": script, "s/l": [{"times": 2}]}}
    rehearsal = Rehearsal.load(raw | {"expect": {"status": "DONE", "late": []}})
    assert read_rehearsal(PLAN, rehearsal_fields(PLAN, rehearsal)) == rehearsal


def test_a_person_who_is_asked_and_the_apis_of_what_a_link_runs_have_their_fields():
    link = {"_id": "m", "condition": {"val": "result.ok"}, "api": {"op": "MANUAL", "val": {"prompt": "Well?"}}}
    child = {"_id": "c", "api": {"op": "SYSTEM", "val": {"_id": "child"}}}
    steps = [a_step("ask", link, ok="m"), a_step("run", child), a_step("look", a_link("l", "q", "result.ok"))]
    systems = {
        id_: System.load({"_id": id_, "step": flow}) for id_, flow in (("p", ["ask", "run"]), ("child", ["look"]))
    }
    plan = build_plan(gather(systems["p"], {step.id: step for step in steps}, {"q": an_api("q", {"ok": 1})}, systems))
    assert asked(plan) == ["q", "ask/m"]
    fields = {"how.ask/m": "given", "answer.ask/m": '{"ok": true}', "how.q": "not_ready", "times.q": "2"}
    answers = read_rehearsal(plan, fields).answers
    assert answers["ask/m"][0].answer == {"ok": True}
    assert answers["q"][0].not_ready
