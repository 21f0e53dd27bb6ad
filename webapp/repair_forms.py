"""What was typed into the forms of a repair, and what it says. Pure; raises `Invalid` with every problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine.model import Invalid, Problem, Span, StepType

from .typed_json import read_json

Fields = Mapping[str, str]

_HINT = lazy_gettext("text stands in double quotes")
_RESPONSE = "response."


def read_object(field: str, text: str) -> dict[str, Any]:
    """A JSON object."""
    value = read_json(field, text, str(_HINT))
    if not isinstance(value, dict):
        no_object = _("this is no JSON object: %(text)s", text=text.strip()[:60])
        raise Invalid([Problem(field, no_object, _('write {"name": "value"}'))])
    return value


def read_response(fields: Fields) -> dict[str, Any]:
    """A value for each key that has a field, as JSON; what is left empty is left out."""
    problems: list[Problem] = []
    response: dict[str, Any] = {}
    for name, text in fields.items():
        if name.startswith(_RESPONSE) and text.strip():
            try:
                response[name.removeprefix(_RESPONSE)] = read_json(name, text, _HINT)
            except Invalid as invalid:
                problems.extend(invalid.problems)
    if problems:
        raise Invalid(problems)
    return response


def read_reason(fields: Fields) -> str:
    reason = fields.get("reason", "").strip()
    if not reason:
        raise Invalid([Problem("reason", _("say why it is skipped"), _("whoever reads the history will ask"))])
    return reason


def read_span(fields: Fields) -> Span:
    """Days, hours and minutes; what is left empty is none."""
    problems: list[Problem] = []
    parts = {name: _number(name, fields.get(name, ""), problems) for name in ("day", "hour", "minute")}
    if not problems and not any(parts.values()):
        problems.append(Problem("day", _("an expected time is longer than nothing"), _("give days, hours or minutes")))
    if problems:
        raise Invalid(problems)
    return Span.model_validate(parts)


def _number(name: str, text: str, problems: list[Problem]) -> float:
    try:
        number = float(text.strip() or 0)
        Span.model_validate({name: number})
    except ValueError:
        no_number = _("%(text)s is no number of days, hours or minutes", text=repr(text.strip()))
        problems.append(Problem(name, no_number, _("use a number from 0 on")))
        return 0.0
    return number


def read_bindings(kind: StepType, fields: Fields) -> dict[str, Any]:
    """The args of a link, and the loop's settings if it is one."""
    bindings: dict[str, Any] = {"args": read_object("args", fields.get("args", ""))}
    if kind == StepType.LOOP:
        bindings["largs"] = read_json("largs", fields.get("largs", ""), str(_HINT))
        bindings["lresult"] = fields.get("lresult", "").replace("\r\n", "\n").strip("\n") or None
    return bindings
