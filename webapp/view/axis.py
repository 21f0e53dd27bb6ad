"""A time axis on which stretches in which nothing happens are short: where a moment stands, and what is written there.

Places are per cent of the width. Between two neighbouring moments that matter the axis is even; a stretch much longer
than the usual one grows with its logarithm only and bears a mark.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log10

from babel.dates import format_datetime

from webapp.language import locale_code, zone

from .moment import duration_text

_SHORTEST_S = 1.0
_BROKEN = 20
"""A stretch this many times the usual one bears a mark."""
_NOISE_S = 0.2
"""Stretches shorter than this do not say what is usual."""
_LABELS = 6
_APART = 15.0
_SECONDS_TELL = 600


@dataclass(frozen=True, slots=True)
class Mark:
    """A label under the axis; `anchor` as SVG's `text-anchor`."""

    x: str
    text: str
    anchor: str
    minor: bool
    """Left out where there is little room."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where the axis skips time."""

    x: str
    text: str


class Axis:
    def __init__(self, moments: Iterable[datetime]) -> None:
        """At least one moment is needed."""
        self.knots = sorted(set(moments))
        gaps = [(after - before).total_seconds() for before, after in pairwise(self.knots)]
        self._usual = usual_s(gaps)
        self._gaps = gaps
        places = [0.0]
        for gap in gaps:
            places.append(places[-1] + drawn(gap, self._usual))
        whole = places[-1] or 1.0
        self._places = [100 * place / whole for place in places]

    def at(self, moment: datetime) -> float:
        """Where it stands, in per cent; what lies outside stands at the edge."""
        n = bisect_right(self.knots, moment) - 1
        if n < 0:
            return 0.0
        if n >= len(self._gaps):
            return self._places[-1]
        share = (moment - self.knots[n]).total_seconds() / self._gaps[n]
        return self._places[n] + share * (self._places[n + 1] - self._places[n])

    def breaks(self) -> tuple[Break, ...]:
        return tuple(
            Break(percent((self._places[n] + self._places[n + 1]) / 2), duration_text(gap))
            for n, gap in enumerate(self._gaps)
            if self._is_broken(gap)
        )

    def marks(self) -> tuple[Mark, ...]:
        """Labels with room between them; the first and the last moment have one."""
        places = self._label_places()
        moments = [self._moment_at(place) for place in places]
        last = len(places) - 1
        return tuple(
            Mark(
                percent(place),
                moment_text(moments[n], moments[n - 1] if n else None, _nearest_s(moments, n)),
                "start" if n == 0 else "end" if n == last else "middle",
                n == 1 < last or (last - n) % 2 == 1,
            )
            for n, place in enumerate(places)
        )

    def _label_places(self) -> list[float]:
        wanted = [self._off_break(100 * n / (_LABELS - 1)) for n in range(_LABELS)]
        kept = [0.0]
        for place in wanted[1:-1]:
            if place - kept[-1] >= _APART and self._places[-1] - place >= _APART:
                kept.append(place)
        return [*kept, self._places[-1]] if self._places[-1] else kept

    def _off_break(self, place: float) -> float:
        """A label inside a skipped stretch would mislead: it stands where the stretch ends."""
        n = bisect_right(self._places, place) - 1
        return self._places[n + 1] if 0 <= n < len(self._gaps) and self._is_broken(self._gaps[n]) else place

    def _moment_at(self, place: float) -> datetime:
        n = min(bisect_right(self._places, place) - 1, len(self._gaps) - 1)
        if n < 0:
            return self.knots[0]
        width = self._places[n + 1] - self._places[n]
        share = (place - self._places[n]) / width if width else 0.0
        return self.knots[n] + timedelta(seconds=share * self._gaps[n])

    def _is_broken(self, gap: float) -> bool:
        return gap > _BROKEN * self._usual


def usual_s(gaps: Iterable[float]) -> float:
    """The lower quartile of those that are more than noise, a second at the least."""
    felt = sorted(gap for gap in gaps if gap >= _NOISE_S)
    return max(_SHORTEST_S, felt[len(felt) // 4] if felt else 0.0)


def drawn(gap: float, usual: float) -> float:
    """How long a stretch is on the axis."""
    return gap if gap <= usual else usual * (1 + log10(gap / usual))


def percent(place: float) -> str:
    return f"{place:.2f}%"


def _nearest_s(moments: list[datetime], n: int) -> float:
    """How far the nearest other label is."""
    others = moments[max(0, n - 1) : n] + moments[n + 1 : n + 2]
    return min((abs((other - moments[n]).total_seconds()) for other in others), default=0.0)


def moment_text(moment: datetime, before: datetime | None, nearest_s: float) -> str:
    """In the reader's zone; the day is told where it changes, seconds where they tell it from the nearest label."""
    here = moment.astimezone(zone())
    clock = "HH:mm:ss" if nearest_s < _SECONDS_TELL else "HH:mm"
    same_day = before is not None and before.astimezone(zone()).date() == here.date()
    return str(format_datetime(here, clock if same_day else f"{_DAY[locale_code()]}{clock}", locale=locale_code()))


_DAY = {"en": "d MMM ", "zh": "M月d日 "}
