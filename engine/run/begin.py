"""How a READY task becomes a running one: by a person, or by itself when the time that was set for it has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.model import Task, TaskStatus
from engine.plan import Plan, lacks, outlook

from .edit import Edit
from .held import Held


def schedule_fields(at: datetime | None, who: str) -> dict[str, Any]:
    """What a READY task says when it is to be started at `at`; None: when somebody starts it."""
    if at is None:
        return {"start_at": None, "scheduled_by": "", "wake_at": None, "process_msg": "", "crashes": 0}
    message = f"starts at {at:%Y-%m-%d %H:%M:%S} UTC, scheduled by {who}"
    return {"start_at": at, "scheduled_by": who, "wake_at": at, "process_msg": message, "crashes": 0}


def schedule_of(task: Task) -> dict[str, Any] | None:
    """For an event: when the task was to be started, and by whose word."""
    return {"start_at": task.start_at.isoformat(), "scheduled_by": task.scheduled_by} if task.start_at else None


def begin(edit: Edit, plan: Plan) -> None:
    """READY to RUNNING, its clock from now on. Whoever calls says who runs it next."""
    now, task = edit.clock.now(), edit.task
    scheduled = schedule_of(task)
    edit.update_task(status=TaskStatus.RUNNING, started_at=now, start_at=None)
    edit.update_task(process_msg="started", attention="", crashes=0, **outlook(plan, task, now).fields())
    edit.add_event("started", before=scheduled)


def begin_claimed(held: Held) -> bool:
    """Starts a claimed task that has not begun, durably; False: it lacks something, and is set down to say so.

    A worker that is lost before this is written leaves a READY task behind, which the next one starts. A cancel that
    came in between is heeded by the walk.
    """
    if held.task.status != TaskStatus.READY:
        return True
    lack = "" if held.task.request == "cancel" else lacks(held.plan, held.task)
    if lack:
        _leave_unstarted(held, lack)
    else:
        begin(held, held.plan)
        held.save()
    return not lack


def _leave_unstarted(held: Held, lack: str) -> None:
    """Nobody tries again by itself: what it lacks is for a person to give."""
    was = schedule_of(held.task)
    held.update_task(**schedule_fields(None, ""))
    held.update_task(owner=None, attention=lack, process_msg=lack)
    held.add_event("not started", before=was, after=lack)
    held.save()
