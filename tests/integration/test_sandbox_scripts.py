"""Scripts in the real sandbox: R6, the names they see, and the lines their errors point to."""

import pytest

from engine.script import Evaluator, Limits, RawJson, Script, ScriptError
from engine.script.vocabulary import BUILTINS, MODULES

ROWS = [{"name": "*" * n} for n in range(1, 5)]
SEED_REDUCER = Script.body("r = { 'name': '' } \nr['name'] = result[3].name \nreturn r")


@pytest.fixture(scope="module")
def evaluator():
    evaluator = Evaluator()
    yield evaluator
    evaluator.close()


@pytest.fixture
def fail(evaluator):
    def fail(script: Script, **names) -> ScriptError:
        with pytest.raises(ScriptError) as caught:
            evaluator.evaluate(script, names)
        return caught.value

    return fail


def test_the_seeds_reducer_runs_as_it_stands(evaluator):
    assert evaluator.evaluate(SEED_REDUCER, {"result": ROWS, "response": ROWS, "task": {}}) == {"name": "****"}


def test_the_seeds_reducer_with_too_few_rounds_points_to_the_users_line(fail):
    error = fail(SEED_REDUCER, result=ROWS[:2])
    assert (error.kind, error.line, error.source_line) == ("runtime", 2, "r['name'] = result[3].name ")
    assert str(error) == "there is no [3] in a list of 2 (line 2: r['name'] = result[3].name)"


def test_the_seeds_code_is_an_expression_and_no_call(evaluator):
    code = Script.expr("(loop.index + 1) * '*'")
    assert [evaluator.evaluate(code, {"loop": {"index": index}}) for index in (0, 3)] == ["*", "****"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("result.absent == None and 1 + 1", 2),
        ("result['absent'] == None and 1 + 1", 2),
        ("result.items + 1", 4),
        ("sorted(result.items())[0]", ["_id", 7]),
        ("result._id + 1", 8),
        ("[x.n for x in result.rows]", [1, 2]),
        ("{k: v for k, v in result.rows[0].items()}", {"n": 1}),
        ("f\"{result['items']:>{result.w}}-{'q'}\"", "    3-q"),
        ("sorted(['B', 'a'], key=str.lower)", ["a", "B"]),
        ("str.upper(result.text)", "É"),
        ("json.loads('{\"a\": 1}').a", 1),
        ("datetime.datetime(2020, 1, 2).year", 2020),
        ("result.rows[0:1]", [{"n": 1}]),
        ("(lambda x: x.n)(result.rows[1])", 2),
        ("math.floor(2.5)", 2),
        ("int(math.pi)", 3),
        ("datetime.datetime.fromisoformat('2020-01-02').month", 1),
        ("f\"{'\x01' + result.text}\"", "\x01é"),
        ("result.rows[\n0\n].n + \n 1", 2),
    ],
)
def test_an_expression_reads_json_with_dots(evaluator, source, expected):
    result = {"items": 3, "_id": 7, "w": 5, "rows": [{"n": 1}, {"n": 2}], "text": "é"}
    assert evaluator.evaluate(Script.expr(source), {"result": result}) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("result.a = 2\nresult.b = result.a\nreturn result", {"a": 2, "b": 2, "c": 0}),
        ("del result.a, result['c']\nreturn result", {}),
        ("result = result.a\nreturn result", 1),
        ("result.a += 1\nreturn result.a", 2),
        ("x = 1", None),
        ("", None),
        ("import math\nfrom json import dumps as d\nreturn d(math.floor(1.5))", "1"),
        ("def f(n):\n    return n and f(n - 1)\nreturn f(3)", 0),
        (
            "try:\n    return result.a.b\nexcept TypeError as e:\n    return str(e)",
            "cannot read 'b' of a number",
        ),
        ("response.append(9) if False else None\nreturn result", {"a": 1, "c": 0}),
    ],
)
def test_a_body_is_a_function_of_its_names(evaluator, source, expected):
    names = {"result": {"a": 1, "c": 0}, "response": []}
    assert evaluator.evaluate(Script.body(source), names) == expected


def test_names_that_are_the_same_list_are_the_same_list_in_the_sandbox(evaluator):
    rows = RawJson("[1]")
    body = Script.body("response.append(2)\nreturn result")
    assert evaluator.evaluate(body, {"result": rows, "response": rows}) == [1, 2]


def test_what_a_script_changes_is_its_own_copy(evaluator):
    rows = [1]
    evaluator.evaluate(Script.body("result.append(2)\nreturn result"), {"result": rows})
    assert rows == [1]


def test_raw_json_cannot_smuggle_in_another_name(fail):
    error = fail(Script.expr("[result, task]"), result=RawJson('1, "task": 2'), task=1)
    assert error.kind == "input"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x = 1\n\n# why\nreturn result.a.b + x", 4),
        ("def f(n):\n    if n == 0:\n        return result.a.b\n    return f(n - 1)\nreturn f(3)", 3),
        ("for x in [1]:\n    y = (1 +\n      result.a.b)\nreturn y", 2),
        ("    r = 1\n    if r:\n        r = None.x\n    return r", 3),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no')", 4),
        ("x = 1\ndel result.a\nreturn result.zz.y", 3),
    ],
)
def test_an_error_points_to_the_users_line(fail, source, line):
    error = fail(Script.body(source), result={"a": None})
    assert (error.kind, error.line) == ("runtime", line)
    assert error.source_line == source.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("result.a.b + 1", "runtime", "cannot read 'b' of None"),
        ("result.rows.name + 1", "runtime", "cannot read 'name' of a list"),
        ("result.rows['name'] + 1", "runtime", "cannot read 'name' of a list"),
        ("(result.rows + [])[5]", "runtime", "there is no [5] in a list of 0"),
        ("'abc'[9:] + 'abc'[9]", "runtime", "there is no [9] in a text of 3"),
        ("1 / 0", "runtime", "it divides by zero"),
        ("absent + 1", "name", "NameError: name 'absent' is not defined"),
        (
            "float('nan')",
            "result",
            "the result is not JSON: Out of range float values are not JSON compliant: nan",
        ),
        ("'x' * 2_000_000", "result", "the result is larger than 1048576 bytes"),
        ("eval('1')", "forbidden", "eval() is not available in scripts"),
    ],
)
def test_an_error_has_a_kind_and_a_message_for_a_person(fail, source, kind, message):
    error = fail(Script.expr(source), result={"rows": []})
    assert (error.kind, error.message) == (kind, message)


@pytest.mark.parametrize("value", [float("nan"), object(), RawJson("{"), RawJson("1 2")])
def test_names_that_are_no_json_are_an_input_error(fail, value):
    assert fail(Script.expr("[result]"), result=value).kind == "input"


def test_data_beyond_the_limit_is_refused_before_it_is_sent():
    evaluator = Evaluator(limits=Limits(input_bytes=10))
    with pytest.raises(ScriptError) as caught:
        evaluator.evaluate(Script.expr("[result]"), {"result": "long enough"})
    assert caught.value.kind == "input"


def test_names_that_a_script_does_not_mention_are_not_looked_at(evaluator):
    assert evaluator.evaluate(Script.expr("[result]"), {"result": 1, "my-step": object(), "task": object()}) == [1]


@pytest.mark.parametrize("name", ["filter", "input", "json", "len", "str", "type"])
def test_a_step_may_be_called_like_a_word_of_the_sandbox(evaluator, name):
    assert evaluator.evaluate(Script.expr(f"[{name}.age]"), {name: {"age": 3}}) == [3]


@pytest.mark.parametrize("name", sorted(BUILTINS | MODULES))
def test_a_word_that_scripts_are_promised_exists(evaluator, name):
    assert evaluator.evaluate(Script.body(f"x = {name}\nreturn 1"), {}) == 1


@pytest.mark.parametrize("source", ["from json import *", "nonlocal x"])
def test_python_that_the_sandbox_cannot_parse_is_a_syntax_error(fail, source):
    error = fail(Script.body(f"y = 1\n{source}"))
    assert (error.kind, error.line) == ("syntax", 2)


def test_an_error_that_a_script_raises_is_its_own_whatever_its_name(fail):
    assert fail(Script.body("raise NotImplementedError('x')")).kind == "runtime"
