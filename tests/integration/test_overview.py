"""Lines for a terminal: who works, and why nobody works on what is due."""

from datetime import timedelta
from typing import Any

import pytest

from engine.overview import STUCK_AFTER_S, stuck_lines, task_lines, worker_lines
from engine.store import Store, WorkerInfo
from tests.clock import START
from tests.contract.builders import a_task, enlist, stored

LATER = START + timedelta(seconds=STUCK_AFTER_S + 1)


def a_worker(id_: str, **about: Any) -> WorkerInfo:
    known: dict[str, Any] = {"host": "h", "pid": 7, "started_at": START, "renewed_at": START, "capacity": 200}
    return WorkerInfo(id_, 1, 30.0, **(known | about))


def stuck(store: Store) -> str:
    return "\n".join(stuck_lines(store, LATER, 50))


# -- workers -----------------------------------------------------------------------------------------


def test_a_worker_is_shown_with_its_process_its_last_sign_and_what_it_holds() -> None:
    heading, line = worker_lines([a_worker("w1", held=3)], START + timedelta(seconds=4))
    assert heading.split("  ")[0] == "worker"
    assert line.split() == ["w1", "h", "7", "2026-01-01", "12:00:00", "4", "s", "ago", "3", "of", "200"]


def test_lost_and_ending_workers_are_told_apart() -> None:
    lost, ending = a_worker("a", renewed_at=START - timedelta(minutes=1)), a_worker("b", draining=True)
    lines = worker_lines([lost, ending], START)
    assert lines[1].endswith("lost: its tasks go to the others")
    assert lines[2].endswith("ending")


def test_without_workers_there_are_no_lines() -> None:
    assert worker_lines([], START) == []


# -- what is stuck -----------------------------------------------------------------------------------


def test_what_is_due_since_a_moment_ago_is_not_stuck(store: Store) -> None:
    stored(store, a_task(wake_at=LATER - timedelta(seconds=1)))
    assert stuck_lines(store, LATER, 50) == []


@pytest.mark.parametrize(
    ("workers", "why"),
    [
        ([], "no worker runs"),
        ([{"draining": True}], "every worker is ending"),
        ([{"held": 200}], "as many tasks as it may"),
        ([{"held": 1}], "see their logs"),
        ([{"renewed_at": START - timedelta(hours=1)}], "no worker runs"),
    ],
)
def test_the_workers_are_why(store: Store, workers: list[dict[str, Any]], why: str) -> None:
    stored(store, a_task())
    for number, about in enumerate(workers):
        enlist(store, f"w{number}", **({"renewed_at": LATER, "capacity": 200} | about))
    assert why in stuck(store)
    assert "due for 6 s" in stuck(store)


def test_the_limit_of_its_system_is_why(store: Store) -> None:
    stored(store, a_task())
    store.db.system.insert_one({"_id": "sys", "max_concurrency": 3})
    enlist(store, "w", renewed_at=LATER, capacity=200)
    assert "lets 3 of its tasks run at once" in stuck(store)


def test_a_suspect_waits_for_the_others_and_one_in_quarantine_for_a_person(store: Store) -> None:
    stored(
        store, a_task("suspect", crashes=3), a_task("poison", crashes=5, wake_at=None, attention="in quarantine: why")
    )
    enlist(store, "w", renewed_at=LATER, capacity=200)
    lines = stuck_lines(store, LATER, 50)
    assert "3 workers were lost while they ran it" in lines[1]
    assert lines[2].startswith("poison")
    assert "in quarantine: why" in lines[2]


def test_a_task_is_shown_with_its_status_and_message() -> None:
    assert task_lines([a_task("t", process_msg="waits")]) == [f"{'RUNNING':<10} {'t':<24} {'sys':<20} waits"]
