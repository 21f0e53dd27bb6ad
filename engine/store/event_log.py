"""All events of all tasks, users and definitions, newest first, as far back as somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engine.model import Event

from .codec import unpack
from .connect import Documents
from .pages import Pager, Place, Stretch


class EventLog:
    def __init__(self, db: Documents) -> None:
        self._pager = Pager(db.event)

    def newest(self, before: Place | None = None, who: str = "", until: datetime | None = None) -> Iterator[Event]:
        """Those older than `before`, and than `until`; of one who did them, if that is asked. Raises `BadPlace`."""
        order = (Stretch("at", where={"who": who} if who else {}, descending=True, below=until),)
        for batch in self._pager.walk(order, before):
            yield from (Event.model_validate(unpack(raw)) for raw in batch.raws)


def place_of(event: Event) -> Place:
    """Where the log goes on behind it."""
    return Place(0, event.at, event.id)
