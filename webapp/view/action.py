"""What can be done to a task now, and why not what cannot. The engine decides again when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.model import TASK_ACTIVE, LinkStatus, Task, TaskStatus

_RETRIED = frozenset({LinkStatus.FAILED, LinkStatus.WAITING})


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
        Action("start", "Start", "play", _start(task), main=True),
        Action("pause", "Pause", "pause", _pause(task)),
        Action("resume", "Resume", "play", _resume(task), main=True),
        Action("retry", _retry_label(task), "rotate-ccw", _retry(task), main=task.status == TaskStatus.FAILED),
        Action("cancel", "Cancel", "ban", _cancel(task), "Cancel this task? What has not run will not run."),
    )


def _start(task: Task) -> str:
    return "" if task.status == TaskStatus.READY else f"It is {task.status}: a task is started once."


def _pause(task: Task) -> str:
    if task.status not in TASK_ACTIVE:
        return f"It is {task.status}: only a running or waiting task can be paused."
    return _asked(task)


def _resume(task: Task) -> str:
    return "" if task.status == TaskStatus.PAUSED else f"It is {task.status}: only a paused task can be resumed."


def _retry(task: Task) -> str:
    if task.status not in (TaskStatus.FAILED, TaskStatus.WAITING):
        return f"It is {task.status}: only a failed or waiting task can be retried."
    if task.quarantined:
        return ""
    links = (link for info in task.step_info.values() for link in info.api_status.values())
    return "" if any(link.status in _RETRIED for link in links) else "No call failed or waits for a try."


def _cancel(task: Task) -> str:
    if task.status in (TaskStatus.DONE, TaskStatus.CANCELLED):
        return f"It is {task.status} already."
    return _asked(task) if task.request == "cancel" else ""


def _asked(task: Task) -> str:
    asked = task.request in ("pause", "cancel")
    return f"A {task.request} was requested by {task.requested_by} and is under way." if asked else ""


def _retry_label(task: Task) -> str:
    return "Try now" if task.status == TaskStatus.WAITING else "Retry"


def request_text(task: Task) -> str:
    """What a worker has been asked and has not done yet."""
    return _REQUESTS[task.request](task) if task.request else ""


_REQUESTS: dict[str, Callable[[Task], str]] = {
    "pause": lambda task: f"pausing, asked by {task.requested_by}",
    "cancel": lambda task: f"cancelling, asked by {task.requested_by}",
    "yield": lambda _task: "being set down for a repair",
}
