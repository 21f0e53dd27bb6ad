"""What Python says of a script, in words for who wrote it. What is not known here stands as Python says it."""

import re
from collections.abc import Callable

_KINDS = {
    "NoneType": "None",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "dict": "an object",
}
_ABSENT = "an absent key reads as None"
_OF_OTHER_LANGUAGES = (("&&", "and"), ("||", "or"), ("!==", "!="), ("===", "=="))
_DOLLAR = "no name in a script begins with $: the args of the task are task.name"
OTHER_CONSTANTS = {"true": "True", "false": "False", "null": "None", "undefined": "None", "nil": "None"}
"""What other languages call Python's."""


def in_words(message: str) -> str:
    """Of an error that a script raised: its type and what it says."""
    for pattern, worded in _WORDED:
        if found := pattern.fullmatch(message):
            said = worded(found)
            return f"{said}; {_ABSENT}" if "NoneType" in found.groups() else said
    return message


def with_hint(message: str, line: str | None) -> str:
    """A syntax error, and what the line may have meant."""
    for strange, python in _OF_OTHER_LANGUAGES:
        if line and strange in line:
            return f"{message}; write {python} for {strange}"
    return f"{message}; {_DOLLAR}" if line and "$" in line else message


def describe(kind: str) -> str:
    """The name of a type."""
    return _KINDS.get(kind, f"a {kind}")


def _compared(found: re.Match[str]) -> str:
    return f"{describe(found[2])} and {describe(found[3])} cannot be compared by {found[1]}"


def _calculated(found: re.Match[str]) -> str:
    return f"{found[1]} cannot be used on {describe(found[2])} and {describe(found[3])}"


def _concatenated(found: re.Match[str]) -> str:
    return f"+ cannot be used on {describe(found[1])} and {describe(found[2])}"


def _divided(_found: re.Match[str]) -> str:
    return "it divides by zero"


def _measured(found: re.Match[str]) -> str:
    return f"{describe(found[1])} has no length"


def _searched(found: re.Match[str]) -> str:
    return f"{describe(found[1])} cannot be searched with in"


def _iterated(found: re.Match[str]) -> str:
    return f"{describe(found[1])} has no items to go through"


def _looked_up(found: re.Match[str]) -> str:
    return f"{describe(found[1])} has no {found[2]!r}"


def _called(found: re.Match[str]) -> str:
    return f"{describe(found[1])} is no function"


def _read(found: re.Match[str]) -> str:
    return f"{found[1]} is no number"


def _chosen(found: re.Match[str]) -> str:
    return f"{found[1]}() has nothing to choose from"


def _recursed(_found: re.Match[str]) -> str:
    return "a function calls itself without end"


_WORDED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"TypeError: '(\W+)' not supported between instances of '(\w+)' and '(\w+)'"), _compared),
    (re.compile(r"TypeError: unsupported operand type\(s\) for (.+?): '(\w+)' and '(\w+)'"), _calculated),
    (re.compile(r"TypeError: can only concatenate (\w+) \(not \"(\w+)\"\) to \w+"), _concatenated),
    (re.compile(r"ZeroDivisionError: .+"), _divided),
    (re.compile(r"TypeError: object of type '(\w+)' has no len\(\)"), _measured),
    (re.compile(r"TypeError: argument of type '(\w+)' is not .+"), _searched),
    (re.compile(r"TypeError: '(\w+)' object is not iterable"), _iterated),
    (re.compile(r"AttributeError: '(\w+)' object has no attribute '(\w+)'"), _looked_up),
    (re.compile(r"TypeError: '(\w+)' object is not callable"), _called),
    (re.compile(r"ValueError: invalid literal for int\(\) with base 10: (.+)", re.DOTALL), _read),
    (re.compile(r"ValueError: could not convert string to float: (.+)", re.DOTALL), _read),
    (re.compile(r"ValueError: (max|min)\(\) .*empty.*"), _chosen),
    (re.compile(r"RecursionError: .+"), _recursed),
)
