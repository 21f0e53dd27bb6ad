"""When a task that has not begun starts by itself: set, changed, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Refused
from engine.model import Invalid, Problem, Role, TaskStatus

from .done import done
from .language import zone
from .render import render
from .rights import right
from .site import site
from .tasks import tasks
from .view.moment import stamp
from .when import local_text, read_moment


@tasks.get("/<id_>/schedule")
@right(Role.OPERATOR)
def schedule(id_: str):
    return _page(id_)


@tasks.post("/<id_>/schedule")
@right(Role.OPERATOR)
def set_schedule(id_: str):
    typed = request.form.get("start_at", "")
    try:
        task = site().operator.schedule(id_, read_moment("start_at", typed, zone()))
    except Invalid as invalid:
        return _page(id_, typed, invalid.problems, 422)
    except Refused as refused:
        return _page(id_, typed, [Problem("", str(refused))], 409)
    at = stamp(task.start_at, site().clock.now())
    done(_("%(name)s starts at %(time)s.", name=task.name or id_, time=at.short if at else ""))
    return redirect(url_for("tasks.show", id_=id_), 303)


@tasks.post("/<id_>/unschedule")
@right(Role.OPERATOR)
def unschedule(id_: str):
    task = site().operator.unschedule(id_)
    done(_("%(name)s does not start by itself any more.", name=task.name or id_))
    return redirect(url_for("tasks.show", id_=id_), 303)


def _page(id_: str, typed: str | None = None, problems: Sequence[Problem] = (), status: int = 200):
    task, now = site().task(id_), site().clock.now()
    text = local_text(task.start_at, zone()) if task.start_at else ""
    return render(
        "new/schedule.html",
        status=status,
        task=task,
        start=stamp(task.start_at, now),
        begun=task.status != TaskStatus.READY,
        typed=text if typed is None else typed,
        earliest=local_text(now + timedelta(minutes=1), zone())[:16],
        problems=problems,
    )
