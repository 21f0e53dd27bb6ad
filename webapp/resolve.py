"""A call whose outcome is unknown (R9): what is known of it, and the form in which a person says what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Refused, Resolution
from engine.model import Invalid, LinkState, LinkStatus, Problem, Role, Task

from .done import done
from .render import render
from .repairs import if_still
from .resolution import ResolveForm, read_resolution
from .rights import right
from .site import site
from .view.badge import badge, status_word
from .view.history import link_history
from .view.repair import unknown_mark

resolve = Blueprint("resolve", __name__, url_prefix="/tasks")


@resolve.get("/<id_>/links/<step>/<link>/resolve")
@right(Role.OPERATOR)
def ask(id_: str, step: str, link: str):
    state = site().link(site().task(id_), step, link)
    if state.status != LinkStatus.UNKNOWN:
        status = status_word(state.status)
        raise Refused(_("%(link)s is %(status)s: there is nothing to resolve", link=f"{step}/{link}", status=status))
    return _page(id_, step, link, ResolveForm())


@resolve.post("/<id_>/links/<step>/<link>/resolve")
@right(Role.OPERATOR)
def answer(id_: str, step: str, link: str):
    """Or the page again, with what is wrong and with what was typed."""
    site().link(site().task(id_), step, link)
    form = ResolveForm(request.form.get("how", ""), request.form.get("response", ""))
    try:
        said = read_resolution(form)
        acts = if_still(lambda task: unknown_mark(_state(task, step, link)))
        acts.resolve(id_, step, link, said.how, said.response)
    except Invalid as invalid:
        return _page(id_, step, link, form, invalid.problems, 422)
    except Refused as refused:
        return _page(id_, step, link, form, [Problem("", str(refused))], 409)
    done(_("It is told what became of %(place)s.", place=f"{step}/{link}"))
    return redirect(url_for("tasks.show", id_=id_), 303)


def _choices() -> tuple[tuple[Resolution, str, str], ...]:
    """What can have become of a call: the word of the form, its label, what follows from it."""
    return (
        (
            "repeat",
            _("may be made again"),
            _("It did not arrive, or the API knows its key. The call is repeated with the same key."),
        ),
        (
            "took effect",
            _("took effect"),
            _("What the API answered is given below; it counts as good, and the task goes on."),
        ),
        ("failed", _("failed"), _("The link and its task fail; they can be retried or repaired then.")),
    )


def _state(task: Task, step: str, link: str) -> LinkState:
    return task.step_info[step].api_status[link]


def _page(id_: str, step: str, link: str, form: ResolveForm, problems: Sequence[Problem] = (), status: int = 200):
    task = site().task(id_)
    state = site().link(task, step, link)
    history = link_history(state, site().store.history.attempts(id_, step, link), site().clock.now())
    definition = site().definition(task)
    api = definition.apis[definition.steps[step].link(link).api.val.id]
    return render(
        "tasks/resolve.html",
        status=status, task=task, step=step, link=link, state=state, history=history, api=api, form=form,
        problems=problems, choices=_choices(), badge=badge(state.status), made_from=unknown_mark(state),
    )  # fmt: skip
