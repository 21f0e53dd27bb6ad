"""When each step and link was expected to run and when it did: bars, tries, the line of now, and the same as a table.

What has not started stands where the plan puts it if every step takes its whole span.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.model import (
    LINK_PASSED,
    STEP_PASSED,
    TASK_OVER,
    Attempt,
    LinkState,
    LinkStatus,
    StepInfo,
    StepStatus,
    Task,
)
from engine.plan import Plan, Slot, schedule

from .axis import Axis, Break, Mark, percent
from .badge import Badge, badge, verdict_badge
from .moment import Stamp, duration_text, stamp

_THIN = 0.25
"""Per cent: nothing is drawn narrower."""
_TICKS = 60
"""Per link: of more, the newest."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`look`: expected, actual, late, projected or folded. `text` is read when the pointer rests on it."""

    look: str
    x: str
    width: str
    text: str
    tone: str = ""
    count: str = ""
    """Of the tries that a folded one stands for."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One try."""

    x: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Of a step, or of a link when `link` is not empty."""

    step: str
    link: str
    name: str
    badge: Badge
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    tries: int
    expected: tuple[Stamp | None, Stamp | None]
    actual: tuple[Stamp | None, Stamp | None]
    late: str
    """By how much; empty when it is not."""


@dataclass(frozen=True, slots=True)
class Timeline:
    rows: tuple[TimelineRow, ...]
    marks: tuple[Mark, ...]
    breaks: tuple[Break, ...]
    now: str
    """Where now is; empty when the task is over."""


@dataclass(frozen=True, slots=True)
class _Times:
    """From when to when something was expected to run, and did; `ended` is now for what still runs."""

    expected: Slot | None
    began: datetime | None
    ended: datetime | None
    runs: bool


def timeline(
    task: Task, plan: Plan, attempts: Iterable[Attempt], names: Mapping[str, str], steps: Sequence[str], now: datetime
) -> Timeline:
    """Of these steps; `names` are what the flow calls them."""
    return _Drawing(task, plan, attempts, names, steps, now).timeline()


class _Drawing:
    def __init__(
        self,
        task: Task,
        plan: Plan,
        attempts: Iterable[Attempt],
        names: Mapping[str, str],
        steps: Sequence[str],
        now: datetime,
    ) -> None:
        self.task, self.plan, self.names, self.steps = task, plan, names, steps
        self.over = task.status in TASK_OVER
        self.now = task.paused_at or now
        self.tries = _by_link(attempts)
        slots = schedule(plan, task, now)
        self.times = {step: self._times(step, slots[step]) for step in steps}
        self.axis = Axis(self._moments())

    def timeline(self) -> Timeline:
        rows = tuple(row for step in self.steps for row in self._rows(step))
        here = "" if self.over else percent(self.axis.at(self.now))
        return Timeline(rows, self.axis.marks(), self.axis.breaks(), here)

    # -- times -----------------------------------------------------------------------------------

    def _times(self, step: str, slot: Slot) -> _Times:
        info = self.task.step_info.get(step) or StepInfo()
        if info.started_at is None:
            return _Times(None if self.over else slot, None, None, False)
        runs = info.ended_at is None and info.status == StepStatus.RUNNING
        expected = Slot(info.started_at, info.deadline) if info.deadline else None
        return _Times(expected, info.started_at, self.now if runs else info.ended_at, runs)

    def _moments(self) -> Iterator[datetime]:
        if not self.over:
            yield self.now
        for times in self.times.values():
            yield from filter(None, (times.began, times.ended))
            if times.expected:
                yield from (times.expected.start, times.expected.end)
        shown = (attempt for at, tries in self.tries.items() if at[0] in self.times for attempt in tries)
        for attempt in shown:
            yield from _polls(attempt)
        if not self.times:
            yield self.now

    # -- rows ------------------------------------------------------------------------------------

    def _rows(self, step: str) -> Iterator[TimelineRow]:
        info, times = self.task.step_info.get(step) or StepInfo(), self.times[step]
        yield TimelineRow(
            step=step,
            link="",
            name=self.names.get(step, step),
            badge=badge(info.status),
            bars=tuple(self._step_bars(info, times)),
            ticks=(),
            tries=0,
            expected=self._stamps(times.expected.start, times.expected.end) if times.expected else (None, None),
            actual=self._stamps(times.began, info.ended_at),
            late=self._late(info, times),
        )
        for link in self.plan.step(step).checklink:
            yield self._link_row(step, info.api_status.get(link.id) or LinkState(id=link.id))

    def _link_row(self, step: str, state: LinkState) -> TimelineRow:
        tries = self.tries.get((step, state.id), [])
        return TimelineRow(
            step=step,
            link=state.id,
            name=state.id,
            badge=badge(state.status),
            bars=tuple(self._link_bars(step, state, tries)),
            ticks=tuple(self._tick(attempt) for attempt in tries[-_TICKS:]),
            tries=sum(attempt.count for attempt in tries),
            expected=(None, None),
            actual=self._stamps(_began(state, tries), state.ended_at),
            late="",
        )

    def _stamps(self, start: datetime | None, end: datetime | None) -> tuple[Stamp | None, Stamp | None]:
        return stamp(start, self.now), stamp(end, self.now)

    def _late(self, info: StepInfo, times: _Times) -> str:
        if not (times.expected and times.ended):
            return ""
        over_s = (times.ended - times.expected.end).total_seconds()
        return duration_text(over_s) if over_s > 0 and info.status != StepStatus.CANCELLED else ""

    # -- bars ------------------------------------------------------------------------------------

    def _step_bars(self, info: StepInfo, times: _Times) -> Iterator[Bar]:
        if times.expected:
            look, text = _expectation(times)
            yield self._bar(look, times.expected.start, times.expected.end, text)
        if times.began and times.ended:
            deadline = times.expected.end if times.expected else times.ended
            tone = badge(info.status).tone
            took = duration_text((times.ended - times.began).total_seconds())
            text = _("%(status)s, %(time)s", status=badge(info.status).word, time=took)
            yield self._bar("actual", times.began, min(times.ended, max(deadline, times.began)), text, tone)
            if times.ended > deadline:
                late = duration_text((times.ended - deadline).total_seconds())
                yield self._bar("late", max(deadline, times.began), times.ended, _("late by %(time)s", time=late))

    def _link_bars(self, step: str, state: LinkState, tries: Sequence[Attempt]) -> Iterator[Bar]:
        began = _began(state, tries)
        ends = self.times[step].runs and state.status not in LINK_PASSED and state.status != LinkStatus.FAILED
        ended = self.now if ends else state.ended_at or (tries[-1].last_at if tries else None)
        if began and ended:
            look = badge(state.status)
            yield self._bar("actual", began, max(began, ended), look.word, look.tone)
        for attempt in tries[-_TICKS:]:
            if attempt.count > 1:
                text = ngettext("the same %(num)d time", "the same %(num)d times", attempt.count)
                bar = self._bar("folded", attempt.at, attempt.last_at, text, verdict_badge(attempt).tone)
                yield replace(bar, count=f"×{attempt.count}")

    def _bar(self, look: str, start: datetime, end: datetime, text: str, tone: str = "") -> Bar:
        x = self.axis.at(start)
        return Bar(look, percent(min(x, 100 - _THIN)), percent(max(_THIN, self.axis.at(end) - x)), text, tone)

    def _tick(self, attempt: Attempt) -> Tick:
        at = stamp(attempt.at, self.now)
        verdict = verdict_badge(attempt)
        text = _(
            "try %(number)d, %(at)s: %(verdict)s", number=attempt.seq, at=at.short if at else "", verdict=verdict.word
        )
        return Tick(percent(self.axis.at(attempt.at)), verdict.tone, text)


def _expectation(times: _Times) -> tuple[str, str]:
    span = duration_text((times.expected.end - times.expected.start).total_seconds()) if times.expected else ""
    if times.began:
        return "expected", _("expected: %(time)s", time=span)
    return "projected", _("expected to come: %(time)s", time=span)


def _polls(attempt: Attempt) -> Iterator[datetime]:
    """When the tries were made that it stands for, about."""
    parts = min(attempt.count, _TICKS) - 1
    for n in range(parts):
        yield attempt.at + n * (attempt.last_at - attempt.at) / parts
    yield attempt.last_at


def _by_link(attempts: Iterable[Attempt]) -> dict[tuple[str, str], list[Attempt]]:
    """The calls of each link, oldest first."""
    found: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.seq):
        if attempt.kind == "call":
            found.setdefault((attempt.step, attempt.link), []).append(attempt)
    return found


def _began(state: LinkState, tries: Sequence[Attempt]) -> datetime | None:
    return state.started_at or (tries[0].at if tries else None)


def first_open(task: Task, steps: Iterable[str]) -> str:
    """The first step that has not passed; empty when all have."""
    return next((step for step in steps if (task.step_info.get(step) or StepInfo()).status not in STEP_PASSED), "")
