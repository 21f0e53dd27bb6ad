"""The time, passed in: tests turn it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import gevent

_MONOTONIC = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Where there is one, the clock that goes on while the machine sleeps: a lease does, too."""
_SYNC_EVERY_S = 60.0
_NO_DIFFERENCE = timedelta(milliseconds=250)
"""Less than this may be the way to the database and back."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for leases and durations."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(_MONOTONIC)


class SharedClock:
    """The database's time, so that all machines agree on what is due; a clock that is an hour off does no harm.

    Asks for it when it is made and once a minute behind the caller's back; what the database does not tell is
    taken from `own`.
    """

    def __init__(self, their_time: Callable[[], datetime | None], own: Clock | None = None) -> None:
        """`their_time` answers None when it cannot be known now."""
        self._their_time, self._own = their_time, own or SystemClock()
        self._ahead, self._sync_due = timedelta(0), 0.0
        self._sync()

    def now(self) -> datetime:
        if self._own.monotonic() >= self._sync_due:
            self._sync_due = self._own.monotonic() + _SYNC_EVERY_S
            gevent.spawn(self._sync)
        return self._own.now() + self._ahead

    def monotonic(self) -> float:
        return self._own.monotonic()

    def _sync(self) -> None:
        began = self._own.monotonic()
        theirs = self._their_time()
        self._sync_due = self._own.monotonic() + _SYNC_EVERY_S
        if theirs is None:
            return
        way_back = timedelta(seconds=(self._own.monotonic() - began) / 2)
        ahead = theirs + way_back - self._own.now()
        self._ahead = ahead if abs(ahead) > _NO_DIFFERENCE + way_back else timedelta(0)
