"""Who holds what: what is due, claims, leases, burials."""

from datetime import timedelta
from functools import partial
from typing import Any

import gevent
import pytest

from engine.model import TaskStatus
from engine.store import Change, Lease, Owned, Store, WorkerInfo
from tests.clock import START
from tests.contract.builders import (
    SOON,
    a_record,
    a_task,
    at_once,
    bury,
    claim,
    enlist,
    held_by,
    ids,
    seen,
    stored,
    the_task,
)

# -- what is due -------------------------------------------------------------------------------------


def test_what_is_not_due_held_paused_or_over_is_not_offered(store: Store) -> None:
    stored(store, a_task("later", wake_at=SOON), a_task("due"))
    stored(store, a_task("paused", status=TaskStatus.PAUSED, wake_at=None))
    assert ids(store.leases.due(START)) == ["due"]
    held_by(store, "w1")
    assert store.leases.due(START) == []


def test_a_task_is_due_at_its_very_millisecond(store: Store) -> None:
    moment = START + timedelta(milliseconds=1)
    stored(store, a_task(wake_at=moment))
    assert store.leases.due(START) == []
    assert ids(store.leases.due(moment)) == ["t"]


def test_a_task_without_a_time_to_wake_is_never_due(store: Store) -> None:
    """Null and absent are below every date in a database's own order."""
    stored(store, a_task(wake_at=None))
    store.db.task.insert_one({"_id": "absent", "rev": 0, "system": "sys"})
    far = START + timedelta(days=36_500)
    assert store.leases.due(far) == []
    assert store.leases.next_wake(START - timedelta(days=36_500), far) is None


def test_what_is_due_comes_longest_due_first_and_no_more_than_asked_for(store: Store) -> None:
    for number in (3, 1, 4, 0, 2):
        stored(store, a_task(f"t{number}", wake_at=START - timedelta(seconds=10 - number)))
    assert ids(store.leases.due(START)) == ["t0", "t1", "t2", "t3", "t4"]
    assert ids(store.leases.due(START, limit=2)) == ["t0", "t1"]


def test_what_is_due_tells_what_its_turn_depends_on(store: Store) -> None:
    stored(store, a_task(priority=7, deadline=SOON))
    (due,) = store.leases.due(START)
    assert (due.system, due.priority, due.deadline, due.wake_at) == ("sys", 7, SOON, START)


def test_the_next_to_wake_is_the_first_after_now_up_to_the_horizon(store: Store) -> None:
    for number in (-1, 0, 20, 10):
        stored(store, a_task(f"t{number}", wake_at=START + timedelta(seconds=number)))
    assert store.leases.next_wake(START, SOON) == START + timedelta(seconds=10)
    assert store.leases.next_wake(START, START + timedelta(seconds=10)) == START + timedelta(seconds=10)
    assert store.leases.next_wake(START, START + timedelta(seconds=9)) is None


# -- claims ------------------------------------------------------------------------------------------


def test_two_workers_never_claim_the_same_task(store: Store) -> None:
    stored(store, *(a_task(f"t{number}") for number in range(40)))
    for worker in ("w1", "w2"):
        enlist(store, worker)
    seen = store.leases.due(START)
    first, second = gevent.spawn(store.leases.claim, seen, "w1"), gevent.spawn(store.leases.claim, seen, "w2")
    one, two = set(ids(first.get())), set(ids(second.get()))
    assert one | two == {f"t{number}" for number in range(40)}
    assert not one & two


def test_of_twenty_workers_that_claim_one_task_one_gets_it(store: Store) -> None:
    stored(store, a_task())
    seen = store.leases.due(START)
    got = at_once([partial(store.leases.claim, seen, f"w{number}") for number in range(20)])
    (winner,) = [f"w{number}" for number, tasks in enumerate(got) if tasks]
    assert (the_task(store).owner, the_task(store).epoch) == (winner, 1)


def test_a_claim_raises_epoch_and_revision_and_forgets_when_to_wake(store: Store) -> None:
    stored(store, a_task(status=TaskStatus.WAITING, saved=7))
    task = held_by(store, "w1")
    assert (task.owner, task.epoch, task.rev, task.wake_at) == ("w1", 1, 1, None)
    assert (task.status, task.saved) == (TaskStatus.RUNNING, 0)
    assert the_task(store) == task


@pytest.mark.parametrize("wake_at", [None, SOON])
def test_a_task_that_is_held_or_waits_for_later_since_it_was_seen_is_not_claimed(store: Store, wake_at: Any) -> None:
    stored(store, a_task(), a_task("neighbour"))
    seen = store.leases.due(START)
    store.tasks.apply([Change("t", 0, 0, {"wake_at": wake_at})])
    before = the_task(store)
    assert ids(store.leases.claim(seen, "w1")) == ["neighbour"]
    assert the_task(store) == before


def test_a_worker_learns_what_it_holds_and_what_was_asked_of_it_and_of_no_other(store: Store) -> None:
    stored(store, a_task("mine"), a_task("quiet"))
    enlist(store, "w1")
    claim(store, "w1")
    stored(store, a_task("other"))
    held_by(store, "w2")
    for id_ in ("mine", "other"):
        store.tasks.apply([Change(id_, 1, 1, {"request": "pause"})])
    assert set(store.leases.owned("w1")) == {Owned("mine", 1, "pause"), Owned("quiet", 1, None)}


# -- leases ------------------------------------------------------------------------------------------


def test_a_worker_is_known_with_what_it_tells_of_itself(store: Store) -> None:
    lease = enlist(store, "w1", host="h", pid=1, started_at=START)
    store.leases.renew(lease, held=3, renewed_at=SOON)
    assert store.leases.workers() == [
        WorkerInfo("w1", 1, 30.0, host="h", pid=1, held=3, started_at=START, renewed_at=SOON)
    ]
    store.leases.discharge("w1")
    assert store.leases.workers() == []


def test_a_worker_that_was_buried_cannot_renew(store: Store) -> None:
    lease = enlist(store, "w1")
    bury(store, "w1")
    assert store.leases.renew(lease) is None


def test_a_worker_that_renewed_since_it_was_seen_is_not_buried(store: Store) -> None:
    stored(store, a_task())
    held_by(store, "w1")
    before = seen(store, "w1")
    renewed = store.leases.renew(Lease("w1", 0))
    assert renewed
    assert store.leases.bury(before, SOON) == 0
    assert store.leases.renew(renewed)


def test_a_renewal_whose_reply_was_lost_is_made_once_more(store: Store) -> None:
    """From when on the first one counts is not known: others may have seen it long ago."""
    lease = enlist(store, "w1")
    assert store.leases.renew(lease) == Lease("w1", 1)
    assert store.leases.renew(lease) == Lease("w1", 2)


def test_of_a_renewal_and_a_burial_at_once_one_wins(store: Store) -> None:
    for number in range(20):
        name = f"w{number}"
        lease = enlist(store, name)
        stored(store, a_task(f"t{number}", owner=name, wake_at=None))
        last = seen(store, name)
        renewed, freed = at_once([partial(store.leases.renew, lease), partial(store.leases.bury, last, SOON)])
        assert bool(renewed) != bool(freed)
        store.leases.discharge(name)
        store.leases.free_orphans(SOON)


# -- burials -----------------------------------------------------------------------------------------


def test_the_tasks_of_a_lost_worker_are_free_again_and_its_writes_refused(store: Store) -> None:
    stored(store, a_task())
    task = held_by(store, "w1")
    assert bury(store, "w1") == 1
    assert store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "zombie"})]) == {"t"}
    freed = the_task(store)
    assert (freed.owner, freed.crashes, freed.wake_at) == (None, 1, SOON)


def test_of_many_who_bury_a_worker_at_once_one_frees_each_of_its_tasks(store: Store) -> None:
    stored(store, *(a_task(f"t{number}") for number in range(10)))
    enlist(store, "w1")
    claim(store, "w1")
    assert sum(at_once([partial(store.leases.bury, seen(store, "w1"), SOON)] * 5)) == 10
    assert {(task.epoch, task.crashes, task.owner) for task in store.tasks.all()} == {(2, 1, None)}


def test_a_burial_that_was_cut_off_is_finished_by_the_next(store: Store) -> None:
    stored(store, a_task())
    held_by(store, "w1")
    store.db.worker.update_one({"_id": "w1"}, {"$set": {"beat": -1}})  # killed behind the first write
    assert bury(store, "w1") == 1
    assert store.leases.workers() == []


def test_tasks_of_an_owner_nobody_knows_are_freed(store: Store) -> None:
    stored(store, a_task(owner="ghost", wake_at=None), a_task("free"))
    assert store.leases.free_orphans(START) == 1
    assert (the_task(store).owner, the_task(store, "free").epoch) == (None, 0)


@pytest.mark.parametrize("owner", [None, ""])
def test_a_task_that_nobody_holds_is_nobody_s_orphan(store: Store, owner: Any) -> None:
    stored(store, a_task(owner=owner))
    assert store.leases.free_orphans(START) == 0


def test_one_task_is_given_back_as_if_its_worker_were_lost(store: Store) -> None:
    stored(store, a_task("t"), a_task("t2"))
    enlist(store, "w1")
    claim(store, "w1")
    store.journal.append([a_record(1)])
    assert not store.leases.give_back(Owned("t", 7, None), "w1", SOON, "wrong epoch")
    assert not store.leases.give_back(Owned("t", 1, None), "w2", SOON, "not its owner")
    assert store.leases.give_back(Owned("t", 1, None), "w1", SOON, "it broke")
    task = the_task(store)
    assert (task.owner, task.epoch, task.wake_at, task.attention) == (None, 2, SOON, "it broke")
    assert (task.process_msg, the_task(store, "t2").owner) == ("1", "w1")


def test_a_task_at_which_five_workers_were_lost_in_a_row_is_put_in_quarantine(store: Store) -> None:
    stored(store, a_task())
    for number in range(5):
        assert [due.crashes for due in store.leases.due(SOON)] == [number]
        enlist(store, f"w{number}")
        store.leases.claim(store.leases.due(SOON), f"w{number}")
        bury(store, f"w{number}")
    task = the_task(store)
    assert (task.status, task.wake_at, store.leases.due(SOON)) == (TaskStatus.WAITING, None, [])
    assert "quarantine" in task.attention


def test_a_document_that_cannot_be_read_is_put_aside_and_its_neighbours_are_claimed(store: Store) -> None:
    stored(store, a_task("bad"), a_task("good"))
    store.db.task.update_one({"_id": "bad"}, {"$set": {"step_info": "nonsense"}})
    enlist(store, "w1")
    assert [task.id for task in claim(store, "w1")] == ["good"]
    raw = store.db.task.find_one({"_id": "bad"})
    assert raw
    assert (raw["owner"], raw["wake_at"]) == (None, None)
    assert "cannot be read" in raw["attention"]


def test_tidying_removes_the_records_of_tasks_that_nobody_holds(store: Store) -> None:
    stored(store, a_task("free", wake_at=SOON), a_task())
    held_by(store, "w1")
    store.journal.append([a_record(1), a_record(1, "free"), a_record(1, "removed")])
    store.leases.tidy_journal(START)
    assert store.journal.leftovers(START) == {"t": ["t/1/1"]}
