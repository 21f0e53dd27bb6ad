"""From a draft, or a whole document, to a READY task."""

from datetime import timedelta

import pytest

from engine.model import Invalid, LinkState, LinkStatus, Span, StepType, TaskStatus
from engine.plan import StepDraft, TaskDraft, adopt, new_task, task_args
from tests.unit.builders import NOW, a_link, a_plan, a_step, a_system, an_api, seed_plan, seed_task


def refused(act, *args) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        act(*args)
    return {problem.path: str(problem) for problem in caught.value.problems}


def seed_draft(**fields):
    name = {"args": {"name": "$CODE(loop.index + 1) * '*'"}}
    loop = {"type": "LOOP", "largs": "$TASK.n", "lresult": "return result[3]"}
    step_info = {"step1": {"api_status": {"api1": name | loop}}}
    return TaskDraft.load({"system": "systemid", "args": {"n": 4}, "step_info": step_info, **fields})


def test_a_new_task_of_the_seed_is_wired_like_the_document():
    plan = seed_plan()
    task, document = new_task(plan, seed_draft(), "t1", NOW), seed_task(n=4)
    for step, info in document.step_info.items():
        for link, state in info.api_status.items():
            assert task.step_info[step].api_status[link].args == state.args
    assert task.step_info["step1"].api_status["api1"].type is StepType.LOOP


def test_a_new_task_is_ready_and_knows_its_plan():
    plan = seed_plan()
    task = new_task(plan, seed_draft(name="First", labels=["x"], priority=9), "t1", NOW)
    assert (task.status, task.rev, task.plan, task.created_at) == (TaskStatus.READY, 0, plan.hash, NOW)
    assert (task.id, task.name, task.labels, task.priority) == ("t1", "First", ["x"], 9)
    assert task.wake_at is None


def test_spans_are_copied_and_the_user_may_edit_them():
    plan, span = seed_plan(), {"day": 0, "hour": 6}
    draft = seed_draft()
    draft.step_info["step1"].expect_span = Span.model_validate(span)
    task = new_task(plan, draft, "t1", NOW)
    assert task.step_info["step1"].expect_span.seconds == 6 * 3600
    assert task.step_info["step2"].expect_span.seconds == 24 * 3600
    task.step_info["step2"].expect_span.day = 9
    assert plan.step("step2").expect_span.day == 1


def looped_plan():
    link = a_link("a", op="LOOP", largs=[1, 2], lresult="return result[0]", lparallel=2)
    return a_plan(a_system("s"), [a_step("s", link)])


def state_of(plan, **link) -> LinkState:
    draft = TaskDraft.load({"system": "sys", "step_info": {"s": {"api_status": {"a": link}}}})
    return new_task(plan, draft, "t1", NOW).step_info["s"].api_status["a"]


def test_loop_settings_come_from_the_link_unless_the_draft_says_otherwise():
    state = state_of(looped_plan(), largs=5)
    assert (state.type, state.largs, state.lresult, state.lparallel) == (StepType.LOOP, 5, "return result[0]", 2)


def test_a_draft_can_make_a_loop_a_single_call():
    state = state_of(looped_plan(), type="API")
    assert (state.type, state.largs, state.lresult, state.lparallel) == (StepType.API, None, None, None)


def test_a_blank_lresult_is_none():
    assert state_of(looped_plan(), lresult=" \n").lresult is None


def test_what_a_task_holds_is_its_own():
    plan = looped_plan()
    state_of(plan).largs.append(3)
    assert plan.link("s", "a").api.val.largs == [1, 2]


def test_args_are_def_args_overlaid_with_the_tasks_own():
    plan = a_plan(a_system("s", n=1, m=2), [a_step("s")])
    task = new_task(plan, TaskDraft(system="sys", args={"n": 3}), "t1", NOW)
    assert task_args(plan, task) == {"n": 3, "m": 2}
    assert task.args == {"n": 3}


def test_a_draft_cannot_set_what_is_not_the_users():
    raw = {"system": "s", "status": "DONE", "epoch": 9, "owner": "me", "prioritty": 1}
    found = refused(TaskDraft.load, raw)
    assert set(found) == {"status", "epoch", "owner", "prioritty"}
    assert "epoch is not for a draft to set" in found["epoch"]
    assert "did you mean priority?" in found["prioritty"]


def test_a_draft_cannot_set_it_deeper_down_either():
    link = {"status": "DONE", "rounds": {}}
    raw = {"system": "s", "step_info": {"s": {"response": {}, "api_status": {"a": link}}}}
    assert set(refused(TaskDraft.load, raw)) == {
        "step_info.s.response",
        "step_info.s.api_status.a.status",
        "step_info.s.api_status.a.rounds",
    }


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"system": "a b"}, {"system": "s", "priority": 12}])
def test_a_draft_that_cannot_be_read(raw):
    assert refused(TaskDraft.load, raw)


def test_unknown_steps_and_links_of_a_draft_are_told():
    infos: dict = {"stepp": {}, "s": {"api_status": {"aa": {}}}}
    draft = TaskDraft.load({"system": "sys", "step_info": infos})
    found = refused(new_task, looped_plan(), draft, "t1", NOW)
    assert "the system has no step stepp" in found["step_info.stepp"]
    assert "did you mean a?" in found["step_info.s.api_status.aa"]


def test_a_draft_for_another_system_is_refused():
    assert "system" in refused(new_task, looped_plan(), TaskDraft(system="other"), "t1", NOW)


def test_a_bad_id_is_told():
    assert "_id" in refused(new_task, looped_plan(), TaskDraft(system="sys"), "a/b", NOW)


def test_a_new_task_is_proven():
    found = refused(new_task, seed_plan(), TaskDraft(system="systemid"), "t1", NOW)
    assert "has no value anywhere" in found["step_info.step1.api_status.api1.args.name"]


def test_the_seeds_task_is_adopted_with_its_bindings():
    plan, document = seed_plan(), seed_task(n=4)
    task = adopt(plan, document, NOW)
    for step, info in document.step_info.items():
        assert task.step_info[step].api_status == info.api_status
        assert task.step_info[step].expect_span == info.expect_span
    assert (task.plan, task.created_at, task.process_msg) == (plan.hash, NOW, "string")
    assert document.plan == ""


def test_the_seeds_task_needs_n():
    found = refused(adopt, seed_plan(), seed_task(), NOW)
    assert "$TASK.n: the task has no arg n" in found["step_info.step1.api_status.api1.largs"]


def test_what_an_adopted_task_lacks_is_filled_in():
    plan, document = seed_plan(), seed_task(n=4)
    del document.step_info["step3"]
    del document.step_info["step4"].api_status["api6"]
    del document.step_info["step2"].api_status["api2"].args["name"]
    task = adopt(plan, document, NOW)
    assert list(task.step_info) == ["step1", "step2", "step3", "step4"]
    assert task.step_info["step3"].expect_span.day == 1
    assert task.step_info["step3"].api_status["api4"].args == {"age": "$$step2.age"}
    assert task.step_info["step4"].api_status["api6"].args == {"name": "$$step1.name", "isold": "$$step3.isold"}
    assert task.step_info["step2"].api_status["api2"].args == {"name": "$$step1.name"}


def test_an_adopted_task_takes_loop_settings_from_its_link():
    plan = looped_plan()
    raw = {"_id": "t", "system": "sys", "step_info": {"s": {"api_status": {"a": {"_id": "a", "largs": 7}}}}}
    state = adopt(plan, type(seed_task()).load(raw), NOW).step_info["s"].api_status["a"]
    assert (state.type, state.largs, state.lparallel) == (StepType.LOOP, 7, 2)


def test_an_adopted_task_shares_nothing_with_its_plan():
    plan, document = seed_plan(), seed_task(n=4)
    del document.step_info["step3"]
    adopt(plan, document, NOW).step_info["step3"].expect_span.day = 9
    assert plan.step("step3").expect_span.day == 1


def test_unknown_fields_are_kept():
    document = type(seed_task()).load({**seed_task(n=4).to_json(), "ticket": "OPS-1"})
    assert adopt(seed_plan(), document, NOW).to_json()["ticket"] == "OPS-1"


def test_a_task_that_has_run_cannot_be_adopted():
    document = seed_task(n=4)
    document.status, document.epoch, document.owner = TaskStatus.RUNNING, 2, "w1"
    document.step_info["step1"].response = {"name": "x"}
    document.step_info["step1"].api_status["api1"].status = LinkStatus.DONE
    found = refused(adopt, seed_plan(), document, NOW)
    link = "step_info.step1.api_status.api1.status"
    assert set(found) == {"status", "epoch", "owner", "step_info.step1.response", link}
    assert "set it to READY" in found[link]


def test_steps_that_the_system_does_not_have_are_not_dropped_silently():
    document = seed_task(n=4)
    document.step_info["step9"] = document.step_info["step1"]
    assert "no step called step9" in refused(adopt, seed_plan(), document, NOW)["step_info.step9"]


def test_an_api_default_is_left_to_the_api():
    plan = a_plan(a_system("s"), [a_step("s", "a")], [an_api("a", age=("int", 3))])
    assert state_of(plan).args == {}


def test_a_draft_may_say_when_it_starts_and_not_too_late():
    plan = seed_plan()
    assert new_task(plan, seed_draft(start_at=NOW + timedelta(hours=1)), "t1", NOW).wake_at is None
    for at in (NOW, NOW - timedelta(hours=1), NOW + timedelta(days=4_000)):
        assert list(refused(new_task, plan, seed_draft(start_at=at), "t1", NOW)) == ["start_at"]


def test_steps_that_take_more_than_a_hundred_years_together_are_a_slip():
    draft = seed_draft()
    for step in ("step1", "step2", "step4"):
        draft.step_info.setdefault(step, StepDraft()).expect_span = Span(day=20_000)
    assert list(refused(new_task, seed_plan(), draft, "t1", NOW)) == ["step_info.step1.expect_span"]


def test_an_unknown_default_of_a_draft_is_told():
    link = {"defaults": ["nam"]}
    draft = TaskDraft.load({"system": "systemid", "step_info": {"step2": {"api_status": {"api2": link}}}})
    found = refused(new_task, seed_plan(), draft, "t1", NOW)
    assert "did you mean name?" in found["step_info.step2.api_status.api2.args.nam"]
