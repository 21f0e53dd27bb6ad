"""One act on many tasks: each is an act and an event of its own; one that is refused stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from engine.model import Invalid, Task, TaskStatus

from .operator import NotFound, Operator, Refused
from .repair import Repair

BulkAct = Literal["start", "pause", "resume", "retry", "cancel"]
BULK_ACTS: tuple[BulkAct, ...] = get_args(BulkAct)
MOST_AT_ONCE = 500
"""A few seconds' work: more are another go."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as it was when a person decided on it."""

    id: str
    rev: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task; `refusal` is empty when the act was done. `status` is None for one that is gone."""

    id: str
    name: str
    status: TaskStatus | None
    refusal: str = ""
    asked: bool = False
    """A worker holds it and has been asked to."""


class Bulk:
    def __init__(self, operator: Operator, repair: Repair, find: Callable[[str], Task | None]) -> None:
        self._find = find
        self._acts: Mapping[BulkAct, Callable[[str], Task]] = {
            "start": operator.start,
            "pause": operator.pause,
            "resume": operator.resume,
            "retry": repair.retry,
            "cancel": operator.cancel,
        }

    def run(self, act: BulkAct, tasks: Iterable[Seen]) -> Iterator[Outcome]:
        """One after the other. A form that is sent twice does nothing twice: every act is refused where it is done."""
        for seen in tasks:
            yield self._one(act, seen)

    def _one(self, act: BulkAct, seen: Seen) -> Outcome:
        before = self._find(seen.id)
        if before is None:
            return Outcome(seen.id, seen.id, None, "it is not there any more")
        name = before.name or before.id
        if act == "retry" and before.rev != seen.rev:  # a second try at once would be another call
            return Outcome(seen.id, name, before.status, "it has moved on since you looked: look again")
        try:
            task = self._acts[act](seen.id)
        except (Refused, NotFound, Invalid) as refusal:
            return Outcome(seen.id, name, before.status, str(refusal))
        return Outcome(seen.id, name, task.status, asked=task.request is not None)
