"""Limits that all workers keep together: calls of an api, tasks of a system."""

from typing import Any

import gevent
import pytest

from engine.limits import Limits
from engine.model import TaskStatus
from engine.store import Outage, Store
from engine.worker import Worker
from tests.stage import Stage
from tests.systems import a_link, a_step, an_api, documents

A: dict[str, Any] = {"args": {"name": "a"}}


def load(stage: Stage, api: dict[str, Any] | None = None, **system: Any) -> None:
    stage.load(documents([an_api(stage.mock.url) | (api or {})], [a_step("one", a_link(**A))], **system))


def limits(store: Store, worker: str, alone: bool = True) -> Limits:
    return Limits(store, Outage(), lambda: worker, lambda: alone)


def never() -> None:
    return None


# -- the places of one worker ------------------------------------------------------------------------


def test_a_place_that_is_given_back_is_kept_for_a_moment_by_a_worker_that_is_alone(store: Store) -> None:
    mine = limits(store, "w1")
    place = mine.take("api/a", 1)
    assert place
    mine.give(place)
    assert store.slots.owners() == {"w1"}
    assert mine.take("api/a", 1) == place
    mine.give(place)
    mine.tidy()
    assert store.slots.owners() == set()


def test_a_worker_that_is_not_alone_gives_its_places_back_at_once(store: Store) -> None:
    mine, other = limits(store, "w1", alone=False), limits(store, "w2", alone=False)
    place = mine.take("api/a", 1)
    assert place
    assert other.take("api/a", 1) is None
    mine.give(place)
    assert other.take("api/a", 1)


def test_tidying_leaves_what_is_in_use_and_frees_what_a_lost_reply_has_left(store: Store) -> None:
    mine = limits(store, "w1")
    used = mine.take("api/a", 2)
    assert used
    store.slots.take("api/a", 2, "w1")  # its answer never came
    mine.tidy()
    assert store.slots.of("w1") == {used.slot}


def test_whoever_waits_gets_the_place_that_another_here_gives_back(store: Store) -> None:
    mine = limits(store, "w1")
    place = mine.take("api/a", 1)
    assert place

    def wait() -> bool:
        with mine.place("api/a", 1, never) as free:
            return free

    waiting = gevent.spawn(wait)
    gevent.sleep(0.01)
    assert not waiting.ready()
    mine.give(place)
    assert waiting.get()


def test_without_a_limit_nothing_is_asked_of_the_database(store: Store) -> None:
    with limits(store, "w1").place("api/a", None, never) as free:
        assert free
    assert store.slots.owners() == set()


# -- apis --------------------------------------------------------------------------------------------


def run_all(*workers: Worker) -> None:
    for worker in workers:
        worker.sweep()
    gevent.joinall([greenlet for worker in workers for greenlet in worker._running.values()])


def test_two_workers_together_make_no_more_calls_at_once_than_the_api_allows(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=30)
    load(stage, {"max_concurrency": 2})
    other = stage.another_worker()
    for _ in range(12):
        stage.start("s")
    for worker in (stage.worker, other):
        worker.look_around()
    seen: list[int] = []
    watcher = gevent.spawn(watch_calls, stage, seen)
    half = stage.store.leases.due(stage.clock.now(), 6)
    for task in stage.store.leases.claim(half, other.name):
        other._run(task)
    run_all(stage.worker, other)
    watcher.kill()
    assert max(seen) <= 2
    assert len(stage.calls()) == 12


def watch_calls(stage: Stage, seen: list[int]) -> None:
    while True:
        seen.append(sum(call["duration_ms"] is None for call in stage.calls()))
        gevent.sleep(0.001)


def test_a_link_that_finds_no_place_says_so_and_its_task_is_set_down(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.limits.PATIENCE_S", 0.05)
    load(stage, {"max_concurrency": 1})
    stage.store.slots.take("api/api1", 1, "another worker")
    task = stage.go(stage.start("s"))
    assert task.status == TaskStatus.WAITING
    assert task.owner is None
    assert "api1 allows 1 calls at once" in stage.link(task, "one", "l").procmmsg
    assert stage.calls() == []
    stage.store.slots.free("another worker")
    assert stage.go(task, seconds=60).status == TaskStatus.DONE


def test_a_pause_does_not_wait_for_a_place(stage: Stage) -> None:
    load(stage, {"max_concurrency": 1})
    stage.store.slots.take("api/api1", 1, "another worker")
    task = stage.start("s")
    stage.worker.sweep()
    gevent.sleep(0.02)
    stage.operator.pause(task.id)
    stage.worker.read_requests()
    gevent.joinall(list(stage.worker._running.values()), timeout=0.5)
    assert stage.task(task).status == TaskStatus.PAUSED


# -- systems -----------------------------------------------------------------------------------------


def test_no_more_tasks_of_a_system_run_at_once_than_it_allows(stage: Stage) -> None:
    stage.set_knobs("api1", latency_ms=20)
    load(stage, max_concurrency=2)
    for _ in range(5):
        stage.start("s")
    other = stage.another_worker()
    stage.worker.sweep()
    other.sweep()
    assert len(stage.worker.held) + len(other.held) == 2
    run_all(stage.worker, other)
    while stage.worker.step():
        pass
    assert stage.store.tasks.counts()[TaskStatus.DONE] == 5


def test_a_system_that_is_full_does_not_keep_others_from_running(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.candidates.READ_AT_ONCE", (2, 100))
    load(stage, max_concurrency=1)
    stage.store.slots.take("system/s", 1, "another worker")
    waiting = [stage.start("s") for _ in range(3)]  # due for longest: they alone are read at first
    stage.clock.turn(1)
    stage.load(documents([], [], [{"_id": "one"}]) | {"system": [{"_id": "free", "step": [{"_id": "one"}]}]})
    other = stage.start("free")
    stage.worker.step()
    assert stage.task(other).status == TaskStatus.DONE
    assert {stage.task(task).owner for task in waiting} == {None}


def test_a_task_that_parks_leaves_its_place_to_another(stage: Stage) -> None:
    stage.set_knobs("api1", status=503)
    load(stage, max_concurrency=1)
    for _ in range(2):
        stage.start("s")
    stage.worker.step()
    stage.worker.step()
    assert len(stage.calls()) == 2
