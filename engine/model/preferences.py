"""How a user wants the pages to be. Nothing here changes what a task does or who may what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .document import Part

MOST_VIEWS = 30
LEAST_ROWS, MOST_ROWS = 10, 100


class SavedView(Part):
    """A filter of the task list under a name."""

    name: str = Field(min_length=1, max_length=60)
    query: str = Field(default="", max_length=500)
    """As it stands in the address behind `?`: `q=status:FAILED&sort=slack`."""


class Preferences(Part):
    """What is empty is as the browser says."""

    language: Literal["", "en", "zh"] = ""
    zone: str = Field(default="", max_length=64)
    """A name of the IANA time zone database."""
    theme: Literal["", "light", "dark"] = ""
    keys: bool = True
    """Whether single keys are shortcuts."""
    rows: int = Field(default=50, ge=LEAST_ROWS, le=MOST_ROWS)
    """Of a list, on one page."""
    views: list[SavedView] = Field(default_factory=list, max_length=MOST_VIEWS)
    default_view: str = Field(default="", max_length=60)
    """The name of the view that the task list opens with."""
