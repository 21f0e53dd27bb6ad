"""A rehearsal is a run: the same walk, on a clock that jumps, answered from samples and scripts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine.model import Invalid, Rehearsal, System, Task, TaskStatus
from engine.plan import Plan, content_hash
from engine.rehearse import Limits, Rehearsed, kept_problems, rehearse, unmet
from engine.script import Evaluator
from tests.unit.builders import NOW, a_definition, a_link, a_plan, a_step, a_system, an_api, seed_plan

AGE = {"answer": {"age": 7}}
SEX = {"answer": {"sex": "f"}}
SEED_ANSWERS: dict[str, Any] = {"api2": [{**AGE, "times": 100}], "api3": [{**SEX, "times": 100}]}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    one = Evaluator(workers=1)
    yield one
    one.close()


@pytest.fixture
def run(evaluator: Evaluator) -> Any:
    def go(plan: Plan, limits: Limits | None = None, **rehearsal: Any) -> Rehearsed:
        return rehearse(plan, Rehearsal(**rehearsal), evaluator, NOW, limits)

    return go


def polling(condition: str = "result.ready", sample: Any = None, interval: float = 60, **use: Any) -> Plan:
    """One step, one link that polls the api `p`."""
    link = a_link("l", "p", condition, interval=interval, **use)
    api = an_api("p", {"ready": True, "x": 1} if sample is None else sample)
    return a_plan(a_system("s"), [a_step("s", link, day=1, x="l")], [api])


def poll(run: Any, *script: dict[str, Any], plan: Plan | None = None) -> Rehearsed:
    return run(plan or polling(), answers={"p": list(script)})


def link_of(done: Rehearsed, step: str = "s", link: str = "l") -> Any:
    return done.task.step_info[step].api_status[link]


# -- the walk ----------------------------------------------------------------------------------------


def test_the_seed_s_system_runs_to_its_end_with_the_document_s_bindings(run):
    done = run(seed_plan(), args={"name": "x"}, answers=SEED_ANSWERS)
    assert done.done, done.message
    assert done.task.step_info["step4"].response == {"grade": "xxx", "msg": None}
    assert link_of(done, "step3", "api4").args == {"age": "$$step2.age"}
    assert done.attempts[link_of(done, "step3", "api4").result].args == {"age": 7}


def test_a_call_that_waits_for_a_value_starts_when_it_is_there_and_not_when_the_step_is_done(run):
    slow = {"api3": [{**SEX, "takes_s": 20}], "api2": [{**AGE, "takes_s": 5}]}
    done = run(seed_plan(), args={"name": "x"}, answers=slow)
    assert link_of(done, "step3", "api4").started_at == NOW + timedelta(seconds=5)
    assert link_of(done, "step4", "api5").started_at == NOW + timedelta(seconds=20)


def test_days_of_polling_take_no_time(run):
    done = poll(run, {"not_ready": True, "times": 5000})
    assert done.done
    assert done.took_s == 5000 * 60
    assert link_of(done).tries == 5001


def test_alike_polls_are_folded_as_in_a_real_history(run):
    done = poll(run, {"not_ready": True, "times": 50})
    assert sorted(attempt.count for attempt in done.attempts.values()) == [1, 50]


def test_what_a_step_took_beyond_its_expected_time_is_told(run):
    done = poll(run, {"not_ready": True, "times": 1500})
    assert [(late.step, late.by_s) for late in done.late] == [("s", 1500 * 60 - 86_400)]


def test_a_value_that_arrives_while_another_link_is_put_off_wakes_its_reader(run):
    """Both happen before the reader has a chance to go on."""
    first = a_step("a", a_link("x", "x"), a_link("y", "y", "result.ok"), x="x")
    reader = a_step("b", a_link("z", "z", args={"x": "$$a.x"}))
    apis = [*(an_api(i, {"ok": True, "x": 1}) for i in "xy"), an_api("z", {}, x="any")]
    plan = a_plan(a_system([first.id, reader.id]), [first, reader], apis)
    done = run(plan, answers={"y": [{"not_ready": True}]})
    assert done.done
    assert link_of(done, "b", "z").ended_at == NOW


def test_siblings_in_flight_end_and_are_kept_when_a_link_fails(run):
    step = a_step("s", a_link("bad", "bad", max_attempts=1), a_link("slow", "slow"), x="slow")
    plan = a_plan(a_system("s"), [step], [an_api("bad", {}), an_api("slow", {"x": 3})])
    done = run(plan, answers={"bad": [{"status": 500}], "slow": [{"takes_s": 10}]})
    assert done.task.status == TaskStatus.FAILED
    assert done.task.step_info["s"].response == {"x": 3}
    assert done.took_s == 10


def test_a_failure_says_what_a_real_one_would(run):
    done = run(polling(max_attempts=2), answers={"p": [{"status": 503, "times": 9, "answer": {"why": "busy"}}]})
    assert done.task.status == TaskStatus.FAILED
    assert done.message == 's/l: answered 503: {"why": "busy"}; no more tries: 2 of 2 made'


def test_a_call_without_a_reply_that_may_have_had_an_effect_needs_a_person(run):
    api = an_api("p", {"x": 1}).model_copy(update={"method": "POST"})
    done = poll(run, {"no_reply": True}, plan=a_plan(a_system("s"), [a_step("s", a_link("l", "p"), x="l")], [api]))
    assert done.task.status == TaskStatus.WAITING
    assert "it is not known whether the call of s/l took effect" in done.message


def test_an_answer_that_takes_longer_than_the_api_s_timeout_does_not_come(run):
    done = poll(run, {"takes_s": 31})
    (first, _) = sorted(done.attempts.values(), key=lambda attempt: attempt.seq)
    assert first.message == "no reply within 30 s"
    assert done.took_s == 30 + 60


def test_a_loop_s_rounds_are_called_side_by_side_as_far_as_its_api_allows(run):
    link = a_link("l", "p", op="LOOP", largs=4, lparallel=4)
    api = an_api("p", {"x": 1}).model_copy(update={"max_concurrency": 2})
    plan = a_plan(a_system("s"), [a_step("s", link)], [api])
    done = run(plan, answers={"p": [{"takes_s": 10, "times": 4}]})
    assert done.done
    assert 20 < done.took_s < 30  # two at a time; who finds no place looks again a little later


def test_the_url_s_own_args_are_missed_as_in_a_real_call(run):
    api = an_api("p", {"x": 1}).model_copy(update={"url": "http://x/{who}"})
    done = poll(run, plan=a_plan(a_system("s"), [a_step("s", a_link("l", "p"), x="l")], [api]))
    assert "the url needs a value for {who}" in done.message


# -- answers -----------------------------------------------------------------------------------------


def test_answers_come_in_their_order_and_then_the_sample(run):
    done = poll(run, {"status": 500, "times": 2}, {"not_ready": True}, {"answer": {"ready": False}})
    verdicts = [(attempt.http_status, attempt.count) for attempt in done.attempts.values()]
    assert verdicts == [(500, 2), (200, 1), (200, 1), (200, 1)]
    assert done.task.step_info["s"].response == {"x": 1}


def test_what_is_said_of_a_link_goes_before_what_is_said_of_its_api(run):
    done = run(
        polling(), answers={"p": [{"answer": {"ready": 1, "x": "api"}}], "s/l": [{"answer": {"ready": 1, "x": "link"}}]}
    )
    assert done.task.step_info["s"].response == {"x": "link"}


@pytest.mark.parametrize(
    "condition",
    [
        "result.ready", "result.age != 0", "result.state == 'done'", "len(result.list) > 0", "not result.pending",
        "result.percent >= 100", "result.a.b[0].c == 1", "result.ready or not result.pending",
        "result.n != None and result.n != 0",
    ],
)  # fmt: skip
def test_not_ready_finds_an_answer_for_which_the_condition_does_not_hold(run, condition):
    sample = {
        "ready": True,
        "age": 3,
        "state": "done",
        "list": [1],
        "percent": 100,
        "a": {"b": [{"c": 1}]},
        "n": 5,
        "x": 1,
    }
    done = poll(run, {"not_ready": True, "times": 3}, plan=polling(condition, sample))
    assert done.done, done.message
    assert link_of(done).tries == 4


def test_a_condition_that_holds_for_anything_is_said_to(run):
    done = poll(run, {"not_ready": True}, plan=polling("True or result.x"))
    assert "s/l cannot be made not ready: its condition True or result.x holds" in done.message


def test_an_api_without_a_sample_answers_with_the_last_answer_that_it_was_given(run):
    link = a_link("l", "p", "result.ready")
    plan = a_plan(a_system("s"), [a_step("s", link, x="l")], [an_api("p")])
    done = run(
        plan, answers={"p": [{"answer": {"ready": False}}, {"answer": {"ready": True, "x": 2}}, {"status": 500}]}
    )
    assert done.task.step_info["s"].response == {"x": 2}


# -- limits ------------------------------------------------------------------------------------------


def test_a_condition_that_never_holds_is_broken_off_with_what_it_read(run):
    done = run(polling("result.age > 3", {"age": 2}), Limits(calls=100))
    assert done.message == "after 100 calls the condition of s/l has not held: result.age > 3 (result.age = 2)"
    assert done.calls == 100


def test_a_loop_whose_list_is_never_good_enough_is_broken_off_as_such(run):
    link = a_link("l", "p", "len(result) > 3", op="LOOP", largs=2)
    done = run(a_plan(a_system("s"), [a_step("s", link)], [an_api("p", {"x": 1})]), Limits(calls=20))
    assert done.message == "after 20 calls the condition of s/l has not held for the list: len(result) > 3"


def test_a_rehearsal_ends_with_its_virtual_time(run):
    done = run(polling("result.age > 3", {"age": 2}, interval=86_400), Limits(days=10))
    assert done.message.startswith("after 10 days the condition of s/l")


def test_a_rehearsal_that_takes_too_long_by_a_real_clock_is_broken_off(run):
    done = run(polling("result.age > 3", {"age": 2}), Limits(real_s=0))
    assert "s of work" in done.message


# -- what is wrong before it runs ----------------------------------------------------------------------


def problems(run: Any, plan: Plan | None = None, **rehearsal: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        run(plan or polling(), **rehearsal)
    return {problem.path: f"{problem.message} ({problem.hint})" for problem in caught.value.problems}


def test_an_api_that_has_nothing_to_answer_is_named(run):
    plan = a_plan(a_system("s"), [a_step("s", a_link("l", "p"))], [an_api("p")])
    assert "p has no sample" in problems(run, plan)["answers.p"]


def test_everything_that_is_wrong_with_the_answers_is_told_at_once(run):
    answers = {"q": [{}], "p": [{"time": 2}, {"status": 500, "no_reply": True}]}
    found = problems(run, answers=answers)
    assert found.keys() == {"answers.q", "answers.p[0].time", "answers.p[1]"}
    assert "did you mean times" in found["answers.p[0].time"]


def test_a_link_without_a_condition_is_never_not_ready(run):
    found = problems(run, polling(""), answers={"p": [{"not_ready": True}]})
    assert "s/l has no condition" in found["answers.p"]


def test_expectations_name_what_there_is(run):
    expect = {"status": "FINISHED", "late": ["t"], "s.y": 1, "t.x": 1, "s.x[0].z": 1}
    assert problems(run, expect=expect).keys() == {"expect.status", "expect.late", "expect.s.y", "expect.t.x"}


def test_args_with_which_no_task_could_start_are_told(run):
    plan = a_plan(a_system("s"), [a_step("s", a_link("l", "p"))], [an_api("p", {}, n="int")])
    assert "step_info.s.api_status.l.args.n" in problems(run, plan)


# -- expectations --------------------------------------------------------------------------------------


def test_what_was_expected_and_is_so_is_no_problem(run):
    done = poll(run, {"answer": {"ready": True, "x": {"deep": [1, 2.0]}}})
    expect = {"status": "DONE", "late": [], "s.x": {"deep": [1.0, 2]}, "s.x.deep[1]": 2}
    assert unmet(done, expect) == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ({"s.x": 2}, "expect.s.x: expected 2, got 1"),
        ({"s.x": True}, "expect.s.x: expected true, got 1"),
        ({"late": ["s"]}, 'expect.late: expected ["s"], got []'),
        ({"status": "FAILED"}, 'expect.status: expected "FAILED", got "DONE"'),
        ({"s.x.y": 2}, "expect.s.x.y: expected 2, got no such value"),
    ],
)
def test_what_is_not_so_is_told_with_what_came(run, expect, told):
    assert [str(problem) for problem in unmet(poll(run), expect)] == [told]


def test_with_nothing_expected_it_has_to_be_done(run):
    done = run(polling(max_attempts=1), answers={"p": [{"status": 500}]})
    assert [str(one) for one in unmet(done, {})] == [f'expect.status: expected "DONE", got "FAILED": {done.message}']


def test_nothing_that_was_expected_holds_of_one_that_was_broken_off(run):
    done = run(polling("result.age > 3", {"age": 2}), Limits(calls=10))
    assert [str(one) for one in unmet(done, {"late": []})] == [f"expect: the rehearsal was broken off: {done.message}"]


# -- kept with a system --------------------------------------------------------------------------------


def kept(*rehearsals: dict[str, Any], plan: Plan | None = None) -> list[str]:
    plan = plan or polling()
    plan.definition.system.rehearsals = [Rehearsal(**one) for one in rehearsals]
    return [str(problem) for problem in kept_problems([plan])]


def test_kept_rehearsals_that_hold_are_silent():
    assert (
        kept({"name": "well", "expect": {"s.x": 1}}, {"name": "later", "answers": {"p": [{"not_ready": True}]}}) == []
    )


def test_a_kept_rehearsal_that_does_not_hold_is_told_under_its_name():
    told = kept({"name": "grades", "expect": {"s.x": 2}}, {"name": "typo", "answers": {"q": [{}]}})
    assert told[0].startswith("system.sys.rehearsals.grades.expect.s.x: expected 2, got 1 (mend what it tests")
    assert told[1].startswith("system.sys.rehearsals.typo.answers.q: the system calls no q")


def test_kept_rehearsals_have_names_of_their_own():
    assert len(kept({"name": "a"}, {"name": "a"}, {"name": ""})) == 2


def test_a_kept_rehearsal_is_no_part_of_the_plan():
    api, step = an_api("p", {}), a_step("s", a_link("l", "p"))
    bare = a_definition(a_system("s"), [step], [api])
    tested = bare.model_copy(update={"system": bare.system.model_copy(update={"rehearsals": [Rehearsal(name="a")]})})
    assert content_hash(bare) == content_hash(tested)


def test_a_system_keeps_its_rehearsals_through_a_round_trip():
    raw = {"_id": "sys", "step": ["s"], "rehearsals": [{"name": "a", "answers": {"p": [{"times": 2, "status": 500}]}}]}
    system = System.load(System.load(raw).to_json())
    assert system.rehearsals[0].answers["p"][0].status == 500
    assert system.model_dump(mode="json", exclude_defaults=True)["rehearsals"] == raw["rehearsals"]


def test_a_rehearsal_leaves_the_plan_and_its_samples_as_they_were(run):
    plan = polling()
    before = plan.definition.model_dump_json()
    poll(run, {"not_ready": True, "times": 2}, plan=plan)
    assert plan.definition.model_dump_json() == before


def test_the_task_that_comes_of_it_is_a_document_like_any_other(run):
    done = poll(run)
    assert Task.load(done.task.to_json()).step_info["s"].response == {"x": 1}


def test_a_secret_has_a_stand_in_that_no_attempt_shows_otherwise(run):
    api = an_api("p", {"x": 1}, key="string").model_copy(update={"headers": {"Authorization": "Bearer $$SECRET.token"}})
    step = a_step("s", a_link("l", "p", args={"key": "$$SECRET.key"}), x="l")
    done = run(a_plan(a_system("s"), [step], [api]))
    assert done.done, done.message
    (attempt,) = done.attempts.values()
    assert attempt.args == {"key": "<secret key>"}
