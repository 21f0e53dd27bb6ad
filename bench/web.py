"""How soon the list of tasks answers, and how much it sends, in a store of very many tasks.

The pages are asked for as a browser would, of an application in this process; the database is a process of its own.
Tasks go straight into the collection, most of them over, as in a store that has run for a year.
"""

from __future__ import annotations

import gzip
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from engine.model import LinkState, LinkStatus, StepInfo, StepStatus, Task, TaskStatus
from engine.settings import Settings
from engine.store import Store, counts
from webapp import create_app

from .crowd import opened
from .parts import quantile

COUNT = 10_000
REPEATS = 30
_AT_ONCE = 200
_SAY_EVERY_S = 20.0
_YEAR_S = 365 * 86_400
_SHARES: dict[TaskStatus, float] = {
    TaskStatus.DONE: 0.90, TaskStatus.FAILED: 0.02, TaskStatus.CANCELLED: 0.01, TaskStatus.WAITING: 0.05,
    TaskStatus.RUNNING: 0.005, TaskStatus.PAUSED: 0.005, TaskStatus.READY: 0.01,
}  # fmt: skip
_CLOCKS = frozenset({TaskStatus.WAITING, TaskStatus.RUNNING, TaskStatus.PAUSED})
PAGES: dict[str, str] = {
    "the default order": "/tasks?q=",
    "by slack": "/tasks?q=&sort=slack",
    "by start": "/tasks?q=&sort=started",
    "by end": "/tasks?q=&sort=finished",
    "by name": "/tasks?q=&sort=name",
    "a status": "/tasks?q=status:FAILED",
    "a status and a system": "/tasks?q=status:WAITING+system:system7",
    "what is late": "/tasks?q=late:yes",
    "text, found often": "/tasks?q=order+7",
    "text, found nowhere": "/tasks?q=nothing-like-it",
    "home": "/",
}


def main(count: int = COUNT, into: str = "") -> None:
    with opened(into) as place, tempfile.TemporaryDirectory() as folder:
        fill(place.store, count)
        settings = Settings(data_dir=Path(folder), sign_in="off")
        client = create_app(settings, place.store).test_client()
        print(f"{counts(place.store.db)['task']:>9} tasks             ms                    KB")
        print("page                     first   p50   p95   plain  gzip", flush=True)
        for name, address in _pages(client):
            _measure(client, name, address)


def _pages(client: Client) -> Iterator[tuple[str, str]]:
    yield from PAGES.items()
    yield "page 2", _next(client, PAGES["the default order"])
    address = PAGES["the default order"]
    for _ in range(20):
        address = _next(client, address)
    yield "page 21", address


def _next(client: Client, address: str) -> str:
    """Where its link to the next page leads; the page itself when it is the last."""
    html = client.get(address).text
    before, found, after = html.partition('rel="next" href="')
    return after.partition('"')[0].replace("&amp;", "&") if found and before else address


def _measure(client: Client, name: str, address: str) -> None:
    times: list[float] = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        body = client.get(address, follow_redirects=True).data
        times.append((time.perf_counter() - began) * 1e3)
    first, later = times[0], times[1:]
    sizes = f"{len(body) / 1e3:>6.0f} {len(gzip.compress(body)) / 1e3:>5.1f}"
    print(f"{name:<22} {first:>7.0f} {quantile(later, 0.5):>5.0f} {quantile(later, 0.95):>5.0f} {sizes}", flush=True)


def fill(store: Store, count: int) -> None:
    """Adds as many tasks as are missing, the oldest first; says how it goes."""
    there = counts(store.db)["task"]
    dice, now = random.Random(there), datetime.now(UTC)
    began = said = time.perf_counter()
    for at in range(there, count, _AT_ONCE):
        numbers = range(at, min(count, at + _AT_ONCE))
        store.db.task.insert_many(_documents(numbers, count, now, dice), ordered=False)
        if time.perf_counter() > said + _SAY_EVERY_S:
            said = time.perf_counter()
            print(f"{numbers.stop:>9} tasks, {(numbers.stop - there) / (said - began):,.0f} a second", flush=True)


def _documents(numbers: Sequence[int], count: int, now: datetime, dice: random.Random) -> list[dict[str, Any]]:
    ages = ((count - number) / count * _YEAR_S for number in numbers)
    return [_a_task(number, now - timedelta(seconds=age), now, dice) for number, age in zip(numbers, ages, strict=True)]


def _a_task(number: int, born: datetime, now: datetime, dice: random.Random) -> dict[str, Any]:
    (status,) = dice.choices([*_SHARES], [*_SHARES.values()])
    runs, began = status in _CLOCKS, status != TaskStatus.READY
    deadline = now + timedelta(hours=dice.uniform(-4, 200)) if runs else None
    slack = dice.uniform(-5_000, 50_000) if runs else None
    task = Task(
        id=f"{number:012x}", system=f"system{dice.randrange(40)}", name=f"order {number}", status=status,
        labels=[f"label{dice.randrange(20)}"], step_info=_steps(status), created_at=born,
        started_at=born if began else None, ended_at=born + timedelta(hours=1) if began and not runs else None,
        deadline=deadline, slack_s=slack, slack_ends_at=deadline + timedelta(seconds=slack or 0) if deadline else None,
        paused_at=now if status == TaskStatus.PAUSED else None, expect_finish=born + timedelta(days=2),
        wake_at=now + timedelta(days=1, seconds=number) if status == TaskStatus.WAITING else None,
        process_msg="not yet: awaited result.ready == True, next try in 42 s" if runs else "every step is done",
    )  # fmt: skip
    return task.to_document()


def _steps(status: TaskStatus) -> dict[str, StepInfo]:
    runs = StepStatus.RUNNING if status in _CLOCKS else StepStatus.DONE
    states = {"step1": StepStatus.DONE, "step2": runs}
    link = LinkState(id="call", status=LinkStatus.DONE, tries=3)
    return {name: StepInfo(status=state, api_status={"call": link}) for name, state in states.items()}
