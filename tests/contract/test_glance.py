"""What a person sees at a glance: who needs somebody, what runs of which system, what a worker holds."""

from datetime import timedelta

from engine.model import TaskStatus
from engine.store import Active, Count, Store
from engine.store.glance import Glance
from tests.clock import START
from tests.contract.builders import a_task, held_by, ids, stored

AGES = (timedelta(seconds=1), timedelta(hours=3), timedelta(days=40), timedelta(days=4000))


def ago(age: timedelta) -> dict[str, object]:
    return {"created_at": START - age}


def test_who_needs_a_person_is_under_way_and_says_so(store: Store) -> None:
    stored(
        store,
        a_task("quiet", **ago(AGES[0])),
        a_task("over", status=TaskStatus.FAILED, attention="a link failed", **ago(AGES[0])),
        a_task("asks", status=TaskStatus.WAITING, attention="say what became of it", **ago(AGES[1])),
        a_task("lacks", status=TaskStatus.READY, attention="cannot be started yet", **ago(AGES[0])),
    )
    found = store.glance.in_need(5)
    assert (ids(found.tasks), found.count) == (["lacks", "asks"], Count(2))


def test_what_runs_is_counted_by_system(store: Store) -> None:
    stored(store, a_task("a", **ago(AGES[0])), a_task("b", status=TaskStatus.WAITING, **ago(AGES[1])))
    stored(store, a_task("c", system="other", **ago(AGES[2])), a_task("d", status=TaskStatus.DONE, **ago(AGES[0])))
    active = store.glance.active_by_system()
    assert active == Active({"sys": 2, "other": 1}, complete=True)
    assert (active.of("sys", "other", "none"), store.glance.active_of("sys")) == (Count(3), Count(2))


def test_what_runs_by_an_older_plan_is_counted(store: Store) -> None:
    plans = [("a", "old"), ("b", "new"), ("c", "older")]
    stored(store, *(a_task(id_, plan=plan, **ago(AGES[0])) for id_, plan in plans))
    stored(store, a_task("d", plan="old", status=TaskStatus.DONE, **ago(AGES[0])))
    assert store.glance.older_of("sys", "new") == Count(2)


def test_counts_end_where_there_are_many(store: Store) -> None:
    glance = Glance(store.db, store.tasks, counted=2)
    stored(store, *(a_task(f"t{n}", attention="x", **ago(age)) for n, age in enumerate(AGES)))
    assert glance.in_need(1).count == Count(2, exact=False)
    assert glance.active_of("sys") == Count(2, exact=False)
    assert glance.active_by_system() == Active({"sys": 2}, complete=False)


def test_what_a_worker_holds_is_found(store: Store) -> None:
    stored(store, a_task("t"))
    held_by(store, "w")
    stored(store, a_task("free"))
    assert ids(store.glance.held_by("w", 5)) == ["t"]
