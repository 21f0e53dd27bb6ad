"""What was typed as the answer to a question. Pure; raises `Invalid` with every problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem

from .typed_json import read_json
from .view.question import RESPONSE


def read_answer(fields: Mapping[str, str]) -> dict[str, Any]:
    """A value for each key that has a field; one that is left empty is missed."""
    problems: list[Problem] = []
    answer: dict[str, Any] = {}
    for name, text in fields.items():
        if name.startswith(RESPONSE) and text.strip():
            try:
                answer[name.removeprefix(RESPONSE)] = _value(name, text.strip())
            except Invalid as invalid:
                problems.extend(invalid.problems)
    if problems:
        raise Invalid(problems)
    return answer


def _value(name: str, text: str) -> Any:
    """JSON where it is some or means to be; other text is itself."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        if not text.startswith(('"', "{", "[")):
            return text
    return read_json(name, text, _("plain text needs no quotes; an object is written {…}, a list […]"))
