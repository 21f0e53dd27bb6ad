"""Times and durations as people read them. `static/countdown.js` writes remaining time in the same words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from babel.dates import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.model import TASK_OVER, StepInfo, Task, TaskStatus
from engine.plan import remain_s
from webapp.language import locale_code, zone

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
UNITS = (
    (DAY_S, lazy_gettext("%(count)s d")),
    (HOUR_S, lazy_gettext("%(count)s h")),
    (MINUTE_S, lazy_gettext("%(count)s m")),
    (1, lazy_gettext("%(count)s s")),
)
"""From the largest: seconds in each, and how so many of it are written."""
NOTHING = "–"
_SHORT = {"en": ("d MMM y HH:mm", "d MMM HH:mm"), "zh": ("y年M月d日 HH:mm", "M月d日 HH:mm")}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment: `iso` for machines, `short` for a column, `full` for its title."""

    iso: str
    short: str
    full: str


@dataclass(frozen=True, slots=True)
class Remaining:
    """What remains of a clock. Only a running one has a deadline to count down to."""

    kind: Literal["none", "running", "paused", "ended"]
    text: str = NOTHING
    late: bool = False
    deadline: Stamp | None = None


NONE = Remaining("none")


def stamp(at: datetime | None, now: datetime) -> Stamp | None:
    """In the reader's zone, UTC in full; the year is left out of `short` when it is this one."""
    if at is None:
        return None
    readers = zone()
    here, this_year = at.astimezone(readers), now.astimezone(readers).year
    minute = here.replace(second=0, microsecond=0, tzinfo=None)
    short = _short(minute, here.year == this_year, locale_code())
    return Stamp(at.isoformat(timespec="milliseconds"), short, f"{at:%Y-%m-%d %H:%M:%S} UTC")


@lru_cache(maxsize=4096)
def _short(minute: datetime, this_year: bool, code: str) -> str:
    return str(format_datetime(minute, _SHORT[code][this_year], locale=code))


def duration_text(seconds: float) -> str:
    """The two largest units: `2 h 10 m`."""
    left = int(abs(seconds))
    for place, (size, unit) in enumerate(UNITS):
        if left >= size:
            parts = [(left // size, unit)]
            parts += [(left % size // smaller, name) for smaller, name in UNITS[place + 1 : place + 2]]
            return " ".join(str(written) % {"count": count} for count, written in parts if count)
    return _("%(count)s s", count=0)


def short_time_text(seconds: float) -> str:
    """How long a call took: `12 ms`, `1.3 s`, then as `duration_text`."""
    if seconds < 1:
        return _("%(count)s ms", count=f"{seconds * 1000:.0f}")
    return _("%(count)s s", count=f"{seconds:.1f}") if seconds < MINUTE_S else duration_text(seconds)


def countdown_text(seconds: float) -> str:
    """`1 d 03:59:12`, `03:59:12`, `late 2 h 10 m`."""
    if seconds < 0:
        return _("late %(time)s", time=duration_text(seconds))
    days, left = divmod(int(seconds), DAY_S)
    clock = f"{left // HOUR_S:02}:{left % HOUR_S // MINUTE_S:02}:{left % MINUTE_S:02}"
    return f"{_('%(count)s d', count=days)} {clock}" if days else clock


def clock_words() -> dict[str, Any]:
    """The same words for `static/countdown.js`, which writes on while the page is open."""
    return {"late": _("late %(time)s"), "units": [[size, str(written)] for size, written in UNITS]}


def remaining_of_step(info: StepInfo, task: Task, now: datetime) -> Remaining:
    """Of one that has ended, how long it took, or how late it was."""
    left = _remaining(info.deadline, now, info.ended_at, task.paused_at)
    if not info.ended_at or not info.started_at or left.late:
        return left
    took = _("took %(time)s", time=short_time_text((info.ended_at - info.started_at).total_seconds()))
    return replace(left, text=took)


def remaining_of_task(task: Task, now: datetime) -> Remaining:
    """Of its most urgent running step."""
    return NONE if task.status in TASK_OVER else _remaining(task.deadline, now, None, task.paused_at)


def until(moment: datetime | None, now: datetime) -> Remaining:
    """The time to a moment, such as the next try; one that has passed is due, not late."""
    if moment is None:
        return NONE
    return Remaining("running", countdown_text(max(0.0, remain_s(moment, now))), False, stamp(moment, now))


def _remaining(
    deadline: datetime | None, now: datetime, ended_at: datetime | None, paused_at: datetime | None
) -> Remaining:
    if deadline is None:
        return NONE
    seconds = remain_s(deadline, now, ended_at, paused_at)
    text, late = countdown_text(seconds), seconds < 0
    if ended_at:
        return Remaining("ended", text, late)
    if paused_at:
        return Remaining("paused", text, late)
    return Remaining("running", text, late, stamp(deadline, now))


def with_remaining(task: Task, now: datetime) -> Task:
    """The task as its JSON shows it: `remain_second` computed, -1 for what has not started (R7)."""
    steps = {step: _info_with_remaining(info, task, now) for step, info in task.step_info.items()}
    over = task.ended_at if task.status in TASK_OVER else None
    left = remain_s(task.deadline, now, over, task.paused_at if task.status == TaskStatus.PAUSED else None)
    return task.model_copy(update={"step_info": steps, "remain_second": left})


def _info_with_remaining(info: StepInfo, task: Task, now: datetime) -> StepInfo:
    return info.model_copy(update={"remain_second": remain_s(info.deadline, now, info.ended_at, task.paused_at)})
