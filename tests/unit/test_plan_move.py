"""A task moved to a newer definition: what it would be, what differs, and what stands against it."""

from __future__ import annotations

import pytest

from engine.model import LinkStatus, Round, StepStatus, Task
from engine.plan import Plan, TaskDraft, movement, new_task
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, an_api, seed_plan

APIS = [an_api("ask", {"name": "x"}), an_api("say", name="string"), an_api("tell", name="string", city="string")]


def the_plan(*flow, ask=None, say=None, more=(), apis=APIS, **def_args) -> Plan:
    """`ask` publishes a name, which `say` reads."""
    steps = [ask or a_step("ask", "ask", name="ask"), say or a_step("say", "say"), *more]
    return a_plan(a_system(*(flow or ("ask", "say")), **def_args), steps, apis)


def a_task_of(plan: Plan, **args) -> Task:
    return new_task(plan, TaskDraft(system="sys", args=args), "t1", NOW)


def set_link(task: Task, step: str, link: str, status: LinkStatus, **fields):
    state = task.step_info[step].api_status[link]
    task.step_info[step].api_status[link] = state.model_copy(update={"status": status, **fields})


def after_ask(plan: Plan) -> Task:
    """`ask` is done and has published, `say` waits for its next try."""
    task = a_task_of(plan)
    task.step_info["ask"].status, task.step_info["ask"].response = StepStatus.DONE, {"name": "x"}
    set_link(task, "ask", "ask", LinkStatus.DONE)
    task.step_info["say"].status = StepStatus.RUNNING
    set_link(task, "say", "say", LinkStatus.WAITING, rounds={"0": Round(tries=3)})
    return task


def told(found) -> list[str]:
    return [problem.message for problem in found.obstacles]


def differences(found) -> set[tuple[str, str, str]]:
    return {(one.aspect, one.where, one.what) for one in found.differences}


# -- what it becomes ---------------------------------------------------------------------------------


def test_a_step_behind_what_has_begun_is_added_ready_and_wired():
    old, new = the_plan(), the_plan("ask", "say", "end", more=[a_step("end", a_link("say"), day=2)])
    found = movement(old, new, after_ask(old))
    assert found.obstacles == ()
    info = found.task.step_info["end"]
    assert (info.status, info.expect_span.day) == (StepStatus.READY, 2)
    assert info.api_status["say"].args == {"name": "$$ask.name"}
    assert found.task.plan == new.hash
    assert differences(found) == {("added", "end", "")}


def test_what_has_begun_stays_as_it_is():
    old, new = the_plan(), the_plan("ask", "say", "end", more=[a_step("end", "say")])
    task = after_ask(old)
    moved = movement(old, new, task).task
    assert (moved.step_info["ask"], moved.step_info["say"]) == (task.step_info["ask"], task.step_info["say"])


def test_a_step_that_has_not_begun_may_go():
    old, new = the_plan("ask", "say", "end", more=[a_step("end", "say")]), the_plan()
    found = movement(old, new, after_ask(old))
    assert found.obstacles == ()
    assert set(found.task.step_info) == {"ask", "say"}
    assert differences(found) == {("removed", "end", "")}


def test_what_has_not_begun_follows_the_definition_but_for_what_was_set_by_hand():
    ends = [a_step("end", a_link("say", args={"name": "one"}), day=1), a_step("by", a_link("say"), day=1)]
    changed = [a_step("end", a_link("say", args={"name": "two"}), day=3), a_step("by", a_link("say"), day=3)]
    old, new = the_plan("ask", "say", "end", "by", more=ends), the_plan("ask", "say", "end", "by", more=changed)
    task = after_ask(old)
    task.step_info["by"].api_status["say"].args = {"name": "by hand"}
    task.step_info["by"].expect_span.day = 9
    moved = movement(old, new, task).task.step_info
    assert (moved["end"].api_status["say"].args, moved["end"].expect_span.day) == ({"name": "two"}, 3)
    assert (moved["by"].api_status["say"].args, moved["by"].expect_span.day) == ({"name": "by hand"}, 9)


def test_a_call_under_way_that_becomes_another_call_is_begun_anew_under_another_key():
    elsewhere = [APIS[0], an_api("say", name="string").model_copy(update={"url": "http://127.0.0.1:9999/other"})]
    old, new = the_plan(), the_plan(apis=elsewhere)
    found = movement(old, new, after_ask(old))
    state = found.task.step_info["say"].api_status["say"]
    assert found.obstacles == ()
    assert (state.passed, state.rounds, state.status) == (1, {}, LinkStatus.WAITING)
    assert ("call", "say", "say") in differences(found)


def test_another_condition_asks_no_new_call():
    old, new = the_plan(), the_plan(say=a_step("say", a_link("say", condition="result.ok")))
    found = movement(old, new, after_ask(old))
    assert found.task.step_info["say"].api_status["say"].rounds
    assert differences(found) == {("condition", "say", "say")}


def test_a_call_is_added_to_a_step_that_runs():
    old, new = the_plan(), the_plan(say=a_step("say", "say", a_link("again", "say")))
    found = movement(old, new, after_ask(old))
    assert found.obstacles == ()
    assert found.task.step_info["say"].api_status["again"].args == {"name": "$$ask.name"}


def test_a_call_that_has_not_begun_may_become_a_question_to_a_person():
    flow = ("ask", "say", "end")
    old = the_plan(*flow, more=[a_step("end", "say")])
    asks = a_step("end", {**ASKS_SOMEBODY, "_id": "say"})
    task = after_ask(old)
    task.step_info["end"].api_status["say"].lparallel = 4
    found = movement(old, the_plan(*flow, more=[asks]), task)
    state = found.task.step_info["end"].api_status["say"]
    assert (found.obstacles, state.type, state.lparallel) == ((), "MANUAL", None)


def test_the_same_definition_makes_the_same_task():
    plan = seed_plan()
    task = new_task(plan, TaskDraft(system="systemid", args={"name": "a", "n": 4}), "t1", NOW)
    found = movement(plan, plan, task)
    assert (found.task, found.differences, found.obstacles) == (task, (), ())


# -- what stands against it --------------------------------------------------------------------------


SAYS_X = a_step("say", a_link("say", args={"name": "x"}))
NEW, END = a_step("new", "ask"), a_step("end", "tell")
ASKS_SOMEBODY = {"_id": "say", "condition": {"val": ""}, "api": {"op": "MANUAL", "val": {"prompt": "May it go on?"}}}


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (the_plan("say", say=SAYS_X), "ask is DONE, and the system has it no more"),
        (the_plan(say=a_step("say", a_link("other", "say"))), "say/say is WAITING, and the step has it no more"),
        (the_plan(ask=a_step("ask", "ask"), say=SAYS_X), "ask has published name, and the step publishes it no more"),
        (the_plan(ask=a_step("ask", "ask", name="ask:result.x")), "ask has published name, and the step takes it from"),
        (the_plan(ask=a_step("ask", "ask", name="ask", city="ask")), "ask would publish city"),
        (the_plan(ask=a_step("ask", "ask", "more", name="ask")), "ask is DONE, and would get more"),
        (the_plan(say=a_step("say", ASKS_SOMEBODY)), "say/say is WAITING, and has become something else to do"),
        (the_plan("say", "ask", say=SAYS_X), "ask has begun, and would come after say"),
        (the_plan("new", "ask", "say", more=[NEW]), "ask has begun, and would come after new"),
        (the_plan("ask", "new", "say", more=[NEW]), "say has begun, and would come after new"),
        (the_plan("ask", "say", "end", more=[END]), "the arg city of end/tell has no value"),
    ],
)
def test_what_cannot_be_is_told(new, why):
    old = the_plan()
    found = movement(old, new, after_ask(old))
    assert any(message.startswith(why) for message in told(found)), told(found)


def test_what_the_new_step_needs_may_come_from_the_new_args_of_the_system():
    old = the_plan()
    new = the_plan("ask", "say", "end", more=[a_step("end", "tell")], city="Bern")
    found = movement(old, new, after_ask(old))
    assert found.obstacles == ()
    assert found.task.step_info["end"].api_status["tell"].args["city"] == "$$TASK.city"
    assert ("arg", "", "city") in differences(found)


@pytest.mark.parametrize("status", [LinkStatus.UNKNOWN, LinkStatus.WAITING])
def test_a_call_of_unknown_outcome_is_settled_first(status):
    old, new = the_plan(), the_plan("ask", "say", "end", more=[a_step("end", "say")])
    task = after_ask(old)
    set_link(task, "say", "say", status, rounds={"0": Round(tries=1, intent=True)})
    assert told(movement(old, new, task)) == ["the outcome of say/say is unknown"]


def test_a_call_that_has_passed_needs_no_value_any_more():
    wants = [an_api("ask", {"name": "x"}, token="string"), APIS[1]]
    old, new = the_plan(), the_plan(apis=wants)
    assert movement(old, new, after_ask(old)).obstacles == ()


def test_the_mark_changes_with_the_definition_and_with_what_the_task_has_come_to():
    old, new = the_plan(), the_plan("ask", "say", "end", more=[a_step("end", "say")])
    task = after_ask(old)
    mark = movement(old, new, task).mark
    assert movement(old, new, task).mark == mark
    assert movement(old, the_plan("ask", "say", "end", more=[a_step("end", "say", day=5)]), task).mark != mark
    task.step_info["say"].status = StepStatus.DONE
    assert movement(old, new, task).mark != mark
