"""Links that run another system, or ask a person: what is frozen of them, what the proof says."""

from collections.abc import Mapping
from typing import Any

import pytest

from engine.model import Api, Arg, Invalid, Problem, Span, Step, StepType, System
from engine.plan import (
    Plan,
    TaskDraft,
    build_plan,
    content_hash,
    gather,
    new_task,
    prove_system,
    signature,
    span_of,
)
from engine.plan.build import DEEPEST, MOST_SYSTEMS
from engine.plan.plan import _ARGS
from engine.plan.proof import _KIND_PROBLEMS
from engine.plan.sample import _RESULTS

from .builders import NOW, a_step, an_api


def runs(id_: str, system: str, condition: str = "", **args: Any) -> dict[str, Any]:
    return {
        "_id": id_,
        "condition": {"val": condition},
        "api": {"op": "SYSTEM", "val": {"_id": system, "args": args}},
    }


def asks(id_: str, condition: str = "", **use: Any) -> dict[str, Any]:
    use = {"prompt": "Go on?"} | use
    return {"_id": id_, "condition": {"val": condition}, "api": {"op": "MANUAL", "val": use}}


def system(id_: str, *flow: Any, **def_args: Any) -> System:
    return System.load({"_id": id_, "step": list(flow), "def_args": def_args})


def plan_of(first: System, *others: System, steps: list[Step], apis: list[Api] | None = None) -> Plan:
    known = {one.id: one for one in (first, *others)}
    return build_plan(gather(first, {one.id: one for one in steps}, {one.id: one for one in apis or []}, known))


def billing() -> tuple[list[System], list[Step], list[Api]]:
    """`order` runs `bill`, whose call needs a customer and a number of items; it publishes a total."""
    api = an_api("price", {"total": 3}, customer="string", items="int")
    steps = [a_step("pay", runs("l", "bill"), total="l:result.sum.total"), a_step("sum", "price", total="price")]
    return [system("order", "pay", customer="ann", items=2), system("bill", "sum")], steps, [api]


def said(problems: list[Problem]) -> dict[str, str]:
    return {problem.path: problem.message for problem in problems}


def refused(first: System, *others: System, steps: list[Step]) -> Mapping[str, str]:
    with pytest.raises(Invalid) as invalid:
        plan_of(first, *others, steps=steps)
    return said(list(invalid.value.problems))


def test_each_table_of_this_room_has_every_kind() -> None:
    for table in (_ARGS, _KIND_PROBLEMS, _RESULTS):
        assert set(table) == set(StepType)


def test_a_plan_holds_what_its_links_run_as_an_own_task_of_it_would() -> None:
    systems, steps, apis = billing()
    plan = plan_of(*systems, steps=steps, apis=apis)
    own = plan_of(systems[1], steps=steps, apis=apis)
    assert plan.child_of("pay", "l").hash == own.hash == content_hash(plan.definition.systems["bill"])


def test_a_plan_changes_with_what_its_links_run_and_else_keeps_its_hash() -> None:
    systems, steps, apis = billing()
    before = plan_of(*systems, steps=steps, apis=apis).hash
    other = [an_api("price", {"total": 4}, customer="string", items="int")]
    assert plan_of(*systems, steps=steps, apis=other).hash != before
    alone = plan_of(systems[1], steps=steps, apis=apis).definition
    assert "systems" not in alone.model_dump(mode="json", exclude_defaults=True)


def test_the_args_of_a_system_are_its_own_and_what_its_calls_lack() -> None:
    _, steps, apis = billing()
    child = plan_of(system("bill", "sum", items=1, note="hi"), steps=steps, apis=apis)
    assert signature(child) == {"items": Arg(val=1), "note": Arg(val="hi"), "customer": Arg(type="string")}


def test_an_arg_that_only_a_reference_names_is_one_of_the_system_too() -> None:
    step = Step.load({"_id": "s", "checklink": [asks("l", args={"who": "$$TASK.customer", "own": "$$TASK.name"})]})
    assert signature(plan_of(system("bill", "s"), steps=[step])) == {"customer": Arg()}


def test_args_of_a_child_are_wired_by_name() -> None:
    systems, steps, apis = billing()
    task = new_task(plan_of(*systems, steps=steps, apis=apis), TaskDraft(system="order"), "t", NOW)
    state = task.step_info["pay"].api_status["l"]
    assert (state.type, state.args) == (StepType.SYSTEM, {"customer": "$$TASK.customer", "items": "$$TASK.items"})


def test_an_arg_that_a_child_lacks_is_a_problem_of_the_task() -> None:
    systems, steps, apis = billing()
    with pytest.raises(Invalid) as invalid:
        new_task(
            plan_of(system("order", "pay"), systems[1], steps=steps, apis=apis), TaskDraft(system="order"), "t", NOW
        )
    found = said(list(invalid.value.problems))
    assert found["step_info.pay.api_status.l.args.customer"] == "the arg customer of pay/l has no value anywhere"


def test_an_arg_that_a_child_does_not_take_or_of_another_type_is_a_problem() -> None:
    systems, steps, apis = billing()
    steps[0] = a_step("pay", runs("l", "bill", items="many", colour="red"))
    found = said(prove_system(plan_of(*systems, steps=steps, apis=apis)))
    where = "step.pay.checklink.l.api.val.args"
    assert found[f"{where}.colour"] == "bill has no arg called colour"
    assert "can never be read as int" in found[f"{where}.items"]


def test_a_child_that_would_have_to_choose_is_a_problem_of_the_link_that_runs_it() -> None:
    makers = [a_step("m1", "a1", customer="a1"), a_step("m2", "a2", customer="a2")]
    api = an_api("price", {"total": 3}, customer="string")
    steps = [*makers, a_step("sum", "price"), a_step("pay", runs("l", "bill"))]
    flow = system("bill", ["m1", "m2"], "sum")
    plan = plan_of(system("order", "pay"), flow, steps=steps, apis=[api, an_api("a1"), an_api("a2")])
    found = said(prove_system(plan))
    assert "could come from m1, m2" in found["step.pay.checklink.l.api.val"]


def test_the_sample_of_a_child_is_what_its_steps_publish() -> None:
    systems, steps, apis = billing()
    reader = an_api("book", {}, total="list")
    steps.append(a_step("keep", {"_id": "book", "api": {"val": {"_id": "book"}}}))
    plan = plan_of(
        system("order", "pay", "keep", customer="ann", items=2), systems[1], steps=steps, apis=[*apis, reader]
    )
    with pytest.raises(Invalid) as invalid:
        new_task(plan, TaskDraft(system="order"), "t", NOW)
    assert "$$pay.total is a number 3" in str(invalid.value)


def test_an_unknown_system_is_a_problem_with_a_guess() -> None:
    with pytest.raises(Invalid) as invalid:
        plan_of(system("order", "pay"), system("bill", "pay2"), steps=[a_step("pay", runs("l", "bil")), a_step("pay2")])
    (problem,) = invalid.value.problems
    assert (problem.message, problem.hint) == ("there is no system called bil", "did you mean bill?")


def test_systems_that_run_each_other_are_refused_with_the_cycle_named() -> None:
    steps = [a_step("s1", runs("l", "b")), a_step("s2", runs("l", "a"))]
    found = refused(system("a", "s1"), system("b", "s2"), steps=steps)
    assert found["step.s2.checklink.l.api.val._id"] == "these systems would run each other without end: a → b → a"
    assert "a → a" in str(refused(system("a", "s2"), steps=steps))


def test_systems_are_nested_so_deep_and_no_deeper() -> None:
    steps = [a_step(f"s{n}", runs("l", f"y{n + 1}")) for n in range(DEEPEST)] + [a_step("end")]
    chain = [system(f"y{n}", f"s{n}") for n in range(DEEPEST)] + [system(f"y{DEEPEST}", "end")]
    plan_of(*chain[1:], steps=steps)
    assert "nested more than 8 deep" in str(refused(*chain, steps=steps))


def test_a_system_runs_so_many_others_and_no_more() -> None:
    many = [a_step(f"s{n}", *[runs(f"l{m}", f"y{m}") for m in range(10)]) for n in range(3)]
    flows = [system("top", "s0"), *[system(f"y{m}", "s1") for m in range(10)]]
    leaves = [a_step("s1", *[runs(f"l{m}", f"z{m}") for m in range(10)]), a_step("end")]
    found = refused(*flows, *[system(f"z{m}", "end") for m in range(10)], steps=[many[0], *leaves])
    assert f"more than {MOST_SYSTEMS} systems" in str(found)


def test_a_step_that_says_no_time_has_that_of_what_it_runs() -> None:
    systems, steps, apis = billing()
    silent = plan_of(*systems, steps=[a_step("pay", runs("l", "bill"), day=0), steps[1]], apis=apis)
    assert span_of(silent, "pay") == Span(day=1, minute=0)
    spoken = plan_of(*systems, steps=[a_step("pay", runs("l", "bill"), day=7), steps[1]], apis=apis)
    assert span_of(spoken, "pay").day == 7


def test_a_question_without_response_keys_is_sound() -> None:
    plan = plan_of(system("s", "ask"), steps=[a_step("ask", asks("l"))])
    assert prove_system(plan) == []
    assert new_task(plan, TaskDraft(system="s"), "t", NOW).step_info["ask"].api_status["l"].type == StepType.MANUAL


def test_what_is_read_of_an_answer_must_be_asked_for() -> None:
    step = a_step("ask", asks("l", condition="result.ok and result.note"), ok="l:result.ok", why="l:result.reason")
    found = refused(system("s", "ask"), steps=[step])
    assert found == {
        "step.ask.checklink.l.condition.val": "it reads note, but nobody is asked for note",
        "step.ask.response.why.key": "it reads reason, but nobody is asked for reason",
    }


@pytest.mark.parametrize(
    "link", [runs("l", "bill", customer="$$SECRET.key", items=1), asks("l", args={"a": "$$SECRET.key"})]
)
def test_a_secret_is_given_to_no_child_and_shown_to_no_person(link: dict[str, Any]) -> None:
    systems, steps, apis = billing()
    plan = plan_of(systems[0], systems[1], steps=[a_step("pay", link), steps[1]], apis=apis)
    (problem,) = prove_system(plan, ["key"])
    assert problem.message == "$$SECRET.key: a secret is given to calls of apis only"


@pytest.mark.parametrize(("kind", "other"), [("SYSTEM", "API"), ("MANUAL", "LOOP")])
def test_a_task_cannot_make_another_kind_of_such_a_link(kind: str, other: str) -> None:
    link = runs("l", "bill", customer="a", items=1) if kind == "SYSTEM" else asks("l")
    systems, steps, apis = billing()
    plan = plan_of(systems[0], systems[1], steps=[a_step("pay", link), steps[1]], apis=apis)
    draft = TaskDraft.load({"system": "order", "step_info": {"pay": {"api_status": {"l": {"type": other}}}}})
    with pytest.raises(Invalid) as invalid:
        new_task(plan, draft, "t", NOW)
    assert f"this link is {kind}: its type cannot be {other}" in str(invalid.value)
