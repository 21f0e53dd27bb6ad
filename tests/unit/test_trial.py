"""A trial of a link's scripts on an answer: what it comes to, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.script import Script, ScriptError
from engine.script.quick import compile_quick
from engine.script.source import parse
from webapp.trial import Read, Scripts, rounds_like, try_link

TASK = {"n": 4}


def evaluate(script: Script, names: Mapping[str, Any]) -> Any:
    """What this process does by itself; of a body, the last round."""
    if script.kind == "body":
        return names["result"][names["loop"]["index"]]
    quick = compile_quick(parse(script))
    if quick is None:
        raise ScriptError("runtime", "not here")
    return quick(names)


def test_each_part_of_a_condition_is_told_with_what_it_read():
    trial = try_link(Scripts("result.a > 1 and result.b == 'x'"), {"a": 2, "b": "y"}, TASK, evaluate)
    assert trial.holds is False
    assert [(part.text, part.holds) for part in trial.parts] == [("result.a > 1", True), ("result.b == 'x'", False)]
    assert trial.parts[1].reads[0].value == "y"


def test_an_empty_condition_holds():
    assert try_link(Scripts(" "), {}, TASK, evaluate).holds is True


def test_the_rounds_are_reduced_before_the_condition_judges():
    rounds = rounds_like({"a": 1}, 3)
    trial = try_link(Scripts("result.a == 1", "return result[loop.index]"), rounds, TASK, evaluate)
    assert (trial.result, trial.holds) == ({"a": 1}, True)


def test_a_fault_is_told_and_the_response_is_read_all_the_same():
    trial = try_link(Scripts("any(result)", keys={"0": "result.a", "1": "max(1)"}), {"a": 5}, TASK, evaluate)
    assert (trial.holds, trial.fault) == (None, "not here")
    assert trial.reads == {"0": Read(5), "1": Read(fault="not here")}


def test_a_condition_that_is_no_question_counts_as_what_python_says():
    trial = try_link(Scripts("result.a"), {"a": 5}, TASK, evaluate)
    assert (trial.holds, trial.value) == (True, 5)


def test_parts_are_told_of_a_condition_that_cannot_be_told():
    trial = try_link(Scripts("any(result) and result.b == 1"), {"b": 1}, TASK, evaluate)
    assert [(part.text, part.holds) for part in trial.parts] == [("any(result)", None), ("result.b == 1", True)]


def test_the_args_of_the_task_that_scripts_read_are_known_without_running_them():
    scripts = Scripts("task.limit > task['n'] or task", "return task.n + task.m.x", {"0": "task.k[0]", "1": "task. ("})
    assert scripts.task_args == ("limit", "n", "m", "k")


def test_rounds_are_as_many_as_are_asked_for_within_bounds():
    assert [len(rounds_like(1, largs)) for largs in (2, [7, 8, 9], "$$step1.n", None, 10**9, -1)] == [
        2,
        3,
        5,
        5,
        100,
        0,
    ]
