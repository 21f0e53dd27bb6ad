"""JSON that a person has typed into a form. Pure."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem


def read_json(field: str, text: str, hint: str) -> Any:
    """Raises `Invalid`, which names the field; also for NaN and the infinities, which are no JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Invalid([Problem(field, _("this is no JSON: %(error)s", error=error), hint)]) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")
