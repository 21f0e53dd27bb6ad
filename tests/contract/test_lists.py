"""The operators' lists: sorted, bounded, up to date."""

from datetime import timedelta

from engine.model import Task, TaskStatus
from engine.store import Store
from tests.clock import START
from tests.contract.builders import SOON, a_record, a_task, held_by, ids, stored, the_task

HOUR = timedelta(hours=1)


def created(hours_ago: int, **fields: object) -> Task:
    return a_task(f"h{hours_ago}", created_at=START - hours_ago * HOUR, **fields)


def test_the_newest_come_first_however_old_they_are(store: Store) -> None:
    stored(store, *(created(hours) for hours in (0, 10_000, 3, 100)))
    assert ids(store.tasks.newest(START)) == ["h0", "h3", "h100", "h10000"]
    assert ids(store.tasks.newest(START, limit=3)) == ["h0", "h3", "h100"]


def test_tasks_without_a_time_of_creation_are_listed_when_there_are_no_others(store: Store) -> None:
    stored(store, a_task())
    assert ids(store.tasks.newest(START)) == ["t"]


def test_every_status_is_counted(store: Store) -> None:
    stored(store, created(1), created(2), created(3, status=TaskStatus.DONE))
    counts = store.tasks.counts()
    assert {status: count for status, count in counts.items() if count} == {TaskStatus.RUNNING: 2, TaskStatus.DONE: 1}
    assert counts.keys() == set(TaskStatus)


def test_tasks_are_found_by_their_ids_and_by_their_systems(store: Store) -> None:
    stored(store, a_task("a", system="s1"), a_task("b", system="s2"), a_task("c", system="s3"))
    assert sorted(ids(store.tasks.many(["c", "nobody", "a"]))) == ["a", "c"]
    assert sorted(store.tasks.ids_of(["s1", "s2", "s9"])) == ["a", "b"]
    assert (store.tasks.many([]), store.tasks.ids_of([])) == ([], [])


def test_all_tasks_are_read_however_many_replies_that_takes(store: Store) -> None:
    store.db.task.insert_many([a_task(f"t{number}").to_document() for number in range(1_500)])
    assert len({task.id for task in store.tasks.all()}) == 1_500
    assert len(store.tasks.many([f"t{number}" for number in range(1_000)])) == 1_000


def test_a_held_task_is_listed_with_what_its_worker_has_done(store: Store) -> None:
    stored(store, a_task(deadline=SOON, created_at=START))
    held_by(store, "w1")
    store.journal.append([a_record(1, **{"step_info.s.api_status.l.procmmsg": "calling"})])
    task = the_task(store)
    assert task.step_info["s"].api_status["l"].procmmsg == "calling"
    assert [store.tasks.many(["t"]), store.tasks.newest(SOON)] == [[task]] * 2
