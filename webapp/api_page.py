"""The page on which an API is written: what stands in its fields, what is wrong, whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from engine.command import Catalog, Loaded
from engine.model import Api, Problem

from .api_form import ARG_TYPES, NEW, Fields, field_of, read_form, with_parameters
from .catalog import library
from .render import htmx, render
from .site import site
from .view.api_form import Concerned, concerned_by, form_page
from .view.conflict import Conflict
from .view.tried import Tried


@dataclass(frozen=True)
class Form:
    """The fields as they were typed. `of` is the API that is edited, `base` its revision then; empty and 0: a new one.

    `checked`: somebody has asked what is wrong. `focus`: the field to go on in.
    """

    fields: Fields
    of: str = ""
    base: int = 0
    problems: Sequence[Problem] = ()
    checked: bool = False
    notes: Sequence[str] = ()
    focus: str = ""
    conflict: Conflict | None = None
    tried: Tried | None = None


def show(form: Form, status: int = 200):
    """422 when it was asked for and something is wrong; not while it is filled in."""
    fields = with_parameters({**NEW, **form.fields} if not form.of else form.fields)
    _api, found = judge(fields, form.of)
    problems = _first_of_each_place([*form.problems, *found])
    page = form_page(fields, problems, _concerned(form.of))
    wrong = bool(problems) and form.checked and not htmx.partial
    shown: dict[str, Any] = {"form": fields, "of": form.of, "base": form.base, "checked": form.checked, "page": page}
    shown |= {"types": ARG_TYPES, "notes": form.notes, "focus": form.focus}
    shown |= {"conflict": form.conflict, "tried": form.tried}
    return render("apis/form.html", status=422 if wrong and status == 200 else status, **shown)


def judge(fields: Fields, of: str) -> tuple[Api | None, list[Problem]]:
    """The API that the fields make, and all that keeps it from being saved."""
    api, problems = read_form({**fields, "id": of} if of else fields, kept(of))
    if api is None or problems:
        return None, problems
    if not of and site().store.definitions.api(api.id):
        taken = _("there is an API of that id already: edit that one, or choose another id")
        return None, [Problem("id", taken)]
    found = catalog().problems(Loaded(apis={api.id: api}))
    return (None if found else api), [at_field(problem, api.id, fields) for problem in found]


def catalog() -> Catalog:
    return Catalog(site().store, site().clock, site().who)


def kept(of: str) -> Mapping[str, Any]:
    """The document that is edited: fields that the form does not have are its own."""
    api = site().store.definitions.api(of) if of else None
    return api.to_document() if api else {}


def at_field(problem: Problem, id_: str, fields: Fields) -> Problem:
    """What is wrong with the API itself is mended in a field; what uses it, elsewhere."""
    own = f"api.{id_}."
    if not problem.path.startswith(own):
        return problem
    return Problem(field_of(problem.path.removeprefix(own), fields), problem.message, problem.hint)


def _concerned(of: str) -> Concerned | None:
    if not of:
        return None
    known = library()
    running = site().store.glance.active_by_system().of(*known.systems_using_api.get(of, ()))
    return concerned_by(of, known, running)


def _first_of_each_place(problems: Sequence[Problem]) -> list[Problem]:
    """What cannot be read needs no second reason at the same place."""
    found: dict[str, Problem] = {}
    for problem in problems:
        found.setdefault(problem.path or problem.message, problem)
    return list(found.values())
