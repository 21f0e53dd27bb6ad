"""Any JSON to what the database can keep, and back unchanged.

A document of the database refuses some JSON: keys with dots, dollars or nothing in them would be read as
paths, whole numbers end at 64 bits, nesting at 100 levels, text must be UTF-8. What does not fit is kept as
JSON text under `__json__`: `{"a.b": 1, "c": 2}` is stored as `{"c": 2, "__json__": '{"a.b": 1}'}`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from engine.model import LinkStatus, Part, StepStatus, TaskStatus, stored_names

TEXT = "__json__"
_DEEPEST = 40
_LEAST, _MOST = -(2**63), 2**63 - 1
_ALWAYS_FIT = frozenset({bool, float, type(None), datetime, TaskStatus, StepStatus, LinkStatus})


def pack(value: Any, depth: int = 0) -> Any:
    """`value` (JSON, dates, parts of documents) in a form that the database keeps as it is.

    Runs for every value that is written, so the common kinds are told apart at the price of one look.
    """
    kind = type(value)
    if kind in _ALWAYS_FIT:
        return value
    if kind is str:
        return value if value.isascii() or _is_utf8(value) else _as_text(value)
    if kind is int:
        return value if _LEAST <= value <= _MOST else _as_text(value)
    return _pack_inside(value, depth)


def _pack_inside(value: Any, depth: int) -> Any:
    if isinstance(value, Part):
        return _pack_part(value, depth)
    if isinstance(value, dict):
        return _pack_dict(value, depth)
    if isinstance(value, (list, tuple)):
        return _as_text(value) if depth > _DEEPEST else [pack(item, depth + 1) for item in value]
    return value if not isinstance(value, str) or _is_utf8(value) else _as_text(value)


def _pack_part(part: Part, depth: int) -> dict[str, Any]:
    """A part's own fields need no look at their names."""
    names = stored_names(type(part))
    packed = {
        names[name]: value if type(value) in _ALWAYS_FIT else pack(value, depth + 1)
        for name, value in part.__dict__.items()
    }
    return packed | _pack_dict(part.__pydantic_extra__, depth) if part.__pydantic_extra__ else packed


def _pack_dict(value: dict[str, Any], depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        return _as_text(value)
    packed = {key: pack(item, depth + 1) for key, item in value.items() if _safe_key(key)}
    if len(packed) == len(value):
        return packed
    return packed | _as_text({key: item for key, item in value.items() if key not in packed})


def unpack(value: Any) -> Any:
    """What `pack` was given."""
    if isinstance(value, dict):
        return _unpack_dict(value)
    if isinstance(value, list):
        return [unpack(item) for item in value]
    return value


def _unpack_dict(value: dict[str, Any]) -> Any:
    text = value.get(TEXT)
    if text is None:
        return {key: unpack(item) for key, item in value.items()}
    hidden = json.loads(text)
    if not isinstance(hidden, dict):
        return hidden
    return {key: unpack(item) for key, item in value.items() if key != TEXT} | hidden


def _safe_key(key: str) -> bool:
    if key.isidentifier() and key.isascii():
        return key != TEXT
    return bool(key) and "." not in key and key[0] != "$" and "\0" not in key and _is_utf8(key)


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON may hold
        return False
    return True


def _as_text(value: Any) -> dict[str, Any]:
    return {TEXT: json.dumps(value, default=str)}
