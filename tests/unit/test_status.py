"""The table of statuses."""

from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import (
    EDGES,
    EdgeRefused,
    LinkStatus,
    StepStatus,
    TaskStatus,
    may_become,
    require_edge,
    states_markdown,
)

LEVELS = (TaskStatus, StepStatus, LinkStatus)


@pytest.mark.parametrize("level", LEVELS)
def test_every_status_can_be_reached_from_ready(level: type[StrEnum]) -> None:
    reached, frontier = {level["READY"]}, [level["READY"]]
    while frontier:
        here = frontier.pop()
        fresh = {after for before, after in EDGES[level] if before == here} - reached  # type: ignore[index]
        reached |= fresh
        frontier += fresh
    assert reached == set(level)


@given(st.sampled_from(LEVELS).flatmap(lambda level: st.tuples(st.sampled_from(level), st.sampled_from(level))))
def test_an_edge_outside_the_table_is_refused(pair: tuple[TaskStatus, TaskStatus]) -> None:
    before, after = pair
    if before == after or (before, after) in EDGES[type(before)]:
        require_edge(before, after)
    else:
        with pytest.raises(EdgeRefused):
            require_edge(before, after)


def test_what_is_done_stays_done_unless_it_is_re_run() -> None:
    assert not may_become(LinkStatus.DONE, LinkStatus.FAILED)
    assert not may_become(TaskStatus.DONE, TaskStatus.PAUSED)


def test_the_page_of_states_is_drawn_from_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "states.md"
    assert page.read_text(encoding="utf-8") == states_markdown()
