"""The revisions of a system, a step or an API: what each save changed, the way back to one, and the end of all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Catalog, ChangedMeanwhile, Loaded, NotFound
from engine.model import KINDS, DefinitionKind, Invalid, Revision, Role

from .done import done
from .render import render
from .rights import right
from .site import site
from .view.revision import revision_page, revisions_listed
from .visit import the_visitor

revisions = Blueprint("revisions", __name__)

ROOMS: dict[str, DefinitionKind] = {"apis": "api", "steps": "step", "systems": "system"}
_OF = "/<any(apis, steps, systems):room>/<id_>"


@revisions.get(f"{_OF}/revisions")
@right(Role.VIEWER)
def index(room: str, id_: str):
    return _list(room, id_)


@revisions.get(f"{_OF}/revisions/<int:number>")
@right(Role.VIEWER)
def show(room: str, id_: str, number: int):
    return _page(room, id_, number)


@revisions.post(f"{_OF}/revisions/<int:number>/restore")
@right(Role.EDITOR)
def restore(room: str, id_: str, number: int):
    kind = ROOMS[room]
    revision = _numbered(_of(kind, id_), number)
    if revision.document is None:
        raise NotFound(_("revision %(number)d is a removal: there is nothing to restore", number=number))
    document = KINDS[kind].load(revision.document)
    loaded = Loaded(**{room: {id_: document}})  # type: ignore[arg-type]  # a document of the room's kind
    try:
        note = _("as in revision %(number)d", number=number)
        saved = _catalog().save(loaded, base={(kind, id_): _seen()}, note=note)
    except Invalid as invalid:
        return _page(room, id_, number, 422, invalid)
    except ChangedMeanwhile as changed:
        return _page(room, id_, number, 409, trouble=str(changed))
    if saved:
        all_of_them = url_for(".index", room=room, id_=id_)
        done(_("Revision %(number)d is in force again.", number=number), all_of_them, _("Revisions"))
    else:
        done(_("It is as in revision %(number)d already.", number=number))
    return redirect(url_for(f"{room}.show", id_=id_), 303)


@revisions.post(f"{_OF}/remove")
@right(Role.EDITOR)
def remove(room: str, id_: str):
    kind = ROOMS[room]
    try:
        _catalog().save(Loaded(), removed=[(kind, id_)], base={(kind, id_): _seen()})
    except Invalid as invalid:
        return _list(room, id_, 422, invalid)
    except ChangedMeanwhile as changed:
        return _list(room, id_, 409, trouble=str(changed))
    done(_("%(id)s is removed.", id=id_), url_for(".index", room=room, id_=id_), _("Bring it back"))
    return redirect(url_for(f"{room}.index"), 303)


def _list(room: str, id_: str, status: int = 200, invalid: Invalid | None = None, trouble: str = ""):
    found = _of(ROOMS[room], id_)
    view = revisions_listed(found, site().store.definitions.revision(ROOMS[room], id_), site().clock.now())
    told: dict[str, Any] = {"problems": invalid.problems if invalid else (), "trouble": trouble}
    return render("catalog/revisions.html", room=room, id=id_, list=view, status=status, **told)


def _page(room: str, id_: str, number: int, status: int = 200, invalid: Invalid | None = None, trouble: str = ""):
    found = _of(ROOMS[room], id_)
    now = site().store.definitions.revision(ROOMS[room], id_)
    page = revision_page(_numbered(found, number), found, now, site().clock.now())
    told: dict[str, Any] = {"problems": invalid.problems if invalid else (), "trouble": trouble}
    return render("catalog/revision.html", room=room, id=id_, page=page, status=status, **told)


def _of(kind: DefinitionKind, id_: str) -> list[Revision]:
    definitions = site().store.definitions
    found = definitions.revisions(kind, id_)
    if not found and not definitions.revision(kind, id_):
        raise NotFound(_("there is no %(kind)s %(id)s, and there never was", kind=kind, id=repr(id_)))
    return found


def _numbered(found: list[Revision], number: int) -> Revision:
    for revision in found:
        if revision.number == number:
            return revision
    raise NotFound(_("there is no revision %(number)d", number=number))


def _seen() -> int:
    """The revision that the form was made from; one that names none was made from none."""
    return request.form.get("revision", -1, type=int)


def _catalog() -> Catalog:
    return Catalog(site().store, site().clock, the_visitor().user.id)
