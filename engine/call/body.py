"""A reply's body: read under a cap, decoded, parsed as JSON that we can live with."""

from __future__ import annotations

import json
import math
from typing import Any

_QUOTED = 120
_KEPT = 4_096
"""Bytes of a body that passes the cap."""
_DEEPEST = 64
_CHUNK = 65_536


class TooLarge(Exception):
    """The decoded body passes the cap; `beginning` is what is kept of it."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__()
        self.beginning = beginning


def read(raw: Any, max_bytes: int) -> bytes:
    """The decoded body of a urllib3 response. Raises `TooLarge`, and what urllib3 raises."""
    body = bytearray()
    for chunk in raw.stream(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(bytes(body[:_KEPT]))
    return bytes(body)


def text_of(body: bytes) -> str:
    """As JSON is encoded: UTF-8, or 16 or 32 by its first bytes; what cannot be decoded is replaced."""
    return body.decode(json.detect_encoding(body), errors="replace").removeprefix("\ufeff")


def parse(text: str) -> tuple[Any, str | None]:
    """(value, None), or (None, what is wrong with it)."""
    if not text.strip():
        return None, "the answer is no JSON: the body is empty"
    try:
        value = decode(text)
    except RecursionError:
        return None, _too_deep(text)
    except ValueError as error:
        said = str(error).partition(";")[0]  # behind it, on huge numbers, is advice for programmers
        return None, f"the answer is no JSON ({said}): {quote(text)}"
    return (None, _too_deep(text)) if _nested_too_deeply(text, value) else (value, None)


def quote(text: str) -> str:
    """The beginning, on one line, for a message."""
    beginning = " ".join(text[:_QUOTED].split())
    return beginning if len(text) <= _QUOTED else f"{beginning}…"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode
"""JSON text as a value; numbers that JSON lacks raise ValueError."""


def _too_deep(text: str) -> str:
    return f"the answer is nested more than {_DEEPEST} deep: {quote(text)}"


def _nested_too_deeply(text: str, value: Any) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:  # nearly always, and much cheaper
        return False
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return False
    return any(isinstance(item, (dict, list)) for item in level)


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
