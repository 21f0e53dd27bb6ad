"""Where in the form of a step a problem is mended: its path, as the id of a field and in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from engine.model import Problem
from webapp.link_kinds import LOOP, PATIENCE, QUESTION, SaidArg, kind_of
from webapp.step_form import ArgsOf, StepForm

from .draft_place import ProblemLine

_ENTRY = re.compile(r"(?:\[(?P<number>\d+)\]|\.(?P<id>[\w-]+))(?P<rest>.*)", re.DOTALL)
_ARG = re.compile(r"\.args(?:\[(?P<number>\d+)\](?P<part>\.name)?|\.(?P<name>.+))", re.DOTALL)
_PARTS = (*PATIENCE, *LOOP, *QUESTION, "condition")


def arg_field_id(row: str, number: int) -> str:
    return f"link.{row}.arg.{number}"


def arg_name_field_id(row: str, number: int) -> str:
    return f"{arg_field_id(row, number)}.name"


def step_problem_lines(form: StepForm, args_of: ArgsOf, problems: Iterable[Problem]) -> tuple[ProblemLine, ...]:
    """Each place once: what cannot be read needs no second reason there."""
    found: dict[str, ProblemLine] = {}
    for problem in problems:
        field, place = _place(form, args_of, problem.path)
        found.setdefault(
            field or problem.path + problem.message, ProblemLine(field, place, problem.message, problem.hint)
        )
    return tuple(found.values())


def is_own(form: StepForm, problem: Problem) -> bool:
    """Whether it is mended in this form, not in another definition."""
    return problem.path.startswith((f"step.{form.id}.", f"step.{form.id}[")) or problem.path == f"step.{form.id}"


def _place(form: StepForm, args_of: ArgsOf, path: str) -> tuple[str, str]:
    where = f"step.{form.id}"
    if not path.startswith(where):
        return "", path
    rest = path.removeprefix(where)
    for name, find in (("checklink", _in_link), ("response", _in_response)):
        if rest.startswith(f".{name}"):
            return find(form, args_of, rest.removeprefix(f".{name}"))
    field = {".desc": "desc", ".expect_span": "span"}.get(re.split(r"(?<=\w)\.", rest)[0], "id")
    return field, {"id": _("id"), "span": _("expected time")}.get(field, rest.lstrip("."))


def _in_link(form: StepForm, args_of: ArgsOf, rest: str) -> tuple[str, str]:
    found = _ENTRY.fullmatch(rest)
    row = _row_of(form, found["number"], found["id"]) if found else None
    if not found or row is None:
        return "links", rest.lstrip(".")
    what, place = found["rest"], form.link_id(row) or _("link %(number)d", number=form.rows.index(row) + 1)
    if (found_arg := _ARG.search(what)) and (at := _in_arg(form.row(row, args_of).args, row, found_arg)):
        return at[0], f"{place} {at[1]}"
    for part in _PARTS:
        if f".{part}" in what:
            return f"link.{row}.{part}", f"{place} {part}"
    return (f"link.{row}.target" if ".api" in what and kind_of(form.op(row)).callee else f"link.{row}.id"), place


def _in_arg(args: Sequence[SaidArg], row: str, found: re.Match[str]) -> tuple[str, str] | None:
    """The field, and the arg's name."""
    names = [arg.name for arg in args]
    named = _longest(found["name"] or "", names)
    number = int(found["number"]) if found["number"] else names.index(named) if named is not None else len(args)
    if number >= len(args):
        return None
    part = arg_name_field_id(row, number) if found["part"] else arg_field_id(row, number)
    return part, args[number].name or _("value %(number)d", number=number + 1)


def _row_of(form: StepForm, number: str | None, link: str | None) -> str | None:
    if number is not None:
        return form.rows[int(number)] if int(number) < len(form.rows) else None
    return next((row for row in form.rows if form.link_id(row) == link), None)


def _in_response(form: StepForm, _args_of: ArgsOf, rest: str) -> tuple[str, str]:
    out, what = _out_of(form, rest)
    if out is None:
        return "response", rest.lstrip(".")
    part = {"fromapi": "from", "key": "path"}.get(what.lstrip("."), "key")
    return f"out.{out}.{part}", _in_words(form, out)


def _in_words(form: StepForm, out: str) -> str:
    return form.text(f"out.{out}.key").strip() or _("value %(number)d", number=form.outs.index(out) + 1)


def _out_of(form: StepForm, rest: str) -> tuple[str | None, str]:
    """The row, and what of it."""
    if found := re.fullmatch(r"\[(\d+)\](.*)", rest):
        return form.outs[int(found[1])], found[2]
    keys = {form.text(f"out.{out}.key").strip(): out for out in reversed(form.outs)}
    key = _longest(rest.removeprefix("."), keys)
    return (None, rest) if key is None else (keys[key], rest.removeprefix(f".{key}"))


def _longest(text: str, names: Iterable[str]) -> str | None:
    """The name that `text` is, or leads into: `age`, `age[0]`, `age.x`."""
    fitting = [name for name in names if text == name or text.startswith((f"{name}.", f"{name}["))]
    return max(fitting, key=len, default=None)
