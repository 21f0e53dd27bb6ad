"""JSON to values within limits, no key twice; and back, always alike."""

from __future__ import annotations

import json
import re
from typing import Any

from .limits import MOST_MARKS, MOST_VALUES, Allowance, Unreadable, decoded

_HALF_PAIR = re.compile(r"[\ud800-\udfff]")


def read_json(data: bytes, allowance: Allowance) -> Any:
    """Raises `Unreadable`, with the line where it is known."""
    text = decoded(data)
    if sum(map(text.count, "[{,")) > MOST_MARKS:
        raise Unreadable(f"there are more than {MOST_VALUES:,} values in it", "split it")
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg} (column {error.colno})", "", error.lineno) from None
    except RecursionError:
        raise Unreadable("is nested too deep", "flatten it") from None
    except ValueError:
        raise Unreadable("a number in it has too many digits", "put it in quotes") from None
    allowance.take_all(value)
    return value


def write_json(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return _HALF_PAIR.sub(lambda half: f"\\u{ord(half[0]):04x}", text)  # as JSON may, and UTF-8 must not, hold it


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"the key {key!r} stands twice in one object", "remove one of them")
        found[key] = value
    return found
