"""Whether a JSON value can become an arg of a declared type: the judgement before `engine.call.coerce` acts.

This room may not import that one; a test keeps the two of one mind.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from typing import Any

from engine.model import ArgType

TRUTH_WORDS = frozenset({"true", "false", "yes", "no", "1", "0"})


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


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        return _reads_as(int, value)
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _reads_as(float, value) and math.isfinite(float(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _reads_as(number: type[int] | type[float], text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return "_" not in text  # Python reads 1_000; no API means it


def _is_truth(value: Any) -> bool:
    word = str(value).strip().lower().removesuffix(".0")
    return isinstance(value, str | int | float) and word in TRUTH_WORDS


def _is(kind: type) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        return isinstance(_unpacked(value), kind)

    return test


def _unpacked(value: Any) -> Any:
    """JSON text as what it says; other text as it is."""
    try:
        return json.loads(value, parse_constant=_finite, parse_float=_finite) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _finite(text: str) -> float:
    """NaN, Infinity and 1e999 are no JSON numbers."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


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
