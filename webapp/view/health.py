"""How APIs, steps and systems did of late: from what the workers counted by the hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.model import Hours, Subject, SubjectKind, Tally, summed

from .chart import Chart, chart
from .moment import NOTHING, short_time_text

HOURS = 24
_NONE = Tally()


@dataclass(frozen=True, slots=True)
class Health:
    """`p95_s` orders; the texts are shown."""

    chart: Chart
    total: int
    bad: int
    well: str
    """`98.5 %`"""
    tone: str
    p95: str
    p95_s: float


def health(hours: Hours, subject: Subject) -> Health:
    tallies = {hour: found.get(subject, _NONE) for hour, found in hours.items()}
    whole = summed(tallies.values())
    p95_s = whole.quantile_s(0.95)
    return Health(
        chart=chart({hour: (tally.good, tally.bad) for hour, tally in tallies.items()}),
        total=whole.total,
        bad=whole.bad,
        well=share_text(whole.good, whole.total),
        tone=_tone(whole),
        p95=NOTHING if p95_s is None else short_time_text(p95_s),
        p95_s=p95_s or 0.0,
    )


def subjects(hours: Hours, kind: SubjectKind) -> tuple[Subject, ...]:
    """All of that kind of which anything was counted."""
    return tuple(dict.fromkeys(subject for found in hours.values() for subject in found if subject[0] == kind))


def finished(hours: Hours) -> Chart:
    """Runs of all systems."""
    return chart({hour: _runs(found.items()) for hour, found in hours.items()})


def share_text(part: int, whole: int) -> str:
    """In per cent; what is not all is never shown as all."""
    if not whole:
        return NOTHING
    share = 100 * part / whole
    if part < whole and share > 99.9:
        return _("over %(share)s %%", share="99.9")
    return f"{share:.1f} %".replace(".0 %", " %")


def _tone(tally: Tally) -> str:
    if not tally.total:
        return "idle"
    return "good" if tally.bad * 100 <= tally.total else "paused" if tally.bad * 10 <= tally.total else "bad"


def _runs(found: Iterable[tuple[Subject, Tally]]) -> tuple[int, int]:
    runs = summed(tally for (kind, _id), tally in found if kind == "system")
    return runs.good, runs.bad
