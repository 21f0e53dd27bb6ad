"""The value language: what each form means, and how it resolves."""

import pytest

from engine.script import (
    BadValue,
    Code,
    Literal_,
    Reference,
    Scope,
    Script,
    Sealed,
    SecretRef,
    StepRef,
    TaskRef,
    UnresolvedValue,
    parse_value,
    references,
    resolve,
)

SCOPE = Scope(
    task={"n": 4, "_id": "t1", "a": {"b": [7]}, "nothing": None},
    steps={"step1": {"name": "x", "list": [{"k": 1}], "nothing": None}, "my-step": {"v": 5}},
    loop={"index": 2},
)


def no_code(script, names):
    raise AssertionError(f"{script} was not to be evaluated with {names}")


def resolved(raw, evaluate=no_code):
    return resolve(parse_value(raw), SCOPE, evaluate)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("plain", Literal_("plain")),
        (7, Literal_(7)),
        (None, Literal_(None)),
        ("$5", Literal_("$5")),
        ("$TASKS", Literal_("$TASKS")),
        ("$TASK", Literal_("$TASK")),
        ("cost: $$step1.a", Literal_("cost: $$step1.a")),
        ("\\$$step1.a", Literal_("$$step1.a")),
        ("\\$CODE1", Literal_("$CODE1")),
        ("\\x", Literal_("\\x")),
        ("$TASK.n", TaskRef(("n",), "$TASK.n")),
        ("$$TASK.a.b[0]", TaskRef(("a", "b", 0), "$$TASK.a.b[0]")),
        ("$$TASK._id", TaskRef(("_id",), "$$TASK._id")),
        ("$$step1.name", StepRef("step1", ("name",), "$$step1.name")),
        ("$$my-step.v[0].x", StepRef("my-step", ("v", 0, "x"), "$$my-step.v[0].x")),
        ('$$step1["a b"]', StepRef("step1", ("a b",), '$$step1["a b"]')),
        ("$$SECRET.token", SecretRef(("token",), "$$SECRET.token")),
        (
            "$CODE(loop.index + 1) * '*'",
            Code(Script.expr("(loop.index + 1) * '*'"), "$CODE(loop.index + 1) * '*'"),
        ),
    ],
)
def test_a_text_is_parsed_into_what_it_means(raw, value):
    assert parse_value(raw) == value


def test_dicts_and_lists_are_looked_through():
    parsed = parse_value({"a": ["$TASK.n", {"b": "x"}]})
    assert parsed == {"a": [TaskRef(("n",), "$TASK.n"), {"b": Literal_("x")}]}


@pytest.mark.parametrize(
    "raw",
    ["$$", "$$step1", "$$step1.", "$$step1[0]", "$$.a", "$$step 1.a", "$$step1.a ", "$$TASK", "$$SECRET", "$TASK.",
     "$TASK[0]", "$CODE", "$CODE  ", "$$" + "s" * 65 + ".a"],
)  # fmt: skip
def test_a_malformed_reference_is_refused_with_the_text_in_it(raw):
    with pytest.raises(BadValue) as caught:
        parse_value([raw])
    assert raw.strip() in str(caught.value)


def test_references_are_found_through_dicts_lists_and_code():
    value = parse_value({"a": ["$$step1.name", "x"], "b": "$CODEstep2.age + task.n + loop.index", "c": "$$SECRET.t"})
    code = "$CODEstep2.age + task.n + loop.index"
    assert references(value) == (
        Reference("step1", ("name",), "$$step1.name"),
        Reference("step2", ("age",), code),
        Reference("TASK", ("n",), code),
        Reference("SECRET", ("t",), "$$SECRET.t"),
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("$TASK.n", 4),
        ("$$TASK._id", "t1"),
        ("$$TASK.a.b[0]", 7),
        ("$$TASK.nothing", None),
        ("$$step1.name", "x"),
        ("$$step1.list[0].k", 1),
        ("$$step1.list[0].absent", None),
        ("$$step1.nothing", None),
        ("$$my-step.v", 5),
        ("$$SECRET.token", Sealed("token")),
        ({"a": ["$TASK.n", "b"]}, {"a": [4, "b"]}),
    ],
)
def test_a_value_resolves_in_its_scope(raw, expected):
    assert resolved(raw) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("$$step1.absent", "$$step1.absent: the response of 'step1' has no 'absent'"),
        ("$$step9.a", "$$step9.a: there is no response of a step called 'step9'"),
        ("$TASK.absent", "$TASK.absent: the task has no 'absent'"),
        ("$$SECRET.token[0]", "$$SECRET.token[0]: a secret is one text without parts; write $$SECRET.token"),
        ("$CODESECRET.token", "$CODESECRET.token: a script cannot read secrets; bind $$SECRET.<name> to an arg"),
        ("$$step1.nothing.x", "$$step1.nothing.x: cannot read 'x' of None"),
        ("$$step1.list[3]", "$$step1.list[3]: there is no [3] in a list of 1"),
        ("$CODEstep1.absent + 1", "$CODEstep1.absent + 1: the response of 'step1' has no 'absent'"),
        ("$CODEstep9", "$CODEstep9: there is no response of a step called 'step9'"),
    ],
)
def test_what_cannot_be_had_says_which_and_why(raw, message):
    with pytest.raises(UnresolvedValue) as caught:
        resolved(raw)
    assert str(caught.value) == message


def test_code_sees_the_loop_the_task_and_the_steps_it_names():
    seen = []

    def evaluate(script, names):
        seen.append((script, names))
        return "xy"

    assert resolved("$CODEstep1.name + 'y'", evaluate) == "xy"
    assert seen == [
        (
            Script.expr("step1.name + 'y'"),
            {"loop": SCOPE.loop, "task": SCOPE.task, "step1": SCOPE.steps["step1"]},
        )
    ]
