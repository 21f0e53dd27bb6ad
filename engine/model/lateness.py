"""Whether a task is late or will be, from what is stored with it: pure, and exact at any moment between two changes.

While nothing changes, a task's slack stays what it was until its running steps overrun, and then shrinks with the
clock: it is `min(slack_s, slack_ends_at - now)`. So two values tell it, and lists can be sorted by one that stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

SHORT_S = 60.0
"""So much less than was promised is nothing to tell of: between steps a little time always goes by, and expected times
are in minutes at the least."""

Lateness = Literal["yes", "will", "no"]
"""`yes`: a running step is past its deadline. `will`: none is, and yet the finish that was promised is out of reach."""


def slack_now_s(slack_s: float | None, slack_ends_at: datetime | None, at: datetime) -> float | None:
    """By how much the task may still be delayed; negative = it will be late. `at`: now, or when it was paused."""
    if slack_s is None or slack_ends_at is None:
        return slack_s
    return min(slack_s, (slack_ends_at - at).total_seconds())


def lateness(deadline: datetime | None, slack: float | None, at: datetime) -> Lateness:
    """Of a task that is not over. `slack` as of `at`, which is now, or when it was paused."""
    if deadline is not None and deadline < at:
        return "yes"
    return "will" if slack is not None and slack < -SHORT_S else "no"
