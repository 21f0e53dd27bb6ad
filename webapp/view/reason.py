"""Why a task is where it is, in one sentence: the most urgent reason, and the place that it is about.

Pure: reads the task as it is stored, the last call of each link, and what is known of the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.model import (
    CALLING,
    TASK_ACTIVE,
    Attempt,
    Definition,
    Link,
    LinkState,
    LinkStatus,
    StepStatus,
    StepType,
    Task,
    TaskStatus,
)
from engine.overview import Unclaimed

from .badge import badge
from .moment import NONE, Remaining, duration_text, stamp, until
from .needs import Need
from .text import shortened
from .told import told
from .why import PartLine, why_link

_MESSAGE = 220


@dataclass(frozen=True, slots=True)
class Reason:
    """`step` and `link` name the place that it is about, if it is about one."""

    icon: str
    tone: str
    text: str
    step: str = ""
    link: str = ""
    unknown: bool = False
    """A person has to say what became of a call."""
    asks: bool = False
    """A person has to answer: what, stands beside."""
    tries: int = 0
    next_try: Remaining = NONE
    more: int = 0
    """How many other calls wait, too."""


@dataclass(frozen=True, slots=True)
class _Here:
    """A link of a running step."""

    step: str
    definition: Link
    state: LinkState
    last: Attempt | None
    deadline: datetime | None

    @property
    def place(self) -> str:
        return f"{self.step}/{self.state.id}"


def reason(
    task: Task,
    definition: Definition,
    calls: Mapping[str, Attempt],
    now: datetime,
    unclaimed: Unclaimed | None = None,
) -> Reason:
    """`calls`: the last call of each link, by its id. `unclaimed`: why nobody has the task although it is due."""
    for ask in (_broken, _asks, _needs_person, _asked, _not_active):
        if found := ask(task, now):
            return found
    if unclaimed:
        return Reason("triangle-alert", "bad", unclaimed_text(unclaimed))
    waits = sorted(_waits(task, definition, calls, now), key=lambda one: one[0])
    if not waits:
        return _said(task, _("A worker has it; the next calls start in a moment."))
    return replace(waits[0][1], more=len(waits) - 1)


def _said(task: Task, text: str) -> Reason:
    """With the look of its status."""
    look = badge(task.status)
    return Reason(look.icon, look.tone, text)


def _broken(task: Task, _now: datetime) -> Reason | None:
    if task.status in (TaskStatus.DONE, TaskStatus.CANCELLED) or task.quarantined:
        return None
    if found := _first(task, LinkStatus.UNKNOWN):
        return _unknown(*found)
    if task.status == TaskStatus.FAILED and (found := _first(task, LinkStatus.FAILED)):
        return _failed(task, *found)
    return None


def _asks(task: Task, _now: datetime) -> Reason | None:
    """What a waiting link asks of a person."""
    links = ((step, link) for step, info in task.step_info.items() for link in info.api_status.values())
    asking = ((step, link) for step, link in links if link.status == LinkStatus.WAITING and link.asks)
    found = next(asking, None) if task.status in TASK_ACTIVE else None
    if found is None:
        return None
    step, link = found
    place = f"{step}/{link.id}"
    if link.type == StepType.MANUAL:
        return Reason(
            "user-check", "waiting", _("%(place)s waits for a person to answer.", place=place), step, link.id, asks=True
        )
    return Reason("triangle-alert", "bad", shortened(f"{place}: {told(link.asks)}", _MESSAGE), step, link.id)


def _needs_person(task: Task, _now: datetime) -> Reason | None:
    if task.status in (TaskStatus.DONE, TaskStatus.CANCELLED):
        return None
    return Reason("triangle-alert", "bad", told(task.attention)) if task.attention else None


def _unknown(step: str, link: LinkState) -> Reason:
    place = f"{step}/{link.id}"
    text = _("Nobody knows whether the call of %(place)s took effect: say what became of it.", place=place)
    return Reason("circle-help", "bad", text, step, link.id, unknown=True)


def _failed(task: Task, step: str, link: LinkState) -> Reason:
    why = shortened(told(link.procmmsg), _MESSAGE)
    text = _("%(place)s failed: %(why)s", place=f"{step}/{link.id}", why=why)
    return replace(_said(task, text), step=step, link=link.id, tries=link.tries)


def _asked(task: Task, _now: datetime) -> Reason | None:
    if task.request == "pause":
        return _said(task, _("%(who)s asked for a pause; the calls in flight end first.", who=task.requested_by))
    if task.request == "cancel":
        return _said(task, _("%(who)s asked for a cancel; the calls in flight end first.", who=task.requested_by))
    return None


def _not_active(task: Task, now: datetime) -> Reason | None:
    return None if task.status in TASK_ACTIVE else _said(task, _STANDING[task.status](task, now))


def _ready(task: Task, now: datetime) -> str:
    at = stamp(task.start_at, now)
    if at is None:
        return _("It is a draft: nobody has started it yet.")
    return _("It starts by itself, %(at)s; %(who)s said so.", at=at.short, who=task.scheduled_by or _("Somebody"))


def _paused(task: Task, now: datetime) -> str:
    at = stamp(task.paused_at, now)
    return _("%(who)s paused it, %(at)s; its clocks stand still.", who=_who(task), at=at.short if at else "")


def _who(task: Task) -> str:
    return task.requested_by or _("Somebody")


def _done(task: Task, _now: datetime) -> str:
    took = (task.ended_at - task.started_at).total_seconds() if task.ended_at and task.started_at else 0.0
    return _("Every step has passed; it took %(time)s.", time=duration_text(took))


_STANDING: Mapping[TaskStatus, Callable[[Task, datetime], str]] = {
    TaskStatus.READY: _ready,
    TaskStatus.PAUSED: _paused,
    TaskStatus.DONE: _done,
    TaskStatus.CANCELLED: lambda task, _now: _("%(who)s cancelled it.", who=_who(task)),
    TaskStatus.FAILED: lambda task, _now: told(task.process_msg),
}


def unclaimed_text(why: Unclaimed) -> str:
    """For a task that is due and that nobody has."""
    return _UNCLAIMED[why]()


_UNCLAIMED: Mapping[Unclaimed, Callable[[], str]] = {
    Unclaimed.NO_WORKER: lambda: _("No worker runs: start one with `app.py worker`."),
    Unclaimed.ENDING: lambda: _("Every worker is ending: start another with `app.py worker`."),
    Unclaimed.SYSTEM_FULL: lambda: _("As many tasks of its system run as may at once; it is next when one ends."),
    Unclaimed.SUSPECT: lambda: _("Workers were lost while they ran it: such tasks run one at a time."),
    Unclaimed.FULL: lambda: _("Every worker holds as many tasks as it may: start another with `app.py worker`."),
    Unclaimed.UNTOLD: lambda: _("It is due and nobody has taken it, although workers have room: see their logs."),
}


def _waits(
    task: Task, definition: Definition, calls: Mapping[str, Attempt], now: datetime
) -> Iterator[tuple[tuple[int, float], Reason]]:
    """What each link of a running step is at, with its urgency: who waits for a value waits for another link."""
    for here in _running(task, definition, calls):
        rank, found = _wait(task, definition, here)
        if rank is not None:
            found = replace(found, step=here.step, link=here.state.id)
            if here.state.type in CALLING:
                found = replace(found, tries=here.state.tries, next_try=until(here.state.next_try_at, now))
            left = (here.deadline - now).total_seconds() if here.deadline else float("inf")
            yield (rank, left), found


def _running(task: Task, definition: Definition, calls: Mapping[str, Attempt]) -> Iterator[_Here]:
    for step, info in task.step_info.items():
        if info.status == StepStatus.RUNNING and step in definition.steps:
            for link in definition.steps[step].checklink:
                if state := info.api_status.get(link.id):
                    yield _Here(step, link, state, calls.get(state.last or ""), info.deadline)


def _wait(task: Task, definition: Definition, here: _Here) -> tuple[int | None, Reason]:
    """How far it is from the cause (0 = the cause itself), None for what does not wait."""
    why = why_link(task, definition, here.step, here.definition, here.last)
    if here.state.status == LinkStatus.WAITING:
        return 0, _WAITING[here.state.type](here, why.parts)
    if here.state.status == LinkStatus.RUNNING:
        return 1, Reason("loader", "active", _("%(place)s is being called.", place=here.place))
    if why.missing:
        return 2, Reason("hourglass", "waiting", _missing_text(here.place, why.missing[0]))
    return None, _said(task, "")


def _called_again(here: _Here, parts: tuple[PartLine, ...]) -> Reason:
    open_parts = [part for part in parts if part.holds is not True]
    if open_parts:
        return Reason("hourglass", "waiting", _part_text(here.place, open_parts[0]))
    message = shortened(told(here.last.message if here.last and not parts else here.state.procmmsg), _MESSAGE)
    return Reason("rotate-ccw", "waiting", _("%(place)s is tried again: %(why)s", place=here.place, why=message))


def _runs_for_it(here: _Here, _parts: tuple[PartLine, ...]) -> Reason:
    text = _("%(place)s %(message)s.", place=here.place, message=told(here.state.procmmsg))
    return Reason("workflow", "waiting", text)


_WAITING: Mapping[StepType, Callable[[_Here, tuple[PartLine, ...]], Reason]] = {
    StepType.API: _called_again,
    StepType.LOOP: _called_again,
    StepType.SYSTEM: _runs_for_it,
    StepType.MANUAL: _runs_for_it,
}


def _part_text(place: str, part: PartLine) -> str:
    if not part.reads:
        return _("%(place)s waits until %(part)s.", place=place, part=part.text)
    reads = ", ".join(part.reads)
    return _("%(place)s waits until %(part)s; now %(reads)s.", place=place, part=part.text, reads=reads)


def _missing_text(place: str, need: Need) -> str:
    return _(
        "%(place)s waits for %(value)s, which %(source)s publishes.", place=place, value=need.value, source=need.place
    )


def more_text(more: int) -> str:
    return ngettext("%(num)d more call waits.", "%(num)d more calls wait.", more) if more else ""


def _first(task: Task, status: LinkStatus) -> tuple[str, LinkState] | None:
    links = ((step, link) for step, info in task.step_info.items() for link in info.api_status.values())
    return next(((step, link) for step, link in links if link.status == status), None)
