"""Events: who did what to which task, user or definition, searched, page by page, and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from flask import Blueprint, Response, current_app, request, stream_with_context

from engine.model import Event, Role
from engine.store import EventPlace

from .language import zone
from .render import render
from .rights import right
from .site import site
from .view.event_search import EventQuery, Span, as_csv, as_json, event_row, read_query, read_span

events = Blueprint("events", __name__)

ROWS = 50
LOOKED_AT = 4_000
"""Events that are looked at for one page, whether or not they match."""
LONGEST_QUERY = 300
_AHEAD = timedelta(days=1)
"""Clocks that are ahead hide nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address, and what is wrong with it."""

    text: str
    since: str
    until: str
    query: EventQuery
    span: Span
    problem: str


@events.get("/events")
@right(Role.VIEWER)
def index():
    asked, now = _asked(), site().clock.now()
    before = _read_place(request.args.get("before", ""))
    looked = list(islice(_newest(asked, before), LOOKED_AT + 1))
    found = [event for event in looked[:LOOKED_AT] if asked.query.matches(event)]
    page = found[:ROWS]
    full = len(found) > ROWS
    last = page[-1] if full else looked[LOOKED_AT - 1] if len(looked) > LOOKED_AT else None
    return render(
        "events/list.html",
        status=422 if asked.problem else 200,
        asked=asked,
        rows=[event_row(event, now) for event in page],
        older=_place_text(last) if last else "",
        cut_short=last.at if last and not full else None,
        first_page=before is None,
        looked=min(len(looked), LOOKED_AT),
    )


@events.get("/events.csv")
@right(Role.VIEWER)
def export_csv():
    return _export(as_csv, "text/csv; charset=utf-8", "events.csv")


@events.get("/events.json")
@right(Role.VIEWER)
def export_json():
    return _export(as_json, "application/json", "events.json")


def _export(write: Callable[[Iterable[Event]], Iterator[str]], kind: str, name: str) -> Response:
    """All that is found, as it is read: nothing gathers here, however much there is."""
    asked = _asked()
    found = (event for event in _newest(asked, None) if asked.query.matches(event))
    response = current_app.response_class(stream_with_context(write(found)), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _newest(asked: Asked, before: EventPlace | None) -> Iterator[Event]:
    store, span = site().store, asked.span
    until = span.until or site().clock.now() + _AHEAD
    if asked.query.task:
        found = iter(_of_task(asked.query.task, until, before))
    else:
        found = store.event_log.newest(until, before, asked.query.exact_who)
    for event in found:
        if span.since and event.at < span.since:
            return
        if span.until is None or event.at < span.until:
            yield event


def _of_task(task: str, until: datetime, before: EventPlace | None) -> list[Event]:
    """Newest first; a task's own index has them all."""
    found = site().store.history.events(task)
    beyond = [event for event in found if not before or (event.at, event.id) < (before.at, before.id)]
    return sorted((one for one in beyond if one.at <= until), key=lambda event: (event.at, event.id), reverse=True)


def _asked() -> Asked:
    text = request.args.get("q", "")[:LONGEST_QUERY]
    since, until = request.args.get("from", ""), request.args.get("to", "")
    try:
        span, problem = read_span(since, until, zone()), ""
    except (ValueError, OverflowError):
        span, problem = Span(None, None), "date"
    return Asked(text, since, until, read_query(text), span, problem)


def _place_text(event: Event) -> str:
    return f"{event.at.isoformat()}~{event.id}"


def _read_place(text: str) -> EventPlace | None:
    """A damaged one leads to the first page."""
    at, _, id_ = text.partition("~")
    try:
        return EventPlace(datetime.fromisoformat(at).astimezone(UTC), id_) if id_ else None
    except (ValueError, OverflowError):
        return None
