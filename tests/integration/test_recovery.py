"""kill -9 of a worker, in small: what is durable stays, R9 judges what was in flight, the lost one is fenced out."""

from typing import Any

import gevent
import pytest

from engine.command import read_documents
from engine.model import LinkStatus, TaskStatus
from engine.worker import Worker
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents

A: dict[str, Any] = {"args": {"name": "a"}}
LEASE_S, LOOKS_S = 35, 5


def kill(worker: Worker) -> None:
    """As kill -9 does: nothing more is run or written."""
    gevent.killall(list(worker._running.values()))
    worker._writer.kill()
    worker.held.clear()


def killed_at(stage: Stage, worker: Worker, call: int) -> None:
    """Lets the worker go until the mock is answering call number `call`, then kills it."""
    worker.sweep()
    while len(stage.calls()) < call:
        gevent.sleep(0.005)
    kill(worker)


def after_the_lease(stage: Stage) -> Worker:
    """Another worker, that has seen the lease of everybody who does not renew run out."""
    other = stage.another_worker()
    for _ in range(0, LEASE_S, LOOKS_S):
        stage.worker.renew()
        other.renew()
        other.look_around()
        stage.clock.turn(LOOKS_S)
    other.look_around()
    return other


def load(stage: Stage, api: dict[str, Any], *links: dict[str, Any], **step: Any) -> Any:
    stage.load(documents([api], [a_step("one", *links, **step)]))
    return stage.start("s")


def test_rounds_that_were_answered_before_the_kill_are_not_called_again(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=30)
    link = a_link(kind="LOOP", largs=5, args={"name": "$CODEstr(loop.index)"})
    task = load(stage, an_api(stage.mock.url), link, response={"all": "l result"})
    killed_at(stage, stage.another_worker(), 4)
    other = after_the_lease(stage)
    other.step()
    assert stage.task(task).status == TaskStatus.DONE
    assert [call["args"]["name"] for call in stage.calls()] == ["0", "1", "2", "3", "3", "4"]
    assert stage.task(task).step_info["one"].response["all"] == [{"name": str(number)} for number in range(5)]


def test_a_repeated_call_carries_the_same_key(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=50)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    killed_at(stage, stage.another_worker(), 1)
    after_the_lease(stage).step()
    assert [call["idempotency_key"] for call in stage.calls()] == [f"{task.id}/one/l/0"] * 2


def test_a_post_that_was_in_flight_is_not_repeated_but_becomes_unknown(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=50)
    task = load(stage, an_api(stage.mock.url, method="POST"), a_link(**A))
    killed_at(stage, stage.another_worker(), 1)
    other = after_the_lease(stage)
    other.step()
    found = stage.task(task)
    assert (found.status, found.step_info["one"].api_status["l"].status) == (TaskStatus.WAITING, LinkStatus.UNKNOWN)
    assert "one/l" in found.attention
    assert len(stage.calls()) == 1


def test_a_post_that_may_be_retried_when_unknown_is_repeated_with_its_key(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=50)
    task = load(stage, an_api(stage.mock.url, method="POST", on_unknown="retry"), a_link(**A))
    killed_at(stage, stage.another_worker(), 1)
    after_the_lease(stage).step()
    assert stage.task(task).status == TaskStatus.DONE
    assert len({call["idempotency_key"] for call in stage.calls()}) == 1


def test_the_reply_of_a_worker_that_was_taken_for_dead_is_not_written(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=500)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    zombie = stage.another_worker()
    zombie.sweep()
    while not stage.calls():
        gevent.sleep(0.005)
    other = after_the_lease(stage)  # while the zombie's call is still in flight
    gevent.joinall(list(zombie._running.values()))
    found = stage.task(task)
    assert found.step_info["one"].api_status["l"].status == LinkStatus.READY
    other.step()
    assert stage.task(task).status == TaskStatus.DONE


def test_a_worker_that_lost_its_lease_starts_anew_under_another_token(stage: Stage) -> None:
    worker = stage.another_worker()
    before = worker.name
    after_the_lease(stage)
    worker.renew()
    assert worker.name != before


def test_no_call_starts_near_the_end_of_the_lease(stage: Stage) -> None:
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    worker = stage.another_worker()
    worker.sweep()
    stage.clock.turn(26)  # of 30, and nothing was renewed
    gevent.joinall(list(worker._running.values()))
    assert stage.calls() == []
    assert stage.task(task).owner is None


def test_draining_sets_tasks_down_for_the_next_worker_at_once(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=30)
    link = a_link(kind="LOOP", largs=50, args={"name": "$CODEstr(loop.index)"})
    task = load(stage, an_api(stage.mock.url), link)
    worker = stage.another_worker()
    worker.sweep()
    while len(stage.calls()) < 3:
        gevent.sleep(0.005)
    worker.drain()
    found = stage.task(task)
    assert (found.status, found.owner, found.wake_at) == (TaskStatus.WAITING, None, stage.clock.now())
    stage.set_knobs("api1")
    assert stage.go(task).status == TaskStatus.DONE
    assert len(stage.calls()) == 50


@pytest.mark.parametrize("calls", [1, 2, 3, 5, 7, 8, 9])
def test_the_seed_s_task_ends_right_wherever_its_worker_is_killed(
    stage: Stage, seed: dict[str, Any], calls: int
) -> None:
    for api in range(1, 7):
        stage.set_knobs(f"api{api}", latency_ms=15)
    stage.load(seed)
    (document,) = read_documents(seed).tasks.values()
    task = stage.operator.create_from_document(document.model_copy(update={"args": {"n": 4}}))
    stage.operator.start(task.id)
    killed_at(stage, stage.another_worker(), calls)
    other = after_the_lease(stage)
    while other.step():
        pass
    found = stage.task(task)
    assert found.status == TaskStatus.DONE
    assert found.step_info["step1"].response == {"name": "****"}
    assert len(stage.calls()) <= 9 + 2  # at most what was in flight is called again


def test_a_fault_of_ours_keeps_what_is_durable_and_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = a_link(kind="LOOP", largs=3, args={"name": "$CODEstr(loop.index)"})
    task = load(stage, an_api(stage.mock.url), link)
    send, calls = stage.caller.send, iter([1, 2, None])
    monkeypatch.setattr(stage.caller, "send", lambda call: send(call) if next(calls) else 1 / 0)
    found = stage.go(task)
    assert (found.owner, found.crashes) == (None, 1)
    assert "internal error" in found.attention
    monkeypatch.undo()
    assert stage.go(task, seconds=60).status == TaskStatus.DONE
    assert [call["args"]["name"] for call in stage.calls()] == ["0", "1", "2"]


def test_what_a_killed_worker_left_in_the_journal_is_removed_and_what_is_in_use_stays(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=30)
    link = a_link(kind="LOOP", largs=5, args={"name": "$CODEstr(loop.index)"})
    load(stage, an_api(stage.mock.url), link)
    killed_at(stage, stage.another_worker(), 3)
    in_use = stage.store.journal.leftovers()
    stage.store.leases.tidy_journal()
    assert stage.store.journal.leftovers() == in_use
    after_the_lease(stage).step()
    stage.store.leases.tidy_journal()
    assert stage.store.journal.leftovers() == {}
