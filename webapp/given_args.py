"""The args of a new task in a form: a field for each that is wanted, and JSON for any others. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.model import ArgType, Invalid, Problem
from engine.plan import ArgAt, Plan, Wiring, wire
from engine.script import BadValue, ScriptError, parse_value, references

from .arg_text import DEFAULT, dumped, json_or_text, same, value_of, written_value
from .form_fields import Fields, arg_text_in, loop_texts
from .typed_json import read_json

PREFIX = "given."
MORE = "args"
"""The field that has any other args, as JSON."""


@dataclass(frozen=True, slots=True)
class Given:
    """One arg of the task. `wanted_by`: calls that have nothing else to take it from."""

    key: str
    default: Any = None
    type: ArgType = "any"
    wanted_by: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return f"{PREFIX}{self.key}"

    @property
    def is_text(self) -> bool:
        """Whether it is typed as it is, and not as JSON."""
        return isinstance(self.default, str) or (self.default is None and self.type == "string")

    @property
    def default_text(self) -> str:
        if self.default is None:
            return ""
        return self.default if isinstance(self.default, str) else dumped(self.default)

    def read(self, text: str) -> Any:
        """None where nothing is given. Raises `Invalid`."""
        text = text.replace("\r\n", "\n")
        if text == self.default_text or (not text.strip() and not isinstance(self.default, str)):
            return None
        if self.is_text:
            return text
        hint = _('write JSON: a number, true, "text", [...] or {...}')
        return json_or_text(text) if self.default is None else read_json(f"args.{self.key}", text, hint)

    def text(self, value: Any) -> str | None:
        """The text that reads as this value; None if there is none."""
        for text in (value, dumped(value)) if isinstance(value, str) else (dumped(value),):
            try:
                if same(self.read(text), value):
                    return text
            except Invalid:
                continue
        return None


def given_in(plan: Plan, fields: Fields) -> tuple[Given, ...]:
    """Those that the system declares, that a call needs, that a binding reads, and that somebody has typed."""
    chosen = {at: value for at, value in _chosen(plan, fields) if value is not None}
    defaulted = [at for at in _args(plan) if arg_text_in(fields, at[:2], at[2]).kind == DEFAULT]
    wiring = wire(plan, plan.system.def_args, chosen, defaulted)
    found = {key: Given(key, value) for key, value in plan.system.def_args.items()}
    for key, wanted in _wanted(plan, fields, wiring).items():
        found.setdefault(key, Given(key, None, _common_type(plan, wanted), tuple(f"{at[0]}/{at[1]}" for at in wanted)))
    for name, text in fields.items():
        if name.startswith(PREFIX) and text.strip():
            found.setdefault(name.removeprefix(PREFIX), Given(name.removeprefix(PREFIX)))
    return tuple(found.values())


def read_given(givens: Iterable[Given], fields: Fields) -> dict[str, Any]:
    """The args of the task. Raises `Invalid` with every problem."""
    problems: list[Problem] = []
    args = _more(fields.get(MORE, ""), problems)
    for given in givens:
        try:
            value = given.read(fields.get(given.field, given.default_text))
        except Invalid as invalid:
            problems += invalid.problems
            continue
        if value is None:
            continue
        if given.key in args and not same(args[given.key], value):
            message = _("it is given twice, here and among the other args")
            problems.append(Problem(f"args.{given.key}", message, _("remove one of the two")))
        args[given.key] = value
    if problems:
        raise Invalid(problems)
    return args


def given_fields(givens: Sequence[Given], args: Mapping[str, Any]) -> dict[str, str]:
    """The fields that read as these args; what fits into no field stands in the JSON."""
    known = {given.key: given for given in givens}
    fields, more = {}, {}
    for key, value in args.items():
        text = known[key].text(value) if key in known else None
        if text is not None:
            fields[known[key].field] = text
        elif key not in known or not same(known[key].default, value):
            more[key] = value
    return fields | ({MORE: json.dumps(more, indent=2, ensure_ascii=False)} if more else {})


def arg_types(plan: Plan) -> dict[str, Given]:
    """For each name that an arg of a task could have: how its text is read. For a table's columns."""
    named: dict[str, list[ArgAt]] = {}
    for at in _args(plan):
        named.setdefault(at[2], []).append(at)
    found = {key: Given(key, None, _common_type(plan, ats)) for key, ats in named.items()}
    return found | {given.key: given for given in given_in(plan, {})}


def _more(text: str, problems: list[Problem]) -> dict[str, Any]:
    hint = _('write an object: {"n": 4}')
    try:
        args = read_json(MORE, text, hint) if text.strip() else {}
    except Invalid as invalid:
        problems += invalid.problems
        return {}
    if not isinstance(args, dict):
        problems.append(Problem(MORE, _("this is no JSON object"), hint))
        return {}
    return args


def _wanted(plan: Plan, fields: Fields, wiring: Wiring) -> dict[str, list[ArgAt]]:
    """Name of an arg of the task → the args of calls that can only come from it."""
    found: dict[str, list[ArgAt]] = {at[2]: [] for at in wiring.unbound}
    for at in wiring.unbound:
        found[at[2]].append(at)
    for at, value in wiring.given.items():
        for key in _task_keys(value):
            found.setdefault(key, []).append(at)
    for step, link in plan.links:
        loop = loop_texts(fields, plan, (step, link))
        for key in _task_keys(written_value(loop["largs"])) if loop["type"] == "LOOP" else ():
            found.setdefault(key, [])
    return {key: ats for key, ats in found.items() if key not in ("_id", "system", "labels", "priority")}


def _task_keys(value: Any) -> list[str]:
    try:
        read = references(parse_value(value))
    except (BadValue, ScriptError, RecursionError):
        return []
    return [str(one.path[0]) for one in read if one.root == "TASK" and one.path]


def _common_type(plan: Plan, ats: Iterable[ArgAt]) -> ArgType:
    types = {plan.args_of(step, link)[arg].type for step, link, arg in ats if arg in plan.args_of(step, link)}
    return types.pop() if len(types) == 1 else "any"


def _chosen(plan: Plan, fields: Fields) -> Iterator[tuple[ArgAt, Any]]:
    for at in _args(plan):
        yield at, value_of(arg_text_in(fields, at[:2], at[2]), plan.args_of(*at[:2])[at[2]].type)


def _args(plan: Plan) -> Iterator[ArgAt]:
    for step, link in plan.links:
        for arg in plan.args_of(step, link):
            yield step, link, arg
