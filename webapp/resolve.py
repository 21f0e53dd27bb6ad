"""A call whose outcome is unknown (R9): what is known of it, and the form in which a person says what became of it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for

from engine.command import Refused
from engine.model import Invalid, LinkStatus, Role

from .render import render
from .resolution import ResolveForm, read_resolution
from .rights import right
from .site import site
from .view.history import link_history

resolve = Blueprint("resolve", __name__, url_prefix="/tasks")


@resolve.get("/<id_>/links/<step>/<link>/resolve")
@right(Role.OPERATOR)
def ask(id_: str, step: str, link: str):
    return _page(id_, step, link, ResolveForm())


@resolve.post("/<id_>/links/<step>/<link>/resolve")
@right(Role.OPERATOR)
def answer(id_: str, step: str, link: str):
    form = ResolveForm(request.form.get("how", ""), request.form.get("response", ""))
    try:
        said = read_resolution(form)
    except Invalid as invalid:
        return _page(id_, step, link, form, invalid)
    site().repair.resolve(id_, step, link, said.how, said.response)
    return redirect(url_for("tasks.show", id_=id_), 303)


def _page(id_: str, step: str, link: str, form: ResolveForm, invalid: Invalid | None = None):
    task = site().task(id_)
    state = site().link(task, step, link)
    if state.status != LinkStatus.UNKNOWN:
        raise Refused(f"{step}/{link} is {state.status}: there is nothing to resolve")
    history = link_history(state, site().store.history.attempts(id_, step, link), site().clock.now())
    definition = site().definition(task)
    api = definition.apis[definition.steps[step].link(link).api.val.id]
    problems = invalid.problems if invalid else ()
    return render(
        "tasks/resolve.html",
        status=422 if invalid else 200,
        task=task, step=step, link=link, state=state, history=history, api=api, form=form, problems=problems,
    )  # fmt: skip
