"""What a person sees at a glance: counts that end at "many", and the first few of a kind."""

from datetime import timedelta

from engine.model import TaskStatus
from engine.store import Store
from engine.store.glance import Active, Glance
from tests.clock import START
from tests.contract.builders import a_task, ids, stored

AGES = (timedelta(seconds=1), timedelta(hours=3), timedelta(days=40), timedelta(days=4000))


def ago(age: timedelta) -> dict[str, object]:
    return {"created_at": START - age}


def test_counts_are_by_status_however_old_the_tasks_are(store: Store) -> None:
    stored(store, *(a_task(f"t{n}", status=TaskStatus.DONE, **ago(age)) for n, age in enumerate(AGES)))
    stored(store, a_task("f", status=TaskStatus.FAILED, **ago(AGES[1])))
    counts = store.glance.counts(START)
    assert {status: count for status, count in counts.items() if count} == {"DONE": 4, "FAILED": 1}


def test_a_count_ends_at_many(store: Store) -> None:
    glance = Glance(store.db, store.tasks, many=2)
    stored(store, *(a_task(f"t{n}", **ago(timedelta(hours=n))) for n in range(6)))
    assert glance.counts(START)[TaskStatus.RUNNING] == 3
    assert glance.active_of("sys", START) == 3
    assert glance.active_by_system(START) == Active({"sys": 3}, complete=False)


def test_failed_tasks_come_newest_first(store: Store) -> None:
    stored(store, *(a_task(f"t{n}", status=TaskStatus.FAILED, **ago(age)) for n, age in enumerate(AGES)))
    found = store.glance.failed(START, 2)
    assert (ids(found.tasks), found.count) == (["t0", "t1"], 4)


def test_who_needs_a_person_is_under_way_and_says_so(store: Store) -> None:
    stored(
        store,
        a_task("quiet", **ago(AGES[0])),
        a_task("over", status=TaskStatus.FAILED, attention="a link failed", **ago(AGES[0])),
        a_task("asks", status=TaskStatus.WAITING, attention="say what became of it", **ago(AGES[0])),
    )
    found = store.glance.in_need(5)
    assert (ids(found.tasks), found.count) == (["asks"], 1)


def test_the_one_that_is_late_the_longest_comes_first_and_a_paused_one_is_not_late(store: Store) -> None:
    stored(
        store,
        *(a_task(f"t{n}", deadline=START - age) for n, age in enumerate(AGES)),
        a_task("intime", deadline=START + AGES[0]),
        a_task("paused", status=TaskStatus.PAUSED, deadline=START - AGES[0], paused_at=START - AGES[1]),
    )
    found = store.glance.late(START, 2)
    assert (ids(found.tasks), found.count) == (["t3", "t2"], 4)


def test_the_tasks_of_a_system_come_newest_first(store: Store) -> None:
    stored(store, *(a_task(f"t{n}", **ago(age)) for n, age in enumerate(AGES)), a_task("x", system="other"))
    assert ids(store.glance.newest_of("sys", START, 3)) == ["t0", "t1", "t2"]


def test_what_runs_is_counted_by_system(store: Store) -> None:
    stored(store, a_task("a", **ago(AGES[0])), a_task("b", status=TaskStatus.WAITING, **ago(AGES[1])))
    stored(store, a_task("c", system="other", **ago(AGES[2])))
    stored(store, a_task("over", status=TaskStatus.DONE, **ago(AGES[0])))
    assert store.glance.active_by_system(START) == Active({"sys": 2, "other": 1}, complete=True)
    assert store.glance.active_of("sys", START) == 2
