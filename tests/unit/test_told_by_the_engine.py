"""Whatever the engine may say to a person is told in the reader's language: its own sentences, and its libraries'."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.model import Api, Problem, Rehearsal, Step, System, Task, problems_of
from engine.plan import TaskDraft
from engine.script import Script, ScriptError, check
from tests.unit.engine_says import Said, sentences
from tests.unit.speaking import speaking
from webapp.view.story import happened
from webapp.view.told import told

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3,} [a-z]{3,}")
CODE = re.compile(r"`[^`]*`|\"[^\"]*\"")
UNTOLD_PLACES = {
    "code/schema.py": "a JSON schema, for the editors of programmers",
    "model/status.py": "reasons of edges, for the page of statuses in docs/",
    "rehearse/report.py": "for the command line",
    "script/program.py": "a program, whose one message is among WHOLE",
}
PARTS = {
    *("a boolean", "a number", "a text", "a list", "an object", "parallel group", "no such value"),
    *("$TASK.a7 is a number 7", "by the sample, $TASK.a7 is a number 7", "7: that can never be read as 7"),
    *("takes it from elsewhere", "publishes it no more", "7 has published 7, and the step 7"),
    *("an operator", "an editor", "an admin", "nothing but that it is done", "late: waits 7for 7: 7"),
    *("api's args", "system's def_args", "args of the step's link", "7, or declare it in the 7"),
    *("$$step.key, $$TASK.name or $$SECRET.name", "waits for a place: 7 allows 7 calls at once; looks again at"),
}
"""Of sentences that are put together elsewhere: WHOLE has these."""
WHOLE = [
    "by the sample, $$step1.name is text 'one': that can never be read as int",
    "$TASK.n is a list [1]: that can never be read as int",
    "a boolean True: that can never be read as list",
    "step1 has published name, and the step takes it from elsewhere",
    "step1 has published name, and the step publishes it no more",
    "the result is not JSON: Expecting value: line 1 column 1 (char 0)",
    "the data that this script reads is not JSON: Extra data: line 1 column 3 (char 2)",
    "waits for a place: api1 allows 2 calls at once; looks again at 2026-03-31 12:00:03 UTC",
    "this parallel group is empty",
    "waits for an operator: 7?",
    "waits for an editor: 7?",
    "waits for an admin: 7?",
    "late: waits since 2026-03-31 12:00:03 UTC for ann or bob: 7?",
    "late: waits for an admin: 7?",
    "what is asked for is nothing but that it is done",
    "did you mean size?, or declare it in the api's args",
    "there are none yet, or declare it in the system's def_args",
    "known: a, b, or declare it in the args of the step's link",
    "cannot read 'name' of a number",
    'expected "DONE", got no such value',
    "'x' is no reference; write $$step.key, $$TASK.name or $$SECRET.name, or \\x for the text itself",
]
OF_MACHINES = {
    "gzip, deflate": "a header",
    "StepNode | Sequence | Parallel": "a type",
    "Leaf | Group": "a type",
    "too many": "is caught where it is raised",
    "command line": "the name of who acts",
    "took effect": "a choice, as forms send it",
    "not yet": "a verdict, which the view words",
    "not ready": "an answer of a rehearsal, which the view words",
    "not sent": "an outcome, which the view words",
    "no reply": "an outcome, which the view words",
    "its parent, task 7": "the name of who acts",
    "link added": "a difference, which the view words",
    "link removed": "a difference, which the view words",
}


def spoken() -> list[Said]:
    strange = {*PARTS, *OF_MACHINES}
    return [said for said in sentences() if said.where not in UNTOLD_PLACES and said.text not in strange]


@pytest.fixture(autouse=True)
def _a_reader_of_chinese() -> Iterator[None]:
    with speaking("zh"):
        yield


def in_chinese(text: str) -> bool:
    """As a message, or as what an event tells of."""
    said = told(text) if told(text) != text else happened(text)
    return bool(CHINESE.search(said)) and not ENGLISH.search(CODE.sub("", said))


def test_sentences_are_found_wherever_the_engine_says_them():
    found = {said.text for said in sentences()}
    assert {"add the field", "every step is done", "there is no task '7'", "its condition"} <= found
    assert {"there is a user '7' already: choose another name", "done after 7 call", "done after 7 calls"} <= found


def test_what_is_excepted_is_there():
    assert {*PARTS, *OF_MACHINES} - {said.text for said in sentences()} == set()
    assert UNTOLD_PLACES.keys() - {said.where for said in sentences()} == set()


def test_every_sentence_of_the_engine_is_told_in_chinese():
    """A new one goes into `webapp/view/sentences.py` and into `told.po`."""
    assert [said for said in spoken() if not in_chinese(said.text)] == []


def test_sentences_that_are_put_together_are_told_in_chinese():
    assert [text for text in WHOLE if not in_chinese(text)] == []


# -- what libraries say ------------------------------------------------------------------------------

WRONG: list[Any] = [
    *(None, True, -1, 0, 1.5, 10**30, float("nan"), "", "?", "a b", "\ud800", "x" * 300, "2026-13-40T99:00:00"),
    *([], [1], ["x"] * 30, {}, {"a": 1}, {1: 1}, {"_id": "x"}, {"op": "no", "val": 1}, [{"_id": "x"}]),
    *({"day": "x"}, {"day": -1}, {"a": {"type": "no"}}, {"a": {"fromapi": 1}}),
]
DOCUMENTS: list[Any] = [Api, Step, System, Task, TaskDraft, Rehearsal]


def problems_of_wrong_fields() -> dict[str, Problem]:
    """Every field of every document, given one wrong thing after the other."""
    found: dict[str, Problem] = {}
    for kind in DOCUMENTS:
        for name, field in kind.model_fields.items():
            for wrong in WRONG:
                found |= {one.message: one for one in problems_of_document(kind, {field.alias or name: wrong})}
    return found


def problems_of_document(kind: Any, document: dict[str, Any]) -> Sequence[Problem]:
    with contextlib.suppress(OverflowError):
        try:
            kind.model_validate(document)
        except ValidationError as error:
            return problems_of(error)
    return ()


def test_what_is_wrong_with_a_field_is_told_in_chinese():
    problems = problems_of_wrong_fields()
    hints = {one.hint for one in problems.values() if one.hint}
    assert len(problems) > 25
    assert [text for text in (*problems, *hints) if not in_chinese(text)] == []


@pytest.mark.parametrize(
    "source",
    [
        *(
            "result.",
            "result ==",
            "(1",
            "1)",
            "(1]",
            "'a",
            "'''a",
            "a b",
            "[1 2]",
            "f(a b)",
            "result = 1",
            "1 = 2",
            "1a",
        ),
        *("result.name = 3", "x y z", "“a”", "a \\ b", "def f(", "lambda", "if x", "a\0b", "\u200b1", "f'{'", "1; 2"),
        *("x.__class__", "open('a')", "await x", "yield 1", "import os", "nam", "1 + " * 30_000 + "1"),
    ],
)
def test_what_is_wrong_with_an_expression_is_told_in_chinese(source):
    with pytest.raises(ScriptError) as caught:
        check(Script.expr(source), {"name", "result"})
    assert in_chinese(caught.value.message)


@pytest.mark.parametrize(
    "source",
    ["if x:\nreturn 1", "for x in y\n  pass", "@x\ndef f(): pass", "del x", "re.x = 1"],
)
def test_what_is_wrong_with_a_body_is_told_in_chinese(source):
    with pytest.raises(ScriptError) as caught:
        check(Script.body(source), {"x", "y"})
    assert in_chinese(caught.value.message)


@pytest.mark.parametrize(
    "text", ["", "{", "[1,", "[1 2]", "{'a': 1}", '{"a" 1}', '{"a": 1,}', "1 2", '"a', '"\n"', '"\\x"', '"\\ux"']
)
def test_what_is_no_json_is_told_in_chinese(text):
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    assert in_chinese(f"is no JSON: {caught.value}")


# -- what stands around a sentence -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("a.b: input should be 'GET' or 'PUT' (use a larger number)", "a.b：应为 'GET' 或 'PUT'（请用更大的数字）"),
        ("x: field required (add the field)\ny: field required", "x：缺少该字段（请添加该字段）\ny：缺少该字段"),
        ("n is not for a draft to set (remove it; did you mean name?)", "草稿不能设置 n（请移除它；是否想写 name？）"),
        ("known: a, b and 3 more", "已有：a, b 等另外 3 个"),
        ("it is used by step a, system b", "它正被 步骤 a, 系统 b 使用"),
        ("the task is RUNNING already", "任务已经是“运行中”"),
        (
            "condition: there is no 'nam' here; did you mean 'name'? (line 1: f (nam); x)",
            "condition：这里没有 'nam'；是否想写 'name'？（第 1 行：f (nam); x）",
        ),
        ("there is no 'n' here; there is a, b (line 1: n)", "这里没有 'n'；这里有 a, b（第 1 行：n）"),
        ("api.a: it is used by step b (take it out of there first)", "api.a：它正被 步骤 b 使用（请先从那里移除）"),
        ("not yet: f (started)", "尚未满足：f (started)"),
        ("answered 503: paused (started)", "返回 503：paused (started)"),
    ],
)
def test_what_stands_around_a_sentence_is_told_with_it(message, said):
    assert told(message) == said


def test_a_message_without_end_stands_as_it_is():
    for endless in ("(a: " * 800 + ")" * 800, " (x: y; z" * 300 + ")" * 300, "; ".join(["x"] * 1_000)):
        assert told(endless) == endless


def test_problems_are_never_shown_as_the_engine_says_them():
    raw = re.compile(r"{{ *(?:problem\.(?:message|hint)|state\.procmmsg) *}}")
    assert [path.name for path in TEMPLATES.rglob("*.html") if raw.search(path.read_text(encoding="utf-8"))] == []
