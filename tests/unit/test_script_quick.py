"""The in-process way: what it answers, and what it leaves to the sandbox."""

import pytest

from engine.script.errors import ScriptError
from engine.script.jsontext import RawJson
from engine.script.quick import Declined, QuickScript, compile_quick
from engine.script.source import Script, parse


def compiled(script: Script) -> QuickScript:
    quick = compile_quick(parse(script))
    assert quick is not None
    return quick


def quick(source: str, **names):
    return compiled(Script.expr(source))(names)


@pytest.mark.parametrize(
    ("source", "result", "expected"),
    [
        ("result.name", {"name": "x"}, "x"),
        ("result[3].a", [0, 1, 2, {"a": None}], None),
        ('result["a b"]', {"a b": [1]}, [1]),
        ("result.age != 0", {"isold": True}, True),
        ("result.name != None and len(result.name) != 0", {"name": ""}, False),
        ("result.items", {"items": 3}, 3),
        ("1 < result <= 3", 3, True),
        ("1 < result < 3", 5, False),
        ("result in ('a', 'b')", "b", True),
        ("'k' not in result", {"k": 1}, False),
        ("result or []", None, []),
        ("result == {}", {}, True),
        ("result is not None", 0, True),
        ("not result", [], True),
        ("result == -1", -1, True),
        ("result == True", 1, True),
        ("result == 9007199254740993", 9007199254740992.0, False),
        ("(result.index + 1) * '*'", {"index": 2}, "***"),
        ("'*' * result", -1, ""),
        ("result * 'ab'", 5_000, "ab" * 5_000),
        ("result + '/' + result", "a", "a/a"),
        ("2 * result - 0.5", 3, 5.5),
        ("result * result", 2**62, 2**124),
        ("len(result) - 1 == result[-1]", [0, 1], True),
    ],
)
def test_it_answers_paths_and_conditions(source, result, expected):
    assert quick(source, result=result) == expected


def test_a_body_that_only_returns_is_an_expression():
    assert compiled(Script.body("return result.a"))({"result": {"a": 1}}) == 1


def test_raw_json_is_decoded():
    assert quick("result.a == 1 and result.a", result=RawJson('{"a": 1}')) == 1


def test_an_answer_shares_nothing_with_the_names():
    names = {"result": {"a": [1]}}
    quick("result.a", **names).append(2)
    assert names == {"result": {"a": [1]}}


@pytest.mark.parametrize(
    "source",
    [
        "1 / 2",
        "result % 2",
        "2 ** result",
        "2 << result",
        "-result",
        "result.items()",
        "[x for x in result]",
        "result is 3",
        "(1, 2)",
        "result[i]",
        "1e999",
        "{'a': 1}",
        "b'a'",
        "'\\ud800'",
        "len(result, 1)",
        "-True",
        "result[1:2]",
        "str(result)",
        "1 if result else 2",
        "f'{result}'",
    ],
)
def test_it_does_not_take_other_syntax(source):
    assert compile_quick(parse(Script.expr(source))) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("result < 1", {"result": "a"}),
        ("result < [1]", {"result": [0]}),
        ("result == [1]", {"result": [1]}),
        ("result * 'ab'", {"result": 5_001}),
        ("result * 'a'", {"result": 10**12}),
        ("result * ''", {"result": 2**63}),
        ("'a' * (result * result)", {"result": 2**62}),
        ("result + result", {"result": "a" * 5_001}),
        ("result * result * result", {"result": 2**62}),
        ("result * result", {"result": 1e200}),
        ("result + 1.0", {"result": 2**1100}),
        ("result + 1", {"result": True}),
        ("result * 'a'", {"result": True}),
        ("result * 2", {"result": [0]}),
        ("result + result", {"result": [0]}),
        ("result - 'a'", {"result": "a"}),
        ("result + 1", {"result": None}),
        ("len(result)", {"result": 1}),
        ("1 in result", {"result": {"1": 1}}),
        ("1 in result", {"result": [0] * 1001}),
        ("'a' in result", {"result": "b" * 100_001}),
        ("result", {"result": float("nan")}),
        ("result.a", {"result": {"a": [float("inf")]}}),
        ("result", {"result": "\ud800"}),
        ("result", {"result": (1, 2)}),
        ("result", {"result": {1: 2}}),
        ("result.a", {"result": RawJson("{")}),
        ("result.a", {}),
        ("len(result)", {"result": [], "len": 3}),
    ],
)
def test_it_declines_where_pythons_rules_get_subtle(source, names):
    with pytest.raises(Declined):
        quick(source, **names)


def test_it_declines_data_nested_deeply():
    deep: list = []
    for _ in range(150):
        deep = [deep]
    with pytest.raises(Declined):
        quick("result", result=deep)


def test_a_path_that_fails_says_where():
    with pytest.raises(ScriptError) as caught:
        quick("result.a == 1 or\n result[3].name", result=[1])
    assert caught.value.kind == "runtime"
    assert str(caught.value) == "cannot read 'a' of a list (line 1: result.a == 1 or)"


def test_what_is_not_reached_does_not_fail():
    assert quick("result == None or result.a.b", result=None) is True
