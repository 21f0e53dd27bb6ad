"""A problem for the person who can mend it: where it is, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

_HINTS = {
    "missing": "add the field",
    "string_pattern_mismatch": "an id has letters, digits, _ and - only, 64 at the most",
    "enum": "see the allowed values in the message",
    "dict_type": "write a JSON object: {...}",
    "list_type": "write a JSON list: [...]",
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "greater_than_equal": "use a larger number",
    "less_than_equal": "use a smaller number",
    "literal_error": "see the allowed values in the message",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `path` reads as `step.step3.checklink.api4.args.age`."""

    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        return f"{place}{self.message}" + (f" ({self.hint})" if self.hint else "")


class Invalid(Exception):
    """A document or draft that cannot be used; `problems` holds all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def _step_into(path: str, part: Any) -> str:
    if isinstance(part, int):
        return f"{path}[{part}]"
    return f"{path}.{part}" if path else str(part)


def problems_of(error: ValidationError, where: str = "") -> list[Problem]:
    """Every problem that pydantic found, each with its path from `where` on."""
    found = []
    for item in error.errors(include_url=False):
        path = where
        for part in item["loc"]:
            path = _step_into(path, part)
        message = item["msg"].removeprefix("Value error, ")
        found.append(Problem(path, message[:1].lower() + message[1:], _HINTS.get(item["type"], "")))
    return found
