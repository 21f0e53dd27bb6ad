"""Links that ask a person: the task waits, says for whom, and goes on with what they answer."""

from typing import Any

import pytest

from engine.command import Answers, NotAsked, NotFound, Refused
from engine.model import Invalid, LinkStatus, Role, Task, TaskStatus
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, asks, documents

KEYS = {"ok": "l result.ok", "why": "l result.why"}


def load(stage: Stage, condition: str = "", response: dict[str, str] | None = None, **use: Any) -> None:
    first = a_step("look", a_link(args={"name": "ann"}), response={"name": "l result.name"})
    ask = a_step("ask", asks("l", condition, **use), response=KEYS if response is None else response)
    last = a_step("tell", a_link(args={"name": "$CODEstr(ask.ok)" if response is None else "x"}))
    stage.load(documents([an_api(stage.mock.url)], [first, ask, last]))


def asked(stage: Stage, condition: str = "", response: dict[str, str] | None = None, **use: Any) -> Task:
    load(stage, condition, response, **use)
    return stage.go(stage.start("s"))


def answers(stage: Stage, who: str = "ann", role: Role = Role.OPERATOR) -> Answers:
    return Answers(stage.store, clock=stage.clock, who=who, role=role)


def test_the_task_waits_and_says_for_whom(stage: Stage) -> None:
    task = asked(stage, prompt="Ship it?", role="editor")
    assert (task.status, task.wake_at, task.owner) == (TaskStatus.WAITING, None, None)
    assert task.step_info["ask"].api_status["l"].procmmsg == "waits for an editor: Ship it?"
    assert task.attention == task.process_msg == "ask/l: waits for an editor: Ship it?"


def test_a_task_that_waits_for_a_person_is_among_those_in_need(stage: Stage) -> None:
    task = asked(stage)
    assert [one.id for one in stage.store.glance.in_need(5).tasks] == [task.id]


def test_the_answer_is_published_and_the_task_goes_on(stage: Stage) -> None:
    task = asked(stage, condition="result.ok")
    answers(stage).answer(task.id, "ask", "l", {"ok": True, "why": "fine"}, note="looked twice")
    done = stage.go(task)
    assert (done.status, done.attention) == (TaskStatus.DONE, "")
    assert done.step_info["ask"].response == {"ok": True, "why": "fine"}
    assert stage.calls()[-1]["args"]["name"] == "True"
    assert done.step_info["ask"].api_status["l"].procmmsg == "answered by ann: looked twice"


def test_the_answer_is_an_attempt_and_an_event(stage: Stage) -> None:
    task = asked(stage)
    answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": None}, note="so")
    stage.go(task)
    kinds = [(attempt.kind, attempt.message) for attempt in stage.history(task, "ask", "l")]
    assert kinds == [("asked", "Go on?"), ("given", "answered by ann: so")]
    (event,) = [event for event in stage.store.history.events(task.id) if event.what == "answered"]
    assert (event.who, event.where) == ("ann", "ask/l")
    assert event.after == {"answer": {"ok": 1, "why": None}, "note": "so"}


def test_an_answer_that_the_condition_does_not_accept_leaves_the_question(stage: Stage) -> None:
    task = asked(stage, condition="result.ok")
    answers(stage).answer(task.id, "ask", "l", {"ok": False, "why": "no"})
    refused = stage.go(task)
    assert (refused.status, refused.wake_at) == (TaskStatus.WAITING, None)
    assert refused.attention == "ask/l: not accepted: result.ok; waits for an operator: Go on?"
    assert [attempt.verdict.value for attempt in stage.history(task, "ask", "l")] == ["not yet", "done", "not yet"]
    answers(stage, "bob").answer(task.id, "ask", "l", {"ok": True, "why": "yes"})
    assert stage.go(task).status == TaskStatus.DONE


def test_a_question_without_keys_takes_a_plain_done(stage: Stage) -> None:
    task = asked(stage, response={})
    answers(stage).answer(task.id, "ask", "l", {})
    assert stage.go(task).status == TaskStatus.DONE


def test_what_its_args_name_is_shown_with_the_question(stage: Stage) -> None:
    task = asked(stage, args={"customer": "$$look.name"})
    assert stage.history(task, "ask", "l")[0].args == {"customer": "ann"}


@pytest.mark.parametrize(
    ("use", "who", "role"),
    [
        ({"role": "editor"}, "ann", Role.OPERATOR),
        ({"role": "admin"}, "ann", Role.EDITOR),
        ({"who": ["bob", "cy"]}, "ann", Role.ADMIN),
    ],
)
def test_others_are_refused(stage: Stage, use: dict[str, Any], who: str, role: Role) -> None:
    task = asked(stage, **use)
    with pytest.raises(NotAsked, match="ask/l asks"):
        answers(stage, who, role).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    assert stage.task(task).rev == task.rev


def test_who_is_named_may_answer(stage: Stage) -> None:
    task = asked(stage, who=["bob", "cy"])
    assert task.attention == "ask/l: waits for bob or cy: Go on?"
    answers(stage, "cy").answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    assert stage.go(task).status == TaskStatus.DONE


def test_all_that_is_wrong_with_an_answer_is_told_at_once(stage: Stage) -> None:
    task = asked(stage)
    with pytest.raises(Invalid) as invalid:
        answers(stage).answer(task.id, "ask", "l", {"ok": 1, "colour": "red"})
    assert [problem.path for problem in invalid.value.problems] == ["response.why", "response.colour"]


def test_nothing_is_answered_where_nothing_is_asked(stage: Stage) -> None:
    load(stage)
    task = stage.start("s")
    with pytest.raises(Refused, match="nothing is asked"):
        answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    with pytest.raises(Refused, match="asks nobody"):
        answers(stage).answer(task.id, "look", "l", {})
    with pytest.raises(NotFound):
        answers(stage).answer(task.id, "ask", "nobody", {})
    stage.go(task)
    answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    with pytest.raises(Refused, match="nothing is asked"):
        answers(stage, "bob").answer(task.id, "ask", "l", {"ok": 2, "why": 2})


def test_a_reminder_comes_when_the_answer_is_late_and_only_once(stage: Stage) -> None:
    task = asked(stage, remind_after_s=600)
    assert stage.go(task, seconds=599).attention == "ask/l: waits for an operator: Go on?"
    late = stage.go(task, seconds=1)
    assert late.attention.startswith("ask/l: late: waits since 2026-01-01 12:00:00 UTC for an operator")
    stage.go(task, seconds=6000)
    assert [event.what for event in stage.store.history.events(task.id)].count("reminded") == 1
    answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    assert stage.go(task).status == TaskStatus.DONE


def test_a_question_that_waits_is_not_retried_but_can_be_skipped(stage: Stage) -> None:
    task = asked(stage)
    with pytest.raises(Refused):
        stage.repair.retry(task.id)
    stage.repair.skip_link(task.id, "ask", "l", {"ok": True, "why": "by hand"}, "nobody is there")
    assert stage.go(task).status == TaskStatus.DONE


def test_a_rerun_asks_again(stage: Stage) -> None:
    task = asked(stage)
    answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    stage.go(task)
    stage.repair.rerun(task.id, "ask")
    again = stage.go(task)
    assert (again.status, again.step_info["ask"].response) == (TaskStatus.WAITING, {})
    answers(stage).answer(task.id, "ask", "l", {"ok": 2, "why": 2})
    assert stage.go(task).step_info["ask"].response["ok"] == 2


def test_other_args_ask_again_with_them(stage: Stage) -> None:
    task = asked(stage, args={"customer": "$$look.name"})
    stage.repair.edit_link(task.id, "ask", "l", {"args": {"customer": "bob"}})
    stage.go(task)
    assert [attempt.args for attempt in stage.history(task, "ask", "l")] == [{"customer": "ann"}, {"customer": "bob"}]


def test_an_answer_to_a_paused_task_counts_when_it_goes_on(stage: Stage) -> None:
    task = asked(stage)
    stage.operator.pause(task.id)
    answers(stage).answer(task.id, "ask", "l", {"ok": 1, "why": 1})
    assert stage.go(task).status == TaskStatus.PAUSED
    stage.operator.resume(task.id)
    assert stage.go(task).status == TaskStatus.DONE


def test_a_condition_that_breaks_fails_the_link_and_a_retry_asks_again(stage: Stage) -> None:
    task = asked(stage, condition="result.ok + 1 > 2")
    answers(stage).answer(task.id, "ask", "l", {"ok": "text", "why": 1})
    failed = stage.go(task)
    assert failed.status == TaskStatus.FAILED
    stage.repair.retry(task.id)
    assert stage.go(task).step_info["ask"].api_status["l"].status == LinkStatus.WAITING
    answers(stage).answer(task.id, "ask", "l", {"ok": 7, "why": 1})
    assert stage.go(task).status == TaskStatus.DONE


def test_what_runs_beside_a_question_goes_on(stage: Stage) -> None:
    steps = [a_step("ask", asks(), response={}), a_step("other", a_link(args={"name": "x"}))]
    stage.load(documents([an_api(stage.mock.url)], steps, [["ask", "other"]]))
    task = stage.go(stage.start("s"))
    assert task.step_info["other"].status == "DONE"
    assert task.attention == "ask/l: waits for an operator: Go on?"
