"""A search over all events: how its words are read, which events they find, how these are shown and exported."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from flask_babel import gettext as _

from engine.command.subject import DEFINITIONS
from engine.model import Event

from .export import text as spreadsheet_text
from .moment import Stamp, stamp
from .text import compact, pretty, shortened

PEOPLE = "people"
"""`who:people`: everybody but workers."""
WORKER = "worker"
_WORD = re.compile(r'(?:(who|what|task):)?(?:"([^"]*)"|(\S+))')
_CHANGE = 220

Subject = Literal["task", "user", "secret", "definitions"]
_NAMED: dict[str, Subject] = {"user": "user", "secret": "secret"}
"""What stands before the `/` in whom an event is of; a task's id has none."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Every word has to be found. `who` is exact, but for `people` and `worker`."""

    words: tuple[str, ...] = ()
    who: str = ""
    what: tuple[str, ...] = ()
    task: str = ""

    @property
    def exact_who(self) -> str:
        """A name that the index knows."""
        return "" if self.who in (PEOPLE, WORKER) else self.who

    def matches(self, event: Event) -> bool:
        return (
            self._matches_who(event.who)
            and (not self.task or event.task == self.task)
            and all(what in event.what.casefold() for what in self.what)
            and (not self.words or self._matches_words(event))
        )

    def _matches_who(self, who: str) -> bool:
        if self.who in (PEOPLE, WORKER):
            return who.startswith("worker ") == (self.who == WORKER)
        return not self.who or who == self.who

    def _matches_words(self, event: Event) -> bool:
        parts = event.who, event.what, event.task, event.where, compact(event.before), compact(event.after)
        text = "\n".join(parts).casefold()
        return all(word in text for word in self.words)


@dataclass(frozen=True, slots=True)
class Span:
    """From the beginning of a day up to, but without, the beginning of another."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SavedDefinition:
    """`room` is the place of its kind in addresses; `number` the revision that tells of it, a removal's, too."""

    room: str
    id: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class EventRow:
    at: Stamp | None
    who: str
    what: str
    where: str
    about: str
    """The id of a task, the name of a user or secret."""
    subject: Subject
    change: str
    before: str
    after: str
    """Whole, when they are too long for the line."""
    saved: tuple[SavedDefinition, ...] = ()
    """In place of `change`."""


def read_query(text: str) -> EventQuery:
    """`who:ann what:"signed in" task:t1 anything else`. Never refuses: what is no filter is searched for."""
    words, what, given = [], [], {"who": "", "task": ""}
    for key, quoted, bare in _WORD.findall(text):
        value = quoted or bare
        if key == "what":
            what.append(value.casefold())
        elif key:
            given[key] = value
        elif value:
            words.append(value.casefold())
    return EventQuery(tuple(words), given["who"], tuple(what), given["task"])


def read_span(since: str, until: str, zone: tzinfo) -> Span:
    """Days of the reader's zone, `until` included. Raises `ValueError` for what is no day."""
    first, last = _day(since), _day(until)
    after = last + timedelta(days=1) if last else None
    return Span(_begins(first, zone), _begins(after, zone))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _begins(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def event_row(event: Event, now: datetime) -> EventRow:
    subject, about = _subject(event.task)
    saved = tuple(_saved(event)) if subject == "definitions" else ()
    sides = [] if saved else [compact(side) for side in (event.before, event.after) if side is not None]
    change = " → ".join(sides)
    long = len(change) > _CHANGE
    return EventRow(
        at=_to_the_second(event.at, now),
        who=event.who,
        what=event.what,
        where=event.where,
        about=about,
        subject=subject,
        change=shortened(change, _CHANGE),
        before=pretty(event.before) if long and event.before is not None else "",
        after=pretty(event.after) if long and event.after is not None else "",
        saved=saved,
    )


def _saved(event: Event) -> Iterator[SavedDefinition]:
    """Of a save: each definition, `new`, `2 → 3` or `removed`."""
    before, after = event.before, event.after
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for name, now in after.items():
        kind, _slash, id_ = name.partition("/")
        old = before.get(name) or 0
        yield SavedDefinition(f"{kind}s", id_, now or old + 1, _saved_text(old, now))


def _saved_text(old: int, now: int | None) -> str:
    if now is None:
        return _("removed")
    return f"{old} → {now}" if old else _("new")


def _to_the_second(at: datetime, now: datetime) -> Stamp | None:
    told = stamp(at, now)
    return replace(told, short=f"{told.short}:{at.second:02}") if told else None


def without_notes(event: Event) -> Event:
    """For those who may not read notes of secrets; names stand in definitions anyway."""
    is_of_secret = _subject(event.task)[0] == "secret"
    return event.model_copy(update={"before": None, "after": None}) if is_of_secret else event


def _subject(task: str) -> tuple[Subject, str]:
    if task == DEFINITIONS:
        return "definitions", _("definitions")
    kind, found, name = task.partition("/")
    return (_NAMED[kind], name) if found and kind in _NAMED else ("task", task)


# -- exports -----------------------------------------------------------------------------------------

_COLUMNS = ("at", "who", "what", "task", "where", "before", "after")


def as_csv(events: Iterable[Event]) -> Iterator[str]:
    """A line each under a heading, times in UTC; nothing that a spreadsheet would take for a formula."""
    yield _line(_COLUMNS)
    for event in events:
        sides = ["" if side is None else compact(side) for side in (event.before, event.after)]
        yield _line([event.at.isoformat(), event.who, event.what, event.task, event.where, *sides])


def as_json(events: Iterable[Event]) -> Iterator[str]:
    """A list, an event a line."""
    yield "["
    for number, event in enumerate(events):
        yield (",\n" if number else "\n") + _json(event.to_json())
    yield "\n]\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, default=str)


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([spreadsheet_text(cell) for cell in cells])
    return written.getvalue().encode("utf-8", "replace").decode()
