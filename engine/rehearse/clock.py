"""A clock that stands still until it is turned."""

from __future__ import annotations

from datetime import datetime


class VirtualClock:
    def __init__(self, start: datetime) -> None:
        self._start = self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def turn_to(self, moment: datetime) -> None:
        """Never back."""
        self._now = max(self._now, moment)
