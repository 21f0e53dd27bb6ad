"""What a LOOP runs over: the meaning of `largs` once it is a plain value."""

from __future__ import annotations

from typing import Any

MAX_ROUNDS = 10_000


def rounds_of(largs: Any) -> int:
    """How many rounds a count or a list of items asks for; raises ValueError that says what is wrong."""
    count = len(largs) if isinstance(largs, list) else _whole(largs)
    if count is None:
        raise ValueError(f"largs is {largs!r}: a LOOP takes a count from 0 on, or a list")
    if not 0 <= count <= MAX_ROUNDS:
        raise ValueError(f"largs asks for {count} rounds: 0 to {MAX_ROUNDS:,} are possible")
    return count


def _whole(value: Any) -> int | None:
    """A whole number, or the text of one (a form sends "4"); a boolean is none."""
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.removeprefix("-").isdecimal() and len(text) < 12 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
