"""Whose turn it is: in which order due tasks are claimed, and how many of them one worker of several takes. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from engine.store import Due, WorkerInfo

SUSPECT_AFTER = 3
"""A task at which so many workers were lost in a row runs as the only one of its kind: others need not suffer."""
_AT_LEAST = 8
"""More than its share by so many is fine: small numbers are not worth waiting for another worker."""
_OTHERS_ARE_LATE = timedelta(seconds=2)


def in_fair_order(dues: Sequence[Due], held: Mapping[str, int]) -> list[Due]:
    """Systems take turns, the one that holds least first; within a system priority, then deadline."""
    queues: dict[str, deque[Due]] = defaultdict(deque)
    for due in sorted(dues, key=_urgency):
        queues[due.system].append(due)
    turns = [(held.get(system, 0), position, system) for position, system in enumerate(queues)]
    heapify(turns)
    ordered = []
    while turns:
        count, position, system = heappop(turns)
        ordered.append(queues[system].popleft())
        if queues[system]:
            heappush(turns, (count + 1, position, system))
    return ordered


def _urgency(due: Due) -> tuple[int, float]:
    return -due.priority, due.deadline.timestamp() if due.deadline else float("inf")


def fair_room(room: int, held: int, dues: Sequence[Due], others: Iterable[WorkerInfo], now: datetime) -> int:
    """How many of what is due this worker takes, that holds `held` and has `room`, so that `others` get their share.

    What has been due for a while is anybody's: the others do not take it, whatever keeps them.
    """
    takers = [worker for worker in others if not worker.draining]
    if not takers or not dues or min(due.wake_at for due in dues) < now - _OTHERS_ARE_LATE:
        return room
    everything = len(dues) + held + sum(worker.held for worker in takers)
    share = -(-everything // (len(takers) + 1))
    return max(0, min(room, share + _AT_LEAST - held))


def one_suspect(dues: Iterable[Due], suspect_held: bool) -> list[Due]:
    """All of them, but of those that may kill their worker at most one at a time."""
    chosen = []
    for due in dues:
        suspect = due.crashes >= SUSPECT_AFTER
        if not (suspect and suspect_held):
            chosen.append(due)
        suspect_held = suspect_held or suspect
    return chosen
