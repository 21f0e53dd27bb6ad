"""Whose turn it is: systems take turns, then priority, then deadline; workers share; suspects go one by one."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.store import Due, WorkerInfo
from engine.turns import SUSPECT_AFTER, fair_room, in_fair_order, one_suspect
from tests.clock import START


def due(
    id_: str, system: str = "s", priority: int = 5, hours: float | None = None, since_s: float = 0, crashes: int = 0
) -> Due:
    deadline = None if hours is None else START + timedelta(hours=hours)
    return Due(id_, system, priority, deadline, START - timedelta(seconds=since_s), crashes)


def another(held: int = 0, draining: bool = False) -> WorkerInfo:
    return WorkerInfo("other", 0, 30.0, held=held, draining=draining)


def ids(dues: list[Due], held: dict[str, int] | None = None) -> list[str]:
    return [one.id for one in in_fair_order(dues, held or {})]


def test_systems_take_turns() -> None:
    assert ids([due("a1", "a"), due("a2", "a"), due("a3", "a"), due("b1", "b")]) == ["a1", "b1", "a2", "a3"]


def test_a_system_that_holds_less_goes_first() -> None:
    assert ids([due("a1", "a"), due("b1", "b"), due("b2", "b")], {"a": 2}) == ["b1", "b2", "a1"]


def test_within_a_system_priority_goes_before_deadline() -> None:
    assert ids([due("late", hours=1), due("high", priority=9, hours=5), due("none")]) == ["high", "late", "none"]


dues = st.lists(
    st.builds(due, st.uuids().map(str), st.sampled_from("abc"), st.integers(0, 9), st.none() | st.floats(0, 99))
)


@given(dues)
def test_nobody_is_forgotten_or_taken_twice(many: list[Due]) -> None:
    assert sorted(ids(many)) == sorted(one.id for one in many)


@given(dues)
def test_no_system_is_more_than_one_turn_ahead_while_others_wait(many: list[Due]) -> None:
    ordered = in_fair_order(many, {})
    for at in range(len(ordered)):
        taken = [one.system for one in ordered[: at + 1]]
        waiting = {one.system for one in ordered[at + 1 :]}
        assert all(taken.count(ordered[at].system) <= taken.count(system) + 1 for system in waiting)


# -- several workers ---------------------------------------------------------------------------------

MANY = [due(f"t{number}") for number in range(100)]


def test_a_worker_that_is_alone_takes_all_it_has_room_for() -> None:
    assert fair_room(60, 0, MANY, [], START) == 60


def test_a_worker_leaves_the_other_about_half() -> None:
    assert 50 <= fair_room(200, 0, MANY, [another()], START) <= 60


def test_a_worker_that_holds_more_than_its_share_takes_none() -> None:
    assert fair_room(200, 150, MANY, [another(held=0)], START) == 0


def test_a_few_tasks_are_taken_by_whoever_comes_first() -> None:
    assert fair_room(200, 0, MANY[:3], [another()], START) >= 3


def test_what_the_others_do_not_take_is_anybody_s() -> None:
    late = [due("late", since_s=3), *MANY]
    assert fair_room(200, 150, late, [another()], START) == 200


def test_a_worker_that_is_ending_gets_no_share() -> None:
    assert fair_room(200, 0, MANY, [another(draining=True)], START) == 200


# -- suspects ----------------------------------------------------------------------------------------


def test_of_tasks_that_may_kill_their_worker_one_is_run_at_a_time() -> None:
    suspects = [due(f"p{number}", crashes=SUSPECT_AFTER) for number in range(3)]
    assert [one.id for one in one_suspect([*suspects, due("good")], suspect_held=False)] == ["p0", "good"]
    assert [one.id for one in one_suspect([*suspects, due("good")], suspect_held=True)] == ["good"]


def test_a_task_that_went_down_with_a_worker_once_is_no_suspect() -> None:
    unlucky = [due(f"u{number}", crashes=SUSPECT_AFTER - 1) for number in range(3)]
    assert one_suspect(unlucky, suspect_held=True) == unlucky
