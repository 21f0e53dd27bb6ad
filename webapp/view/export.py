"""A task as a line of a table for other programs: plain values, UTC, seconds. Pure."""

from __future__ import annotations

from datetime import datetime

from engine.model import TASK_OVER, Task, slack_now_s
from engine.plan import remain_s

from .listing import attempts, current_steps, progress

HEADER = (
    "id", "name", "system", "status", "current_steps", "deadline", "remaining_s", "slack_s", "expected_finish",
    "steps_passed", "steps", "attempts", "labels", "created_at", "started_at", "ended_at", "attention", "message",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_line(task: Task, now: datetime) -> tuple[str, ...]:
    """As `HEADER` names them; empty for what there is not."""
    steps, slack = progress(task), slack_now_s(task.slack_s, task.slack_ends_at, task.paused_at or now)
    left = (
        None
        if task.deadline is None or task.status in TASK_OVER
        else remain_s(task.deadline, now, None, task.paused_at)
    )
    return (
        text(task.id), text(task.name), text(task.system), task.status.value, text(" ".join(current_steps(task))),
        _moment(task.deadline), _seconds(left), _seconds(slack), _moment(task.expect_finish),
        str(steps.passed), str(steps.total), str(attempts(task)), text(" ".join(map(str, task.labels))),
        _moment(task.created_at), _moment(task.started_at), _moment(task.ended_at), text(task.attention),
        text(task.process_msg),
    )  # fmt: skip


def text(value: str) -> str:
    """What a spreadsheet would run as a formula is marked as text."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"
