"""Moving a task to the definition that its system has now: looked at first, then confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import ChangedMeanwhile, Move, Refused
from engine.model import Invalid, Problem, Role, Task

from .done import done
from .render import render
from .repairs import repairs
from .rights import right
from .site import site
from .view.move import MovePage, move_page, refused, unusable


@repairs.get("/<id_>/move")
@right(Role.OPERATOR)
def show_move(id_: str):
    return _page(id_)


@repairs.post("/<id_>/move")
@right(Role.OPERATOR)
def move(id_: str):
    task = site().task(id_)
    try:
        _acts().move(id_, request.form.get("made_from", ""))
    except Invalid as invalid:
        return _page(id_, invalid.problems, 422)
    except ChangedMeanwhile:
        return _page(id_, [Problem("", _("Something has changed meanwhile: this is the check as it is now."))], 409)
    except Refused as refusal:
        return _page(id_, [Problem("", str(refusal))], 409)
    done(_("%(name)s has the newest definition of its system.", name=task.name or id_))
    return redirect(url_for("tasks.show", id_=id_), 303)


def _acts() -> Move:
    return Move(site().store, site().dispatch, site().clock, site().who)


def _page(id_: str, problems: Sequence[Problem] = (), status: int = 200):
    task = site().task(id_)
    return render(
        "tasks/move.html", status=status, task=task, page=_found(id_), problems=problems, revisions=_revisions(task)
    )


def _revisions(task: Task) -> tuple[int | None, int]:
    """Which revision of its system it was made from, and which there is now; the steps and APIs have their own."""
    definitions = site().store.definitions
    return definitions.revision_of(site().definition(task).system), definitions.revision("system", task.system)


def _found(id_: str) -> MovePage:
    try:
        return move_page(_acts().check(id_))
    except Invalid as invalid:
        return unusable(invalid.problems)
    except Refused:
        return refused(site().task(id_))
