"""A shape that answers of an API had: since when, until when, and one of them as an example."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .shape import Shape


@dataclass(frozen=True, slots=True)
class Sighting:
    """`attempt` is the id of the one that brought the example; `example` is empty when it was too long to be kept."""

    api: str
    shape: Shape
    first_at: datetime
    last_at: datetime
    attempt: str
    example: str
