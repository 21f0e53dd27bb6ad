"""Plain JSON values of the host and JSON text: what may cross into a script, and what may leave it."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

MAX_COPIED_DEPTH = 100


class RawJson(str):
    """JSON text already serialised, such as a response's body; the sandbox gets it without decoding here."""

    __slots__ = ()


class NotPlain(Exception):
    """A value is not one of the plain kinds that every way of evaluating treats alike."""


def plain(value: Any) -> Any:
    """Return the value. Raises NotPlain unless it is a list, a dict or a scalar that JSON can carry."""
    kind = type(value)
    if kind is str:
        return _whole_text(value)
    if kind is float:
        return _finite(value)
    if value is None or kind in (bool, int, list, dict):
        return value
    raise NotPlain


def _whole_text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half a surrogate pair: the sandbox refuses or replaces it
            raise NotPlain from None
    return text


def _finite(number: float) -> float:
    if math.isfinite(number):
        return number
    raise NotPlain


def copied(value: Any, depth: int = MAX_COPIED_DEPTH) -> Any:
    """Return a copy that shares nothing with the value. Raises NotPlain if it is no JSON, or deeper."""
    kind = type(value)
    if kind is not list and kind is not dict:
        return plain(value)
    if depth == 0:
        raise NotPlain
    if kind is list:
        return [copied(item, depth - 1) for item in value]
    return {_key(key): copied(item, depth - 1) for key, item in value.items()}


def _key(key: Any) -> str:
    if type(key) is str:
        return _whole_text(key)
    raise NotPlain


def loaded(value: Any) -> Any:
    """Decode a RawJson, return anything else as it is. Raises NotPlain for text that is no JSON."""
    if type(value) is not RawJson:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise NotPlain from None


def texts_and_slots(names: Mapping[str, Any], wanted: Iterable[str]) -> tuple[list[str], list[int]]:
    """Return the distinct JSON texts of the wanted names, and for each name which of the texts is its own.

    Names that are equal (`result` and `response`) share a text, so it is sent, and decoded, once.
    Raises TypeError, ValueError or RecursionError for what is no JSON.
    """
    slot_of_text: dict[str, int] = {}
    text_of_object: dict[int, str] = {}
    slots = []
    for name in wanted:
        value = names[name]
        text = text_of_object.get(id(value))
        if text is None:
            text = text_of_object[id(value)] = _text(value)
        slots.append(slot_of_text.setdefault(text, len(slot_of_text)))
    return list(slot_of_text), slots


def _text(value: Any) -> str:
    return str(value) if isinstance(value, RawJson) else json.dumps(value, allow_nan=False)
