"""A plan is made of a sound definition only, and every fault is told at once."""

import pytest

from engine.model import Invalid, Problem, ResponseKey, Step, System
from engine.plan import build_plan, gather
from tests.unit.builders import a_definition, a_link, a_plan, a_step, a_system, an_api, seed_plan


def faults(system: System, steps: list[Step], apis=()) -> dict[str, Problem]:
    """The problems by path."""
    with pytest.raises(Invalid) as caught:
        build_plan(a_definition(system, steps, list(apis)))
    return {problem.path: problem for problem in caught.value.problems}


def test_the_seed_has_a_plan():
    plan = seed_plan()
    assert plan.steps == ("step1", "step2", "step3", "step4")
    assert plan.api_of("step2", "api3").url.endswith("/api3")
    assert plan.before("step4") == {"step1", "step2", "step3"}
    assert plan.after("step1") == {"step2", "step3", "step4"}
    assert plan.beside("step2") == {"step3"}


def test_an_unknown_step_comes_with_what_was_meant():
    found = faults(a_system("step1", "stpe2"), [a_step("step1"), a_step("step2")])["system.sys.step[1]"]
    assert "no step called stpe2" in found.message
    assert "did you mean step2" in found.hint


def test_an_unknown_api_comes_with_what_was_meant():
    steps = [a_step("s", a_link("x", "api_age"), "api_name")]
    found = faults(a_system("s"), steps, [an_api("api_name")])["step.s.checklink.x.api"]
    assert "no api called api_age" in found.message
    assert "api_name" in found.hint


def test_two_links_of_one_id_are_refused_and_two_links_of_one_api_are_not():
    twice = a_step("s", a_link("x", "a"), a_link("x", "a"))
    assert "2 links are called x" in faults(a_system("s"), [twice], [an_api("a")])["step.s.checklink.x"].message
    a_plan(a_system("s"), [a_step("s", a_link("x", "a"), a_link("y", "a"))])


def test_a_step_twice_in_a_system_is_refused():
    found = faults(a_system("s", ["s", "t"]), [a_step("s"), a_step("t")])["system.sys.step[1][0]"]
    assert "stands 2 times" in found.message


@pytest.mark.parametrize("name", ["TASK", "SECRET", "task", "loop"])
def test_a_step_cannot_have_a_name_that_means_something_else(name):
    assert "cannot be called" in faults(a_system(name), [a_step(name)])["system.sys.step[0]"].message


def test_a_response_must_come_from_a_link_of_the_step():
    steps = [a_step("s", a_link("ages", "a"), age="age")]
    found = faults(a_system("s"), steps, [an_api("a")])["step.s.response.age.fromapi"]
    assert "no link of s has that id" in found.message
    assert "did you mean ages" in found.hint


@pytest.mark.parametrize("key", ["a.b", "$a", ""])
def test_a_response_key_must_be_storable(key):
    step = a_step("s", "a")
    step.response[key] = ResponseKey(fromapi="a", key="result.x")
    assert "cannot have a key written" in faults(a_system("s"), [step], [an_api("a")])[f"step.s.response.{key}"].message


def test_syntax_errors_of_all_scripts_are_told_with_their_lines():
    link = a_link("a", condition="result.age ==", op="LOOP", largs=2, lresult="x = 1\nreturn x +")
    found = faults(a_system("s"), [a_step("s", link, age="a:result.")], [an_api("a")])
    assert "line 1, column 14: result.age ==" in found["step.s.checklink.a.condition.val"].message
    assert "line 2, column 11: return x +" in found["step.s.checklink.a.api.val.lresult"].message
    assert "the key cannot be read" in found["step.s.response.age.key"].message


def test_a_condition_may_read_result_and_task_only():
    found = faults(a_system("s"), [a_step("s", a_link("a", condition="s.age > 1"))], [an_api("a")])
    assert "there is no 's' here" in found["step.s.checklink.a.condition.val"].message


def test_an_empty_condition_and_a_step_without_links_are_fine():
    plan = a_plan(a_system("s", "t"), [a_step("s"), a_step("t", "a")])
    assert list(plan.links) == [("t", "a")]


def test_what_the_system_does_not_use_does_not_belong_to_its_definition():
    found = faults(a_system("s"), [a_step("s"), a_step("t")], [an_api("a")])
    assert "does not use this step" in found["step.t"].message
    assert "does not use this api" in found["api.a"].message


def test_a_document_filed_under_another_id_is_told():
    definition = a_definition(a_system("s"), [a_step("s")], [])
    definition.steps["s"] = a_step("other")
    with pytest.raises(Invalid, match="its _id is other"):
        build_plan(definition)


def test_all_faults_come_at_once():
    system = a_system("s", "s", 5, "gone")
    steps = [a_step("s", a_link("x", "nope", condition="("), a_link("x", "nope"), age="y")]
    found = faults(system, steps)
    assert {"system.sys.step[2]", "step.s.checklink.x", "step.s.response.age.fromapi"} < set(found)
    assert {"step.s.checklink.x.api", "step.s.checklink.x.condition.val"} < set(found)
    assert {"system.sys.step[1]", "system.sys.step[3]"} < set(found)


def test_gather_takes_only_what_the_system_names():
    steps = {step.id: step for step in (a_step("s", "a"), a_step("t", "b"))}
    definition = gather(a_system("s"), steps, {"a": an_api("a"), "b": an_api("b")})
    assert (list(definition.steps), list(definition.apis)) == (["s"], ["a"])


def test_gather_names_every_unknown_id():
    with pytest.raises(Invalid) as caught:
        gather(a_system("s", "t"), {"s": a_step("s", "a")}, {})
    assert len(caught.value.problems) == 2


def test_the_hash_is_of_the_content_and_nothing_else():
    one, same = (a_plan(a_system("s"), [a_step("s", "a")]) for _ in range(2))
    other = a_plan(a_system("s"), [a_step("s", "a", day=2)])
    assert one.hash == same.hash
    assert one == same
    assert one.hash != other.hash
    assert len(one.hash) == 64


def test_the_order_of_keys_does_not_count():
    one, other = (a_step("s", a_link("a", args=args)) for args in ({"x": 1, "y": 2}, {"y": 2, "x": 1}))
    assert a_plan(a_system("s"), [one]).hash == a_plan(a_system("s"), [other]).hash


def test_the_hash_survives_a_round_trip_through_json():
    plan = seed_plan()
    again = type(plan.definition).model_validate(plan.definition.to_json())
    assert build_plan(again).hash == plan.hash
