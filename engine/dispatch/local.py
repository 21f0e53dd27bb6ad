"""How a worker in this process learns at once that there is something to do.

Only ever a hint: what is due and what was asked stands in the database, and every worker looks there each second.
"""

from __future__ import annotations

from gevent.event import Event as Signal


class LocalDispatch:
    def __init__(self) -> None:
        self._signal = Signal()
        self._named: set[str] = set()

    def notify(self, task: str) -> None:
        """Something about this task wants a worker."""
        self._named.add(task)
        self._signal.set()

    def wake(self) -> None:
        """Look again, at nothing in particular."""
        self._signal.set()

    def wait(self, timeout_s: float) -> set[str]:
        """The tasks named since the last call; returns at once when there was a hint, else after the time."""
        self._signal.wait(timeout_s)
        self._signal.clear()
        named, self._named = self._named, set()
        return named
