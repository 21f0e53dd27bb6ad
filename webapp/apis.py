"""APIs: the list, and an API's page. They are written in `api_editor.py`."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.drift import drifts_in
from engine.model import Role

from .catalog import library, scene, wanted
from .drifting import catalogued, drift_now
from .render import render
from .rights import right
from .site import site
from .view.catalog import apis_listed
from .view.definition import api_page
from .view.drift import drift_marks, drift_panel
from .view.health import HOURS

apis = Blueprint("apis", __name__, url_prefix="/apis")


@apis.get("")
@right(Role.VIEWER)
def index():
    shown = scene()
    marks = drift_marks(drifts_in(catalogued(shown.library), site().store.shapes.all(), shown.active))
    return render("catalog/apis.html", list=apis_listed(shown, wanted()), marks=marks)


@apis.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    known = library()
    api = known.apis.get(id_)
    if api is None:
        raise NotFound(_("there is no API %(id)s", id=repr(id_)))
    store, now = site().store, site().clock.now()
    page, drift = api_page(api, known, store.hours.last(now, HOURS)), drift_now(api, known)
    panel, revision = drift_panel(drift, now) if drift else None, store.definitions.revision("api", id_)
    return render("catalog/api.html", api=page, drift=panel, revision=revision)
