"""Times and durations as people read them. `static/countdown.js` writes remaining time in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from babel.dates import format_datetime

from engine.model import TASK_OVER, StepInfo, Task, TaskStatus
from engine.plan import remain_s
from webapp.language import locale_code, zone

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
UNITS = ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "m"), (1, "s"))
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
    here, this_year = at.astimezone(zone()), now.astimezone(zone()).year
    short = format_datetime(here, _SHORT[locale_code()][here.year == this_year], locale=locale_code())
    return Stamp(at.isoformat(timespec="milliseconds"), short, f"{at:%Y-%m-%d %H:%M:%S} UTC")


def duration_text(seconds: float) -> str:
    """The two largest units: `2 h 10 m`."""
    left = int(abs(seconds))
    for place, (size, unit) in enumerate(UNITS):
        if left >= size:
            parts = [(left // size, unit)]
            parts += [(left % size // smaller, name) for smaller, name in UNITS[place + 1 : place + 2]]
            return " ".join(f"{count} {name}" for count, name in parts if count)
    return "0 s"


def short_time_text(seconds: float) -> str:
    """How long a call took: `12 ms`, `1.3 s`, then as `duration_text`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < MINUTE_S else duration_text(seconds)


def countdown_text(seconds: float) -> str:
    """`1 d 03:59:12`, `03:59:12`, `late 2 h 10 m`."""
    if seconds < 0:
        return f"late {duration_text(seconds)}"
    days, left = divmod(int(seconds), DAY_S)
    clock = f"{left // HOUR_S:02}:{left % HOUR_S // MINUTE_S:02}:{left % MINUTE_S:02}"
    return f"{days} d {clock}" if days else clock


def remaining_of_step(info: StepInfo, task: Task, now: datetime) -> Remaining:
    return _remaining(info.deadline, now, info.ended_at, task.paused_at)


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
        return Remaining("ended", text if late else f"{text} left", late)
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
