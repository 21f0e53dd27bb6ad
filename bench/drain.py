"""Many tasks due at once: how long one worker, as `app.py worker` starts it, takes until none is due any more.

Each polls an API that answers at once: first *not yet*, so that every task is set down again; then so that every task
gets DONE. Late is a call by what lies between the moment its task was due and the API hearing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import gevent

from engine.model import TaskStatus
from engine.store import Store

from .crowd import Parked, Place, fill, insert, opened, park_one
from .parts import cpu_s, memory_mb, peak_memory_mb, quantile, worker_process
from .polled import ask, polled_process

DUE = 10_000
IN_SMALL = 2_000
_AT_ONCE = 500
_LEAD_S = 5.0
_INSERTS_A_SECOND = 300.0
"""Less than any machine does: all tasks have to be there before they are due."""


@dataclass(frozen=True)
class Drained:
    """Seconds, and megabytes of the worker; CPU of the worker and, where it is ours, of the database server."""

    wall_s: float
    late_s: list[float]
    worker_cpu_s: float
    server_cpu_s: float
    before_mb: float
    peak_mb: float


def main(due: int = IN_SMALL, among: int = 0, into: str = "") -> None:
    print("answer    due  tasks  seconds  tasks/s  late p50 / p99 s  CPU ms a task  worker MB, peak")
    print("                                                          worker server")
    with opened(into) as place:
        fill(place.store, among)
        for ready in (False, True):
            with polled_process() as url:
                drained = _drain(place, url, due, ready)
            _print("done" if ready else "not yet", due, among, drained)


def _print(answer: str, due: int, among: int, drained: Drained) -> None:
    late = f"{quantile(drained.late_s, 0.5):.1f} / {quantile(drained.late_s, 0.99):.1f}"
    print(
        f"{answer:<7} {due:>5} {due + among:>8} {drained.wall_s:>6.1f} {due / drained.wall_s:>8.0f} {late:>17}"
        f" {drained.worker_cpu_s / due * 1e3:>7.2f} {drained.server_cpu_s / due * 1e3:>6.2f}"
        f" {drained.before_mb:>7.0f} {drained.peak_mb:>5.0f}",
        flush=True,
    )


def _drain(place: Place, url: str, due: int, ready: bool) -> Drained:
    store = place.store
    parked = park_one(store, url)
    ask(url, "forget")
    if ready:
        ask(url, "ready")
    done = _done(store)
    with worker_process(place.uri) as worker:
        moment = _make_due(store, parked, due)
        before_mb, cpu, server_cpu = memory_mb(worker), cpu_s(worker), _cpu_s(place.server)
        gevent.sleep((moment - datetime.now(UTC)).total_seconds())
        while _busy(store):
            gevent.sleep(0.2)
        wall_s = (datetime.now(UTC) - moment).total_seconds()
        cpu, server_cpu = cpu_s(worker) - cpu, _cpu_s(place.server) - server_cpu
        late_s = [called - moment.timestamp() for called in ask(url, "calls")]
        _require(len(late_s) == due, f"{len(late_s)} calls were made for {due} tasks")
        _require(_done(store) - done == due * ready, f"{_done(store) - done} tasks got DONE")
        return Drained(wall_s, late_s, cpu, server_cpu, before_mb, peak_memory_mb(worker))


def _make_due(store: Store, parked: Parked, count: int) -> datetime:
    """When all of them are due: in a moment."""
    moment = datetime.now(UTC) + timedelta(seconds=_LEAD_S + count / _INSERTS_A_SECOND)
    for at in range(0, count, _AT_ONCE):
        insert(store, parked, [moment] * min(_AT_ONCE, count - at))
    _require(datetime.now(UTC) < moment, "the tasks were due before all of them were there")
    return moment


def _busy(store: Store) -> bool:
    """Without a sort: the embedded server would read all that is due each time."""
    due, held = {"wake_at": {"$lte": datetime.now(UTC)}}, {"owner": {"$gt": ""}}
    return any(store.db.task.find_one(filter_, {"_id": 1}) for filter_ in (due, held))


def _done(store: Store) -> int:
    return store.db.task.count_documents({"status": TaskStatus.DONE})


def _cpu_s(server: int | None) -> float:
    return cpu_s(server) if server else 0.0


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"{otherwise}: the figures would mean nothing")
