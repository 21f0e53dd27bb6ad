"""What can be done to a task now, and why not what cannot. The engine decides again when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import TASK_ACTIVE, LinkState, LinkStatus, StepType, Task, TaskStatus

from .badge import status_word


def is_retried(state: LinkState) -> bool:
    """Whether a retry tries it again; a question that waits for its answer stands as it is."""
    waits = state.status == LinkStatus.WAITING and state.type != StepType.MANUAL
    return waits or state.status == LinkStatus.FAILED


@dataclass(frozen=True, slots=True)
class Action:
    """A button; with a `refusal` it is disabled. `confirm` is asked first."""

    name: str
    label: str
    icon: str
    refusal: str
    confirm: str = ""
    main: bool = False


def actions_of(task: Task) -> tuple[Action, ...]:
    """In the order of the buttons."""
    return (
        Action("start", _("Start"), "play", _start(task), main=True),
        Action("pause", _("Pause"), "pause", _pause(task)),
        Action("resume", _("Resume"), "play", _resume(task), main=True),
        Action("retry", _retry_label(task), "rotate-ccw", _retry(task), main=task.status == TaskStatus.FAILED),
        Action("cancel", _("Cancel"), "ban", _cancel(task), _("Cancel this task? What has not run will not run.")),
    )


def _start(task: Task) -> str:
    if task.status == TaskStatus.READY:
        return ""
    return _("It is %(status)s: a task is started once.", status=status_word(task.status))


def _pause(task: Task) -> str:
    if task.status not in TASK_ACTIVE:
        return _("It is %(status)s: only a running or waiting task can be paused.", status=status_word(task.status))
    return _asked(task)


def _resume(task: Task) -> str:
    if task.status == TaskStatus.PAUSED:
        return ""
    return _("It is %(status)s: only a paused task can be resumed.", status=status_word(task.status))


def _retry(task: Task) -> str:
    if task.status not in (TaskStatus.FAILED, TaskStatus.WAITING):
        return _("It is %(status)s: only a failed or waiting task can be retried.", status=status_word(task.status))
    if task.quarantined:
        return ""
    links = (link for info in task.step_info.values() for link in info.api_status.values())
    return "" if any(map(is_retried, links)) else _("No call failed or waits for a try.")


def _cancel(task: Task) -> str:
    if task.status in (TaskStatus.DONE, TaskStatus.CANCELLED):
        return _("It is %(status)s already.", status=status_word(task.status))
    return _asked(task) if task.request == "cancel" else ""


def _asked(task: Task) -> str:
    if task.request == "pause":
        return _("A pause was requested by %(who)s and is under way.", who=task.requested_by)
    if task.request == "cancel":
        return _("A cancel was requested by %(who)s and is under way.", who=task.requested_by)
    return ""


def _retry_label(task: Task) -> str:
    return _("Try now") if task.status == TaskStatus.WAITING else _("Retry")


def request_text(task: Task) -> str:
    """What a worker has been asked and has not done yet."""
    return _REQUESTS[task.request](task) if task.request else ""


_REQUESTS: dict[str, Callable[[Task], str]] = {
    "pause": lambda task: _("pausing, asked by %(who)s", who=task.requested_by),
    "cancel": lambda task: _("cancelling, asked by %(who)s", who=task.requested_by),
    "yield": lambda _task: _("being set down for a repair"),
    "look": lambda _task: "",
}
