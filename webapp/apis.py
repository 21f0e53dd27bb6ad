"""APIs: the list, and an API's page. Read only."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _

from engine.command import NotFound
from engine.model import Role

from .catalog import library, scene, wanted
from .render import render
from .rights import right
from .site import site
from .view.catalog import apis_listed
from .view.definition import api_page
from .view.health import HOURS

apis = Blueprint("apis", __name__, url_prefix="/apis")


@apis.get("")
@right(Role.VIEWER)
def index():
    return render("catalog/apis.html", list=apis_listed(scene(), wanted()))


@apis.get("/<id_>")
@right(Role.VIEWER)
def show(id_: str):
    known = library()
    api = known.apis.get(id_)
    if api is None:
        raise NotFound(_("there is no API %(id)s", id=repr(id_)))
    store = site().store
    page = api_page(api, known, store.hours.last(site().clock.now(), HOURS))
    return render("catalog/api.html", api=page, revision=store.definitions.revision("api", id_))
