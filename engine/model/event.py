"""An event: who did what to a task or a user, when, and what it was before and after."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .document import Moment, Part


class Event(Part):
    """`seq` orders the events of a task or user: the revision that the change made."""

    id: str = Field(alias="_id")
    task: str
    """Its id, or `user/<name>` or `secret/<name>`, which can be no task's."""
    seq: int
    at: Moment
    who: str
    """A person's name, `worker <id>` or `command line`."""
    what: str
    """A past participle that pages can show: `started`, `step3 skipped`."""
    where: str = ""
    """`step3/api4`, or empty for the task itself."""
    before: Any = None
    after: Any = None
