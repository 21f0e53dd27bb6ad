"""What was counted hour by hour: one document an hour, to which every worker adds.

For charts: a worker adds every few seconds what it has counted meanwhile, so its death costs the last of them, and a
write whose reply was lost may count twice. An hour of 200 apis is about 60 KB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from engine.model import Hours, Subject, SubjectKind, Tally, hour_of

from .connect import Documents

KEPT = timedelta(days=8)
_KINDS: tuple[SubjectKind, ...] = ("api", "step", "system")


class HourStore:
    def __init__(self, db: Documents) -> None:
        self._hours = db.hour

    def add(self, hours: Hours) -> None:
        writes = [
            UpdateOne({"_id": _name(hour)}, {"$inc": _added(tallies), "$setOnInsert": {"hour": hour}}, upsert=True)
            for hour, tallies in hours.items()
            if tallies
        ]
        if writes:
            self._hours.bulk_write(writes, ordered=False)

    def last(self, now: datetime, count: int) -> dict[datetime, dict[Subject, Tally]]:
        """The last hours, this one included, the oldest first; one in which nothing was counted is empty."""
        hours = [hour_of(now) - timedelta(hours=back) for back in reversed(range(count))]
        found = {raw["_id"]: raw for raw in self._hours.find({"_id": {"$in": [_name(hour) for hour in hours]}})}
        return {hour: dict(_tallies(found.get(_name(hour), {}))) for hour in hours}

    def tidy(self, now: datetime) -> None:
        """Removes what is too old for any chart."""
        self._hours.delete_many({"hour": {"$lt": now - KEPT}})


def _name(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H}"


def _added(tallies: Mapping[Subject, Tally]) -> dict[str, int]:
    """An id is safe as a part of a path."""
    added: dict[str, int] = {}
    for (kind, id_), tally in tallies.items():
        place = f"{kind}.{id_}"
        added |= {f"{place}.good": tally.good, f"{place}.bad": tally.bad}
        added |= {f"{place}.spans.{size}": count for size, count in tally.spans.items()}
    return added


def _tallies(raw: Mapping[str, Any]) -> Iterator[tuple[Subject, Tally]]:
    for kind in _KINDS:
        for id_, told in raw.get(kind, {}).items():
            spans = Counter({int(size): count for size, count in told.get("spans", {}).items()})
            yield (kind, id_), Tally(told.get("good", 0), told.get("bad", 0), spans)
