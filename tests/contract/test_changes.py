"""Compare-and-set on a task's revision and epoch."""

from functools import partial
from typing import Any

import pytest

from engine.model import EdgeRefused, TaskStatus
from engine.store import Change, Move, Store
from tests.clock import START
from tests.contract.builders import SOON, a_record, a_task, at_once, held_by, stored, the_task


def test_a_change_applies_to_the_revision_it_was_decided_on_and_no_other(store: Store) -> None:
    stored(store, a_task())
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "one"})]) == set()
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "two"})]) == {"t"}
    task = the_task(store)
    assert (task.process_msg, task.rev) == ("one", 1)


def test_a_change_of_an_older_epoch_is_refused(store: Store) -> None:
    stored(store, a_task())
    task = held_by(store, "w1")
    assert store.tasks.apply([Change("t", task.rev, task.epoch - 1, {"process_msg": "zombie"})]) == {"t"}


def test_of_twenty_changes_decided_on_one_revision_one_applies(store: Store) -> None:
    stored(store, a_task())
    changes = [Change("t", 0, 0, {"process_msg": f"{number}"}) for number in range(20)]
    refused = at_once([partial(store.tasks.apply, [change]) for change in changes])
    (winner,) = [number for number, stale in enumerate(refused) if not stale]
    task = the_task(store)
    assert (task.process_msg, task.rev) == (f"{winner}", 1)


def test_nothing_is_lost_of_what_twenty_count_up_by_trying_again(store: Store) -> None:
    stored(store, a_task(args={"n": 0}))

    def count_up() -> None:
        while True:
            task = the_task(store)
            if not store.tasks.apply([Change("t", task.rev, 0, {"args": {"n": task.args["n"] + 1}})]):
                return

    at_once([count_up] * 20)
    assert (the_task(store).args, the_task(store).rev) == ({"n": 20}, 20)


def test_in_a_group_the_stale_change_alone_is_refused(store: Store) -> None:
    stored(store, *(a_task(f"t{number}") for number in range(50)))
    group = [Change(f"t{number}", 0 if number % 7 else 5, 0, {"process_msg": "new"}) for number in range(50)]
    stale = {f"t{number}" for number in range(0, 50, 7)}
    assert store.tasks.apply([*group, Change("nobody", 0, 0, {"process_msg": "new"})]) == {*stale, "nobody"}
    assert {task.id for task in store.tasks.all() if task.process_msg != "new"} == stale


def test_no_changes_are_no_work(store: Store) -> None:
    assert store.tasks.apply([]) == set()


def test_a_change_that_sets_what_is_there_already_applies_all_the_same(store: Store) -> None:
    stored(store, a_task(process_msg="same"))
    assert store.tasks.apply([Change("t", 0, 0, {"process_msg": "same"})]) == set()
    assert the_task(store).rev == 1


def test_a_change_whose_reply_was_lost_is_found_to_have_applied(store: Store) -> None:
    stored(store, a_task("a"), a_task("b"))
    sent, unsent = Change("a", 0, 0, {"name": "x"}), Change("b", 0, 0, {"name": "x"})
    store.tasks.apply([sent])
    assert store.tasks.missing([sent, unsent]) == {"b"}


def test_a_change_touches_the_paths_it_names_and_leaves_their_neighbours(store: Store) -> None:
    stored(store, a_task(args={"kept": 1}))
    store.tasks.apply([Change("t", 0, 0, {"step_info.s.api_status.l.tries": 3, "step_info.s.new": {"deep": [1]}})])
    step = the_task(store).step_info["s"]
    assert (step.api_status["l"].tries, step.api_status["l"].args) == (3, {"name": "$$s.x"})
    assert (step.model_extra, the_task(store).args) == ({"new": {"deep": [1]}}, {"kept": 1})


def test_a_change_makes_the_dicts_on_its_way(store: Store) -> None:
    stored(store, a_task())
    store.tasks.apply([Change("t", 0, 0, {"notes.by.ann": "hi"})])
    assert the_task(store).to_document()["notes"] == {"by": {"ann": "hi"}}


def test_a_change_can_set_a_value_to_nothing(store: Store) -> None:
    stored(store, a_task(deadline=SOON))
    store.tasks.apply([Change("t", 0, 0, {"deadline": None, "wake_at": None})])
    assert (the_task(store).deadline, store.leases.due(SOON)) == (None, [])


def test_a_status_edge_outside_the_table_is_refused(store: Store) -> None:
    stored(store, a_task(status=TaskStatus.DONE))
    with pytest.raises(EdgeRefused, match="cannot go from DONE to PAUSED"):
        store.tasks.apply([Change("t", 0, 0, moves=(Move("status", TaskStatus.DONE, TaskStatus.PAUSED),))])


def test_a_status_changes_by_a_move_only(store: Store) -> None:
    with pytest.raises(ValueError, match="by a move only"):
        store.tasks.apply([Change("t", 0, 0, {"step_info.s.status": "DONE"})])


@pytest.mark.parametrize("text", ["$args.a", "$$ROOT", "$$NOW", "$literal", {"$ne": ""}, {"$inc": {"rev": 1}}, ["$x"]])
def test_user_text_that_looks_like_an_operator_stays_text(store: Store, text: Any) -> None:
    stored(store, a_task())
    store.tasks.apply([Change("t", 0, 0, {"step_info.s.api_status.l.args": {"x": text}})])
    assert the_task(store).step_info["s"].api_status["l"].args == {"x": text}


def test_what_is_written_is_what_was_true_when_it_was_decided(store: Store) -> None:
    """Greenlets go on changing the model while their last change waits to be sent."""
    stored(store, a_task())
    args = {"n": 1}
    change, record = Change("t", 0, 0, {"args": args}), a_record(1, args=args)
    args["n"] = 2
    store.tasks.apply([change])
    store.journal.append([record])
    assert the_task(store).args == {"n": 1}
    assert store.journal.seal("t", 1, 0, START)[0]["sets"] == [["args", {"n": 1}]]


def test_the_head_of_a_task_tells_who_holds_it_and_what_is_asked(store: Store) -> None:
    stored(store, a_task())
    task = held_by(store, "w1")
    store.tasks.apply([Change("t", task.rev, task.epoch, {"request": "pause", "requested_by": "ann"})])
    head = store.tasks.head("t")
    assert head
    assert (head.epoch, head.rev, head.request, head.requested_by) == (1, 2, "pause", "ann")


def test_a_change_is_seen_by_whoever_reads_next(store: Store) -> None:
    """Reads are of the primary, and of what a majority has."""
    stored(store, a_task())
    for number in range(50):
        store.tasks.apply([Change("t", number, 0, {"process_msg": f"{number}", "priority": number % 10})])
        assert (the_task(store).process_msg, store.leases.due(START)[0].priority) == (f"{number}", number % 10)


def test_a_change_is_made_on_a_later_revision_with_other_values_over_its_own(store: Store) -> None:
    stored(store, a_task())
    change = Change("t", 0, 0, {"process_msg": "mine", "request": None})
    store.tasks.apply([Change("t", 0, 0, {"request": "pause"})])
    assert store.tasks.apply([change]) == {"t"}
    assert store.tasks.apply([change.rebased(1, {"request": "pause"})]) == set()
    assert (the_task(store).process_msg, the_task(store).request, the_task(store).rev) == ("mine", "pause", 2)
