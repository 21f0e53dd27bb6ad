"""Numbered slots that all workers share: limits on what runs at once."""

from functools import partial

from engine.store import Store
from tests.clock import START
from tests.contract.builders import at_once, bury, enlist


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
    taken = at_once([partial(store.slots.take, "api/a", 1, f"w{number}") for number in range(20)])
    assert [slot for slot in taken if slot] == ["api/a/0"]


def test_the_slots_of_a_lost_worker_are_free_again(store: Store) -> None:
    enlist(store, "w1")
    store.slots.take("api/a", 1, "w1")
    store.slots.take("api/b", 1, "ghost")
    bury(store, "w1")
    store.leases.free_orphans(START)
    assert store.slots.owners() == set()
