"""The database away, unwell, or only its replies lost: nothing is lost, nothing is done twice, it is said once."""

import logging
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from engine.model import LinkStatus, TaskStatus
from engine.store import Outage, unwell
from engine.worker import Worker
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents

A: dict[str, Any] = {"args": {"name": "a"}}
AWAY = AutoReconnect("the connection broke")
FULL = OperationFailure("no space left on device", 14031)


def load(stage: Stage, *links: dict[str, Any], **api: Any) -> Any:
    stage.load(documents([an_api(stage.mock.url) | api], [a_step("one", *links)]))
    return stage.start("s")


def lose_replies(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, count: int = 1) -> None:
    """What is asked is done, and its answer does not arrive, so many times."""
    act, left = getattr(owner, name), iter(range(count))

    def done_without_answer(*args: Any, **kwargs: Any) -> Any:
        answer = act(*args, **kwargs)
        if next(left, None) is None:
            return answer
        raise AWAY

    monkeypatch.setattr(owner, name, done_without_answer)


def refuse(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: BaseException, count: int) -> None:
    """What is asked is not done, so many times."""
    act, left = getattr(owner, name), iter(range(count))

    def refusing(*args: Any, **kwargs: Any) -> Any:
        return act(*args, **kwargs) if next(left, None) is None else _raise(error)

    monkeypatch.setattr(owner, name, refusing)


def _raise(error: BaseException) -> Any:
    raise error


# -- replies lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("part", "name"), [("journal", "append"), ("history", "add"), ("tasks", "apply")])
def test_a_write_whose_reply_is_lost_is_made_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, part: str, name: str
) -> None:
    task = load(stage, a_link(kind="LOOP", largs=3, args={"name": "$CODEstr(loop.index)"}))
    lose_replies(monkeypatch, getattr(stage.store, part), name)
    assert stage.go(task).status == TaskStatus.DONE
    assert [call["args"]["name"] for call in stage.calls()] == ["0", "1", "2"]
    events = [event.what for event in stage.store.history.events(task.id)]
    assert events == ["created", "started", "done", "done"]


def test_tasks_claimed_without_our_knowing_are_given_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    task = load(stage, a_link(**A))
    lose_replies(monkeypatch, stage.store.leases, "claim")
    with pytest.raises(AutoReconnect):
        stage.worker.sweep()
    assert stage.task(task).owner == stage.worker.name
    stage.worker.read_requests()
    assert stage.task(task).owner is None
    assert stage.go(task).status == TaskStatus.DONE


def test_what_is_held_is_not_given_back(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=100)
    task = load(stage, a_link(**A))
    stage.worker.sweep()
    stage.worker.read_requests()
    gevent.joinall(list(stage.worker._running.values()))
    assert stage.task(task).status == TaskStatus.DONE
    assert len(stage.calls()) == 1


def test_an_act_after_a_set_down_whose_reply_was_lost_is_not_written_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task had failed and was free; an operator retried it before the worker asked again."""
    stage.set_knobs("api1", shape="wrong")
    task = load(stage, a_link(condition="result.name != None", **A))
    apply = stage.store.tasks.apply
    retried: list[Any] = []

    def applied_and_retried_meanwhile(changes: Any) -> Any:
        stale = apply(changes)
        if not retried and any(change.packed.get("owner", "") is None for change in changes):
            monkeypatch.undo()
            retried.append(stage.repair.retry(task.id))
            raise AWAY
        return stale

    monkeypatch.setattr(stage.store.tasks, "apply", applied_and_retried_meanwhile)
    stage.worker.step()
    assert retried
    found = stage.task(task)
    assert (found.status, found.step_info["one"].api_status["l"].status) == (TaskStatus.RUNNING, LinkStatus.READY)
    stage.set_knobs("api1")
    assert stage.go(task).status == TaskStatus.DONE


def test_an_act_whose_reply_is_lost_took_effect(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.load(documents([an_api(stage.mock.url)], [a_step("one", a_link(**A))]))
    task = stage.create("s")
    lose_replies(monkeypatch, stage.store.tasks, "apply")
    assert stage.operator.start(task.id).status == TaskStatus.RUNNING
    assert [event.what for event in stage.store.history.events(task.id)] == ["created", "started"]


def test_an_act_that_is_killed_before_its_event_is_copied_leaves_the_event(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.load(documents([an_api(stage.mock.url)], [a_step("one", a_link(**A))]))
    task = stage.create("s")
    add = stage.store.history.add
    killed = iter([False, True])
    monkeypatch.setattr(
        stage.store.history, "add", lambda trails: _raise(KeyboardInterrupt()) if next(killed) else add(trails)
    )
    with pytest.raises(KeyboardInterrupt):
        stage.operator.start(task.id)
    monkeypatch.undo()
    assert [event.what for event in stage.store.history.events(task.id)] == ["created", "started"]
    stage.go(task)
    assert [event.what for event in stage.store.history.events(task.id)] == ["created", "started", "done", "done"]


# -- away and unwell ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [AWAY, FULL])
@pytest.mark.parametrize(("part", "name"), [("journal", "append"), ("history", "add"), ("tasks", "apply")])
def test_a_task_waits_for_a_database_that_is_away_or_full_and_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, part: str, name: str, error: Exception
) -> None:
    task = load(stage, a_link(kind="LOOP", largs=2, args={"name": "$CODEstr(loop.index)"}))
    monkeypatch.setattr("engine.store.outage.AGAIN_S", 0.01)
    refuse(monkeypatch, getattr(stage.store, part), name, error, count=5)
    assert stage.go(task).status == TaskStatus.DONE
    assert len(stage.calls()) == 2


def test_an_outage_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    outage, left = Outage(), iter(range(3))
    ask = lambda: "there" if next(left, None) is None else _raise(AWAY)  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.store.outage.AGAIN_S", 0)
        greenlets = [gevent.spawn(outage.reach, ask) for _ in range(4)]
        assert {greenlet.get() for greenlet in greenlets} == {"there"}
    assert [record.message for record in caplog.records] == ["database_away", "database_back"]


def test_what_began_before_an_outage_ended_is_no_new_outage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    outage = Outage()
    outage.note(AWAY, began=100.0)
    outage.end()
    outage.note(AWAY, began=99.0)  # it was sent into the outage, and has found out only now
    assert [record.message for record in caplog.records] == ["database_away", "database_back"]


def test_a_document_that_is_refused_is_no_outage() -> None:
    assert not unwell(OperationFailure("object to insert too large", 10334))
    assert unwell(FULL)
    with pytest.raises(OperationFailure):
        Outage().reach(lambda: _raise(OperationFailure("bad value", 2)))


def test_a_worker_goes_on_by_itself_when_the_database_is_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own loops, in real time: all that they ask fails for a while."""
    task = load(stage, a_link(**A))
    monkeypatch.setattr("engine.store.outage.AGAIN_S", 0.01)
    for name in ("due", "owned", "workers", "renew", "next_wake"):
        refuse(monkeypatch, stage.store.leases, name, AWAY, count=20)
    worker = stage.another_worker(sweep_s=0.02, renew_s=0.02)
    worker.start()
    eventually(lambda: stage.task(task).status == TaskStatus.DONE)
    worker.drain()


def eventually(holds: Callable[[], bool]) -> None:
    with gevent.Timeout(30):
        while not holds():
            gevent.sleep(0.01)


def test_a_worker_that_ends_while_the_database_is_away_ends_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.set_knobs("api1", latency_ms=50)
    task = load(stage, a_link(**A))
    monkeypatch.setattr("engine.store.outage.AGAIN_S", 0.01)
    monkeypatch.setattr("engine.worker._LAST_WORDS_S", 0.1)
    worker = stage.another_worker(grace_s=0.2)
    worker.sweep()
    with monkeypatch.context() as patch:
        for part, name in (("journal", "append"), ("history", "add"), ("tasks", "apply"), ("tasks", "missing")):
            patch.setattr(getattr(stage.store, part), name, lambda *_: _raise(AWAY))
        patch.setattr(stage.store.leases, "owned", lambda *_: _raise(AWAY))
        worker.drain()
    assert stage.task(task).owner == worker.name
    assert [one.id for one in stage.store.leases.workers() if one.id == worker.name]
    recovered_by(stage, worker)
    assert stage.go(task).status == TaskStatus.DONE


def recovered_by(stage: Stage, lost: Worker) -> None:
    (info,) = [one for one in stage.store.leases.workers() if one.id == lost.name]
    stage.store.leases.bury(info, stage.clock.now())


# -- things that must not stop a worker --------------------------------------------------------------


def test_a_task_whose_plan_is_gone_says_so_and_its_neighbours_run(stage: Stage) -> None:
    good = load(stage, a_link(**A))
    bad = stage.start("s")
    stage.store.db.task.update_one({"_id": bad.id}, {"$set": {"plan": "nowhere"}})
    stage.worker.step()
    assert stage.task(good).status == TaskStatus.DONE
    assert "plan" in stage.task(bad).attention
    assert stage.task(bad).owner is None


def test_a_loop_of_the_worker_that_fails_is_told_once_and_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    task = load(stage, a_link(**A))
    refuse(monkeypatch, stage.store.leases, "due", ZeroDivisionError("x"), count=3)
    worker = stage.another_worker(sweep_s=0.01)
    worker.start()
    eventually(lambda: stage.task(task).status == TaskStatus.DONE)
    worker.drain()
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == ["worker_loop_failed"]
