"""Whether a JSON value can become an arg of a declared type. Judges only; coercion itself is done at call time.

It errs on the side of yes: what it refuses, no coercion could accept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from engine.model import ArgType

TRUTH_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "1", "0"})


def fits(kind: ArgType, value: Any) -> bool:
    """Whether coercion to `kind` can succeed for this very value."""
    return _FITS[kind](value)


def sample_fits(kind: ArgType, sample: Any) -> bool:
    """Whether values like this sample can; `None` and empty text say nothing about what will come."""
    return sample is None or sample == "" or fits(kind, sample)


def kind_of(value: Any) -> str:
    """The kind of a JSON value in a person's words."""
    words = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return "nothing" if value is None else words.get(type(value), type(value).__name__)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, list | dict) and math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _is_whole(value: Any) -> bool:
    return _is_number(value) and float(value).is_integer()


def _is_truth(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in TRUTH_WORDS
    return isinstance(value, bool | int | float)


def _is(kind: type) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        return isinstance(_unpacked(value), kind)

    return test


def _unpacked(value: Any) -> Any:
    """JSON text as what it says; other text as it is."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _any(_value: Any) -> bool:
    return True


_FITS: dict[ArgType, Callable[[Any], bool]] = {
    "any": _any,
    "string": _any,
    "int": _is_whole,
    "float": _is_number,
    "bool": _is_truth,
    "list": _is(list),
    "object": _is(dict),
}
