"""How often something was tried of late, counted by all processes together.

A document per key holds the times of its tries and is changed by compare-and-set: of many who try at once no more get
through than there is room for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from .connect import Documents

Times = list[datetime]


class Tries:
    def __init__(self, db: Documents) -> None:
        self._tries = db.sign_in_try

    def take(self, key: str, now: datetime, most: int, within: timedelta) -> datetime | None:
        """Counts a try and answers None; when there were `most` of late, counts nothing and says when there is room."""
        free_at: datetime | None = None

        def one_more(times: Times) -> Times:
            nonlocal free_at
            recent = [at for at in times if at > now - within]
            free_at = recent[-most] + within if len(recent) >= most else None
            return times if free_at else [*recent, now]

        self._change(key, one_more, now + within)
        return free_at

    def give_back(self, key: str, at: datetime) -> None:
        """The try of that time does not count."""

        def one_less(times: Times) -> Times:
            kept = _to_the_millisecond(at)
            place = times.index(kept) if kept in times else len(times)
            return times[:place] + times[place + 1 :]

        self._change(key, one_less)

    def tidy(self, now: datetime) -> None:
        """Removes what counts no more."""
        self._tries.delete_many({"until": {"$lte": now}})

    def _change(self, key: str, decide: Callable[[Times], Times], until: datetime | None = None) -> None:
        """Decided anew whenever another was quicker."""
        while True:
            raw = self._tries.find_one({"_id": key})
            times = raw["times"] if raw else []
            changed = decide(times)
            if changed == times or self._write(key, raw, {"times": changed} | ({"until": until} if until else {})):
                return

    def _write(self, key: str, raw: dict[str, Any] | None, fields: dict[str, Any]) -> bool:
        if raw is not None:
            change = {"$set": fields, "$inc": {"rev": 1}}
            return self._tries.update_one({"_id": key, "rev": raw["rev"]}, change).matched_count == 1
        try:
            self._tries.insert_one({"_id": key, "rev": 0, **fields})
        except DuplicateKeyError:
            return False
        return True


def _to_the_millisecond(moment: datetime) -> datetime:
    """As the database keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
