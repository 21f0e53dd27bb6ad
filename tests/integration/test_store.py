"""What the store promises, on the real embedded server."""

from datetime import timedelta
from typing import Any

import gevent
import pytest

from engine.model import Api, Attempt, EdgeRefused, Event, LinkState, StepInfo, Task, TaskStatus, Verdict
from engine.store import (
    BadDump,
    Change,
    Entry,
    Fold,
    Lease,
    Move,
    NotEmpty,
    Owned,
    Record,
    Store,
    TaskExists,
    Trail,
    Writer,
)
from engine.store.schema import INDEXES
from tests.clock import START

SOON = START + timedelta(seconds=30)


def a_task(id_: str = "t", **fields: Any) -> Task:
    link = LinkState(id="l", args={"name": "$$s.x"})
    told: dict[str, Any] = {"status": TaskStatus.RUNNING, "wake_at": START, "system": "sys"} | fields
    return Task(id=id_, step_info={"s": StepInfo(api_status={"l": link})}, **told)


def an_attempt(number: int, **fields: Any) -> Attempt:
    place: dict[str, Any] = {"task": "t", "step": "s", "link": "l", "seq": number, "verdict": Verdict.NOT_YET}
    return Attempt(id=f"t/1/{number}", at=START, last_at=START, **(place | fields))


def enlist(store: Store, worker: str) -> Lease:
    return store.leases.enlist(worker, lease_s=30.0, host="here", pid=1)


def bury(store: Store, worker: str) -> int:
    """As somebody who has seen the worker's lease run out."""
    (info,) = [one for one in store.leases.workers() if one.id == worker]
    return store.leases.bury(info, SOON)


def claim(store: Store, worker: str) -> list[Task]:
    return store.leases.claim(store.leases.due(START), worker)


def held_by(store: Store, worker: str) -> Task:
    enlist(store, worker)
    (task,) = claim(store, worker)
    return task


# -- documents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"a.b": 1, "$set": {"": 2}},
        [2**80, -(2**70)],
        {"\ud800": "\udfff"},
        {"__json__": "{}"},
        1.5,
        "",
        None,
        {"$": {"x": []}},
    ],
)
def test_any_json_of_an_api_is_read_back_unchanged(store: Store, value: Any) -> None:
    store.definitions.save([Api.load({"_id": "a", "url": "http://x", "result": value, "note": value})])
    store.tasks.create(a_task(args={"v": value}))
    api, task = store.definitions.api("a"), store.tasks.get("t")
    assert api
    assert task
    assert (api.result, api.to_json()["note"], task.args) == (value, value, {"v": value})


def test_a_second_task_of_the_same_id_is_refused(store: Store) -> None:
    store.tasks.create(a_task())
    with pytest.raises(TaskExists, match="choose another id"):
        store.tasks.create(a_task())


def test_every_index_is_made_at_start(store: Store) -> None:
    for name, wanted in INDEXES.items():
        made = {tuple(index["key"]) for index in store.db[name].list_indexes()}
        assert set(wanted) <= made, name


# -- change ------------------------------------------------------------------------------------------


def test_a_change_applies_to_the_revision_it_was_decided_on_and_no_other(store: Store) -> None:
    store.tasks.create(a_task())
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "one"})]) == set()
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "two"})]) == {"t"}
    task = store.tasks.get("t")
    assert task
    assert (task.process_msg, task.rev) == ("one", 1)


def test_a_change_of_an_older_epoch_is_refused(store: Store) -> None:
    store.tasks.create(a_task())
    task = held_by(store, "w1")
    assert store.tasks.apply([Change("t", task.rev, task.epoch - 1, {"process_msg": "zombie"})]) == {"t"}


def test_a_status_edge_outside_the_table_is_refused(store: Store) -> None:
    store.tasks.create(a_task(status=TaskStatus.DONE))
    with pytest.raises(EdgeRefused, match="cannot go from DONE to PAUSED"):
        store.tasks.apply([Change("t", 0, 0, moves=(Move("status", TaskStatus.DONE, TaskStatus.PAUSED),))])


def test_a_status_changes_by_a_move_only(store: Store) -> None:
    with pytest.raises(ValueError, match="by a move only"):
        store.tasks.apply([Change("t", 0, 0, {"step_info.s.status": "DONE"})])


def test_user_text_that_looks_like_an_operator_stays_text(store: Store) -> None:
    store.tasks.create(a_task())
    args = {"x": "$args.a", "y": {"$ne": ""}}
    store.tasks.apply([Change("t", 0, 0, {"step_info.s.api_status.l.args": args})])
    task = store.tasks.get("t")
    assert task
    assert task.step_info["s"].api_status["l"].args == args


# -- claims and leases -------------------------------------------------------------------------------


def test_two_workers_never_claim_the_same_task(store: Store) -> None:
    for number in range(40):
        store.tasks.create(a_task(f"t{number}"))
    for worker in ("w1", "w2"):
        enlist(store, worker)
    seen = store.leases.due(START)
    first, second = gevent.spawn(store.leases.claim, seen, "w1"), gevent.spawn(store.leases.claim, seen, "w2")
    one, two = {task.id for task in first.get()}, {task.id for task in second.get()}
    assert one | two == {f"t{number}" for number in range(40)}
    assert not one & two


def test_a_claim_raises_the_epoch(store: Store) -> None:
    store.tasks.create(a_task())
    task = held_by(store, "w1")
    assert (task.owner, task.epoch, task.wake_at) == ("w1", 1, None)


def test_what_is_not_due_held_paused_or_over_is_not_offered(store: Store) -> None:
    store.tasks.create(a_task("later", wake_at=SOON))
    store.tasks.create(a_task("paused", status=TaskStatus.PAUSED, wake_at=None))
    store.tasks.create(a_task("due"))
    assert [due.id for due in store.leases.due(START)] == ["due"]
    held_by(store, "w1")
    assert store.leases.due(START) == []


def test_a_task_changed_since_it_was_seen_is_not_claimed(store: Store) -> None:
    store.tasks.create(a_task())
    seen = store.leases.due(START)
    store.tasks.apply([Change("t", 0, 0, {"wake_at": None})])
    enlist(store, "w1")
    assert store.leases.claim(seen, "w1") == []


def test_the_tasks_of_a_lost_worker_are_free_again_and_its_writes_refused(store: Store) -> None:
    store.tasks.create(a_task())
    task = held_by(store, "w1")
    assert bury(store, "w1") == 1
    assert store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "zombie"})]) == {"t"}
    freed = store.tasks.get("t")
    assert freed
    assert (freed.owner, freed.crashes, freed.wake_at) == (None, 1, SOON)


def test_a_worker_that_was_buried_cannot_renew(store: Store) -> None:
    lease = enlist(store, "w1")
    bury(store, "w1")
    assert store.leases.renew(lease) is None


def test_a_worker_that_renewed_meanwhile_is_not_buried(store: Store) -> None:
    store.tasks.create(a_task())
    held_by(store, "w1")
    (seen,) = store.leases.workers()
    renewed = store.leases.renew(Lease("w1", 0))
    assert renewed
    assert store.leases.bury(seen, SOON) == 0
    assert store.leases.renew(renewed)


def test_a_renewal_whose_reply_was_lost_is_made_once_more(store: Store) -> None:
    """From when on the first one counts is not known: others may have seen it long ago."""
    lease = enlist(store, "w1")
    assert store.leases.renew(lease) == Lease("w1", 1)
    assert store.leases.renew(lease) == Lease("w1", 2)


def test_a_burial_that_was_cut_off_is_finished_by_the_next(store: Store) -> None:
    store.tasks.create(a_task())
    held_by(store, "w1")
    store.db.worker.update_one({"_id": "w1"}, {"$set": {"beat": -1}})  # killed behind the first write
    assert bury(store, "w1") == 1
    assert store.leases.workers() == []


def test_tasks_of_an_owner_nobody_knows_are_freed(store: Store) -> None:
    store.tasks.create(a_task(owner="ghost", wake_at=None))
    assert store.leases.free_orphans(START) == 1


def test_a_task_is_given_back_by_its_owner_and_in_its_epoch_only(store: Store) -> None:
    store.tasks.create(a_task())
    task = held_by(store, "w1")
    assert not store.leases.give_back(Owned("t", task.epoch, None), "w2", SOON)
    assert not store.leases.give_back(Owned("t", task.epoch - 1, None), "w1", SOON)
    assert store.leases.give_back(Owned("t", task.epoch, None), "w1", SOON)


def test_a_task_at_which_five_workers_were_lost_in_a_row_is_put_in_quarantine(store: Store) -> None:
    store.tasks.create(a_task())
    for number in range(5):
        assert [due.crashes for due in store.leases.due(SOON)] == [number]
        enlist(store, f"w{number}")
        store.leases.claim(store.leases.due(SOON), f"w{number}")
        bury(store, f"w{number}")
    task = store.tasks.get("t")
    assert task
    assert (task.status, task.wake_at, store.leases.due(SOON)) == (TaskStatus.WAITING, None, [])
    assert "quarantine" in task.attention


def test_a_document_that_cannot_be_read_is_put_aside_and_its_neighbours_are_claimed(store: Store) -> None:
    store.tasks.create(a_task("bad"))
    store.tasks.create(a_task("good"))
    store.db.task.update_one({"_id": "bad"}, {"$set": {"step_info": "nonsense"}})
    enlist(store, "w1")
    assert [task.id for task in claim(store, "w1")] == ["good"]
    raw = store.db.task.find_one({"_id": "bad"})
    assert raw
    assert (raw["owner"], raw["wake_at"]) == (None, None)
    assert "cannot be read" in raw["attention"]


# -- slots -------------------------------------------------------------------------------------------


def test_of_a_limit_of_two_a_third_gets_nothing_until_one_is_given_back(store: Store) -> None:
    one, two = store.slots.take("api/a", 2, "w1"), store.slots.take("api/a", 2, "w2")
    assert one
    assert two
    assert store.slots.take("api/a", 2, "w1") is None
    store.slots.give([one], "w2")  # it is not w2's
    assert store.slots.take("api/a", 2, "w1") is None
    store.slots.give([one], "w1")
    assert store.slots.take("api/a", 2, "w2") == one


def test_limits_of_other_names_are_apart(store: Store) -> None:
    assert store.slots.take("api/a", 1, "w1")
    assert store.slots.take("api/ab", 1, "w1")
    assert store.slots.taken("api/a") == 1


def test_of_many_who_want_the_last_slot_one_gets_it(store: Store) -> None:
    greenlets = [gevent.spawn(store.slots.take, "api/a", 1, f"w{number}") for number in range(20)]
    assert len([greenlet.get() for greenlet in greenlets if greenlet.get()]) == 1


def test_the_slots_of_a_lost_worker_are_free_again(store: Store) -> None:
    enlist(store, "w1")
    store.slots.take("api/a", 1, "w1")
    store.slots.take("api/b", 1, "ghost")
    bury(store, "w1")
    store.leases.free_orphans(START)
    assert store.slots.owners() == set()


# -- history -----------------------------------------------------------------------------------------


def test_only_the_last_fifty_attempts_of_a_link_are_kept_beside_those_results_depend_on(store: Store) -> None:
    store.history.add_attempts([an_attempt(number, kept=number == 3) for number in range(1, 201)])
    kept = [attempt.seq for attempt in store.history.attempts("t", "s", "l")]
    assert kept == [3, *range(151, 201)]


def test_adding_an_attempt_twice_keeps_one(store: Store) -> None:
    store.history.add_attempts([an_attempt(1)])
    store.history.add_attempts([an_attempt(1), an_attempt(2)])
    assert [attempt.seq for attempt in store.history.attempts("t", "s", "l")] == [1, 2]


def test_folding_counts_identical_polls_in_one_attempt(store: Store) -> None:
    store.history.add_attempts([an_attempt(1)])
    store.history.fold([Fold("t/1/1", 7, SOON)])
    (attempt,) = store.history.attempts("t", "s", "l")
    assert (attempt.count, attempt.last_at, attempt.at) == (7, SOON, START)


def test_an_event_is_read_while_it_is_only_in_the_task_that_it_tells_of(store: Store) -> None:
    """Its writer may have been killed before it could copy it."""
    event = Event(id="e", task="t", seq=0, at=START, who="ann", what="created")
    store.tasks.create(a_task(), event)
    assert store.history.events("t") == [event]


def test_a_claim_copies_the_events_of_the_last_change(store: Store) -> None:
    store.tasks.create(a_task(), Event(id="e", task="t", seq=0, at=START, who="ann", what="created"))
    task = held_by(store, "w1")
    store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "next"})])
    assert [event.id for event in store.history.events("t")] == ["e"]


def test_events_keep_who_what_before_and_after(store: Store) -> None:
    event = Event(id="e", task="t", seq=1, at=START, who="ann", what="edited", before={"a.b": 1}, after=[2**70])
    store.history.add_events([event])
    assert store.history.events("t") == [event]


# -- the grouped writer ------------------------------------------------------------------------------


@pytest.fixture
def writer(store: Store) -> Any:
    writer = Writer(store.tasks, store.history, store.journal)
    writer.start()
    yield writer
    writer.stop()


def test_each_of_a_group_learns_its_own_verdict(store: Store, writer: Writer) -> None:
    for id_ in ("a", "b", "c"):
        store.tasks.create(a_task(id_))
    changes = [Change("a", 0, 0, {"name": "x"}), Change("b", 7, 0, {"name": "x"}), Change("c", 0, 0, {"name": "x"})]
    greenlets = [gevent.spawn(writer.write, Entry(change)) for change in changes]
    assert [greenlet.get() for greenlet in greenlets] == [True, False, True]


def test_one_that_cannot_be_written_does_not_take_its_neighbours_down(store: Store, writer: Writer) -> None:
    for id_ in ("a", "b"):
        store.tasks.create(a_task(id_))
    bad = gevent.spawn(writer.write, Entry(Change("a", 0, 0, {"name": object()})))
    good = gevent.spawn(writer.write, Entry(Change("b", 0, 0, {"name": "x"})))
    assert good.get() is True
    with pytest.raises(Exception, match="cannot encode object"):
        bad.get()


def test_attempts_are_there_before_the_task_refers_to_them(store: Store, writer: Writer) -> None:
    store.tasks.create(a_task())
    seen: list[Any] = []
    apply = store.tasks.apply

    def spying(changes: Any) -> set[str]:
        seen.extend(attempt.id for attempt in store.history.attempts("t", "s", "l"))
        return apply(changes)

    writer._tasks.apply = spying  # type: ignore[method-assign]
    assert writer.write(Entry(Change("t", 0, 0, {"name": "x"}), trail=Trail.of([an_attempt(1)], [])))
    assert seen == ["t/1/1"]


# -- backup ------------------------------------------------------------------------------------------


def test_what_is_restored_is_what_was_dumped(store: Store) -> None:
    store.definitions.save([Api.load({"_id": "a", "url": "http://x", "result": {"a.b": 2**70}})])
    store.tasks.create(a_task(deadline=SOON))
    store.history.add_attempts([an_attempt(1)])
    lines = list(store.dump())
    other = Store(store.db.client[f"{store.db.name}r"])
    try:
        assert other.restore(lines) == 3
        assert other.tasks.get("t") == store.tasks.get("t")
        assert other.definitions.api("a") == store.definitions.api("a")
        assert sorted(other.dump()) == sorted(lines)
    finally:
        store.db.client.drop_database(other.db.name)


def test_a_restore_over_data_is_refused(store: Store) -> None:
    store.tasks.create(a_task())
    with pytest.raises(NotEmpty, match="empty database"):
        store.restore([])


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"in": "worker", "document": {}}', "nonsense"])
def test_a_line_that_no_dump_wrote_is_named(store: Store, line: str) -> None:
    with pytest.raises(BadDump, match="line 1"):
        store.restore([line])


# -- the journal -------------------------------------------------------------------------------------


def a_record(n: int, **sets: Any) -> Record:
    return Record("t", 1, n, sets or {"process_msg": f"{n}"})


def test_a_number_of_the_journal_is_taken_once(store: Store) -> None:
    assert store.journal.append([a_record(1)]) == set()
    assert store.journal.append([a_record(1)]) == {"t"}


def test_a_record_whose_reply_was_lost_counts_when_it_is_sent_again(store: Store) -> None:
    record = a_record(1)
    store.journal.append([record])
    assert store.journal.append([record]) == set()


def test_nothing_is_appended_to_a_sealed_journal(store: Store) -> None:
    store.journal.append([a_record(1)])
    assert [record["n"] for record in store.journal.seal("t", 1)] == [1]
    assert store.journal.append([a_record(2)]) == {"t"}
    assert [record["n"] for record in store.journal.seal("t", 1)] == [1]


def test_a_held_task_is_read_with_what_its_worker_has_done(store: Store) -> None:
    store.tasks.create(a_task())
    held_by(store, "w1")
    store.journal.append([a_record(1, **{"step_info.s.api_status.l.procmmsg": "calling"})])
    task = store.tasks.get("t")
    assert task
    assert task.step_info["s"].api_status["l"].procmmsg == "calling"
    assert store.tasks.many(["t"]) == [task]


def test_the_journal_of_a_lost_worker_is_written_into_the_task(store: Store) -> None:
    store.tasks.create(a_task())
    held_by(store, "w1")
    store.journal.append([a_record(1), a_record(2)])
    bury(store, "w1")
    task = store.tasks.get("t")
    assert task
    assert (task.process_msg, task.owner, task.epoch) == ("2", None, 2)


def test_what_the_document_holds_already_is_not_replayed_over_it(store: Store) -> None:
    store.tasks.create(a_task())
    task = held_by(store, "w1")
    store.journal.append([a_record(1)])
    store.tasks.apply([Change("t", task.rev, task.epoch, {"process_msg": "saved later", "saved": 1})])
    bury(store, "w1")
    freed = store.tasks.get("t")
    assert freed
    assert freed.process_msg == "saved later"


def test_what_is_written_is_what_was_true_when_it_was_decided(store: Store) -> None:
    """Greenlets go on changing the model while their last change waits to be sent."""
    store.tasks.create(a_task())
    args = {"n": 1}
    change, record = Change("t", 0, 0, {"args": args}), a_record(1, args=args)
    args["n"] = 2
    store.tasks.apply([change])
    store.journal.append([record])
    task = store.tasks.get("t")
    assert task
    assert task.args == {"n": 1}
    assert store.journal.seal("t", 1)[0]["sets"] == [["args", {"n": 1}]]
