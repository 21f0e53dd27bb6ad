"""Links: values gate calls, conditions decide, tries are counted, loops go on where they were."""

import gc
import weakref
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import gevent
import pytest

from engine.call import Call, Outcome, Replied
from engine.model import LinkStatus, StepStatus, TaskStatus, Verdict
from engine.script import Evaluator, Script, ScriptError
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents

A: dict[str, Any] = {"args": {"name": "a"}}


def one_link(stage: Stage, link: dict[str, Any], api: dict[str, Any] | None = None, **step: Any) -> Any:
    """A started task of one step `one` with this link."""
    stage.load(documents([api or an_api(stage.mock.url)], [a_step("one", link, **step)]))
    return stage.start("s")


# -- tries -------------------------------------------------------------------------------------------


def test_not_yet_is_tried_again_after_the_interval_and_not_before(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=2)
    task = one_link(stage, a_link(condition="result.name != None", **A))
    assert stage.go(task).status == TaskStatus.WAITING
    assert stage.go(task, seconds=4.9).status == TaskStatus.WAITING
    assert len(stage.calls()) == 1
    stage.go(task, seconds=0.1)
    assert len(stage.calls()) == 2
    assert stage.go(task, seconds=5).status == TaskStatus.DONE


def test_procmmsg_says_what_happened_what_is_awaited_and_when_the_next_try_is(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=1)
    task = stage.go(one_link(stage, a_link(condition="result.name != None", **A)))
    assert stage.link(task, "one", "l").procmmsg == "not yet: result.name != None; try 2 at 2026-01-01 12:00:05 UTC"


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"status": 500}, "answered 500"),
        ({"status": 404}, "answered 404"),
        ({"shape": "text"}, "no JSON"),
        ({"shape": "empty"}, "body is empty"),
        ({"shape": "deep"}, "deep"),
        ({"shape": "huge"}, "larger than"),
        ({"shape": "gzip_bomb"}, "larger than"),
        ({"reset": 1}, "closed the connection"),
        ({"truncate": 1}, "broke off"),
    ],
)
def test_a_failed_attempt_is_kept_with_its_reason_and_tried_again(
    stage: Stage, knobs: dict[str, Any], said: str
) -> None:
    stage.set_knobs("api1", **knobs)
    task = stage.go(one_link(stage, a_link(**A)))
    (attempt,) = stage.history(task, "one", "l")
    assert (task.status, attempt.verdict) == (TaskStatus.WAITING, Verdict.FAILED)
    assert said in attempt.message
    stage.set_knobs("api1")
    assert stage.go(task, seconds=5).status == TaskStatus.DONE


def test_retry_after_makes_the_wait_longer(stage: Stage) -> None:
    stage.set_knobs("api1", status=503, retry_after="60")
    task = stage.go(one_link(stage, a_link(**A)))
    assert task.wake_at is not None
    assert (task.wake_at - stage.clock.now()).total_seconds() == pytest.approx(60, abs=1)


def test_max_attempts_fails_the_link_its_step_and_the_task(stage: Stage) -> None:
    stage.set_knobs("api1", status=500)
    task = one_link(stage, a_link(max_attempts=2, **A))
    stage.go(task)
    task = stage.go(task, seconds=5)
    assert (task.status, task.step_info["one"].status) == (TaskStatus.FAILED, StepStatus.FAILED)
    assert "2 of 2" in task.process_msg


def test_identical_polls_are_folded_into_one_attempt_with_a_count(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=100)
    task = one_link(stage, a_link(condition="result.name != None", **A))
    for _ in range(5):
        stage.go(task, seconds=5)
    (attempt,) = stage.history(task, "one", "l")
    assert attempt.count == 5
    assert stage.link(task, "one", "l").tries == 5


def test_a_broken_condition_fails_the_link_and_names_the_script(stage: Stage) -> None:
    task = stage.go(one_link(stage, a_link(condition="result.name.first.second", **A)))
    assert task.status == TaskStatus.FAILED
    assert "condition" in task.process_msg


def test_every_attempt_of_a_pass_carries_the_same_key_and_says_who_asks(stage: Stage) -> None:
    stage.set_knobs("api1", not_ready=2)
    task = one_link(stage, a_link(condition="result.name != None", **A))
    for _ in range(3):
        stage.go(task, seconds=5)
    assert {call["idempotency_key"] for call in stage.calls()} == {f"{task.id}/one/l/0"}


# -- values ------------------------------------------------------------------------------------------


def test_an_arg_left_out_falls_back_to_the_api_s_default(stage: Stage) -> None:
    api = an_api(stage.mock.url) | {"args": {"name": {"type": "string", "val": "preset"}}}
    task = stage.go(one_link(stage, a_link(), api))
    assert task.status == TaskStatus.DONE
    assert stage.calls()[0]["args"]["name"] == "preset"


def test_an_arg_that_cannot_be_coerced_fails_before_anything_is_called(stage: Stage) -> None:
    api = an_api(stage.mock.url) | {"args": {"name": {"type": "int", "val": None}}}
    task = stage.go(one_link(stage, a_link(args={"name": "$CODE'a' + 'b'"}), api))
    assert task.status == TaskStatus.FAILED
    assert "arg name" in task.process_msg
    assert "int" in task.process_msg
    assert stage.calls() == []


def test_a_call_waits_for_the_value_that_it_names_and_for_no_more(stage: Stage) -> None:
    """`slow` holds its step up; the value of its neighbour is published all the same."""
    stage.set_knobs("api2", status=500)
    both = a_step("both", a_link("quick", **A), a_link("slow", "api2", **A), response={"name": "quick result.name"})
    reader = a_step("reader", a_link("l", args={"name": "$$both.name"}))
    stage.load(documents([an_api(stage.mock.url), an_api(stage.mock.url, "api2")], [both, reader], [[both, reader]]))
    task = stage.go(stage.start("s"))
    assert stage.link(task, "reader", "l").status == LinkStatus.DONE
    assert task.step_info["both"].status == StepStatus.RUNNING


def test_code_sees_published_values_the_task_and_nothing_else(stage: Stage) -> None:
    one = a_step("one", a_link(**A), response={"name": "l result.name"})
    two = a_step("two", a_link(args={"name": "$CODEone.name + task.x + task._id"}))
    stage.load(documents([an_api(stage.mock.url)], [one, two]))
    stage.go(stage.start("s", id="t9", args={"x": "-x-"}))
    assert stage.calls()[-1]["args"]["name"] == "a-x-t9"


def test_siblings_in_flight_end_and_are_kept_when_a_link_fails(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=50)
    bad = a_link("bad", "api2", max_attempts=1, args={"name": "a"})
    step = a_step("one", a_link("good", **A), bad)
    stage.set_knobs("api2", status=500)
    stage.load(documents([an_api(stage.mock.url), an_api(stage.mock.url, "api2")], [step]))
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.FAILED
    assert stage.link(task, "one", "good").status == LinkStatus.DONE


# -- loops -------------------------------------------------------------------------------------------


def loop(largs: Any, **use: Any) -> dict[str, Any]:
    return a_link(kind="LOOP", largs=largs, **({"args": {"name": "$CODEstr(loop.index) + '-' + str(loop.item)"}} | use))


def names(stage: Stage) -> list[str]:
    return [call["args"]["name"] for call in stage.calls()]


def test_a_list_gives_its_items_in_order(stage: Stage) -> None:
    task = stage.go(one_link(stage, loop(["x", "y"])))
    assert task.status == TaskStatus.DONE
    assert names(stage) == ["0-x", "1-y"]


def test_without_lresult_the_list_of_answers_is_the_result(stage: Stage) -> None:
    task = stage.go(one_link(stage, loop(2), response={"all": "l result"}))
    assert task.step_info["one"].response["all"] == [{"name": "0-None"}, {"name": "1-None"}]


def test_no_rounds_make_an_empty_list(stage: Stage) -> None:
    task = stage.go(one_link(stage, loop(0), response={"all": "l result"}))
    assert (task.status, task.step_info["one"].response) == (TaskStatus.DONE, {"all": []})


def test_rounds_that_were_answered_are_not_called_again_when_one_has_to_wait(stage: Stage) -> None:
    stage.set_knobs("api1", error_rate=0.5)
    task = one_link(stage, loop(8))
    for _ in range(60):
        task = stage.go(task, seconds=5)
    assert task.status == TaskStatus.DONE
    answered = [call["args"]["name"] for call in stage.calls() if call["status"] == 200]
    assert answered == [f"{number}-None" for number in range(8)]


def test_rounds_side_by_side_are_as_many_as_asked_for(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=30)
    task = stage.go(one_link(stage, loop(9, lparallel=3)))
    assert task.status == TaskStatus.DONE
    assert sorted(names(stage)) == [f"{number}-None" for number in range(9)]
    assert most_at_once(stage.calls()) == 3


def most_at_once(calls: list[Any]) -> int:
    edges = []
    for call in calls:
        begin = datetime.fromisoformat(call["time"]).timestamp()
        edges += [(begin, 1), (begin + call["duration_ms"] / 1e3, -1)]
    running = most = 0
    for _, step in sorted(edges):
        running += step
        most = max(most, running)
    return most


def test_a_list_that_does_not_hold_is_made_anew_after_the_interval(stage: Stage) -> None:
    task = one_link(stage, loop(2, condition="task.name == 'go'"))
    assert stage.go(task).status == TaskStatus.WAITING
    assert len(stage.calls()) == 2
    stage.go(task, seconds=5)
    assert len(stage.calls()) == 4
    assert stage.link(task, "one", "l").laps == 2


def test_a_password_in_a_url_is_used_and_neither_kept_nor_shown(stage: Stage) -> None:
    api = an_api(stage.mock.url.replace("//", "//ann:s3cret@"))
    task = stage.go(one_link(stage, a_link(**A), api))
    assert stage.calls()[0]["headers"]["Authorization"].startswith("Basic ")
    (attempt,) = stage.history(task, "one", "l")
    assert "s3cret" not in attempt.url + stage.task(task).model_dump_json()


def test_a_get_that_is_not_idempotent_is_announced_before_it_is_sent(stage: Stage) -> None:
    stage.set_knobs("api1", reset=1)
    task = stage.go(one_link(stage, a_link(**A), an_api(stage.mock.url, idempotent=False)))
    assert stage.link(task, "one", "l").status == LinkStatus.UNKNOWN
    assert len(stage.calls()) == 1


def test_a_round_that_was_put_off_while_another_was_in_flight_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = a_link(kind="LOOP", largs=2, lparallel=2, args={"name": "$CODEloop.index"})
    task = one_link(stage, link)
    send = stage.caller.send

    def first_refused_second_slow(call: Call) -> Outcome:
        if call.args["name"] == 0:
            return Replied(500)
        gevent.sleep(0.05)
        return send(call)

    monkeypatch.setattr(stage.caller, "send", first_refused_second_slow)
    found = stage.go(task)
    assert (found.attention, stage.link(task, "one", "l").status) == ("", LinkStatus.WAITING)
    monkeypatch.undo()
    assert stage.go(task, seconds=5).status == TaskStatus.DONE


# -- unknown outcomes and sizes ----------------------------------------------------------------------


def test_a_post_that_may_be_repeated_is_asked_again_at_once_with_its_key_and_then_after_the_interval(
    stage: Stage,
) -> None:
    stage.set_knobs("api1", reset=1)
    task = one_link(stage, a_link(**A), an_api(stage.mock.url, method="POST", on_unknown="retry"))
    assert stage.go(task).status == TaskStatus.WAITING
    assert len(stage.calls()) == 2
    assert len({call["idempotency_key"] for call in stage.calls()}) == 1
    stage.set_knobs("api1")
    assert stage.go(task, seconds=5).status == TaskStatus.DONE
    assert len({call["idempotency_key"] for call in stage.calls()}) == 1


def test_an_unknown_outcome_asks_for_a_person_while_other_links_go_on(stage: Stage) -> None:
    stage.set_knobs("api1", reset=1)
    stage.set_knobs("api2", latency_ms=300)
    links = [a_link(**A), a_link("other", "api2", **A)]
    apis = [an_api(stage.mock.url, method="POST"), an_api(stage.mock.url, "api2")]
    stage.load(documents(apis, [a_step("one", *links)]))
    task = stage.start("s")
    stage.worker.sweep()
    while stage.link(task, "one", "l").status != LinkStatus.UNKNOWN:
        gevent.sleep(0.005)
    found = stage.task(task)
    assert found.owner
    assert "one/l" in found.attention
    gevent.joinall(list(stage.worker._running.values()))


def test_a_loop_whose_answers_are_too_many_to_keep_fails_with_what_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.run.loop.MAX_RESULT_BYTES", 50)
    link = a_link(kind="LOOP", largs=9, args={"name": "$CODEstr(loop.index)"})
    task = stage.go(one_link(stage, link))
    assert (task.status, task.step_info["one"].status) == (TaskStatus.FAILED, StepStatus.FAILED)
    assert "let lresult make less of them" in stage.link(task, "one", "l").procmmsg
    stage.repair.skip_step(task.id, "one", {})
    assert stage.go(task).status == TaskStatus.DONE


def test_a_task_whose_steps_publish_too_much_together_fails_with_what_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.run.link.MAX_TASK_BYTES", 15_000)
    steps = [a_step(step, a_link(**A), response={"text": "l 'x'*9000"}) for step in ("one", "two")]
    stage.load(documents([an_api(stage.mock.url)], steps))
    task = stage.go(stage.start("s"))
    assert (task.step_info["one"].status, task.step_info["two"].status) == (StepStatus.DONE, StepStatus.FAILED)
    assert "narrow the response keys" in stage.link(task, "two", "l").procmmsg


def test_answers_that_are_too_heavy_for_one_record_are_kept_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.run.claimed.HEAVY_BYTES", 1_000)
    link = a_link(kind="LOOP", largs=6, lparallel=6, args={"name": "$CODE'x' * 900"})
    task = stage.go(one_link(stage, link, response={"all": "l len(result)"}))
    assert task.step_info["one"].response == {"all": 6}
    kept = [attempt for attempt in stage.history(task, "one", "l") if attempt.kind == "call"]
    assert [len(attempt.body or "") > 900 for attempt in kept] == [True] * 6


@pytest.mark.parametrize(("overruns", "status"), [(2, TaskStatus.DONE), (3, TaskStatus.FAILED)])
def test_a_script_that_runs_out_of_time_has_three_tries(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, overruns: int, status: TaskStatus
) -> None:
    monkeypatch.setattr("engine.run.place._OVERRUN_PAUSES_S", (0, 0))
    evaluate, left = Evaluator.evaluate, iter(range(overruns))

    def slow_at_first(self: Evaluator, asked: Script, names: Any) -> Any:
        if next(left, None) is not None:
            raise ScriptError("timeout", "the script ran longer than 250 ms")
        return evaluate(self, asked, names)

    monkeypatch.setattr(Evaluator, "evaluate", slow_at_first)
    task = stage.go(one_link(stage, a_link(condition="result.name == 'a'", **A)))
    assert (task.status, len(stage.calls())) == (status, 1)


@pytest.mark.parametrize("script", ["str(loop.index)", "return result[0].name", "result"])
def test_a_script_that_finds_no_free_worker_is_evaluated_later_and_what_was_answered_is_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    evaluate = Evaluator.evaluate
    refused: list[Script] = []

    def busy_at_first(self: Evaluator, asked: Script, names: Any) -> Any:
        if asked.source == script and not refused:
            refused.append(asked)
            raise ScriptError("busy", "all script workers are busy")
        return evaluate(self, asked, names)

    monkeypatch.setattr(Evaluator, "evaluate", busy_at_first)
    link = a_link(
        kind="LOOP", largs=2, args={"name": "$CODEstr(loop.index)"}, lresult="return result[0].name", condition="result"
    )
    task = stage.go(one_link(stage, link, response={"all": "l result"}))
    assert task.status == TaskStatus.WAITING
    assert "all script workers are busy; tried again at" in stage.link(task, "one", "l").procmmsg
    task = stage.go(task, seconds=1)
    assert (task.status, task.step_info["one"].response) == (TaskStatus.DONE, {"all": "0"})
    assert len(stage.calls()) == 2


# -- memory ------------------------------------------------------------------------------------------


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("condition", ["result.name == 'never'", "result.name == 'a'"])
def test_a_task_that_is_set_down_leaves_nothing_for_the_garbage_collector(
    stage: Stage, no_collector: None, condition: str
) -> None:
    one_link(stage, a_link(condition=condition, **A))
    stage.worker.sweep()
    (held,) = map(weakref.ref, stage.worker.held.values())
    gevent.joinall(list(stage.worker._running.values()))
    gevent.sleep(0)
    assert held() is None
