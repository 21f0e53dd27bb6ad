"""All events of all tasks, users and definitions, newest first, as far back as somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.model import Event

from .codec import unpack
from .connect import Documents

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST_SLICE = timedelta(seconds=10)
_WIDER = 6.0
_AT_ONCE = 500
"""About how many events one question should bring: a sorted question reads every match of its range."""


@dataclass(frozen=True, slots=True)
class EventPlace:
    """Where a reader is: the event read last."""

    at: datetime
    id: str


class EventLog:
    def __init__(self, db: Documents) -> None:
        self._events = db.event

    def newest(self, until: datetime, before: EventPlace | None = None, who: str = "") -> Iterator[Event]:
        """Those up to `until`, and older than `before`; of one who did them, if that is asked."""
        upper = min(until, before.at) if before else until
        for raw in self._raw(upper, {"who": who} if who else {}):
            if before is None or (raw["at"], raw["_id"]) < (before.at, before.id):
                yield Event.model_validate(unpack(raw))

    def _raw(self, upper: datetime, also: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """By slices of time, each as wide as the one before suggests."""
        width = _FIRST_SLICE
        top: dict[str, Any] = {"$lte": upper}
        while upper > _BEGINNING:
            lower = max(_BEGINNING, upper - width)
            found = list(self._events.find({**also, "at": {"$gt": lower, **top}}))
            yield from sorted(found, key=lambda raw: (raw["at"], raw["_id"]), reverse=True)
            upper, top = lower, {"$lte": lower}
            width = min(upper - _BEGINNING, width * min(_WIDER, _AT_ONCE / max(1, len(found))))
