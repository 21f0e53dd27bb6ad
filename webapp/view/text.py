"""Values as text that fits on a page."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _

LONGEST = 20_000
_NOT_JSON = (ValueError, RecursionError)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def compact(value: Any) -> str:
    """JSON on one line."""
    return _dumped(value, None)


def pretty(value: Any) -> str:
    """JSON over several lines, its end cut off when it is very long."""
    return _cut(_dumped(value, 2))


def pretty_body(body: str | None) -> str:
    """An answer as JSON if it is, else as it came."""
    if body is None:
        return ""
    try:
        return pretty(json.loads(body))
    except _NOT_JSON:
        return _cut(body)


def _dumped(value: Any, indent: int | None) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    except _NOT_JSON:
        return str(value)


def _cut(text: str) -> str:
    more = len(text) - LONGEST
    return text if more <= 0 else text[:LONGEST] + "\n" + _("… and %(count)s characters more", count=more)
