"""Events: who did what to which task, user or definition, searched, page by page, and as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask import Blueprint, Response, current_app, request, stream_with_context

from engine.model import Event, Role
from engine.store import BadPlace, Place, place_of

from .language import zone
from .render import render
from .rights import right
from .site import site
from .view.event_search import (
    EventQuery,
    Span,
    as_csv,
    as_json,
    event_row,
    read_query,
    read_span,
    without_notes,
)
from .visit import may

events = Blueprint("events", __name__)

ROWS = 50
LOOKED_AT = 4_000
"""Events that are looked at for one page, whether or not they match."""
LONGEST_QUERY = 300


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
        older=place_of(last).text if last else "",
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


def _newest(asked: Asked, before: Place | None) -> Iterator[Event]:
    """As who visits may see them: what is hidden is not found by a search either."""
    store, span, shown = site().store, asked.span, _as_it_is if may(Role.EDITOR) else without_notes
    if asked.query.task:
        found = iter(_of_task(asked.query.task, before, span.until))
    else:
        found = store.event_log.newest(before, asked.query.exact_who, span.until)
    for event in found:
        if span.since and event.at < span.since:
            return
        yield shown(event)


def _as_it_is(event: Event) -> Event:
    return event


def _of_task(task: str, before: Place | None, until: datetime | None) -> list[Event]:
    """Newest first; a task's own index has them all."""
    found = site().store.history.events(task)
    beyond = [event for event in found if not before or (event.at, event.id) < (before.value, before.id)]
    wanted = [event for event in beyond if not until or event.at < until]
    return sorted(wanted, key=lambda event: (event.at, event.id), reverse=True)


def _asked() -> Asked:
    text = request.args.get("q", "")[:LONGEST_QUERY]
    since, until = request.args.get("from", ""), request.args.get("to", "")
    try:
        span, problem = read_span(since, until, zone()), ""
    except (ValueError, OverflowError):
        span, problem = Span(None, None), "date"
    return Asked(text, since, until, read_query(text), span, problem)


def _read_place(text: str) -> Place | None:
    """A damaged one leads to the first page."""
    try:
        place = Place.read(text) if text else None
    except BadPlace:
        return None
    return place if place and place.stretch == 0 and isinstance(place.value, datetime) else None
