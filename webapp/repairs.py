"""Repairs in place (R8): other args, another expected time, a response by hand, a retry, a run from here again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Refused
from engine.command import Repair as Acts
from engine.model import Invalid, Problem, Role, Task
from engine.plan import dependants

from .done import done
from .render import render
from .repair_forms import Fields, read_bindings, read_object, read_reason, read_response, read_span
from .rights import right
from .site import site
from .view.repair import (
    Typed,
    args_mark,
    args_page,
    bindings_mark,
    impact_mark,
    repair_page,
    skip_mark,
    span_mark,
)

repairs = Blueprint("repairs", __name__, url_prefix="/tasks")


class ChangedMeanwhile(Refused):
    """Somebody changed what a form was made from."""


# -- a step and its links ----------------------------------------------------------------------------


@repairs.get("/<id_>/steps/<step>/repair")
@right(Role.OPERATOR)
def show(id_: str, step: str):
    return _page(id_, step, Typed())


@repairs.post("/<id_>/steps/<step>/<any(skip, rerun, span):repair>")
@right(Role.OPERATOR)
def repair_step(id_: str, step: str, repair: str):
    site().step(site().task(id_), step)
    return _repaired(id_, step, repair, lambda: _STEP_ACTS[repair](id_, step, request.form))


@repairs.post("/<id_>/steps/<step>/links/<link>/<any(edit, skip, retry):repair>")
@right(Role.OPERATOR)
def repair_link(id_: str, step: str, link: str, repair: str):
    site().link(site().task(id_), step, link)
    act = _LINK_ACTS[repair]
    return _repaired(id_, step, f"{repair} {link}", lambda: act(id_, step, link, request.form))


def _skip(id_: str, step: str, fields: Fields) -> str:
    reason, response = read_reason(fields), read_response(fields)
    if_still(lambda task: skip_mark(task.step_info[step], None)).skip_step(id_, step, response, reason)
    return _("%(place)s is skipped.", place=step)


def _rerun(id_: str, step: str, _fields: Fields) -> str:
    def mark(task: Task) -> str:
        return impact_mark(task, dependants(site().operator.plan_of(task), task, step))

    if_still(mark).rerun(id_, step)
    return _("It is run again from %(place)s.", place=step)


def _span(id_: str, step: str, fields: Fields) -> str:
    span = read_span(fields)
    if_still(lambda task: span_mark(task.step_info[step])).edit_span(id_, step, span)
    return _("%(place)s has another expected time.", place=step)


def _edit_link(id_: str, step: str, link: str, fields: Fields) -> str:
    bindings = read_bindings(site().link(site().task(id_), step, link).type, fields)
    acts = if_still(lambda task: bindings_mark(task.step_info[step].api_status[link]))
    if fields.get("then") == "retry":
        acts.edit_link_and_retry(id_, step, link, bindings)
        return _("%(place)s is tried again with these args.", place=f"{step}/{link}")
    acts.edit_link(id_, step, link, bindings)
    return _("%(place)s has other args.", place=f"{step}/{link}")


def _skip_link(id_: str, step: str, link: str, fields: Fields) -> str:
    reason, response = read_reason(fields), read_response(fields)
    if_still(lambda task: skip_mark(task.step_info[step], link)).skip_link(id_, step, link, response, reason)
    return _("%(place)s is skipped.", place=f"{step}/{link}")


def _retry_link(id_: str, step: str, link: str, _fields: Fields) -> str:
    site().repair.retry_link(id_, step, link)
    return _("%(place)s is tried again.", place=f"{step}/{link}")


_STEP_ACTS: Mapping[str, Callable[[str, str, Fields], str]] = {"skip": _skip, "rerun": _rerun, "span": _span}
_LINK_ACTS: Mapping[str, Callable[[str, str, str, Fields], str]] = {
    "edit": _edit_link,
    "skip": _skip_link,
    "retry": _retry_link,
}


def if_still(mark: Callable[[Task], str]) -> Acts:
    """Acts that are done only on the state that the form was made from; a form that says none takes any."""
    made_from = request.form.get("made_from", "")

    def check(task: Task) -> None:
        if made_from and mark(task) != made_from:
            text = _("Somebody changed this meanwhile, and nothing was applied: compare, then send it again.")
            raise ChangedMeanwhile(text)

    return site().repair.only_if(check)


def _repaired(id_: str, step: str, form: str, act: Callable[[], str]):
    """Back to the task; or the page again, with what is wrong and with what was typed."""
    try:
        text = act()
    except Invalid as invalid:
        return _page(id_, step, Typed(form, request.form), invalid.problems, 422)
    except Refused as refused:
        typed = Typed(form, request.form, isinstance(refused, ChangedMeanwhile))
        return _page(id_, step, typed, [Problem("", str(refused))], 409)
    done(text)
    return redirect(url_for("tasks.show", id_=id_, step=step, _anchor=f"step-{step}"), 303)


def _page(id_: str, step: str, typed: Typed, problems: Sequence[Problem] = (), status: int = 200):
    task = site().task(id_)
    impact = site().repair.impact(id_, step)
    page = repair_page(task, site().definition(task), impact, typed)
    return render("tasks/repair.html", status=status, task=task, page=page, problems=problems)


# -- the task's own args -----------------------------------------------------------------------------


@repairs.get("/<id_>/args")
@right(Role.OPERATOR)
def show_args(id_: str):
    return _args_page(id_, Typed())


@repairs.post("/<id_>/args")
@right(Role.OPERATOR)
def edit_args(id_: str):
    try:
        args = read_object("args", request.form.get("args", ""))
        if_still(args_mark).edit_args(id_, args)
    except Invalid as invalid:
        return _args_page(id_, Typed("args", request.form), invalid.problems, 422)
    except Refused as refused:
        typed = Typed("args", request.form, isinstance(refused, ChangedMeanwhile))
        return _args_page(id_, typed, [Problem("", str(refused))], 409)
    done(_("The task has other args."), url_for("repairs.show_args", id_=id_), _("See what reads them"))
    return redirect(url_for("tasks.show", id_=id_, view="values"), 303)


def _args_page(id_: str, typed: Typed, problems: Sequence[Any] = (), status: int = 200):
    task = site().task(id_)
    page = args_page(task, site().definition(task), typed)
    return render("tasks/args.html", status=status, task=task, page=page, problems=problems)
