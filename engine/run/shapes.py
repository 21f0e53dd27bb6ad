"""The shapes of answers that a worker has seen: in memory, so that no call waits; only what is new is to be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.model import Shape, Sighting, shape_of

MOST = 20
"""Shapes of one api: an answer that looks different each time has no shape to speak of."""
TOLD_AGAIN_AFTER = timedelta(minutes=10)
"""How far behind `last_at` may be."""
KNOWN_FOR = timedelta(days=1)
_LONGEST_EXAMPLE = 32_768
_ALL_OF_THE_FIRST, _THEN_ONE_OF = 20, 10
"""Answers that are looked at between two writes: what comes often is seen soon enough, and looking is not free."""


@dataclass(slots=True)
class _Seen:
    first_at: datetime
    last_at: datetime
    attempt: str
    example: str
    told_at: datetime | None = None


class Shapes:
    def __init__(self) -> None:
        self._seen: dict[str, dict[Shape, _Seen]] = {}
        self._since: datetime | None = None
        self._answers: Counter[str] = Counter()

    def note(self, at: datetime, api: str, value: Any, text: str, attempt: str) -> None:
        """An answer, as a value and as the JSON text that it came as."""
        if self._since is None or at - self._since > KNOWN_FOR:
            self._seen, self._since = {}, at
        self._answers[api] += 1
        if self._answers[api] > _ALL_OF_THE_FIRST and self._answers[api] % _THEN_ONE_OF:
            return
        known, shape = self._seen.setdefault(api, {}), shape_of(value)
        if seen := known.get(shape):
            seen.last_at = at
        elif len(known) < MOST:
            known[shape] = _Seen(at, at, attempt, text if len(text) <= _LONGEST_EXAMPLE else "")

    @contextmanager
    def untold(self) -> Iterator[list[Sighting]]:
        """What is to be written; it is told afterwards, unless that fails."""
        new = [
            (api, shape, seen)
            for api, shapes in self._seen.items()
            for shape, seen in shapes.items()
            if seen.told_at is None or seen.last_at - seen.told_at >= TOLD_AGAIN_AFTER
        ]
        told = [Sighting(api, shape, one.first_at, one.last_at, one.attempt, one.example) for api, shape, one in new]
        self._answers.clear()
        yield told
        for (_api, _shape, seen), sighting in zip(new, told, strict=True):
            seen.told_at = sighting.last_at
