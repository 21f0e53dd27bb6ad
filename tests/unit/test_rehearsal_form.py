"""A rehearsal in a form: what stands in its fields reads as it was."""

from typing import Any

import pytest

from engine.model import Invalid, Rehearsal, System
from engine.plan import build_plan, gather
from tests.unit.builders import a_link, a_plan, a_step, a_system, an_api
from webapp.answer_lines import ALWAYS, lines_in, with_line, without_line
from webapp.rehearsal_form import asked, read_rehearsal, rehearsal_fields

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
        (
            {"how__p": "not_ready", "times__p": "10,000", "after__p": "2 min"},
            {"not_ready": True, "times": 10_000, "takes_s": 120},
        ),
        ({"how__p": "not_ready", "times__p": ""}, {"not_ready": True, "times": ALWAYS}),
        (
            {"how__p": "given", "answer__p": "7", "often__p": "2", "after__p": "1 h"},
            {"answer": 7, "times": 2, "takes_s": 3600},
        ),
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
        ({"how__p": "given", "answer__p": "{"}, "answers.p[0].answer"),
        ({"how__p": "script", "script__p": "{}"}, "answers.p"),
        ({"how__p": "script", "script__p": "[7]"}, "answers.p[0]"),
        ({"how__p": "not_ready", "times__p": "x"}, "answers.p[0].times"),
        ({"how__p": "not_ready", "times__p": "0"}, "answers.p[0].times"),
        ({"how__p": "fails", "status__p": "9"}, "answers.p[0].status"),
        ({"how__p": "fails", "status__p": "200"}, "answers.p[0].status"),
        ({"how__p": "slow", "takes__p": "nan"}, "answers.p[0].takes_s"),
        ({"how__p": "given", "answer__p": "1", "how__p__1": "given", "answer__p__1": "{"}, "answers.p[1].answer"),
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
    assert {problem.path for problem in caught.value.problems} == {"args", "answers", "answers.p[0].answer"}


@pytest.mark.parametrize(
    "script",
    [
        [{"not_ready": True, "times": 9}], [{"status": 502}], [{"no_reply": True}], [{"takes_s": 3, "times": ALWAYS}],
        [{"answer": [1], "times": ALWAYS}], [{"answer": [1]}],
        [{"times": 2, "takes_s": 1}, {"status": 500, "answer": 1}],
        [{"not_ready": True, "takes_s": 2}], [{}], [{"status": 200}], [{"times": 2}, {"status": 500, "times": 3}],
        [{"not_ready": True}, {"status": 503, "times": 2}, {"answer": {"ok": 7}, "takes_s": 7200, "times": ALWAYS}],
    ],
)  # fmt: skip
def test_a_rehearsal_is_read_from_its_own_fields_as_it_was(script):
    raw = {"name": "a", "args": {"who": "ann", "n": 2, "x": [1]}, "answers": {"p": script, "s/l": [{"times": 2}]}}
    rehearsal = Rehearsal.load(raw | {"expect": {"status": "DONE", "late": []}})
    assert read_rehearsal(PLAN, rehearsal_fields(PLAN, rehearsal)) == rehearsal


LINES = {"how.p": "not_ready", "how.p.1": "fails", "status.p.1": "503", "times.p.1": "2"}


def script(fields: dict[str, str]) -> list[dict[str, Any]]:
    return read_rehearsal(PLAN, fields).model_dump(mode="json", exclude_defaults=True)["answers"]["p"]


def test_lines_are_read_one_after_the_other():
    assert script(LINES) == [{"not_ready": True, "times": 3}, {"status": 503, "times": 2}]


def test_a_line_that_was_added_comes_last_and_one_that_was_removed_leaves_the_others():
    more = with_line(LINES, "p", '{"ok": 1}')
    assert script(more) == [*script(LINES), {"answer": {"ok": 1}, "times": ALWAYS}]
    assert script(without_line(more, "p", 0)) == script(more)[1:]
    assert lines_in(without_line(more, "p", 1), "p") == [0, 1]


def test_behind_a_line_that_was_for_always_another_may_come():
    assert script(with_line({}, "p", "7")) == [{}, {"answer": 7, "times": ALWAYS}]


def test_a_script_that_lines_can_say_is_shown_as_lines():
    raw = {"answers": {"p": [{"not_ready": True, "times": 3}, {"status": 503}, {"answer": 1, "takes_s": 90}]}}
    fields = rehearsal_fields(PLAN, Rehearsal.load(raw))
    assert [fields[name] for name in ("how.p", "how.p.1", "how.p.2", "after.p.2")] == [
        "not_ready", "fails", "given", "1 min 30 s",
    ]  # fmt: skip


def test_a_link_answers_by_itself_also_as_its_sample_where_its_api_does_not():
    rehearsal = Rehearsal.load({"answers": {"p": [{"status": 500}], "s/l": []}})
    fields = rehearsal_fields(PLAN, rehearsal)
    assert asked(PLAN, fields) == ["p", "s/l"]
    assert read_rehearsal(PLAN, fields).answers == rehearsal.answers


def test_a_person_who_is_asked_and_the_apis_of_what_a_link_runs_have_their_fields():
    link = {"_id": "m", "condition": {"val": "result.ok"}, "api": {"op": "MANUAL", "val": {"prompt": "Well?"}}}
    child = {"_id": "c", "api": {"op": "SYSTEM", "val": {"_id": "child"}}}
    steps = [a_step("ask", link, ok="m"), a_step("run", child), a_step("look", a_link("l", "q", "result.ok"))]
    systems = {
        id_: System.load({"_id": id_, "step": flow}) for id_, flow in (("p", ["ask", "run"]), ("child", ["look"]))
    }
    plan = build_plan(gather(systems["p"], {step.id: step for step in steps}, {"q": an_api("q", {"ok": 1})}, systems))
    assert asked(plan, {}) == ["q", "ask/m"]
    fields = {"how.ask/m": "given", "answer.ask/m": '{"ok": true}', "how.q": "not_ready", "times.q": "2"}
    answers = read_rehearsal(plan, fields).answers
    assert answers["ask/m"][0].answer == {"ok": True}
    assert answers["q"][0].not_ready
