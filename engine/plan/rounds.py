"""What a LOOP runs over: the meaning of `largs` once it is a plain value."""

from __future__ import annotations

from typing import Any

MAX_ROUNDS = 1_000_000


def rounds_of(largs: Any) -> int | list[Any]:
    """How many rounds, or the items to go through; raises ValueError that says what is wrong."""
    if isinstance(largs, list):
        return largs
    count = _whole(largs)
    if count is None:
        raise ValueError(f"largs must be a count or a list, not {largs!r}")
    if not 0 <= count <= MAX_ROUNDS:
        raise ValueError(f"largs must be between 0 and {MAX_ROUNDS}, not {count}")
    return count


def _whole(value: Any) -> int | None:
    """A whole number however it came: 4, 4.0 or the text "4"; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value) if not isinstance(value, float) or value.is_integer() else None
    except (ValueError, OverflowError):
        return None
