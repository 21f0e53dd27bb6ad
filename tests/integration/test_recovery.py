"""kill -9 of a worker, in small: what is durable stays, R9 judges what was in flight, the lost one is fenced out."""

from typing import Any

import gevent
import gevent.event
import pytest
from gevent.event import Event as Signal

from engine.command import read_documents
from engine.model import LinkStatus, TaskStatus
from engine.worker import Worker, WorkerSettings
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
    in_use = stage.store.journal.leftovers(stage.clock.now())
    stage.store.leases.tidy_journal(stage.clock.now())
    assert stage.store.journal.leftovers(stage.clock.now()) == in_use
    after_the_lease(stage).step()
    stage.store.leases.tidy_journal(stage.clock.now())
    assert stage.store.journal.leftovers(stage.clock.now()) == {}


# -- one write for an answer and the setting down behind it -----------------------------------------


def written(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every write of a task from now on: `append` to the journal, or `apply` to its document."""
    writes: list[str] = []

    def noting(write: Any) -> Any:
        def noted(some: Any) -> Any:
            writes.extend(write.__name__ for _ in some)
            return write(some)

        return noted

    for owner, name in ((stage.store.journal, "append"), (stage.store.tasks, "apply")):
        monkeypatch.setattr(owner, name, noting(getattr(owner, name)))
    return writes


@pytest.mark.parametrize("condition", ["result.name == 'never'", "result.name == 'a'"])
def test_an_answer_that_sets_its_task_down_or_ends_it_costs_one_write(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    task = load(stage, an_api(stage.mock.url), a_link(condition=condition, **A))
    writes = written(stage, monkeypatch)
    stage.worker.step()
    assert writes == ["apply"]
    (attempt,) = stage.history(task, "one", "l")
    assert stage.link(task, "one", "l").last == attempt.id
    assert stage.task(task).owner is None


@pytest.mark.parametrize("condition", ["result.name == 'never'", "result.name == 'a'"])
def test_an_answer_that_was_lost_before_that_write_is_asked_for_again_with_its_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    task = load(stage, an_api(stage.mock.url), a_link(condition=condition, **A))
    worker, writing = stage.another_worker(), Signal()

    def hang(changes: Any) -> Any:
        if changes:
            writing.set()
            gevent.sleep(60)
        return set()

    monkeypatch.setattr(stage.store.tasks, "apply", hang)
    worker.sweep()
    writing.wait()
    kill(worker)
    monkeypatch.undo()
    after_the_lease(stage).step()
    assert [call["idempotency_key"] for call in stage.calls()] == [f"{task.id}/one/l/0"] * 2
    assert stage.link(task, "one", "l").tries == 1


def test_an_answer_is_durable_at_once_while_a_neighbour_s_call_is_in_flight(stage: Stage) -> None:
    stage.set_knobs("api2", latency_ms=300)
    apis = [an_api(stage.mock.url), an_api(stage.mock.url, "api2")]
    links = [a_link(condition="result.name == 'never'", **A), a_link("slow", "api2", **A)]
    stage.load(documents(apis, [a_step("one", *links)]))
    task, worker = stage.start("s"), stage.another_worker()
    worker.sweep()
    while not stage.link(task, "one", "l").tries:
        gevent.sleep(0.005)
    kill(worker)
    assert stage.link(task, "one", "l").status == LinkStatus.WAITING
    after_the_lease(stage)
    assert len(stage.history(task, "one", "l")) == 1


# -- the lease ---------------------------------------------------------------------------------------


def test_an_announced_call_is_not_sent_when_its_announcement_took_longer_than_the_lease(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = load(stage, an_api(stage.mock.url, method="POST"), a_link(**A))
    """Not even if the lease is renewed while it is taken back."""
    append, apply = stage.store.journal.append, stage.store.tasks.apply

    def slow(records: Any) -> Any:
        stage.clock.turn(26)
        return append(records)

    def renewed_meanwhile(changes: Any) -> Any:
        stage.worker.renew()
        return apply(changes)

    monkeypatch.setattr(stage.store.journal, "append", slow)
    monkeypatch.setattr(stage.store.tasks, "apply", renewed_meanwhile)
    stage.worker.step()
    monkeypatch.undo()
    found = stage.link(task, "one", "l")
    assert stage.calls() == []
    assert (found.tries, found.rounds["0"].intent) == (0, False)
    assert stage.go(task).status == TaskStatus.DONE


def test_a_worker_that_ends_keeps_its_lease_until_its_calls_have_ended(stage: Stage) -> None:
    """In real time: the grace is longer than the lease."""
    stage.set_knobs("api1", latency_ms=600)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    worker = in_real_time(stage, lease_s=0.3, renew_s=0.05, margin_s=0.05, sweep_s=0.02, grace_s=10)
    other = in_real_time(stage, lease_s=0.3, renew_s=0.05, sweep_s=0.02)
    worker.start()
    while not stage.calls():
        gevent.sleep(0.005)
    other.start()
    worker.drain()
    other.drain()
    assert stage.task(task).status == TaskStatus.DONE
    assert len(stage.calls()) == 1


def test_a_claim_that_is_under_way_when_the_worker_is_told_to_end_is_set_down_as_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its call may end within the grace, as any other."""
    stage.set_knobs("api1", latency_ms=100)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    claim, claiming = stage.store.leases.claim, gevent.event.Event()

    def slow(*args: Any) -> Any:
        claimed = claim(*args)
        claiming.set()
        gevent.sleep(0.1)
        return claimed

    monkeypatch.setattr(stage.store.leases, "claim", slow)
    worker = in_real_time(stage, sweep_s=0.02)
    worker.start()
    claiming.wait()
    worker.drain()
    found = stage.task(task)
    assert found.owner is None
    assert len(stage.calls()) == found.step_info["one"].api_status["l"].tries
    assert found.step_info["one"].api_status["l"].status in (LinkStatus.READY, LinkStatus.DONE)


def in_real_time(stage: Stage, **settings: Any) -> Worker:
    return Worker(stage.store, stage.caller, stage.worker._tools.evaluator, settings=WorkerSettings(**settings))


def test_a_worker_whose_process_is_gone_is_buried_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_knobs("api1", latency_ms=30)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    gone = stage.another_worker()
    killed_at(stage, gone, 1)
    stage.store.db.worker.update_one({"_id": gone.name}, {"$set": {"born": "another life"}})
    stage.worker.look_around()
    assert stage.task(task).owner is None
    assert stage.go(task).status == TaskStatus.DONE


# -- poison ------------------------------------------------------------------------------------------


def test_a_task_that_kills_its_workers_is_put_in_quarantine_and_a_retry_lets_it_out(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=20)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    for number in range(5):
        killed_at(stage, stage.another_worker(), number + 1)
        after_the_lease(stage)
    found = stage.go(task)
    assert (found.status, found.crashes, len(stage.calls())) == (TaskStatus.WAITING, 5, 5)
    assert "quarantine" in found.attention
    assert [one.id for one in stage.store.tasks.in_quarantine()] == [task.id]
    stage.repair.retry(task.id)
    assert stage.go(task).status == TaskStatus.DONE
    assert stage.task(task).crashes == 0


def test_a_task_that_came_further_is_not_taken_for_poison(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=20)
    link = a_link(kind="LOOP", largs=9, args={"name": "$CODEstr(loop.index)"})
    task = load(stage, an_api(stage.mock.url), link)
    for number in range(6):
        killed_at(stage, stage.another_worker(), 2 * number + 2)
        after_the_lease(stage)
        assert stage.task(task).crashes == 1
    assert stage.go(task).status == TaskStatus.DONE


def test_of_tasks_at_which_workers_were_lost_one_is_claimed_at_a_time(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=20)
    tasks = [load(stage, an_api(stage.mock.url), a_link(**A)) for _ in range(3)]
    for task in tasks[:2]:
        stage.store.db.task.update_one({"_id": task.id}, {"$set": {"crashes": 3}})
    stage.worker.sweep()
    assert len(stage.worker.held) == 2
    assert tasks[2].id in stage.worker.held
    gevent.joinall(list(stage.worker._running.values()))
    while stage.worker.step():
        pass
    assert {stage.task(task).status for task in tasks} == {TaskStatus.DONE}


# -- requests that come while a task is set down -----------------------------------------------------


def set_down_while(stage: Stage, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Lets the worker run its task, and `act` just before the change that sets it down is written."""
    apply = stage.store.tasks.apply

    def meanwhile(changes: Any) -> Any:
        if any(change.packed.get("owner", "") is None for change in changes):
            monkeypatch.undo()
            act()
        return apply(changes)

    monkeypatch.setattr(stage.store.tasks, "apply", meanwhile)
    stage.worker.step()


def test_a_cancel_that_comes_while_a_pause_is_written_cancels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_knobs("api1", latency_ms=20)
    task = load(stage, an_api(stage.mock.url), a_link(condition="result.name == 'never'", **A))
    stage.worker.sweep()
    stage.operator.pause(task.id)
    stage.worker.read_requests()
    set_down_while(stage, monkeypatch, lambda: stage.operator.cancel(task.id))
    assert stage.go(task).status == TaskStatus.CANCELLED


def test_a_cancel_that_comes_while_a_failure_is_written_cancels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_knobs("api1", shape="wrong")
    task = load(stage, an_api(stage.mock.url), a_link(condition="result.name != None", **A))
    set_down_while(stage, monkeypatch, lambda: stage.operator.cancel(task.id))
    assert stage.go(task).status == TaskStatus.CANCELLED


def test_a_cancel_that_comes_when_all_is_done_changes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    set_down_while(stage, monkeypatch, lambda: stage.operator.cancel(task.id))
    found = stage.go(task)
    assert (found.status, found.request) == (TaskStatus.DONE, None)


def test_a_pause_that_comes_while_a_task_is_parked_pauses(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_knobs("api1", status=503)
    task = load(stage, an_api(stage.mock.url), a_link(**A))
    set_down_while(stage, monkeypatch, lambda: stage.operator.pause(task.id))
    assert stage.go(task).status == TaskStatus.PAUSED
    assert len(stage.calls()) == 1
