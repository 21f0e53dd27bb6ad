"""Pages along an index: every document exactly once, whatever its value, in order, forwards and backwards."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.model import Task, TaskStatus
from engine.store import (
    SORTS,
    BadPlace,
    Budget,
    Condition,
    Count,
    Pager,
    Place,
    Sorting,
    Store,
    Wanted,
    newest_first,
    scale,
)
from engine.store import task_list as task_list_module
from engine.store.pages import Stretch
from tests.clock import START
from tests.contract.builders import a_record, a_task, held_by, stored

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERY = Wanted()
PATIENT = Budget(documents=10_000, seconds=60)
SORTINGS = [Sorting(by, upwards) for by in SORTS for upwards in (True, False)]
KEYS: dict[str, Callable[[Task], Any]] = {
    "deadline": lambda task: task.deadline if task.status != TaskStatus.PAUSED else None,
    "slack": lambda task: task.slack_s,
    "started": lambda task: task.started_at,
    "finished": lambda task: task.ended_at,
    "created": lambda task: task.created_at,
    "name": lambda task: task.name,
}


def wanted(**conditions: str) -> Wanted:
    return Wanted(tuple(Condition(key, frozenset({value})) for key, value in conditions.items()))


def all_sorts_of_tasks(count: int = 150) -> list[Task]:
    """Ties, nothing at all, far past and future, in no order."""
    dice = random.Random(7)

    def maybe(value: Any) -> Any:
        return dice.choice([None, value, value])

    def some_time() -> datetime:
        return (
            START
            + dice.choice([-9_000, -1, 0, 0, 1, 5, 5, 400]) * DAY
            + dice.choice([0, 0, 1]) * timedelta(milliseconds=1)
        )

    return [
        a_task(
            f"t{dice.randrange(10**9)}-{number}", name=dice.choice(["", "nightly", "nightly", "7", "订单", 60 * "A"]),
            status=dice.choice(list(TaskStatus)), system=dice.choice(["s1", "s2"]), wake_at=None,
            deadline=maybe(some_time()), slack_s=maybe(dice.choice([0.0, 0.57, -3600.25, 1e7, -1e9])),
            started_at=maybe(some_time()), ended_at=maybe(some_time()), created_at=maybe(some_time()),
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def tasks(store: Store) -> list[Task]:
    made = all_sorts_of_tasks()
    store.db.task.insert_many([task.to_document() for task in made])
    return made


@pytest.fixture(params=["windows", "limits"])
def way(request: pytest.FixtureRequest, store: Store) -> Iterator[str]:
    """Both ways to read, on whichever server."""
    store.task_list._pager._stops_at_limit = request.param == "limits"
    return request.param


@pytest.fixture(params=["few", "many"])
def plenty(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether what an index leads to is few enough to be sorted here."""
    if request.param == "many":
        monkeypatch.setattr(task_list_module, "COUNTED", 3)
    return request.param


def walked(store: Store, want: Wanted, sorting: Sorting, rows: int = 40) -> list[Task]:
    """Page by page to the end."""
    found: list[Task] = []
    after = None
    for _ in range(400):
        page = store.task_list.page(want, sorting, START, rows, after=after)
        found += page.tasks
        if page.after is None:
            return found
        after = Place.read(page.after.text)
    raise AssertionError("the pages have no end")


def walked_back(store: Store, want: Wanted, sorting: Sorting, before: Place, rows: int = 40) -> list[Task]:
    """Page by page to the first task."""
    found: list[Task] = []
    while True:
        page = store.task_list.page(want, sorting, START, rows, before=before)
        found = page.tasks + found
        if page.before is None:
            return found
        before = Place.read(page.before.text)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("sorting", SORTINGS, ids=str)
def test_every_task_is_on_one_page_and_in_order(store: Store, tasks: list[Task], sorting: Sorting) -> None:
    found = walked(store, EVERY, sorting)
    assert sorted(task.id for task in found) == sorted(task.id for task in tasks)
    values = [KEYS[sorting.by](task) for task in found]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=not sorting.upwards)
    assert values[: len(known)] == known, "what has no value comes last"


@pytest.mark.usefixtures("way", "tasks")
@pytest.mark.parametrize("sorting", SORTINGS, ids=str)
def test_the_way_back_is_the_way_there(store: Store, sorting: Sorting) -> None:
    there = walked(store, EVERY, sorting)
    page = store.task_list.page(EVERY, sorting, START, 100, budget=PATIENT)
    assert page.after
    assert walked_back(store, EVERY, sorting, page.after) == there[:99]


WANTS = [
    wanted(status="RUNNING"), wanted(status="PAUSED", system="s2"), wanted(status="FAILED"), wanted(system="s1"),
    wanted(late="yes"), wanted(late="will"), wanted(late="no", text="NIGHT"), wanted(text="订"),
    Wanted((Condition("status", frozenset({"DONE", "FAILED"}), refused=True),)),
    Wanted((Condition("status", frozenset({"RUNNING", "PAUSED"})),)),
]  # fmt: skip


@pytest.mark.usefixtures("way", "plenty")
@pytest.mark.parametrize("sorting", [Sorting(), Sorting("slack", upwards=False), Sorting("name")], ids=str)
@pytest.mark.parametrize(
    "want", WANTS, ids=lambda want: " ".join(f"{one.key}:{sorted(one.values)}" for one in want.conditions)
)
def test_a_condition_leaves_out_the_others_and_nothing_else(
    store: Store, tasks: list[Task], sorting: Sorting, want: Wanted
) -> None:
    expected = {task.id for task in tasks if want.holds(task.to_document(), START)}
    found = walked(store, want, sorting)
    assert (len(found), {task.id for task in found}) == (len(expected), expected)
    page = store.task_list.page(want, sorting, START, len(found) // 2, budget=PATIENT)
    assert page.after
    half = found[: len(found) // 2]
    assert walked_back(store, want, sorting, page.after) in (half, half[:-1]), "up to what was looked at last"


@pytest.mark.usefixtures("way")
def test_what_is_late_first_comes_first_then_what_stands_still_then_the_newest(store: Store) -> None:
    paused = a_task("paused", status=TaskStatus.PAUSED, deadline=START - 9 * DAY, created_at=START, wake_at=None)
    done = [a_task(f"done{n}", status=TaskStatus.DONE, created_at=START + n * DAY, wake_at=None) for n in (0, 2)]
    stored(store, *done, paused, *(a_task(f"d{days}", deadline=START + days * DAY) for days in (400, -1, 20_000, 5)))
    assert [task.id for task in walked(store, EVERY, Sorting(), 2)] == [
        "d-1", "d5", "d400", "d20000", "paused", "done2", "done0"
    ]  # fmt: skip


def test_a_page_that_has_looked_long_enough_says_how_far_it_came_and_the_next_goes_on(store: Store) -> None:
    first_deadline = datetime.now(UTC)
    tasks = [
        a_task(f"t{number:04}", deadline=first_deadline + number * timedelta(minutes=1)) for number in range(3_000)
    ]
    store.db.task.insert_many([task.to_document() for task in tasks])
    last = wanted(text="t2999")
    first = store.task_list.page(last, Sorting(), START, 10, budget=Budget(documents=100, seconds=60))
    assert (first.tasks, first.cut_short, 100 <= first.looked < 3_000) == ([], True, True)
    assert first.after
    second = store.task_list.page(last, Sorting(), START, 10, after=first.after, budget=PATIENT)
    assert [task.id for task in second.tasks] == ["t2999"]


def test_a_held_task_is_listed_with_what_its_worker_has_done(store: Store) -> None:
    stored(store, a_task(deadline=START, created_at=START))
    held_by(store, "w1")
    store.journal.append([a_record(1, **{"step_info.s.api_status.l.procmmsg": "calling"})])
    (task,) = store.task_list.page(EVERY, Sorting(), START, 10).tasks
    assert task.step_info["s"].api_status["l"].procmmsg == "calling"


def test_names_that_grow_with_time_are_not_read_whole_to_show_the_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of them lie before all that the newest would tell of."""
    monkeypatch.setattr(scale, "_CROWDED", 2)
    monkeypatch.setattr("engine.store.pages.FEW", 8)
    now, count = datetime.now(UTC), 400
    ages = [(number, timedelta(days=365) * (count - number) / count) for number in range(count)]
    stored(store, *(a_task(f"t{number}", name=f"order {number}", created_at=now - age) for number, age in ages))
    order = (Stretch("name", scale.TEXTS, aged_by="created_at"),)
    page = Pager(store.db.task).page(order, 5)
    assert [raw["name"] for raw in page.documents] == ["order 0", "order 1", "order 10", "order 100", "order 101"]
    assert page.looked < count / 4


@pytest.mark.parametrize(
    "text", ["", "x", "🙂", "bnVsbA", "WzAsdHJ1ZSwiMjAyNiIsMV0", "W1tbW1s" * 900, "WzksZmFsc2UsMSwieCJd"]
)
def test_a_damaged_place_is_refused(store: Store, text: str) -> None:
    with pytest.raises(BadPlace):
        store.task_list.page(EVERY, Sorting("name"), START, 10, after=Place.read(text))


def test_a_place_of_another_order_is_refused(store: Store) -> None:
    with pytest.raises(BadPlace):
        store.task_list.page(EVERY, Sorting("name"), START, 10, after=Place(0, START, "t"))


def test_every_status_is_counted_exactly_up_to_a_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_list_module, "COUNTED", 5)
    stored(store, *(a_task(f"d{n}", status=TaskStatus.DONE, created_at=START) for n in range(6)), a_task("r"))
    counts = store.task_list.counts()
    assert {status: count for status, count in counts.items() if count.number} == {
        TaskStatus.DONE: Count(5, exact=False), TaskStatus.RUNNING: Count(1)
    }  # fmt: skip
    assert counts.keys() == set(TaskStatus)


def test_what_is_late_is_counted_without_what_stands_still(store: Store) -> None:
    late = START - HOUR
    stored(store, a_task("a", deadline=late), a_task("b", deadline=START + HOUR))
    stored(store, a_task("p", status=TaskStatus.PAUSED, deadline=late, paused_at=late - HOUR))
    assert store.task_list.late_count(START) == Count(1)


def test_events_are_paged_by_their_time(store: Store) -> None:
    store.db.event.insert_many([{"_id": f"e{n}", "task": "t", "seq": n, "at": START + n * HOUR} for n in range(30)])
    pager, order = Pager(store.db.event), newest_first("at")
    first = pager.page(order, 20, keep=lambda raw: raw["seq"] % 2 == 0)
    assert [raw["seq"] for raw in first.documents] == [*range(28, -2, -2)]
    assert not first.more
