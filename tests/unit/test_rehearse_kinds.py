"""Rehearsals of links that call no API: the systems that they run, the people whom they ask."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.model import Invalid, Rehearsal, Step, StepType, System, TaskStatus
from engine.plan import Plan, build_plan, content_hash, gather
from engine.rehearse import Limits, Rehearsed, rehearse
from engine.rehearse.check import _MISSING
from engine.script import Evaluator
from tests.unit.builders import NOW, a_link, a_step, an_api

CHILD_STEP = a_step("look", a_link("l", "p", "result.ready", interval=60), age="l")
CHILD = System.load({"_id": "child", "step": ["look"]})
API = an_api("p", {"ready": True, "age": 7}, who="string")


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    one = Evaluator(workers=1)
    yield one
    one.close()


@pytest.fixture
def run(evaluator: Evaluator) -> Any:
    def go(plan: Plan, **rehearsal: Any) -> Rehearsed:
        return rehearse(plan, Rehearsal.load(rehearsal), evaluator, NOW, Limits(calls=1000))

    return go


def a_plan(step: Step, *more: Step, child: System = CHILD) -> Plan:
    steps = {one.id: one for one in (step, *more, CHILD_STEP)}
    parent = System.load({"_id": "parent", "step": [[step.id, *(one.id for one in more)]]})
    return build_plan(gather(parent, steps, {"p": API}, {"child": child}))


def running(condition: str = "", **use: Any) -> Step:
    """A step whose link runs the system `child`."""
    link = {"_id": "c", "condition": {"val": condition}}
    link["api"] = {"op": "SYSTEM", "val": {"_id": "child", "args": {"who": "ann"} | use}}
    return a_step("run", link, age="c:result.look.age")


def asking(condition: str = "result.ok", **question: Any) -> Step:
    """A step whose link asks a person."""
    link = {"_id": "m", "condition": {"val": condition}}
    link["api"] = {"op": "MANUAL", "val": {"prompt": "Well?"} | question}
    return a_step("ask", link, ok="m:result.ok")


def problems(run: Any, plan: Plan, **rehearsal: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        run(plan, **rehearsal)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_every_kind_of_link_is_looked_after():
    assert _MISSING.keys() == set(StepType)


# -- systems within systems ----------------------------------------------------------------------------


def test_a_system_that_a_link_runs_is_rehearsed_and_its_time_is_the_link_s(run):
    done = run(a_plan(running()), answers={"p": [{"not_ready": True, "times": 30}]})
    assert done.done, done.message
    assert done.task.step_info["run"].response == {"age": 7}
    assert done.took_s == 30 * 60
    assert done.calls == 31


def test_what_runs_beside_it_goes_on_meanwhile(run):
    other = a_step("other", a_link("o", "p", "result.ready", interval=60, args={"who": "x"}), got="o:result.age")
    answers = {"p": [{"not_ready": True, "times": 5}], "run/c/look/l": [{"not_ready": True, "times": 9}]}
    done = run(a_plan(running(), other), answers=answers)
    ended = {step: info.ended_at for step, info in done.task.step_info.items()}
    assert [(ended[step] - NOW).total_seconds() for step in ("other", "run")] == [300, 540]


def test_a_system_that_fails_leaves_its_parent_waiting_for_a_repair(run):
    done = run(a_plan(running()), answers={"run/c/look/l": [{"answer": "a text"}]})
    assert done.task.status == TaskStatus.WAITING
    assert "fails: look/l: condition: cannot read 'ready' of a text" in done.message
    assert done.message.endswith("repair it there")


def test_a_system_that_is_done_and_not_as_the_link_wants_it_fails_the_link(run):
    done = run(a_plan(running("result.look.age > 9")))
    assert done.task.status == TaskStatus.FAILED
    assert "is done, but this does not hold: result.look.age > 9" in done.message


def test_a_system_whose_values_are_given_is_not_rehearsed(run):
    done = run(a_plan(running()), answers={"run/c": [{"answer": {"look": {"age": 99}}, "takes_s": 50}]})
    assert done.task.step_info["run"].response == {"age": 99}
    assert (done.took_s, done.calls) == (50, 0)


def test_a_system_that_would_go_on_and_on_is_told_with_what_it_waits_for(run):
    done = run(a_plan(running()), answers={"p": [{"not_ready": True, "times": 5000}]})
    assert "a task of child was broken off" in done.message
    assert "the condition of look/l has not held" in done.message


def test_the_rehearsals_of_what_a_link_runs_are_no_part_of_the_plan():
    tested = CHILD.model_copy(update={"rehearsals": [Rehearsal(name="x")]})
    bare, other = a_plan(running()), a_plan(running(), child=tested)
    assert content_hash(bare.definition) == content_hash(other.definition)


# -- people --------------------------------------------------------------------------------------------


def test_a_person_says_what_is_given_when_it_is_time(run):
    done = run(a_plan(asking()), answers={"ask/m": [{"answer": {"ok": "yes"}, "takes_s": 7200}]})
    assert done.done, done.message
    assert done.task.step_info["ask"].response == {"ok": "yes"}
    assert done.took_s == 7200


def test_an_answer_that_is_not_accepted_is_asked_for_again(run):
    script = [{"not_ready": True, "times": 2, "takes_s": 60}, {"answer": {"ok": True}, "takes_s": 60}]
    done = run(a_plan(asking()), answers={"ask/m": script})
    assert done.done
    assert done.took_s == 180


def test_a_person_who_has_only_to_say_that_it_is_done_needs_no_answer(run):
    link = {"_id": "m", "api": {"op": "MANUAL", "val": {"prompt": "Done?"}}}
    assert run(a_plan(a_step("ask", link))).done


# -- what is wrong ---------------------------------------------------------------------------------------


def test_a_person_who_has_nothing_to_say_is_named(run):
    assert "asks a person" in problems(run, a_plan(asking()))["answers.ask/m"]


def test_what_only_a_call_can_come_to_is_told(run):
    answers = {"ask/m": [{"status": 500}, {"answer": {"ok": 1}}], "run/c": [{"not_ready": True}]}
    found = problems(run, a_plan(asking(), running()), answers=answers)
    assert found["answers.ask/m"] == "ask/m calls no API"
    assert found["answers.run/c"] == "run/c calls no API"


def test_links_within_a_system_that_is_run_are_known_by_their_way_there(run):
    found = problems(run, a_plan(running()), answers={"run/c/look/x": [{}], "run/c/look/l": [{}]})
    assert found.keys() == {"answers.run/c/look/x"}
