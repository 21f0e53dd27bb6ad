"""Wiring by name (R11)."""

from hypothesis import given
from hypothesis import strategies as st

from engine.plan import reference_to, wire
from engine.script import StepRef, parse_value
from tests.unit.builders import a_link, a_plan, a_step, a_system, an_api, seed, seed_plan


def bindings_of_the_seed() -> dict[tuple[str, str, str], str]:
    infos = seed()["task"][0]["step_info"]
    return {
        (step, link, arg): raw
        for step, info in infos.items()
        for link, state in info["api_status"].items()
        for arg, raw in state["args"].items()
    }


def test_the_seed_is_wired_exactly_as_its_document_says():
    """Nine args: eight are read from steps; the ninth is `$CODE` and nothing comes before it."""
    document = bindings_of_the_seed()
    computed = {at: document.pop(at) for at in [("step1", "api1", "name")]}
    wiring = wire(seed_plan(), {})
    assert wiring.inferred == document
    assert len(document) == 8
    assert wiring.unbound == tuple(computed)
    assert not wiring.ambiguous


def test_a_task_arg_fills_what_no_step_produces():
    assert wire(seed_plan(), {"name": "Ann"}).inferred["step1", "api1", "name"] == "$$TASK.name"


def test_a_null_task_arg_is_none():
    assert wire(seed_plan(), {"name": None}).unbound == (("step1", "api1", "name"),)


def two_steps(**second):
    steps = [a_step("s1", "a", age="a"), a_step("s2", a_link("b", "b", **second))]
    return a_plan(a_system("s1", "s2"), steps, [an_api("b", age=("int", 7))])


def test_a_binding_of_the_link_goes_before_all_others():
    wiring = wire(two_steps(args={"age": 3}), {"age": 5})
    assert wiring.given == {("s2", "b", "age"): 3}
    assert not wiring.inferred


def test_a_null_binding_of_the_link_is_none():
    assert wire(two_steps(args={"age": None}), {}).args_of("s2", "b") == {"age": "$$s1.age"}


def test_what_the_user_chose_goes_before_the_link_and_null_gives_it_back():
    plan, at = two_steps(args={"age": 3}), ("s2", "b", "age")
    assert wire(plan, {}, {at: 4}).given == {at: 4}
    assert wire(plan, {}, {at: None}).given == {at: 3}


def test_a_step_goes_before_the_task_arg_and_the_default():
    assert wire(two_steps(), {"age": 5}).args_of("s2", "b") == {"age": "$$s1.age"}


def test_the_default_is_last_and_needs_no_binding():
    plan = a_plan(a_system("s2"), [a_step("s2", "b")], [an_api("b", age=("int", 7))])
    wiring = wire(plan, {})
    assert wiring.defaulted == {("s2", "b", "age"): 7}
    assert wiring.args_of("s2", "b") == {}
    assert wire(plan, {"age": 1}).args_of("s2", "b") == {"age": "$$TASK.age"}


def test_two_candidates_are_for_the_user_to_choose():
    steps = [a_step("s1", "a", age="a"), a_step("s2", "b", age="b"), a_step("s3", "c")]
    wiring = wire(a_plan(a_system(["s1", "s2"], "s3"), steps, [an_api("c", age="int")]), {"age": 1})
    assert wiring.ambiguous == {("s3", "c", "age"): (("s1", "age"), ("s2", "age"))}
    assert wiring.args_of("s3", "c") == {}


def test_a_later_step_is_no_candidate():
    steps = [a_step("s1", "a"), a_step("s2", "b", age="b")]
    assert wire(a_plan(a_system("s1", "s2"), steps, [an_api("a", age="int")]), {}).unbound == (("s1", "a", "age"),)


def test_another_link_of_the_same_step_serves_where_no_other_step_does():
    step = a_step("s", "a", "b", age="a")
    assert wire(a_plan(a_system("s"), [step], [an_api("b", age="int")]), {}).args_of("s", "b") == {"age": "$$s.age"}


def test_another_step_goes_before_the_same_step():
    steps = [a_step("s1", "x", age="x"), a_step("s2", "a", "b", age="a")]
    wiring = wire(a_plan(a_system("s1", "s2"), steps, [an_api("b", age="int")]), {})
    assert wiring.args_of("s2", "b") == {"age": "$$s1.age"}


def test_a_link_is_never_wired_to_itself():
    wiring = wire(a_plan(a_system("s"), [a_step("s", "a", age="a")], [an_api("a", age="int")]), {})
    assert wiring.unbound == (("s", "a", "age"),)


def test_parallel_steps_are_not_wired_into_a_cycle():
    steps = [a_step("s1", "a", x="a"), a_step("s2", "b", y="b")]
    plan = a_plan(a_system(["s1", "s2"]), steps, [an_api("a", y="any"), an_api("b", x=("any", 1))])
    wiring = wire(plan, {"y": 2})
    assert wiring.inferred == {("s1", "a", "y"): "$$TASK.y"}
    assert wiring.defaulted == {("s2", "b", "x"): 1}


def test_a_cycle_through_the_flow_is_not_wired_either():
    """a waits for d, which comes after c, which waits for b, which comes after a."""
    steps = [a_step("a", "la"), a_step("b", "lb", y="lb"), a_step("c", "lc"), a_step("d", "ld", x="ld")]
    apis = [an_api("la", x="any"), an_api("lc", y="any")]
    wiring = wire(a_plan(a_system([["a", "b"], ["c", "d"]]), steps, apis), {})
    assert wiring.unbound == (("a", "la", "x"), ("c", "lc", "y"))


def test_what_the_user_chose_keeps_inference_from_closing_a_cycle():
    steps = [a_step("s1", "a", x="a"), a_step("s2", "b", y="b")]
    plan = a_plan(a_system(["s1", "s2"]), steps, [an_api("a", p="any"), an_api("b", x="any")])
    assert wire(plan, {}).inferred == {("s2", "b", "x"): "$$s1.x"}
    assert wire(plan, {}, {("s1", "a", "p"): "$$s2.y"}).inferred == {}


@given(st.text(min_size=1, max_size=8).filter(lambda key: not {'"', "'", "\\"} & set(key)))
def test_a_reference_is_read_back_as_it_was_meant(key):
    value = parse_value(reference_to("s1", key))
    assert isinstance(value, StepRef)
    assert (value.step, value.path) == ("s1", (key,))


def test_wiring_is_the_same_every_time():
    plan = seed_plan()
    assert wire(plan, {"name": 1}) == wire(seed_plan(), {"name": 1})


def test_an_arg_that_is_left_to_its_default_is_not_bound_by_name_or_by_its_link():
    link = a_link("b", args={"sex": "f"})
    apis = [an_api("b", age=("int", 3), sex=("string", "m"), name="string")]
    plan = a_plan(a_system("s", "t"), [a_step("s", "a", age="a", name="a"), a_step("t", link)], apis)
    wiring = wire(plan, {}, None, {("t", "b", "age"), ("t", "b", "sex")})
    assert wiring.args_of("t", "b") == {"name": "$$s.name"}
    assert wiring.defaulted == {("t", "b", "age"): 3, ("t", "b", "sex"): "m"}


def test_an_arg_that_is_left_to_a_default_that_is_not_there_is_unbound():
    plan = a_plan(a_system("s", "t"), [a_step("s", "a", age="a"), a_step("t", "b")], [an_api("b", age="int")])
    assert wire(plan, {}, None, {("t", "b", "age")}).unbound == (("t", "b", "age"),)


def test_an_arg_whose_name_no_reference_can_hold_is_not_wired():
    odd = "both ' and \""
    plan = a_plan(a_system("s"), [a_step("s", "a")], [an_api("a", **{odd: ("string", "d")})])
    wiring = wire(plan, {odd: "given"})
    assert (wiring.inferred, wiring.defaulted) == ({}, {("s", "a", odd): "d"})
