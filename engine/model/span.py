"""An expected time as the seed writes it: days and hours, minutes if wanted."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from .document import Part


class Span(Part):
    """`{"day": 1, "hour": 0}`; all parts are added up."""

    day: float = Field(default=0, ge=0, le=36_500)
    hour: float = Field(default=0, ge=0, le=876_000)
    minute: float | None = Field(default=None, ge=0, le=52_560_000)

    @property
    def seconds(self) -> float:
        return self.delta.total_seconds()

    @property
    def delta(self) -> timedelta:
        return timedelta(days=self.day, hours=self.hour, minutes=self.minute or 0)
