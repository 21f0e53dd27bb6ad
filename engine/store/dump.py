"""Everything, out and in again: a line of extended JSON per document, for backups and moves between servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from bson import json_util

from .connect import Documents
from .schema import INDEXES

_PASSING = frozenset({"worker", "slot", "session", "one_time_link", "sign_in_try", "pulse"})
_KEPT = tuple(name for name in INDEXES if name not in _PASSING)
"""Workers and their slots belong to a running product: tasks that one held are recovered after a restore. So do
sessions: whoever reads a backup must not find a way in, and everybody signs in anew.
"""
_AT_ONCE = 500
_AWARE = json_util.JSONOptions(tz_aware=True)


class NotEmpty(ValueError):
    """A restore goes into an empty database only."""


class BadDump(ValueError):
    """A line that no dump has written."""


def dump(db: Documents) -> Iterator[str]:
    """Plans before tasks, tasks before their journals: as it is read, nothing that is referred to is missing."""
    for name in _KEPT:
        for document in db[name].find():
            yield json_util.dumps({"in": name, "document": document}, json_options=json_util.CANONICAL_JSON_OPTIONS)


def restore(db: Documents, lines: Iterable[str]) -> int:
    """Writes a dump into an empty database; how many documents. Raises `NotEmpty`, `BadDump`."""
    if any(db[name].find_one() for name in _KEPT):
        raise NotEmpty("there is data already: restore into an empty database")
    return sum(_insert(db, some) for some in _batches(_read(lines)))


Row = tuple[str, dict[str, object]]


def _read(lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        try:
            raw = json_util.loads(line, json_options=_AWARE)
            name, document = raw["in"], raw["document"]
        except (ValueError, KeyError, TypeError):
            raise BadDump(f"line {number} is not of a backup") from None
        if name not in _KEPT:
            raise BadDump(f"line {number} is for {name!r}, which a backup does not have")
        yield name, document


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


def _insert(db: Documents, rows: list[Row]) -> int:
    for name in {name for name, _ in rows}:
        db[name].insert_many([document for other, document in rows if other == name])
    return len(rows)
