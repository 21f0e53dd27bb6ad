"""What a worker has counted since it last wrote it down: in memory, so that no call waits for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from engine.model import Hours, Subject, SubjectKind, Tally, hour_of


class Counts:
    def __init__(self) -> None:
        self._hours: dict[datetime, dict[Subject, Tally]] = _nothing()

    def note(self, at: datetime, kind: SubjectKind, id_: str, good: bool, seconds: float) -> None:
        self._hours[hour_of(at)][kind, id_].note(good, seconds)

    @contextmanager
    def taken(self) -> Iterator[Hours]:
        """All there is, which is gone afterwards; kept when that fails."""
        hours, self._hours = self._hours, _nothing()
        try:
            yield hours
        except BaseException:
            self._put_back(hours)
            raise

    def _put_back(self, hours: Hours) -> None:
        for hour, tallies in hours.items():
            for subject, tally in tallies.items():
                self._hours[hour][subject].add(tally)


def _nothing() -> dict[datetime, dict[Subject, Tally]]:
    return defaultdict(lambda: defaultdict(Tally))
