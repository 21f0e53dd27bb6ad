"""JSON that a person has typed into a form. Pure."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem

DEEPEST = 64
"""Lists and objects within one another; what is deeper would not survive its way through a document."""


def read_json(field: str, text: str, hint: str) -> Any:
    """Raises `Invalid`, which names the field; also for NaN and the infinities, which are no JSON."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid([Problem(field, _("this is no JSON: %(error)s", error=error), hint)]) from None
    if deeper_than(value, DEEPEST):
        message = _("this is nested more than %(levels)s deep", levels=DEEPEST)
        raise Invalid([Problem(field, message, _("use a flatter value"))])
    return value


def deeper_than(value: Any, most: int) -> bool:
    """Without recursion: it may be as deep as the reader of JSON allows."""
    level = [value]
    for _level in range(most):
        level = [part for item in level for part in _parts(item)]
        if not level:
            return False
    return True


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")
