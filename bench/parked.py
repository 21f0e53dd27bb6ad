"""What waits for days should cost a worker nothing: its memory, and what a sweep takes, with many tasks parked.

Memory is that of a process of its own, `app.py worker`, after it has swept for a while; sweeps are timed in this one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import gevent

from engine.store import Store

from .crowd import fill, insert, opened, park_one
from .parts import Engine, memory_mb, worker_process
from .polled import polled_process

COUNT = 20_000
_SWEEPS_FOR_S = 15.0
_REPEATS = 20
_CLAIMED = 200
_CLAIMS = 10


@dataclass(frozen=True)
class Sweep:
    """Milliseconds, when nothing is due; claims a second when there is."""

    due: float
    next_wake: float
    owned: float
    sweep: float
    claims: float


def main(count: int = COUNT, into: str = "") -> None:
    print("          MB           ms, nothing being due                claims")
    print("  parked  worker server   due next_wake owned sweep   a second", flush=True)
    with opened(into) as place:
        for parked in sorted({0, min(count, COUNT), count}) if not into else [count]:
            fill(place.store, parked)
            memory, sweep = _worker_memory(place.uri), _sweep(place.store)
            server_mb = f"{memory_mb(place.server):>6.0f}" if place.server else "     -"
            print(
                f"{parked:>8} {memory:>7.1f} {server_mb} {sweep.due:>5.1f} {sweep.next_wake:>9.1f} {sweep.owned:>5.1f}"
                f" {sweep.sweep:>5.1f} {sweep.claims:>10.0f}",
                flush=True,
            )


def _worker_memory(uri: str) -> float:
    with worker_process(uri) as worker:
        gevent.sleep(_SWEEPS_FOR_S)
        return memory_mb(worker)


def _sweep(store: Store) -> Sweep:
    engine = Engine(store, "http://127.0.0.1:9")
    engine.worker.enlist()
    leases, name, now = store.leases, engine.worker.name, datetime.now(UTC)
    found = Sweep(
        _ms(lambda: leases.due(now)),
        _ms(lambda: leases.next_wake(now, now + timedelta(seconds=1))),
        _ms(lambda: leases.owned(name)),
        _ms(engine.worker.sweep),
        _claims_a_second(store, name),
    )
    engine.close()
    return found


def _ms(act: Callable[[], object]) -> float:
    return statistics.median(_seconds(act) for _ in range(_REPEATS)) * 1e3


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _claims_a_second(store: Store, worker: str) -> float:
    """Of tasks that nobody runs: they go afterwards, with their history."""
    with polled_process() as url:
        parked = park_one(store, url)
    insert(store, parked, [datetime.now(UTC)] * (_CLAIMED * _CLAIMS))
    dues = store.leases.due(datetime.now(UTC), _CLAIMED * _CLAIMS)
    began = time.perf_counter()
    claimed = [store.leases.claim(dues[at : at + _CLAIMED], worker) for at in range(0, len(dues), _CLAIMED)]
    rate = sum(map(len, claimed)) / (time.perf_counter() - began)
    for due in dues:
        store.remove_task(due.id)
    return rate
