"""The six APIs as pure functions: their parameters, and an answer that depends on nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

OLD_AT = 60


class BadArgument(ValueError):
    """A parameter is missing or wrong; `arg` names it."""

    def __init__(self, arg: str, problem: str) -> None:
        super().__init__(f"{arg} {problem}")
        self.arg = arg


Reader = Callable[[Any], Any]
"""Turns what came over HTTP into a value; raises with the rest of a sentence about the parameter."""


@dataclass(frozen=True)
class MockApi:
    """One endpoint: its parameters in order, the key of its answer, and how the answer comes about."""

    parameters: Mapping[str, Reader]
    key: str
    answer: Callable[..., Any]

    def call(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object it answers. Raises `BadArgument`."""
        values = {name: _read(name, read, args) for name, read in self.parameters.items()}
        return {self.key: self.answer(**values)}


def _read(name: str, read: Reader, args: Mapping[str, Any]) -> Any:
    if args.get(name) in (None, ""):
        raise BadArgument(name, "is required")
    try:
        return read(args[name])
    except (TypeError, ValueError) as error:
        raise BadArgument(name, str(error)) from None


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("must be a string")
    return value


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("must be an integer")
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"must be an integer, not {value!r}") from None


def truth(value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    if (word := str(value).lower()) not in known:
        raise ValueError(f"must be true or false, not {value!r}")
    return known[word]


def sex(value: Any) -> str:
    if value not in ("male", "female"):
        raise ValueError(f"must be male or female, not {value!r}")
    return str(value)


def _drawn(range_: int, *values: object) -> int:
    """A number below `range_` that the values decide, on every machine alike."""
    return crc32("\0".join(map(str, values)).encode()) % range_


def _message(name: str, isold: bool) -> str:
    return f"{name} is {'old' if isold else 'not old yet'}"


APIS = {
    "api1": MockApi({"name": text}, "name", lambda name: name),
    "api2": MockApi({"name": text}, "age", lambda name: 1 + _drawn(99, "age", name)),
    "api3": MockApi({"name": text}, "sex", lambda name: ("male", "female")[_drawn(2, "sex", name)]),
    "api4": MockApi({"age": integer}, "isold", lambda age: age >= OLD_AT),
    "api5": MockApi(
        {"age": integer, "name": text, "sex": sex},
        "grade",
        lambda age, name, sex: "ABCD"[_drawn(4, "grade", age, name, sex)],
    ),
    "api6": MockApi({"name": text, "isold": truth}, "msg", _message),
}
