"""The seed's flow (n = 4: nine calls): tasks a second, CPU and times between calls, against bare gevent + requests.

Both do the same calls to the same mock in this process, one after the other. Creating and starting tasks, which a web
process does and the bare loop has no match for, is measured apart, and so is how soon a first call follows on a start:
all tasks are started before the worker is, and its rate is that of a worker that has plenty to do.
CPU is this process's (no mock, database or script worker in it), and less moved by whatever else the machine does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import gevent
import requests
from gevent.pool import Pool

from engine.model import TASK_ACTIVE, TaskStatus

from .bare import Bare
from .parts import Engine, mock_process, quantile, temporary_store

AT_ONCE = (1, 50, 500)
TASKS = {1: 60, 50: 600, 500: 1000}
STARTED_ALONE = 40
BETWEEN = {"api2": "api1", "api4": "api2"}
"""Dependent calls: api4 waits for api2's value; api2 for the last round of api1 and its reduction."""

Spans = dict[tuple[str, str], list[float]]
"""(task, link) → when its calls began and ended, seconds since 1970."""


@dataclass(frozen=True)
class Cost:
    """Of one task: seconds on the clock (many run side by side), and of this process's CPU."""

    wall_s: float
    cpu_s: float


def main() -> None:
    with mock_process() as url:
        _operator(url)
        print("          tasks a second         CPU ms a task           next call")
        print("at once   bare engine  ratio    bare engine  ratio   p50 / p99 ms")
        for at_once in AT_ONCE:
            _compare(url, at_once)


def _compare(url: str, at_once: int) -> None:
    count = TASKS[at_once]
    before = _bare(url, at_once, count // 2)
    engine, between = _engine(url, at_once, count)
    after = _bare(url, at_once, count // 2)
    wall_s, cpu_s = (before.wall_s + after.wall_s) / 2, (before.cpu_s + after.cpu_s) / 2
    print(
        f"{at_once:>7} {1 / wall_s:>6.1f} {1 / engine.wall_s:>6.1f} {wall_s / engine.wall_s:>6.2f}"
        f"  {cpu_s * 1e3:>6.1f} {engine.cpu_s * 1e3:>6.1f} {cpu_s / engine.cpu_s:>6.2f}   {_pair(between)}",
        flush=True,
    )


def _pair(values: Sequence[float]) -> str:
    return f"{quantile(values, 0.5) * 1e3:.1f} / {quantile(values, 0.99) * 1e3:.1f}"


def _cost(count: int, act: Callable[[], None]) -> Cost:
    began, cpu_began = time.perf_counter(), time.process_time()
    act()
    return Cost((time.perf_counter() - began) / count, (time.process_time() - cpu_began) / count)


def _bare(url: str, at_once: int, count: int) -> Cost:
    bare, pool = Bare(url, at_once * 2), Pool(at_once)

    def run() -> None:
        for task in [pool.spawn(bare.run) for _ in range(count)]:
            task.get()

    return _cost(count, run)


def _engine(url: str, at_once: int, count: int) -> tuple[Cost, list[float]]:
    """The worker's cost, and seconds between dependent calls."""
    with _engine_at(url, tasks=at_once) as engine:
        ids = [engine.create(f"t{number}") for number in range(count)]
        for id_ in ids:
            engine.operator.start(id_)

        def run() -> None:
            engine.worker.start()
            _until_idle(engine)

        cost = _cost(count, run)
        _require_done(engine, ids)
        return cost, _between(_spans(url))


def _operator(url: str) -> None:
    """Starts tasks one by one, each on an idle worker."""
    with _engine_at(url) as engine:
        engine.worker.start()
        ids: list[str] = []
        created = _cost(STARTED_ALONE, lambda: ids.extend(engine.create(f"t{n}") for n in range(STARTED_ALONE)))
        begun = {id_: _run_alone(engine, id_) for id_ in ids}
        _require_done(engine, ids)
        spans = _spans(url)
    first = [min(spans[id_, "api1"]) - begun[id_] for id_ in ids]
    print(f"creating a task: {created.cpu_s * 1e3:.1f} ms CPU; from its start to its first call: {_pair(first)} ms")


def _run_alone(engine: Engine, id_: str) -> float:
    begun = time.time()
    engine.operator.start(id_)
    _until_idle(engine)
    return begun


@contextmanager
def _engine_at(url: str, **settings: int) -> Iterator[Engine]:
    requests.delete(f"{url}/log", timeout=10)
    with temporary_store() as store:
        engine = Engine(store, url, **settings)
        yield engine
        engine.close()


def _until_idle(engine: Engine) -> None:
    """The database is asked only while the worker holds nothing, so that it costs the measured time nothing."""
    while engine.worker.held or _active(engine):
        gevent.sleep(0.02)


def _active(engine: Engine) -> int:
    counts = engine.store.tasks.counts()
    return sum(counts[status] for status in TASK_ACTIVE)


def _require_done(engine: Engine, ids: Sequence[str]) -> None:
    others = [task for task in engine.store.tasks.many(ids) if task.status != TaskStatus.DONE]
    for task in others[:1]:
        raise SystemExit(f"{len(others)} tasks are not DONE, {task.id} is {task.status}: {task.process_msg}")


def _spans(url: str) -> Spans:
    """From the mock's own log (its last 10,000 calls)."""
    spans: Spans = {}
    for call in requests.get(f"{url}/log", timeout=60).json():
        task, _step, link, _round = call["idempotency_key"].split("/")[:4]
        begin = datetime.fromisoformat(call["time"]).timestamp()
        spans.setdefault((task, link), []).extend((begin, begin + (call["duration_ms"] or 0) / 1e3))
    return spans


def _between(spans: Spans) -> list[float]:
    return [
        min(spans[task, link]) - max(spans[task, BETWEEN[link]])
        for task, link in spans
        if link in BETWEEN and (task, BETWEEN[link]) in spans
    ]
