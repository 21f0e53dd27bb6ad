"""Where in the form of a step a problem is mended: its path, as the id of a field and in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _

from engine.model import Problem
from webapp.link_kinds import LOOP, PATIENCE
from webapp.step_form import ApiTypes, StepForm

from .draft_place import ProblemLine

_ENTRY = re.compile(r"(?:\[(?P<number>\d+)\]|\.(?P<id>[\w-]+))(?P<rest>.*)", re.DOTALL)
_PARTS = (*PATIENCE, *LOOP, "condition")


def arg_field_id(row: str, number: int) -> str:
    return f"link.{row}.arg.{number}"


def step_problem_lines(form: StepForm, types: ApiTypes, problems: Iterable[Problem]) -> tuple[ProblemLine, ...]:
    """Each place once: what cannot be read needs no second reason there."""
    found: dict[str, ProblemLine] = {}
    for problem in problems:
        field, place = _place(form, types, problem.path)
        found.setdefault(
            field or problem.path + problem.message, ProblemLine(field, place, problem.message, problem.hint)
        )
    return tuple(found.values())


def is_own(form: StepForm, problem: Problem) -> bool:
    """Whether it is mended in this form, not in another definition."""
    return problem.path.startswith((f"step.{form.id}.", f"step.{form.id}[")) or problem.path == f"step.{form.id}"


def _place(form: StepForm, types: ApiTypes, path: str) -> tuple[str, str]:
    where = f"step.{form.id}"
    if not path.startswith(where):
        return "", path
    rest = path.removeprefix(where)
    for name, find in (("checklink", _in_link), ("response", _in_response)):
        if rest.startswith(f".{name}"):
            return find(form, types, rest.removeprefix(f".{name}"))
    field = {".desc": "desc", ".expect_span": "span"}.get(re.split(r"(?<=\w)\.", rest)[0], "id")
    return field, {"id": _("id"), "span": _("expected time")}.get(field, rest.lstrip("."))


def _in_link(form: StepForm, types: ApiTypes, rest: str) -> tuple[str, str]:
    found = _ENTRY.fullmatch(rest)
    row = _row_of(form, found["number"], found["id"]) if found else None
    if not found or row is None:
        return "links", rest.lstrip(".")
    what, place = found["rest"], form.link_id(row) or _("link %(number)d", number=form.rows.index(row) + 1)
    texts = form.row(row, types)
    if ".args." in what and (arg := _longest(what.partition(".args.")[2], texts.arg_names)):
        return arg_field_id(row, texts.arg_names.index(arg)), f"{place} {arg}"
    for part in _PARTS:
        if f".{part}" in what:
            return f"link.{row}.{part}", f"{place} {part}"
    return (f"link.{row}.target" if ".api" in what else f"link.{row}.id"), place


def _row_of(form: StepForm, number: str | None, link: str | None) -> str | None:
    if number is not None:
        return form.rows[int(number)] if int(number) < len(form.rows) else None
    return next((row for row in form.rows if form.link_id(row) == link), None)


def _in_response(form: StepForm, _types: ApiTypes, rest: str) -> tuple[str, str]:
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
