"""A time of day as a browser's field sends it, in the reader's zone; times that do not exist are told. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from flask_babel import gettext as _

from engine.model import Invalid, Problem


def read_moment(field: str, text: str, zone: tzinfo) -> datetime:
    """In UTC. A time with an offset of its own (`…+02:00`, `…Z`) is taken by that. Raises `Invalid`."""
    try:
        said = datetime.fromisoformat(text.strip())
        return said.astimezone(UTC) if said.tzinfo else _in_zone(field, said, zone)
    except (ValueError, OverflowError):
        message = _("%(text)s is no date with a time", text=text.strip()[:40] or '""')
        raise Invalid([Problem(field, message, _("write it like 2026-11-30T09:00"))]) from None


def local_text(moment: datetime, zone: tzinfo) -> str:
    """As the field wants it; seconds only where there are some."""
    here = moment.astimezone(zone).replace(tzinfo=None)
    return here.isoformat(timespec="minutes" if not here.second and not here.microsecond else "seconds")


def twice(moment: datetime, zone: tzinfo) -> bool:
    """Whether that time of day comes twice, the clocks being set back in between."""
    here = moment.astimezone(zone)
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def _in_zone(field: str, said: datetime, zone: tzinfo) -> datetime:
    """The first, where a time of day comes twice."""
    moment = said.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == said:
        return moment
    there = moment.astimezone(zone)
    time, name = f"{said:%Y-%m-%d %H:%M}", str(zone)
    message = _("%(time)s does not exist in %(zone)s: clocks are set forward over it", time=time, zone=name)
    raise Invalid([Problem(field, message, _("choose %(time)s or later", time=f"{there:%H:%M}"))])
