"""A length of time that a person types, `90`, `5 min`, `1 d 12 h`, in seconds, and back. Pure."""

from __future__ import annotations

import re

_UNITS = {
    "ms": 0.001, "毫秒": 0.001,
    "": 1.0, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "秒": 1.0,
    "m": 60.0, "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0, "分": 60.0, "分钟": 60.0,
    "h": 3_600.0, "hour": 3_600.0, "hours": 3_600.0, "时": 3_600.0, "小时": 3_600.0,
    "d": 86_400.0, "day": 86_400.0, "days": 86_400.0, "天": 86_400.0, "日": 86_400.0,
}  # fmt: skip
_WRITTEN = ((86_400, "d"), (3_600, "h"), (60, "min"))
_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]*)")
_LONGEST_TEXT = 60
LONGEST_S = 100 * 365 * 86_400.0


def read_duration(text: str) -> float:
    """Seconds. Raises ValueError for what says no length of time."""
    text, at, seconds = text.strip()[:_LONGEST_TEXT].lower(), 0, 0.0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2] not in _UNITS:
            raise ValueError(f"{text!r} is no length of time")
        seconds += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    if not text or seconds > LONGEST_S:
        raise ValueError(f"{text!r} is no length of time")
    return seconds


def written_duration(seconds: float) -> str:
    """As `read_duration` reads it: nothing of it is lost."""
    parts, left = [], seconds
    for size, unit in _WRITTEN:
        count, rest = divmod(left, size)
        if count and rest == int(rest):
            parts.append(f"{count:.0f} {unit}")
            left = rest
    return " ".join([*parts, *([f"{left:.10g} s"] if left or not parts else [])])
