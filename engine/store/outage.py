"""When the database is away, or unwell: that is said once, waited out, and said once more when it is over.

Away: no connection. Unwell: it answers, and refuses everything (no room on its disk, shutting down, no majority).
Neither is the fault of what was asked, so asking again is right; a document that it refuses is another matter.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import gevent
from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure, PyMongoError, WriteConcernError

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_S = 0.5

_UNWELL = frozenset({
    1,  # internal error: the embedded server's storage has stopped, as it does when its disk is full
    50, 262,  # time limits of the server's own
    64,  # a majority has not confirmed
    91, 189, 10058, 10107, 11600, 11602, 13435, 13436,  # stepping down, shutting down, not the primary
    14031,  # its disk is full
})  # fmt: skip


def unwell(error: PyMongoError) -> bool:
    """Whether the database, not the document, is in trouble: asking again later may help."""
    if isinstance(error, ConnectionFailure | WriteConcernError):
        return True
    if isinstance(error, BulkWriteError):
        return bool(error.details.get("writeConcernErrors")) or _any_unwell(error.details.get("writeErrors", ()))
    return isinstance(error, OperationFailure) and error.code in _UNWELL


def _any_unwell(write_errors: Iterable[dict[str, int]]) -> bool:
    return any(error["code"] in _UNWELL for error in write_errors)


class Outage:
    """One for all that a process asks of the database, so that it is told once and not by each of them."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._over_at = 0.0

    def reach(self, act: Callable[[], T], given_up: Callable[[], bool] = lambda: False) -> T:
        """What `act` answers, however long the database is away. `act` may run several times.

        Raises what the database says of the document itself, and its trouble once it is `given_up`.
        """
        while True:
            began = time.monotonic()
            try:
                answer = act()
            except PyMongoError as error:
                if not unwell(error) or given_up():
                    raise
                self.note(error, began)
                gevent.sleep(AGAIN_S)
            else:
                self.end()
                return answer

    def note(self, error: PyMongoError, began: float) -> None:
        """Trouble of something that began then; what began before the last outage ended is no news."""
        if self._since is None and began >= self._over_at:
            self._since = began
            log.warning("database_away", extra={"reason": str(error)[:200]})

    def end(self) -> None:
        """The database has answered."""
        if self._since is not None:
            now = time.monotonic()
            log.warning("database_back", extra={"after_s": round(now - self._since, 1)})
            self._since, self._over_at = None, now
