"""What a re-run resets (R8)."""

import pytest

from engine.model import StepStatus
from engine.plan import adopt, dependants
from tests.unit.builders import NOW, a_plan, a_step, a_system, a_task, an_api, seed_plan, seed_task


def seed_impact(step):
    plan = seed_plan()
    return dependants(plan, adopt(plan, seed_task(n=4), NOW), step)


def test_a_parallel_step_that_reads_a_value_is_reset_too():
    impact = seed_impact("step2")
    assert impact.steps == ("step2", "step3", "step4")
    assert impact.why["step3"] == "its api4 reads $$step2.age"
    assert impact.why["step4"] == "it comes after step2"


def test_a_parallel_step_that_reads_nothing_is_left_alone():
    assert seed_impact("step3").steps == ("step3", "step4")
    assert seed_impact("step4").steps == ("step4",)
    assert seed_impact("step1").steps == ("step1", "step2", "step3", "step4")


def test_readers_are_followed_across_branches_and_down_them():
    """x; beside it y reads x, z comes after y; beside both v reads z and w nothing."""
    steps = [a_step("x", "lx", k="lx"), a_step("y", "ly"), a_step("z", "lz", k="lz"), a_step("v", "lv"), a_step("w")]
    apis = [an_api("ly", p="any"), an_api("lv", p="any")]
    plan = a_plan(a_system(["x", ["y", "z"], "v", "w"]), steps, apis)
    task = a_task(plan, {"y/ly": {"args": {"p": {"deep": "$$x.k"}}}, "v/lv": {"args": {"p": "$CODE z.k"}}})
    impact = dependants(plan, task, "x")
    assert impact.steps == ("x", "y", "z", "v")
    assert impact.why["v"] == "its lv reads $CODE z.k"


def test_the_bindings_of_the_task_count_not_those_of_the_definition():
    steps = [a_step("x", "lx", k="lx"), a_step("y", "ly")]
    plan = a_plan(a_system(["x", "y"]), steps, [an_api("ly", k="any")])
    assert dependants(plan, a_task(plan, {"y/ly": {"args": {"k": 1}}}), "x").steps == ("x",)
    assert dependants(plan, a_task(plan, {"y/ly": {"type": "LOOP", "largs": "$$x.k"}}), "x").steps == ("x", "y")


def test_it_tells_which_steps_have_something_to_lose():
    plan = seed_plan()
    task = adopt(plan, seed_task(n=4), NOW)
    task.step_info["step2"].status = StepStatus.DONE
    assert dependants(plan, task, "step2").began == ("step2",)


def test_an_unknown_step_is_a_key_error():
    with pytest.raises(KeyError):
        seed_impact("step9")
