"""Steps: the list, and a step's page. They are written in `step_editor.py`."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.model import Role

from .catalog import library, scene, wanted
from .render import render
from .rights import right
from .site import site
from .view.catalog import steps_listed
from .view.definition import step_page
from .view.health import HOURS

steps = Blueprint("steps", __name__, url_prefix="/steps")


@steps.get("")
@right(Role.VIEWER)
def index():
    return render("catalog/steps.html", list=steps_listed(scene(), wanted()))


@steps.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    known = library()
    step = known.steps.get(id_)
    if step is None:
        raise NotFound(_("there is no step %(id)s", id=repr(id_)))
    store = site().store
    page = step_page(step, known, store.hours.last(site().clock.now(), HOURS))
    return render("catalog/step.html", step=page, revision=store.definitions.revision("step", id_))
