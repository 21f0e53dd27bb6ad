"""What a raw value reads: every reference in it, and every text in it that is no value. Parsed once per text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.script import (
    BadValue,
    Code,
    Literal_,
    Reference,
    ScriptError,
    Value,
    names_read,
    parse_value,
    references,
)

from .structure import script_fault

MAX_NESTING = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """One text of a value. With a `fault` it reads nothing."""

    value: Value
    references: tuple[Reference, ...] = ()
    fault: str = ""
    reads_loop: bool = False


def readings(raw: Any, path: str) -> Iterator[tuple[str, Reading]]:
    """Every text in `raw`, through dicts and lists, with its path from `path` on."""
    pending = [(path, raw, 0)]
    while pending:
        where, item, depth = pending.pop()
        if isinstance(item, str):
            yield where, read_text(item)
        elif depth > MAX_NESTING:
            yield where, Reading(Literal_(None), fault=f"it is nested more than {MAX_NESTING} deep")
        elif isinstance(item, dict):
            pending.extend((f"{where}.{key}", part, depth + 1) for key, part in reversed(item.items()))
        elif isinstance(item, list):
            pending.extend((f"{where}[{n}]", item[n], depth + 1) for n in reversed(range(len(item))))


@lru_cache(maxsize=8192)
def read_text(text: str) -> Reading:
    """What one text means."""
    try:
        value = parse_value(text)
    except BadValue as error:
        return Reading(Literal_(text), fault=str(error))
    return _read_code(value) if isinstance(value, Code) else Reading(value, references(value))


def _read_code(code: Code) -> Reading:
    fault = script_fault(code.script, None)
    if fault:
        return Reading(code, fault=f"$CODE cannot be used: {fault}")
    try:
        reads_loop = any(read.name == "loop" for read in names_read(code.script))
        return Reading(code, references(code), reads_loop=reads_loop)
    except ScriptError as error:
        return Reading(code, fault=f"$CODE cannot be used: {error}")
