"""A whole number as a form or an address has it."""

from __future__ import annotations

MOST_DIGITS = 9
"""Nothing that is counted here has more; Python refuses to read some thousands."""


def read_whole(text: str | None) -> int | None:
    """Nothing for what is none, is negative or has too many digits."""
    return int(text) if text and len(text) <= MOST_DIGITS and text.isascii() and text.isdecimal() else None
