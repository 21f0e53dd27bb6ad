"""Who is next: systems take turns, then priority, then deadline."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.store import Due
from engine.worker import in_fair_order
from tests.clock import START


def due(id_: str, system: str = "s", priority: int = 5, hours: float | None = None) -> Due:
    return Due(id_, 0, system, priority, None if hours is None else START + timedelta(hours=hours))


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
