"""The seed's flow (n = 4: nine calls): tasks a second and times between calls, against bare gevent + requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import gevent
import requests
from gevent.pool import Pool

from .bare import Bare
from .parts import Engine, mock_process, quantile, temporary_store

AT_ONCE = (1, 50, 500)
TASKS = {1: 60, 50: 600, 500: 1000}
BETWEEN = {"api2": "api1", "api4": "api2"}
"""Dependent calls: api4 waits for api2's value; api2 for the last round of api1 and its reduction."""


def main() -> None:
    with mock_process() as url:
        print("at once  bare tasks/s  engine tasks/s  ratio  calls/s  next call p50/p99 ms  first call p50/p99 ms")
        for at_once in AT_ONCE:
            _compare(url, at_once)


def _compare(url: str, at_once: int) -> None:
    count = TASKS[at_once]
    bare = _bare_rate(url, at_once, count // 2)
    engine, between, first = _engine_rate(url, at_once, count)
    again = _bare_rate(url, at_once, count // 2)
    baseline = (bare + again) / 2
    print(
        f"{at_once:>7} {baseline:>13.1f} {engine:>15.1f} {engine / baseline:>6.2f} {engine * 9:>8.0f}"
        f" {_pair(between):>21} {_pair(first):>22}",
        flush=True,
    )


def _pair(values: list[float]) -> str:
    return f"{quantile(values, 0.5) * 1e3:.1f} / {quantile(values, 0.99) * 1e3:.1f}"


def _bare_rate(url: str, at_once: int, count: int) -> float:
    bare, pool = Bare(url, at_once * 2), Pool(at_once)
    began = time.perf_counter()
    for task in [pool.spawn(bare.run) for _ in range(count)]:
        task.get()
    return count / (time.perf_counter() - began)


def _engine_rate(url: str, at_once: int, count: int) -> tuple[float, list[float], list[float]]:
    """Tasks a second, seconds between dependent calls, seconds from start to first call."""
    with temporary_store() as store:
        engine = Engine(store, url, tasks=at_once)
        ids = [engine.create(f"t{number}") for number in range(count)]
        requests.delete(f"{url}/log", timeout=10)
        engine.worker.start()
        started, began = {}, time.perf_counter()
        for some in _batches(ids, at_once):
            for id_ in some:
                started[id_] = time.time()
                engine.operator.start(id_)
        _until(lambda: not store.leases.due(datetime.now(UTC), 1) and not engine.worker.held)
        rate = count / (time.perf_counter() - began)
        done = sum(task.status == "DONE" for task in store.tasks.many(ids))
        if done != count:
            raise SystemExit(f"only {done} of {count} tasks are DONE: the figures would mean nothing")
        engine.close()
        between, first = _times(url, started)
        return rate, between, first


def _batches(ids: list[str], size: int) -> Iterable[list[str]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        gevent.sleep(0.02)


def _times(url: str, started: dict[str, float]) -> tuple[list[float], list[float]]:
    """From the mock's own log (its last 10,000 calls)."""
    spans: dict[tuple[str, str], list[float]] = {}
    for call in requests.get(f"{url}/log", timeout=60).json():
        task, _step, link, _round = call["idempotency_key"].split("/")[:4]
        begin = datetime.fromisoformat(call["time"]).timestamp()
        spans.setdefault((task, link), []).extend((begin, begin + (call["duration_ms"] or 0) / 1e3))
    between = [
        min(spans[task, link]) - max(spans[task, BETWEEN[link]])
        for task, link in spans
        if link in BETWEEN and (task, BETWEEN[link]) in spans
    ]
    first = [min(times) - started[task] for (task, link), times in spans.items() if link == "api1"]
    return between, first
