"""Args take the type that the API declares for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .body import decode

_SHOWN = 80
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class BadArg(ValueError):
    """A value that cannot become the declared type; the message names both."""


def coerce(value: Any, type_: str) -> Any:
    """The value as `type_`; None stays None, for whoever calls to say what an absent value means."""
    if value is None:
        return None
    try:
        return _COERCE[type_](value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadArg(f"{_shown(value)} is no {type_}: bind a value that is, or change the arg's type") from None


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _compact(value) if isinstance(value, (bool, list, dict)) else str(value)


def _int(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(_digits(value))


def _float(value: Any) -> float:
    number = float(_digits(value))
    if number - number != 0:  # NaN and the infinities are no JSON
        raise ValueError
    return number


def _digits(value: Any) -> Any:
    """Python would take a bool, and underscores between digits."""
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise ValueError
    return value


def _bool(value: Any) -> bool:
    if isinstance(value, (str, int, float)):
        word = str(value).strip().lower().removesuffix(".0")
        if word in _WORDS:
            return _WORDS[word]
    raise ValueError


def _parsed(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        found = decode(value) if isinstance(value, str) else value
        if not isinstance(found, kind):
            raise TypeError
        return found

    return read


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits, a list without bottom
        return f"a value ({type(value).__name__}) that is too large to show"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_COERCE: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "list": _parsed(list),
    "object": _parsed(dict),
    "any": lambda value: value,
}
