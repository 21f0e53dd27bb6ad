"""A SYSTEM link: a task of another system runs for it; what that task's steps publish is the answer.

While the child runs, the link waits and holds nothing: its task parks until it is told that the child has ended
(`family.py`), and looks by itself now and then. A child that failed is mended where it is; the link goes on waiting.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from engine.model import Invalid, LinkStatus, Parent, Round, Task, TaskStatus, Verdict
from engine.plan import Plan, TaskDraft, new_task, task_args

from .begin import schedule_fields
from .family import Children, child_id
from .place import Answer, Place, Unworkable
from .progress import refresh_attention
from .record import record_note, record_value
from .request import plain_args

MAX_RESULT_BYTES = 8_388_608
"""Of all that the child publishes: it is kept as one attempt."""
_FIRST_LOOK, _LONGEST_LOOK = timedelta(minutes=1), timedelta(minutes=15)
"""Between two looks at a child that is still at work; its end is told at once, so this is for when nobody could."""
_MOST_DOUBLINGS = 4


def run_child(place: Place) -> Answer:
    """What the child came to. Raises `Unworkable` when it will come to nothing any more."""
    id_ = child_id(place.held.task.id, place.step, place.link, place.state.passed)
    round_ = place.state.rounds.setdefault("0", Round())
    while True:
        news = place.held.news
        child = _children(place).find(id_) or _make(place, id_)
        if not round_.tries:
            _note_made(place, child)
        if answer := _LOOKS[child.status](place, child):
            return answer
        _wait(place, child, news)


def result_of(plan: Plan, child: Task) -> dict[str, Any]:
    """What conditions and response keys read of a child that is done."""
    return {"args": task_args(plan, child), **{step: info.response for step, info in child.step_info.items()}}


def _children(place: Place) -> Children:
    children = place.tools.children
    assert children is not None  # noqa: S101  where there are none, something stands in
    return children


# -- making it ---------------------------------------------------------------------------------------


def _make(place: Place, id_: str) -> Task:
    """Announced durably first: whoever goes on in our place knows that there may be a child."""
    held, plan = place.held, place.held.plan.child_of(place.step, place.link)
    if place.state.rounds["0"].tries:
        raise Unworkable(f"task {id_} is not there any more: a retry makes another")
    now = held.clock.now()
    child = _new(place, plan, id_, now)
    place.update_round(0, since=now)
    message = f"begins a task of {plan.system.id}"
    place.update(status=LinkStatus.WAITING, started_at=place.state.started_at or now, procmmsg=message)
    held.commit()
    place.check_lease()
    _children(place).make(child, plan, held.who, now)
    return child


def _new(place: Place, plan: Plan, id_: str, now: datetime) -> Task:
    """It starts by itself, as part of its parent: with its labels and priority."""
    parent = place.held.task
    draft = TaskDraft(system=plan.system.id, args=plain_args(place))
    try:
        child = new_task(plan, draft, id_, now)
    except Invalid as invalid:
        problems = "; ".join(map(str, invalid.problems))
        raise Unworkable(f"no task of {plan.system.id} can be made: {problems}") from None
    own = {"name": f"{parent.name or parent.id} / {place.step}"[:200], "labels": list(parent.labels)}
    of = Parent(task=parent.id, step=place.step, link=place.link, passed=place.state.passed)
    started = schedule_fields(now, f"task {parent.id}")
    return child.model_copy(update={**own, **started, "priority": parent.priority, "parent": of})


def _note_made(place: Place, child: Task) -> None:
    """Also of one that was there already: we were killed before we could say so."""
    place.update_round(0, tries=1, looks=0)
    place.update(tries=place.state.tries + 1)
    record_note(place, "child", Verdict.NOT_YET, f"task {child.id} of {child.system} runs for it", args=child.args)


# -- looking at it -----------------------------------------------------------------------------------


def _done(place: Place, child: Task) -> Answer:
    text = json.dumps(result_of(place.held.plan.child_of(place.step, place.link), child))
    if len(text) > MAX_RESULT_BYTES:
        raise Unworkable(f"task {child.id} published {len(text):,} bytes; {MAX_RESULT_BYTES:,} is the most")
    if not place.condition_holds(text):
        condition = place.definition.condition.val
        raise Unworkable(f"task {child.id} is done, but this does not hold: {condition}; a retry makes another task")
    return Answer(text, record_value(place, "child", text), f"task {child.id} is done")


def _cancelled(_place: Place, child: Task) -> Answer | None:
    raise Unworkable(f"task {child.id} was cancelled: a retry makes another")


def _not_over(_place: Place, _child: Task) -> Answer | None:
    return None


_LOOKS: dict[TaskStatus, Callable[[Place, Task], Answer | None]] = {
    TaskStatus.READY: _not_over,
    TaskStatus.RUNNING: _not_over,
    TaskStatus.WAITING: _not_over,
    TaskStatus.PAUSED: _not_over,
    TaskStatus.DONE: _done,
    TaskStatus.FAILED: _not_over,
    TaskStatus.CANCELLED: _cancelled,
}


def _wait(place: Place, child: Task, news: int) -> None:
    looks = place.state.rounds["0"].looks
    pause = min(_FIRST_LOOK * 2 ** min(looks, _MOST_DOUBLINGS), _LONGEST_LOOK)
    at = place.held.clock.now() + pause
    asks = _asks(child)
    message = asks or f"waits for task {child.id}"
    place.update_round(0, looks=looks + 1)
    place.update(status=LinkStatus.WAITING, next_try_at=at, procmmsg=message, asks=asks)
    refresh_attention(place.held)
    place.held.commit_or_park(at)
    place.held.rest_for_news(at, news)


def _asks(child: Task) -> str:
    """What a person has to do, if only a person can make it go on."""
    if child.status == TaskStatus.FAILED:
        return f"task {child.id} failed: {child.process_msg}; repair it there"
    if child.status == TaskStatus.READY and child.attention:
        return f"task {child.id} {child.attention}; repair it there"
    return ""
