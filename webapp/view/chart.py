"""Bars hour by hour, as places in a drawing of its own size: the page stretches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_time
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.language import locale_code, zone

HEIGHT = 100
_BAR, _GAP = 8, 2
_LEAST = 3
"""One is seen beside a thousand."""

Hourly = Mapping[datetime, tuple[int, int]]
"""The beginning of an hour → how many went well, how many badly."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: the good stands on the ground, the bad on top of it."""

    x: int
    good_y: int
    good_height: int
    bad_y: int
    bad_height: int
    hour: str
    good: int
    bad: int
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    width: int
    height: int
    bar_width: int
    peak: int
    total: int
    bad: int
    summary: str
    """All of it in a sentence, for who does not see it."""

    @property
    def good_path(self) -> str:
        """All bars as one shape: small enough for a hundred of them on a page."""
        return "".join(_rectangle(bar.x, bar.good_y, bar.good_height) for bar in self.bars if bar.good)

    @property
    def bad_path(self) -> str:
        return "".join(_rectangle(bar.x, bar.bad_y, bar.bad_height) for bar in self.bars if bar.bad)


def chart(hourly: Hourly) -> Chart:
    """`hourly` has every hour, the oldest first."""
    totals = [good + bad for good, bad in hourly.values()]
    peak = max(totals, default=0)
    bars = tuple(_bar(place, hour, *counts, peak) for place, (hour, counts) in enumerate(hourly.items()))
    bad = sum(bar.bad for bar in bars)
    width = len(bars) * (_BAR + _GAP) - _GAP
    return Chart(bars, width, HEIGHT, _BAR, peak, sum(totals), bad, _summary(totals, bad, bars, peak))


def hour_text(hour: datetime) -> str:
    """`14:00`, in the reader's zone."""
    return format_time(hour.astimezone(zone()), "HH:mm", locale=locale_code())


def _bar(place: int, hour: datetime, good: int, bad: int, peak: int) -> Bar:
    good_height, bad_height = _height(good, peak), _height(bad, peak)
    good_height = min(good_height, HEIGHT - bad_height)
    text = hour_text(hour)
    return Bar(
        x=place * (_BAR + _GAP),
        good_y=HEIGHT - good_height,
        good_height=good_height,
        bad_y=HEIGHT - good_height - bad_height,
        bad_height=bad_height,
        hour=text,
        good=good,
        bad=bad,
        title=_("%(hour)s: %(good)d well, %(bad)d failed", hour=text, good=good, bad=bad),
    )


def _rectangle(x: int, y: int, height: int) -> str:
    return f"M{x} {y}h{_BAR}v{height}h-{_BAR}z"


def _height(count: int, peak: int) -> int:
    return max(_LEAST, round(HEIGHT * count / peak)) if count else 0


def _summary(totals: Sequence[int], bad: int, bars: Sequence[Bar], peak: int) -> str:
    if not peak:
        return _("Nothing in %(count)d hours.", count=len(totals))
    busiest = bars[totals.index(peak)].hour
    told = ngettext("%(num)d in %(hours)d hours", "%(num)d in %(hours)d hours", sum(totals), hours=len(totals))
    return _("%(told)s, %(bad)d of them failed; most at %(busiest)s: %(peak)d.",
             told=told, bad=bad, busiest=busiest, peak=peak)  # fmt: skip
