"""Steps and tasks as their parts pass: statuses, clocks, forecast, and how a task is set down."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.model import LINK_PASSED, STEP_PASSED, LinkState, LinkStatus, Round, StepStatus, StepType, Task, TaskStatus
from engine.plan import outlook

from .edit import Edit
from .held import Held


def step_started(held: Held, step: str) -> None:
    """Its clock runs from now, unless it ran before (a retry keeps the deadline)."""
    info = held.step(step)
    if info.status != StepStatus.RUNNING:
        now = held.clock.now()
        held.update_step(
            step,
            status=StepStatus.RUNNING,
            started_at=info.started_at or now,
            deadline=info.deadline or now + info.expect_span.delta,
            ended_at=None,
        )
        _clock(held)


def step_passed(held: Held, step: str) -> None:
    """Notes DONE once every link has passed: written together with the last link's own end."""
    info = held.step(step)
    passed = all(link.status in LINK_PASSED for link in info.api_status.values())
    if passed and info.status == StepStatus.RUNNING:
        held.update_step(step, status=StepStatus.DONE, ended_at=held.clock.now())
        held.add_event("done", step)
        held.count("step", step, True, _took_s(info.started_at, info.ended_at))
        _clock(held)


def step_failed(held: Held, step: str) -> None:
    info = held.step(step)
    if info.status == StepStatus.RUNNING:
        held.update_step(step, status=StepStatus.FAILED, ended_at=held.clock.now())
        reasons = {link.id: link.procmmsg for link in info.api_status.values() if link.status == LinkStatus.FAILED}
        held.add_event("failed", step, after=reasons)
        held.count("step", step, False, _took_s(info.started_at, info.ended_at))
        _clock(held)


def _clock(held: Held) -> None:
    fresh = outlook(held.plan, held.task, held.clock.now())
    held.update_task(deadline=earliest_deadline(held.task), **fresh.fields())


def earliest_deadline(task: Task) -> datetime | None:
    """What the list sorts by: the earliest deadline of the running steps."""
    running = [info.deadline for info in task.step_info.values() if info.status == StepStatus.RUNNING and info.deadline]
    return min(running, default=None)


def settle(held: Held) -> None:
    """Sets the task down as its state demands and lets go of it, durably."""
    task = held.task
    now = held.clock.now()
    held.update_task(owner=None, wake_at=None, last_access=now.isoformat(timespec="seconds"), crashes=0)
    if task.status == TaskStatus.READY and task.request != "cancel":  # claimed, and not begun yet
        held.update_task(wake_at=now)
    elif held.passed:
        _end(held, TaskStatus.DONE, "every step is done")
    elif task.request == "cancel":
        cancel_rest(held, now)
        _end(held, TaskStatus.CANCELLED, f"cancelled by {task.requested_by}")
    elif any(info.status == StepStatus.FAILED for info in task.step_info.values()):
        _end(held, TaskStatus.FAILED, failure_text(task))
    elif task.request == "pause":
        held.update_task(status=TaskStatus.PAUSED, paused_at=now, process_msg=f"paused by {task.requested_by}")
        held.add_event("paused", after=task.requested_by)
    else:
        _park(held, now)
    held.update_task(request=None)
    held.save()


def _end(held: Held, status: TaskStatus, message: str) -> None:
    held.update_task(status=status, ended_at=held.clock.now(), process_msg=message, deadline=None, attention="")
    held.update_task(slack_s=None, slack_ends_at=None)
    if status == TaskStatus.DONE:
        held.update_task(expect_finish=held.task.ended_at)
    if status == TaskStatus.FAILED:
        held.update_task(attention=message)
    if status != TaskStatus.CANCELLED:
        took_s = _took_s(held.task.started_at, held.task.ended_at)
        held.count("system", held.task.system, status == TaskStatus.DONE, took_s)
    held.add_event(status.value.lower(), after=message)


def _took_s(started_at: datetime | None, ended_at: datetime | None) -> float:
    return (ended_at - started_at).total_seconds() if started_at and ended_at else 0.0


def _park(held: Held, now: datetime) -> None:
    _let_links_wait(held)
    asked = asked_text(held.task)
    attention = attention_of(held.task)
    if held.stopping == "request":  # `yield`: a repair is coming; go on by itself should it not come
        wake_at: datetime | None = now + timedelta(seconds=5)
    elif held.stopping == "drain":
        wake_at = now
    else:
        wake_at = next_try(held.task)
    if wake_at is None and not attention:
        attention = "nothing is left that could go on: a value that a call waits for is never produced"
    message = asked or (_waiting_text(held.task) if wake_at else attention)
    held.update_task(status=TaskStatus.WAITING, wake_at=wake_at, attention=attention, process_msg=message)


def _let_links_wait(held: Held) -> None:
    """A link some of whose rounds were in flight when another was put off is RUNNING still, and none may be by now."""
    for step, info in held.task.step_info.items():
        for link in info.api_status.values():
            times = _round_times(link)
            if link.status == LinkStatus.RUNNING and times and not any(map(_in_flight, link.rounds.values())):
                held.update_link(step, link.id, status=LinkStatus.WAITING, next_try_at=min(times))


def _in_flight(round_: Round) -> bool:
    return bool(round_.tries) and not round_.result and not round_.next_try_at


def _round_times(link: LinkState) -> list[datetime]:
    """When its open rounds are tried again; those in flight have no time."""
    return [round_.next_try_at for round_ in link.rounds.values() if round_.next_try_at and not round_.result]


def next_try(task: Task) -> datetime | None:
    """The earliest try that a link waits for."""
    links = [link for info in task.step_info.values() for link in info.api_status.values()]
    waiting = [link for link in links if link.status == LinkStatus.WAITING]
    times = [link.next_try_at for link in waiting if link.next_try_at]
    times += [moment for link in waiting for moment in _round_times(link)]
    return min(times, default=None)


def cancel_rest(edit: Edit, now: datetime) -> None:
    """Marks as cancelled what has not passed."""
    for step, info in edit.task.step_info.items():
        if info.status in (*STEP_PASSED, StepStatus.CANCELLED):
            continue
        for link, state in info.api_status.items():
            if state.status not in (*LINK_PASSED, LinkStatus.CANCELLED):
                edit.update_link(step, link, status=LinkStatus.CANCELLED, ended_at=now, next_try_at=None)
        edit.update_step(step, status=StepStatus.CANCELLED, ended_at=now)


def failure_text(task: Task) -> str:
    """The failed links and why, for the list."""
    reasons = [f"{place}: {link.procmmsg}" for place, link in _links_that_are(task, LinkStatus.FAILED)]
    return "; ".join(reasons) or "a step failed"


def refresh_attention(held: Held) -> None:
    """What the list shows of it follows from what its links ask."""
    if held.task.attention != (attention := attention_of(held.task)):
        held.update_task(attention=attention)


def attention_of(task: Task) -> str:
    """All that a person has to do for the task to go on; empty when there is nothing."""
    return "; ".join(filter(None, (unknown_text(task), asked_text(task))))


def asked_text(task: Task) -> str:
    """What its waiting links ask of people."""
    return "; ".join(f"{place}: {link.asks}" for place, link in _links_that_are(task, LinkStatus.WAITING) if link.asks)


def _waiting_text(task: Task) -> str:
    """Of its calls if any is to be tried again, else of the tasks that run for it."""
    waiting = [link for _, link in _links_that_are(task, LinkStatus.WAITING)]
    if waiting and all(link.type == StepType.SYSTEM for link in waiting):
        return "; ".join(link.procmmsg for link in waiting)
    return "waiting for the next try"


def unknown_text(task: Task) -> str:
    """What a person has to find out; empty when there is nothing."""
    unknown = [place for place, _ in _links_that_are(task, LinkStatus.UNKNOWN)]
    return f"it is not known whether the call of {', '.join(unknown)} took effect" if unknown else ""


def _links_that_are(task: Task, status: LinkStatus) -> list[tuple[str, LinkState]]:
    """(`<step>/<link>`, state) of every link of that status."""
    links = [(step, link) for step, info in task.step_info.items() for link in info.api_status.values()]
    return [(f"{step}/{link.id}", link) for step, link in links if link.status == status]
