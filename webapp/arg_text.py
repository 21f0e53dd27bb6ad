"""One arg of a call in a form: its kind and a text, and the value that stands in the task for them. Pure.

What a value is written as is found by writing it and reading it back: whatever does not come back as it was is
shown as it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.model import ArgType, Invalid
from engine.plan import reference_to
from engine.script import BadValue, Code, Literal_, StepRef, TaskRef, parse_value

from .typed_json import read_json

AUTO, LITERAL, TASK, EARLIER, CODE, DEFAULT, WRITTEN = (
    "auto", "literal", "task", "earlier", "code", "default", "written",
)  # fmt: skip
KINDS = (AUTO, LITERAL, TASK, EARLIER, CODE, DEFAULT, WRITTEN)
SILENT = frozenset({AUTO, DEFAULT})
"""Kinds that need no text."""
_PREFIX = "$CODE"


@dataclass(frozen=True, slots=True)
class ArgText:
    kind: str = AUTO
    text: str = ""


def value_of(arg: ArgText, type_: ArgType) -> Any:
    """What the task has for it. None for a kind that needs no text, and for nothing at all."""
    if arg.kind in SILENT:
        return None
    return _VALUES[arg.kind](arg.text.replace("\r\n", "\n"), type_)


def text_of(value: Any, type_: ArgType) -> ArgText:
    """How a value is shown; reading it gives the same value again."""
    shown = next((arg for arg in _candidates(value) if same(value_of(arg, type_), value)), None)
    return shown or ArgText(WRITTEN, dumped(value))


def written_value(text: str) -> Any:
    """JSON if it is, else the text itself, such as `$TASK.n`; None for nothing."""
    return json_or_text(text) if text.strip() else None


def json_or_text(text: str) -> Any:
    try:
        return read_json("", text, "")
    except Invalid:
        return text


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def same(one: Any, other: Any) -> bool:
    """1, 1.0 and true are three values."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def literal(text: str) -> str:
    """Text that means itself."""
    try:
        plain = parse_value(text) == Literal_(text)
    except BadValue:
        plain = False
    return text if plain or text.startswith("\\") else f"\\{text}"


def _literal_value(text: str, type_: ArgType) -> Any:
    if type_ == "string":
        return literal(text)
    value = json_or_text(text)
    return literal(value) if isinstance(value, str) else value


def _task_value(text: str, _type: ArgType) -> Any:
    text = text.strip()
    if not text or text.startswith("$"):
        return text or None
    return reference_to("TASK", text) if _unreadable(f"$$TASK.{text}") else f"$$TASK.{text}"


def _earlier_value(text: str, _type: ArgType) -> Any:
    text = text.strip()
    return text or None if not text or text.startswith("$") else f"$${text}"


def _code_value(text: str, _type: ArgType) -> Any:
    return f"{_PREFIX}{text}" if text[:1] in ("(", " ", "") else f"{_PREFIX} {text}"


def _written_value(text: str, _type: ArgType) -> Any:
    return written_value(text)


def _unreadable(text: str) -> bool:
    try:
        parse_value(text)
    except BadValue:
        return True
    return False


_VALUES = {
    LITERAL: _literal_value,
    TASK: _task_value,
    EARLIER: _earlier_value,
    CODE: _code_value,
    WRITTEN: _written_value,
}


def _candidates(value: Any) -> Iterator[ArgText]:
    if not isinstance(value, str):
        yield ArgText(LITERAL, dumped(value))
        return
    try:
        parsed = parse_value(value)
    except BadValue:
        parsed = None
    match parsed:
        case TaskRef():
            yield ArgText(TASK, value)
        case StepRef():
            yield ArgText(EARLIER, value)
        case Code():
            yield ArgText(CODE, value.removeprefix(_PREFIX).strip())
        case Literal_(plain):
            yield ArgText(LITERAL, plain)
            yield ArgText(LITERAL, dumped(plain))
    yield ArgText(WRITTEN, value)
