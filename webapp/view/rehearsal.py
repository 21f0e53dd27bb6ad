"""What came of a rehearsal, as its page shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from engine.model import Attempt, Problem, Rehearsal, TaskStatus
from engine.plan.flow import leaves
from engine.rehearse import Rehearsed, Tried
from webapp.arg_text import dumped
from webapp.form_fields import Fields
from webapp.rehearsal_form import EXPECT, OFFERED

from .badge import Badge, badge, verdict_badge
from .moment import duration_text
from .paging import StepPage, page_of
from .text import compact, shortened
from .timeline import Timeline, first_open, timeline
from .told import told
from .values import StepValues, step_values, value_rows

MOST_CALLS = 200
_VALUE = 120


@dataclass(frozen=True, slots=True)
class LateLine:
    step: str
    by: str
    expected: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call, or `count` that came to the same."""

    after: str
    place: str
    badge: Badge
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What could be expected of it from now on."""

    field: str
    key: str
    json: str
    shown: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    badge: Badge
    tone: str
    sentence: str
    message: str
    broken_off: bool
    unmet: tuple[Problem, ...]
    late: tuple[LateLine, ...]
    timeline: Timeline
    steps: StepPage
    values: tuple[StepValues, ...]
    calls: tuple[CallLine, ...]
    calls_left_out: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A test that is kept; `holds` is None until it was run."""

    name: str
    expects: str
    holds: bool | None
    problems: tuple[Problem, ...]
    took: str


def outcome(tried: Tried, run: Rehearsed, fields: Fields) -> Outcome:
    task, plan, attempts = run.task, run.plan, list(run.attempts.values())
    steps = page_of(value_rows(task, plan.definition), None, first_open(task, plan.steps))
    names = {leaf.step: leaf.name for leaf in leaves(plan.flow)}
    return Outcome(
        badge=badge(task.status),
        tone="good" if run.done and not tried.problems else "waiting" if run.done else "bad",
        sentence=_sentence(run),
        message=told(run.message),
        broken_off=bool(run.broken_off),
        unmet=() if run.broken_off or not tried.rehearsal.expect else tuple(tried.problems),
        late=tuple(LateLine(late.step, duration_text(late.by_s), _expected_time(run, late.step)) for late in run.late),
        timeline=timeline(task, plan, attempts, names, steps.steps, run.ended),
        steps=steps,
        values=step_values(task, plan.definition, run.attempts, steps.steps),
        calls=tuple(_call(run, attempt) for attempt in attempts[:MOST_CALLS]),
        calls_left_out=max(0, len(attempts) - MOST_CALLS),
        choices=tuple(_choices(run, fields)),
    )


def kept_lines(rehearsals: Iterable[Rehearsal], tried: Mapping[str, Tried]) -> list[KeptLine]:
    """`tried`: those that were run, by their names."""
    return [_kept(rehearsal, tried.get(rehearsal.name)) for rehearsal in rehearsals]


def _kept(rehearsal: Rehearsal, tried: Tried | None) -> KeptLine:
    return KeptLine(
        name=rehearsal.name,
        expects=", ".join(f"{key} = {shortened(compact(value), _VALUE)}" for key, value in _expected(rehearsal)),
        holds=None if tried is None else not tried.problems,
        problems=tuple(tried.problems) if tried else (),
        took=duration_text(tried.run.took_s) if tried and tried.run else "",
    )


def _expected(rehearsal: Rehearsal) -> Iterable[tuple[str, object]]:
    return (rehearsal.expect or {"status": TaskStatus.DONE.value}).items()


def _sentence(run: Rehearsed) -> str:
    told_with = {"time": duration_text(run.took_s), "calls": _calls(run.calls)}
    if run.done:
        return _("The task is done after %(time)s and %(calls)s.", **told_with)
    if run.broken_off:
        return _("It was broken off after %(time)s and %(calls)s: it would go on.", **told_with)
    if run.task.status == TaskStatus.FAILED:
        return _("The task fails after %(time)s and %(calls)s.", **told_with)
    return _("The task needs a person after %(time)s and %(calls)s.", **told_with)


def _calls(count: int) -> str:
    return ngettext("%(num)d call", "%(num)d calls", count)


def _expected_time(run: Rehearsed, step: str) -> str:
    return duration_text(run.task.step_info[step].expect_span.seconds)


def _call(run: Rehearsed, attempt: Attempt) -> CallLine:
    after = duration_text((attempt.at - run.began).total_seconds())
    place = f"{attempt.step}/{attempt.link}"
    return CallLine(after, place, verdict_badge(attempt), told(attempt.message), attempt.count)


def _choices(run: Rehearsed, fields: Fields) -> Iterator[Choice]:
    """What was offered before is ticked as it was; what is new, if it speaks for the whole."""
    offered = set(fields.get(OFFERED, "").split())
    for key, value in _facts(run):
        field, settled = f"{EXPECT}{key}", key in offered or bool(fields.get("was"))
        chosen = field in fields if settled else _speaks_for_the_whole(run, key)
        yield Choice(field, key, dumped(value), shortened(compact(value), _VALUE), chosen)


def _speaks_for_the_whole(run: Rehearsed, key: str) -> bool:
    """How it ended, and what the last step came to."""
    return key in ("status", "late") or (run.done and key.startswith(f"{run.plan.steps[-1]}."))


def _facts(run: Rehearsed) -> Iterator[tuple[str, object]]:
    yield "status", run.task.status.value
    yield "late", [late.step for late in run.late]
    for step in run.plan.steps:
        for key, value in run.task.step_info[step].response.items():
            yield f"{step}.{key}", value
