"""The form for a new task: fields make a draft and a draft makes fields; what is wrong is named."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import ArgType, Problem, Task
from engine.plan import TaskDraft, new_task, unproven_task
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, an_api, seed_plan, seed_task
from webapp.arg_text import KINDS, ArgText, same, text_of, value_of
from webapp.clone import draft_of, what_is_lost
from webapp.draft import fields_of, read_draft, read_raw
from webapp.given_args import given_in

ZONE = ZoneInfo("Europe/Berlin")
TYPES: list[ArgType] = ["string", "int", "float", "bool", "list", "object", "any"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WRITTEN = st.sampled_from(
    ["$$step1.name", "$$TASK.n", "$TASK.n", "$$SECRET.key", "$CODE(loop.index + 1) * '*'", "$CODE task.n", "$$", "\\$x",
     "\\$$step1.name", "$CODE", "4", "true", '"4"', "$5", "", " ", "a\nb", "$$step1.a[0].b"]
)  # fmt: skip


def drafted(plan, **fields: str) -> TaskDraft:
    draft, problems = read_draft(plan, fields, ZONE)
    assert problems == []
    assert draft
    return draft


def problems_in(plan, fields: dict[str, str]) -> dict[str, Problem]:
    _, problems = read_draft(plan, fields, ZONE)
    return {problem.path: problem for problem in problems}


def again(plan, draft: TaskDraft) -> TaskDraft:
    return drafted(plan, **fields_of(plan, draft, ZONE))


# -- one arg -----------------------------------------------------------------------------------------


@given(value=JSON.filter(lambda value: value is not None) | WRITTEN, type_=st.sampled_from(TYPES))
def test_a_value_that_is_shown_reads_as_itself(value: Any, type_: ArgType):
    assert same(value_of(text_of(value, type_), type_), value)


@given(kind=st.sampled_from(KINDS), text=st.text() | WRITTEN, type_=st.sampled_from(TYPES))
def test_whatever_is_typed_for_an_arg_is_a_value_that_can_be_shown(kind: str, text: str, type_: ArgType):
    value = value_of(ArgText(kind, text), type_)
    assert value is None or same(value_of(text_of(value, type_), type_), value)


@pytest.mark.parametrize(
    ("value", "type_", "kind", "text"),
    [
        ("$$step1.name", "string", "earlier", "$$step1.name"),
        ("$TASK.n", "int", "task", "$TASK.n"),
        ("$CODE(loop.index + 1) * '*'", "string", "code", "(loop.index + 1) * '*'"),
        ("$CODE task.n", "any", "code", "task.n"),
        ("abc", "string", "literal", "abc"),
        ("4", "string", "literal", "4"),
        ("4", "any", "literal", '"4"'),
        (4, "int", "literal", "4"),
        (4, "string", "written", "4"),
        ("\\$$step1.name", "string", "literal", "$$step1.name"),
        ("$$SECRET.key", "string", "written", "$$SECRET.key"),
        ({"a": "$$step1.name"}, "object", "literal", '{"a": "$$step1.name"}'),
    ],
)
def test_a_value_is_shown_as_what_it_is(value, type_, kind, text):
    assert text_of(value, type_) == ArgText(kind, text)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("task", "name", "$$TASK.name"),
        ("task", "a b", '$$TASK["a b"]'),
        ("earlier", "step1.name", "$$step1.name"),
        ("code", "task.n + 1", "$CODE task.n + 1"),
        ("literal", "$$step1.name", "\\$$step1.name"),
        ("auto", "abc", None),
        ("default", "abc", None),
        ("task", " ", None),
    ],
)
def test_what_is_typed_becomes_the_value_of_its_kind(kind, text, value):
    assert value_of(ArgText(kind, text), "string") == value


# -- the whole form ----------------------------------------------------------------------------------


def test_a_short_form_makes_a_task_as_the_definition_says():
    plan = seed_plan()
    draft = drafted(plan, system="systemid", args='{"name": "abc"}')
    assert draft == TaskDraft(system="systemid", args={"name": "abc"})


def test_the_seeds_wiring_in_the_form_is_exactly_the_documents():
    plan = seed_plan()
    task, document = new_task(plan, drafted(plan, args='{"name": "abc"}'), "t1", NOW), seed_task(n=4)
    for step, info in document.step_info.items():
        for link, state in info.api_status.items():
            if (step, link) != ("step1", "api1"):  # the document has code there
                assert task.step_info[step].api_status[link].args == state.args


def test_the_seeds_own_task_comes_back_from_its_form():
    plan = seed_plan()
    draft = draft_of(plan, seed_task(n=4))
    task, document = new_task(plan, again(plan, draft), "t1", NOW), seed_task(n=4)
    for step, info in document.step_info.items():
        for link, state in info.api_status.items():
            made = task.step_info[step].api_status[link]
            assert (made.args, made.type, made.largs, made.lresult) == (
                state.args,
                state.type,
                state.largs,
                state.lresult,
            )


SPANS = st.fixed_dictionaries({"day": st.integers(0, 100), "hour": st.integers(1, 23), "minute": st.integers(1, 59)})
LINKS = st.fixed_dictionaries({"args": st.dictionaries(st.just("name"), JSON.filter(lambda value: value is not None))})
DRAFTS = st.fixed_dictionaries(
    {
        "name": st.text(max_size=50).map(str.strip),
        "labels": st.lists(st.text("abc", min_size=1, max_size=5), max_size=3),
        "priority": st.integers(0, 9),
        "args": st.dictionaries(st.sampled_from(["n", "name", "a.b", "$x", ""]), JSON.filter(lambda v: v is not None)),
        "step_info": st.dictionaries(
            st.just("step1"),
            st.fixed_dictionaries({"expect_span": SPANS, "api_status": st.dictionaries(st.just("api1"), LINKS)}),
        ),
    }
)


@given(raw=DRAFTS)
def test_a_draft_comes_back_from_its_form(raw: dict[str, Any]):
    plan = seed_plan()
    draft = TaskDraft.load({"system": "systemid", **raw})
    first = again(plan, draft)
    assert same(new(plan, first), new(plan, draft))
    assert same(again(plan, first).model_dump(mode="json"), first.model_dump(mode="json"))


def new(plan, draft: TaskDraft) -> Any:
    """What there is to it, without the proof."""
    return unproven_task(plan, draft, "t1", NOW)[0].to_json()


def test_a_loop_comes_back_from_its_form():
    plan = seed_plan()
    link = {"type": "LOOP", "largs": "$TASK.n", "lresult": "r = 1\nreturn r", "lparallel": 2}
    draft = TaskDraft.load({"system": "systemid", "step_info": {"step1": {"api_status": {"api1": link}}}})
    said = again(plan, draft).step_info["step1"].api_status["api1"]
    assert said.model_dump(exclude={"args", "defaults"}) == link


def test_a_form_takes_text_with_the_line_ends_of_browsers():
    plan = seed_plan()
    draft = drafted(
        plan, **{"type.step1.api1": "LOOP", "largs.step1.api1": "4", "lresult.step1.api1": "r = 1\r\nreturn r\r\n"}
    )
    assert draft.step_info["step1"].api_status["api1"].lresult == "r = 1\nreturn r"


def test_what_nobody_has_changed_is_not_in_the_draft():
    plan = seed_plan()
    fields = {"span.step1.day": "1", "span.step1.hour": "0", "kind.step1.api1.name": "auto", "type.step1.api1": "API"}
    assert drafted(plan, **fields).step_info == {}


def test_an_arg_can_be_left_to_the_default_of_its_api():
    plan = a_plan(a_system("s", "t"), [a_step("s", "a", age="a"), a_step("t", "b")], [an_api("b", age=("int", 3))])
    kept = new_task(plan, drafted(plan), "t1", NOW)
    left = new_task(plan, drafted(plan, **{"kind.t.b.age": "default"}), "t1", NOW)
    assert kept.step_info["t"].api_status["b"].args == {"age": "$$s.age"}
    assert left.step_info["t"].api_status["b"].args == {}


def test_a_time_is_read_in_the_readers_zone_and_comes_back():
    plan = seed_plan()
    draft = drafted(plan, start="at", start_at="2026-07-01T09:00")
    assert draft.start_at
    assert draft.start_at.isoformat() == "2026-07-01T07:00:00+00:00"
    assert fields_of(plan, draft, ZONE)["start_at"] == "2026-07-01T09:00"


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"args": '{"n": '}, "args", "is no JSON"),
        ({"args": "[1]"}, "args", "no JSON object"),
        ({"args": '{"n": NaN}'}, "args", "NaN is no JSON value"),
        ({"args": "[" * 100_000}, "args", "is no JSON"),
        ({"args": '{"n": ' + "[" * 100 + "]" * 100 + "}"}, "args", "nested more than 64 deep"),
        ({"args": "9" * 10_000}, "args", "is no JSON"),
        ({"span.step1.day": "soon"}, "step_info.step1.expect_span.day", "soon is no length of time"),
        ({"span.step1.day": "-1"}, "step_info.step1.expect_span.day", "no length of time"),
        ({"span.step1.day": "nan"}, "step_info.step1.expect_span.day", "no length of time"),
        ({"span.step1.day": "0"}, "step_info.step1.expect_span", "longer than nothing"),
        ({"kind.step1.api1.name": "earlier"}, "step_info.step1.api_status.api1.args.name", "not said where"),
        ({"start": "at", "start_at": "tomorrow"}, "start_at", "tomorrow is no date"),
        ({"start": "at"}, "start_at", "is no date"),
        ({"start": "at", "start_at": "2026-03-29T02:30"}, "start_at", "does not exist in Europe/Berlin"),
        ({"start": "at", "start_at": "9999-12-31T23:59"}, "", ""),
        ({"priority": "12"}, "priority", "less than or equal"),
        ({"name": "x" * 300}, "name", "at most 200"),
        ({"labels": "x" * 100}, "labels[0]", "at most 60"),
        ({"type.step1.api1": "LOOP", "lparallel.step1.api1": "many"},
         "step_info.step1.api_status.api1.lparallel", "integer"),
        ({"given.name": "a", "args": '{"name": "b"}'}, "args.name", "given twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(fields, path, message):
    found = problems_in(seed_plan(), fields)
    assert set(found) == ({path} if path else set())
    assert not path or message in found[path].message


def test_all_that_is_wrong_is_said_at_once():
    fields = {"name": "x" * 300, "args": "[]", "span.step2.hour": "x", "start": "at", "start_at": ""}
    assert set(problems_in(seed_plan(), fields)) == {"name", "args", "step_info.step2.expect_span.hour", "start_at"}


NAMES = st.sampled_from(
    ["name", "labels", "priority", "args", "start", "start_at", "given.name", "given.", "span.step1.day", "args[$ne]",
     "kind.step1.api1.name", "value.step1.api1.name", "type.step1.api1", "largs.step1.api1", "lparallel.step1.api1",
     "span..", "kind.step1"]
)  # fmt: skip
TEXTS = st.text() | WRITTEN | st.sampled_from(["LOOP", "at", "[]", "{}", "null", "1e999"])


@given(fields=st.dictionaries(NAMES, TEXTS))
def test_whatever_is_sent_is_read_or_named(fields: dict[str, str]):
    draft, problems = read_draft(seed_plan(), fields, ZONE)
    assert draft or problems


# -- args of the task --------------------------------------------------------------------------------


def test_a_field_is_there_for_each_arg_that_is_declared_or_needed():
    plan = a_plan(a_system("s", n=4), [a_step("s", "a")], [an_api("a", name="string", age=("int", 3))])
    assert [(one.key, one.default, one.type, one.wanted_by) for one in given_in(plan, {})] == [
        ("n", 4, "any", ()),
        ("name", None, "string", ("s/a",)),
    ]


def test_a_binding_that_reads_an_arg_brings_its_field():
    fields = {"type.step1.api1": "LOOP", "largs.step1.api1": "$TASK.rounds", "kind.step2.api2.name": "task"}
    keys = [one.key for one in given_in(seed_plan(), fields | {"value.step2.api2.name": "$$TASK.who"})]
    assert {"rounds", "who"} <= set(keys)


def test_what_a_call_has_from_elsewhere_is_not_asked_for():
    fields = {"kind.step1.api1.name": "literal", "value.step1.api1.name": "abc"}
    assert given_in(seed_plan(), fields) == ()


def typed_system():
    return a_plan(a_system("s", who="Ada", n=4, many=[1], flag=True, none=None), [a_step("s")])


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("who", "Bob", "Bob"), ("who", "7", "7"), ("who", "", ""), ("n", "5", 5), ("n", '"x"', "x"), ("many", "[]", []),
        ("flag", "false", False), ("none", "abc", "abc"), ("none", "7", 7),
    ],
)  # fmt: skip
def test_an_arg_is_read_by_the_type_of_its_default(key, text, value):
    assert drafted(typed_system(), **{f"given.{key}": text}).args == {key: value}


@pytest.mark.parametrize(("key", "text"), [("who", "Ada"), ("n", "4"), ("n", ""), ("many", " "), ("none", "")])
def test_an_arg_that_stands_at_its_default_is_not_given(key, text):
    assert drafted(typed_system(), **{f"given.{key}": text}).args == {}


def test_an_arg_that_has_to_be_json_and_is_none_is_named():
    assert set(problems_in(typed_system(), {"given.n": "four", "given.flag": "yes"})) == {"args.n", "args.flag"}


# -- raw, clone --------------------------------------------------------------------------------------


def test_a_raw_draft_is_read_and_refuses_what_is_not_the_users():
    assert read_raw('{"system": "systemid", "name": "x"}').name == "x"
    for text in (
        '{"system": "systemid", "status": "DONE"}',
        "[]",
        "{",
        '{"system": "s", "start_at": "2026-01-01T00:00"}',
    ):
        with pytest.raises(Exception, match=r"status|dictionary|JSON|not said here"):
            read_raw(text)


def a_copy_of(plan, **fields: Any) -> tuple[TaskDraft, list[str]]:
    task = Task.load({**seed_task(n=4).to_json(), "plan": plan.hash, **fields})
    return draft_of(plan, task), list(what_is_lost(plan, task))


def test_a_clone_keeps_what_was_edited_and_wires_the_rest_anew():
    plan = seed_plan()
    draft, lost = a_copy_of(plan, name="Order 7")
    assert (draft.name, draft.args, lost) == ("Order 7 (copy)", {"n": 4}, [])
    assert list(draft.step_info) == ["step1"]
    assert draft.step_info["step1"].api_status["api1"].args == {"name": "$CODE(loop.index + 1) * '*'"}


def test_a_clone_says_what_no_longer_fits():
    plan = a_plan(a_system("step1", "step9"), [a_step("step1", a_link("api1")), a_step("step9")])
    task = seed_task(n=4)
    lost = " ".join(what_is_lost(plan, task))
    assert "definition of sys has changed" in lost
    assert "step2 is gone" in lost
    assert "step1/api1 has no arg name" in lost
    assert "step9 is new" in lost
    assert draft_of(plan, task).args == {"n": 4}
