"""Users, for admins: who there is, what they may, and links that let them in."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Accounts, ChangedMeanwhile
from engine.model import Invalid, Problem, Role, User
from engine.store import UserExists

from .done import done
from .render import render
from .rights import right
from .site import site
from .view.history import event_lines
from .view.people import people, role_word
from .visit import the_visitor

users = Blueprint("users", __name__, url_prefix="/users")

NEWEST_EVENTS = 50


@users.get("")
@right(Role.ADMIN)
def index():
    return _page()


@users.post("")
@right(Role.ADMIN)
def add():
    name = request.form.get("name", "").strip().lower()
    try:
        user = _accounts().add(name, _role_asked())
    except Invalid as invalid:
        return _page(422, invalid, name)
    except UserExists as taken:
        return _page(422, Invalid([Problem("name", str(taken))]), name)
    return _page(201, link_for=user)


@users.post("/<name>/role")
@right(Role.ADMIN)
def set_role(name: str):
    role = _role_asked()
    said = _("%(user)s is now: %(role)s.", user=name, role=role_word(role))
    return _changed(name, lambda: _accounts().set_role(name, role, _seen()), said)


@users.post("/<name>/disable")
@right(Role.ADMIN)
def disable(name: str):
    return _changed(name, lambda: _accounts().disable(name, _seen()), _("%(user)s is disabled.", user=name))


@users.post("/<name>/enable")
@right(Role.ADMIN)
def enable(name: str):
    return _changed(name, lambda: _accounts().enable(name, _seen()), _("%(user)s is enabled.", user=name))


@users.post("/<name>/link")
@right(Role.ADMIN)
def make_link(name: str):
    """Shown in the answer and nowhere else: only its hash is kept."""
    return _page(201, link_for=_accounts().user(name))


@users.get("/<name>/events")
@right(Role.ADMIN)
def show_events(name: str):
    events = event_lines(_accounts().events(name)[-NEWEST_EVENTS:], site().clock.now())
    return render("users/events.html", name=name, events=events)


def _accounts() -> Accounts:
    return Accounts(site().store, site().clock, the_visitor().user.id)


def _seen() -> int:
    """The revision that the form was made from; one that names none is of no user."""
    return request.form.get("revision", -1, type=int)


def _changed(name: str, act: Callable[[], User], said: str):
    """Back to the user, with what was done said; or the page as it is now, when somebody was faster."""
    try:
        user = act()
    except ChangedMeanwhile:
        return _page(409, Invalid([_overtaken(name)]))
    done(said, url_for("users.show_events", name=user.id), _("History"))
    return redirect(url_for("users.index", _anchor=f"user-{user.id}"), 303)


def _overtaken(name: str) -> Problem:
    now = _("%(user)s was changed meanwhile, and nothing was overwritten. The list shows what is there now.", user=name)
    return Problem("", now, _("Decide again, if it still needs changing."))


def _role_asked() -> Role:
    """Raises `Invalid`."""
    asked = request.form.get("role", "")
    if asked not in list(Role):
        no_such = _("there is no role %(role)s", role=repr(asked))
        raise Invalid([Problem("role", no_such, _("use one of: %(roles)s", roles=", ".join(Role)))])
    return Role(asked)


def _page(status: int = 200, invalid: Invalid | None = None, name: str = "", link_for: User | None = None):
    secret = _accounts().link(link_for.id) if link_for else ""
    return render(
        "users/list.html",
        status=status,
        problems=invalid.problems if invalid else (),
        name=name,
        role=request.form.get("role", Role.VIEWER),
        roles=tuple(Role),
        link_for=link_for,
        link=url_for("sign_in.link", secret=secret, _external=True) if secret else "",
        people=people(site().store.users.all(), the_visitor().user.id, site().clock.now()),
    )
