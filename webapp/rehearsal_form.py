"""The form of a rehearsal: what stands in its fields, and the rehearsal that they make. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from engine.model import Invalid, Problem, Rehearsal
from engine.plan import Plan
from engine.rehearse import apis_of, links_of

from .answer_lines import HOW, Raw, answer_fields, bare, line_field, read_answers
from .arg_text import dumped
from .form_fields import Fields
from .given_args import given_fields, given_in, read_given
from .typed_json import read_json

OF_LINKS = "answers"
"""The field that has answers of others, as JSON."""
EXPECT = "expect."
"""Before the key of what is expected: a field for each, its value as JSON."""
OFFERED = "offered"
"""The field that has the keys which could be expected."""


def asked(plan: Plan, fields: Fields) -> list[str]:
    """Whom the form asks for an answer: every API, every link that asks a person, links that answer by themselves."""
    people = [name for name, inside, at in links_of(plan) if inside.link(*at).question]
    return [*apis_of(plan), *people, *by_themselves(plan, fields)]


def by_themselves(plan: Plan, fields: Fields) -> list[str]:
    """Links that have lines of their own, which go before those of their API."""
    calls = (name for name, inside, at in links_of(plan) if not inside.link(*at).question)
    return [name for name in calls if line_field(HOW, name) in fields]


def read_rehearsal(plan: Plan, fields: Fields) -> Rehearsal:
    """Raises `Invalid` with every problem that keeps the fields from being read."""
    problems: list[Problem] = []
    answers = _read(lambda: _of_links(plan, fields), problems) or {}
    own = by_themselves(plan, fields)
    for name in asked(plan, fields):
        script = _read(lambda name=name: read_answers(fields, name), problems)  # type: ignore[misc]
        answers |= {name: script} if script or name in own else {}
    args = _read(lambda: read_given(given_in(plan, fields), fields), problems) or {}
    raw = {"name": fields.get("name", "").strip(), "args": args, "answers": answers, "expect": _expected(fields)}
    rehearsal = _read(lambda: Rehearsal.load(raw), problems)
    if problems or rehearsal is None:
        raise Invalid(problems)
    return rehearsal


def rehearsal_fields(plan: Plan, rehearsal: Rehearsal) -> dict[str, str]:
    """The fields that read as this rehearsal."""
    fields = {"name": rehearsal.name, "was": rehearsal.name}
    fields |= given_fields(given_in(plan, {}), rehearsal.args)
    fields |= {f"{EXPECT}{key}": dumped(value) for key, value in rehearsal.expect.items()}
    rest: Raw = {}
    names = {*apis_of(plan), *(name for name, _inside, _at in links_of(plan))}
    for name, script in rehearsal.answers.items():
        if name in names:
            fields |= answer_fields(name, script)
        else:
            rest[name] = bare(script)
    return fields | ({OF_LINKS: json.dumps(rest, indent=2, ensure_ascii=False)} if rest else {})


def _read(read: Callable[[], Any], problems: list[Problem]) -> Any:
    try:
        return read()
    except Invalid as invalid:
        problems += invalid.problems
        return None


def _of_links(plan: Plan, fields: Fields) -> Raw:
    text, hint = fields.get(OF_LINKS, ""), _('write an object: {"step2/api2": [{"times": 3, "not_ready": true}]}')
    found = read_json(OF_LINKS, text, hint) if text.strip() else {}
    if not isinstance(found, dict):
        raise Invalid([Problem(OF_LINKS, _("this is no JSON object"), hint)])
    if twice := [name for name in found if name in asked(plan, fields)]:
        raise Invalid(
            [Problem(OF_LINKS, _("how %(api)s answers is said above", api=twice[0]), _("remove one of the two"))]
        )
    return found


def _expected(fields: Fields) -> Raw:
    """What cannot be read was not written by the form."""
    texts = {name.removeprefix(EXPECT): text for name, text in fields.items() if name.startswith(EXPECT)}
    return {key: read_json(f"{EXPECT}{key}", text, "") for key, text in texts.items()}
