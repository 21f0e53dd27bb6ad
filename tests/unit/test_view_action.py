"""Which buttons are enabled, by status."""

import pytest

from engine.model import LinkState, LinkStatus, StepInfo, TaskStatus
from tests.unit.builders import seed_task
from webapp.view.action import actions_of, request_text


def enabled(status, link=LinkStatus.READY, **fields):
    info = StepInfo(api_status={"l": LinkState(id="l", status=link)})
    task = seed_task().model_copy(update={"status": status, "step_info": {"s": info}, **fields})
    return {action.name for action in actions_of(task) if not action.refusal}


@pytest.mark.parametrize(
    ("status", "acts"),
    [
        (TaskStatus.READY, {"start", "cancel"}),
        (TaskStatus.RUNNING, {"pause", "cancel"}),
        (TaskStatus.WAITING, {"pause", "cancel"}),
        (TaskStatus.PAUSED, {"resume", "cancel"}),
        (TaskStatus.FAILED, {"cancel"}),
        (TaskStatus.DONE, set()),
        (TaskStatus.CANCELLED, set()),
    ],
)
def test_what_can_be_done_follows_the_status(status, acts):
    assert enabled(status) == acts


def test_retry_wants_a_link_that_failed_or_waits():
    assert "retry" in enabled(TaskStatus.FAILED, LinkStatus.FAILED)
    assert "retry" in enabled(TaskStatus.WAITING, LinkStatus.WAITING)
    assert "retry" not in enabled(TaskStatus.RUNNING, LinkStatus.WAITING)


def test_what_was_requested_is_not_requested_again():
    assert enabled(TaskStatus.RUNNING, request="pause") == {"cancel"}
    assert enabled(TaskStatus.RUNNING, request="cancel") == set()


@pytest.mark.parametrize("request_", [None, "pause", "cancel", "yield"])
def test_every_request_has_words(request_):
    task = seed_task().model_copy(update={"request": request_, "requested_by": "ann"})
    assert bool(request_text(task)) == bool(request_)
