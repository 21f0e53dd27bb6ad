"""The in-process way and the sandbox agree on every script that the former takes, errors included."""

import json
import math

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.script import Evaluator, RawJson, Script, ScriptError
from engine.script.quick import Declined, compile_quick
from engine.script.source import parse

KEYS = ["a", "b", "items", "名"]
INTS = st.integers(-3, 3) | st.sampled_from([2**53, 2**53 + 1, 2**63, -(2**63) - 1, 2**70])
FLOATS = st.sampled_from([0.0, -0.0, 0.5, -1.0, 2.0, 2.0**53, 2.0**70, 1e300, 5e-324])
TEXTS = st.sampled_from(["", "a", "b", "ab", "é", "😀", "\uffff", "1", "None"]) | st.text(
    st.characters(codec="utf-8"), max_size=3
)
SCALARS = st.none() | st.booleans() | INTS | FLOATS | TEXTS
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)
NUMBERS_AND_TEXTS = st.fixed_dictionaries(dict.fromkeys(["result", "task", "raw"], INTS | FLOATS | TEXTS))
NAMES = st.fixed_dictionaries({"result": DATA, "task": DATA, "raw": DATA.map(lambda value: RawJson(json.dumps(value)))})

LINKS = st.sampled_from([".a", ".b", ".items", ".名", "['a']", "[0]", "[1]", "[-1]", '["b"]'])
PATHS = st.builds(
    lambda root, links: root + "".join(links),
    st.sampled_from(["result", "task", "raw"]),
    st.lists(LINKS, max_size=3),
)
DISPLAYS = st.lists(SCALARS, max_size=3).map(repr)
TERMS = PATHS | SCALARS.map(repr) | PATHS.map("len({})".format)


def calculations(terms):
    """Sums, differences and products, some of them of others."""

    def of(operands):
        return st.tuples(operands, st.sampled_from("+-*"), operands).map(" ".join)

    return of(terms) | of(terms | of(terms).map("({})".format))


OPERANDS = PATHS | TERMS | calculations(TERMS).map("({})".format) | st.sampled_from(["[]", "{}"])
COMPARISONS = st.one_of(
    st.tuples(OPERANDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), OPERANDS),
    st.tuples(OPERANDS, st.sampled_from(["is", "is not"]), st.sampled_from(["None", "True", "False"])),
    st.tuples(OPERANDS, st.sampled_from(["in", "not in"]), DISPLAYS),
    st.tuples(OPERANDS, st.sampled_from(["in"]), st.just("('a', 1, None)")),
    st.tuples(OPERANDS, st.just("<"), OPERANDS, st.just("<="), OPERANDS),
).map(" ".join)
SOURCES = st.recursive(
    OPERANDS | COMPARISONS | COMPARISONS,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.lists(inner.map("({})".format), min_size=2, max_size=3).map(" and ".join),
        st.lists(inner.map("({})".format), min_size=2, max_size=3).map(" or ".join),
    ),
    max_leaves=4,
)
ROOT_CALCULATIONS = calculations(st.sampled_from(["result", "task", "raw"]))


@pytest.fixture(scope="module")
def evaluator():
    evaluator = Evaluator()
    yield evaluator
    evaluator.close()


def outcome(evaluate, *arguments):
    """Tell a value from an equal one of another type (1, True, 1.0, -0.0), and an error by its kind and line."""
    try:
        return json.dumps(evaluate(*arguments), sort_keys=True)
    except ScriptError as error:
        return error.kind, error.line


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(SOURCES, NAMES)
@example("result == 9007199254740993", {"result": 2.0**53, "task": None, "raw": RawJson("0")})
@example("result.a.b", {"result": {}, "task": None, "raw": RawJson("0")})
@example("raw == task", {"result": {}, "task": [1], "raw": RawJson("[1]")})
@example("raw and raw", {"result": {}, "task": [1], "raw": RawJson("-0.0")})
@example("result < 'b'", {"result": "\uffff", "task": "😀", "raw": RawJson("0")})
@example("result in task", {"result": True, "task": [1], "raw": RawJson("0")})
def test_what_the_in_process_way_answers_the_sandbox_answers_too(evaluator, source, names):
    agree(evaluator, source, names)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROOT_CALCULATIONS, NUMBERS_AND_TEXTS)
@example("(result + 1) * task", {"result": 2, "task": "*", "raw": 0})
@example("result * task", {"result": 2**53 + 1, "task": 0.5, "raw": 0})
@example("result - task", {"result": 2**63 - 1, "task": -(2**63) + 1, "raw": 0})
@example("result * task", {"result": -0.0, "task": 3, "raw": 0})
@example("result * task", {"result": "é😀", "task": -1, "raw": 0})
@example("result * task", {"result": "", "task": -(2**63), "raw": 0})
def test_what_is_calculated_in_process_the_sandbox_calculates_too(evaluator, source, names):
    agree(evaluator, source, names)


def agree(evaluator, source, names):
    script = Script.expr(source)
    quick = compile_quick(parse(script))
    assert quick is not None
    try:
        answered = outcome(quick, names)
    except Declined:
        return
    assert answered == outcome(evaluator._in_sandbox, script, names)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(PATHS, NAMES)
def test_a_path_always_has_an_answer_in_process(source, names):
    quick = compile_quick(parse(Script.expr(source)))
    assert quick is not None
    outcome(quick, names)


@pytest.mark.parametrize("number", [math.inf, math.nan])
def test_both_ways_refuse_a_number_that_is_none(evaluator, number):
    names = {"result": {"a": number}}
    script = Script.expr("result.a")
    assert (
        outcome(evaluator.evaluate, script, names) == outcome(evaluator._in_sandbox, script, names) == ("input", None)
    )
