"""What happened: the attempts of a link, the events of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _

from engine.model import Attempt, Event, LinkState, StepType

from .badge import Badge, verdict_badge
from .moment import Stamp, short_time_text, stamp
from .story import happened, outcome_text
from .text import compact, pretty_body, shortened
from .told import told

ATTEMPTS = 50
EVENTS = 100
_CHANGE = 200


@dataclass(frozen=True, slots=True)
class AttemptLine:
    number: int
    badge: Badge
    kind: str
    """What it is if it is no call."""
    at: Stamp | None
    last_at: Stamp | None
    count: int
    round: str
    http_status: int | None
    outcome: str
    duration: str
    message: str
    request: str
    args: str


@dataclass(frozen=True, slots=True)
class LinkHistory:
    result: str
    attempts: tuple[AttemptLine, ...]
    hidden: int
    """Older ones that are kept and not shown."""


@dataclass(frozen=True, slots=True)
class EventLine:
    at: Stamp | None
    who: str
    what: str
    where: str
    change: str


@dataclass(frozen=True, slots=True)
class EventPage:
    lines: tuple[EventLine, ...]
    number: int
    of: int


def link_history(state: LinkState, attempts: Sequence[Attempt], now: datetime) -> LinkHistory:
    """Newest first."""
    bodies = {attempt.id: attempt.body for attempt in attempts}
    shown = attempts[-ATTEMPTS:]
    lines = tuple(attempt_line(attempt, state, now) for attempt in reversed(shown))
    return LinkHistory(pretty_body(bodies.get(state.result or "")), lines, len(attempts) - len(shown))


def event_page(events: Sequence[Event], number: int, now: datetime) -> EventPage:
    """The page of that number, from 1, the newest on the first."""
    of = max(1, -(-len(events) // EVENTS))
    number = max(1, min(number, of))
    newest = len(events) - (number - 1) * EVENTS
    return EventPage(event_lines(events[max(0, newest - EVENTS) : newest], now), number, of)


def event_lines(events: Sequence[Event], now: datetime) -> tuple[EventLine, ...]:
    """Newest first."""
    return tuple(
        EventLine(stamp(event.at, now), event.who, happened(event.what), event.where, _change(event))
        for event in reversed(events)
    )


def attempt_line(attempt: Attempt, state: LinkState, now: datetime) -> AttemptLine:
    return AttemptLine(
        number=attempt.seq,
        badge=verdict_badge(attempt),
        kind=_kind_text(attempt),
        at=_exact(attempt.at, now),
        last_at=_exact(attempt.last_at, now) if attempt.count > 1 else None,
        count=attempt.count,
        round=_round(attempt) if state.type == StepType.LOOP else "",
        http_status=attempt.http_status,
        outcome=outcome_text(attempt),
        duration=short_time_text(attempt.duration_s) if attempt.kind == "call" else "",
        message=told(attempt.message),
        request=f"{attempt.method} {attempt.url}".strip(),
        args=compact(attempt.args) if attempt.args else "",
    )


def _exact(at: datetime, now: datetime) -> Stamp | None:
    """With seconds: tries come closer than minutes."""
    found = stamp(at, now)
    return replace(found, short=f"{found.short}:{at:%S}") if found else None


def _kind_text(attempt: Attempt) -> str:
    return {
        "call": "",
        "reduce": _("result of the rounds"),
        "given": _("given by hand"),
        "child": _("task of its own"),
        "asked": _("question"),
    }[attempt.kind]


def _round(attempt: Attempt) -> str:
    return _("round %(number)s", number=attempt.round) if attempt.kind == "call" else ""


def _change(event: Event) -> str:
    sides = [shortened(compact(side), _CHANGE) for side in (event.before, event.after) if side is not None]
    return " → ".join(sides)
