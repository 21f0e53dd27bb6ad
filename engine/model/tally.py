"""How often something went well or badly, and how long it took: counts that add up, across workers and hours."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

SubjectKind = Literal["api", "step", "system"]
Subject: TypeAlias = tuple[SubjectKind, str]
"""What is counted: calls of an api, passes of a step, runs of a system; and its id."""

_SHORTEST_S = 0.001
_PER_DOUBLING = 2
_LAST = 64
"""48 days; what takes longer is counted there."""


@dataclass(slots=True)
class Tally:
    """`spans` counts durations by size: each class is √2 times as long as the one before it."""

    good: int = 0
    bad: int = 0
    spans: Counter[int] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.good + self.bad

    def note(self, good: bool, seconds: float) -> None:
        if good:
            self.good += 1
        else:
            self.bad += 1
        self.spans[span_class(seconds)] += 1

    def add(self, other: Tally) -> None:
        self.good += other.good
        self.bad += other.bad
        self.spans += other.spans

    def quantile_s(self, share: float) -> float | None:
        """About the seconds that this share of all did not exceed, right to a sixth; None when nothing was counted."""
        wanted, seen = share * self.spans.total(), 0
        for size, count in sorted(self.spans.items()):
            if seen + count >= wanted:
                shortest, longest = _longest_s(size - 1), _longest_s(size)
                return shortest + (longest - shortest) * (wanted - seen) / count
            seen += count
        return None


Hours: TypeAlias = Mapping[datetime, Mapping[Subject, Tally]]
"""The beginning of an hour → what was counted in it."""


def span_class(seconds: float) -> int:
    if seconds <= _SHORTEST_S:
        return 0
    return min(_LAST, math.ceil(_PER_DOUBLING * math.log2(seconds / _SHORTEST_S)))


def _longest_s(size: int) -> float:
    return _SHORTEST_S * 2.0 ** (size / _PER_DOUBLING) if size >= 0 else 0.0


def summed(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)
