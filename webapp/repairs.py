"""Repairs of a step in place (R8): other args, another expected time, a response by hand, a run from here again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for

from engine.command import Refused
from engine.model import Invalid, Problem, Role

from .render import render
from .repair_forms import Fields, read_bindings, read_object, read_span
from .rights import right
from .site import site
from .view.repair import Typed, repair_page

repairs = Blueprint("repairs", __name__, url_prefix="/tasks")


@repairs.get("/<id_>/steps/<step>/repair")
@right(Role.OPERATOR)
def show(id_: str, step: str):
    return _page(id_, step, Typed())


@repairs.post("/<id_>/steps/<step>/<any(skip, rerun, span):repair>")
@right(Role.OPERATOR)
def repair_step(id_: str, step: str, repair: str):
    return _repaired(id_, step, repair, lambda: _STEP_ACTS[repair](id_, step, request.form))


@repairs.post("/<id_>/steps/<step>/links/<link>/edit")
@right(Role.OPERATOR)
def edit_link(id_: str, step: str, link: str):
    def edit() -> None:
        kind = site().link(site().task(id_), step, link).type
        site().repair.edit_link(id_, step, link, read_bindings(kind, request.form))

    return _repaired(id_, step, f"edit {link}", edit)


def _skip(id_: str, step: str, fields: Fields) -> None:
    response = read_object("response", fields.get("response", ""))
    reason = fields.get("reason", "").strip()
    if not reason:
        raise Invalid([Problem("reason", "say why it is skipped", "whoever reads the history will ask")])
    site().repair.skip_step(id_, step, response, reason)


def _rerun(id_: str, step: str, _fields: Fields) -> None:
    site().repair.rerun(id_, step)


def _span(id_: str, step: str, fields: Fields) -> None:
    site().repair.edit_span(id_, step, read_span(fields))


_STEP_ACTS: Mapping[str, Callable[[str, str, Fields], None]] = {"skip": _skip, "rerun": _rerun, "span": _span}


def _repaired(id_: str, step: str, form: str, act: Callable[[], Any]):
    """Back to the task; or the page again, with what is wrong and with what was typed."""
    try:
        act()
    except Invalid as invalid:
        return _page(id_, step, Typed(form, request.form), invalid.problems, 422)
    except Refused as refused:
        return _page(id_, step, Typed(form, request.form), [Problem("", str(refused))], 409)
    return redirect(url_for("tasks.show", id_=id_, _anchor=f"step-{step}"), 303)


def _page(id_: str, step: str, typed: Typed, problems: Sequence[Problem] = (), status: int = 200):
    task = site().task(id_)
    impact = site().repair.impact(id_, step)
    page = repair_page(task, site().definition(task), impact, typed)
    return render("tasks/repair.html", status=status, task=task, page=page, problems=problems)
