"""A line of the export."""

from datetime import timedelta

import pytest

from engine.model import TaskStatus
from tests.unit.builders import NOW, seed_task
from webapp.view.export import HEADER, export_line, text


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@cmd", "\tx", "\rx"])
def test_a_formula_is_marked_as_text(value):
    assert text(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "order 7", "a=b", "'x"])
def test_other_text_stays_as_it_is(value):
    assert text(value) == value


def test_a_line_has_a_cell_for_each_head_and_numbers_may_be_negative():
    late = {"status": TaskStatus.RUNNING, "name": "=x", "deadline": NOW - timedelta(minutes=2), "slack_s": -5.0}
    cells = dict(zip(HEADER, export_line(seed_task().model_copy(update=late), NOW), strict=True))
    assert (cells["name"], cells["remaining_s"], cells["slack_s"]) == ("'=x", "-120", "-5")
    assert cells["deadline"] == (NOW - timedelta(minutes=2)).isoformat(timespec="seconds")
