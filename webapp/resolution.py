"""The form for a call of unknown outcome: what was typed, and what it says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.command import Resolution
from engine.model import Invalid, Problem

from .typed_json import read_json

_HINT = lazy_gettext('write what the API answered, or would have: {"id": 7}')


@dataclass(frozen=True, slots=True)
class ResolveForm:
    """What stands in the fields; kept as typed, so that a mistake loses nothing."""

    how: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    how: Resolution
    response: Any = None


def read_resolution(form: ResolveForm) -> Said:
    """Raises `Invalid` with every problem. A response counts for `took effect` alone."""
    how = next((known for known in get_args(Resolution) if known == form.how), None)
    if how is None:
        raise Invalid([Problem("how", _("nothing is chosen"), _("say what became of the call"))])
    return Said(how, read_json("response", form.response, str(_HINT)) if how == "took effect" else None)
