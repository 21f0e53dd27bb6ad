"""One's own account: the password, and the browsers that are signed in."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Accounts, SignIn, TooManyTries, WrongPassword
from engine.model import Invalid, Problem, Role

from .done import done
from .render import render
from .rights import right
from .sign_in import too_many_tries
from .site import site
from .view.visits import visits
from .visit import begin, the_visitor

account = Blueprint("account", __name__, url_prefix="/account")


@account.before_request
def require_accounts() -> None:
    if current_app.config["SIGN_IN"] == "off":
        abort(404, _("Sign-in is turned off (STEPLINE_SIGN_IN), so nobody has an account."))


@account.get("")
@right(Role.VIEWER)
def show():
    return _page()


@account.post("/password")
@right(Role.VIEWER)
def set_password():
    """Ends every session of the user; this browser gets a new one."""
    name = the_visitor().user.id
    try:
        _require_current(request.form.get("current", ""))
        user = Accounts(site().store, site().clock, name).set_password(name, _new_password())
    except Invalid as invalid:
        return _page(422, invalid)
    return begin(user, redirect(url_for("account.show", changed="yes"), 303))


@account.post("/sessions/end")
@right(Role.VIEWER)
def end_session():
    _sign_in().end(the_visitor(), request.form.get("session", ""))
    done(_("That browser is signed out."))
    return redirect(url_for("account.show"), 303)


@account.post("/sessions/end-others")
@right(Role.VIEWER)
def end_other_sessions():
    _sign_in().end_others(the_visitor())
    done(_("Every other browser is signed out."))
    return redirect(url_for("account.show"), 303)


def _require_current(password: str) -> None:
    """Whoever finds a browser open must not make the account theirs, nor try out passwords. Raises `Invalid`."""
    user = the_visitor().user
    if not user.password:
        return
    try:
        _sign_in().by_password(user.id, password, request.remote_addr or "")
    except WrongPassword:
        raise Invalid([Problem("", _("The current password is another."))]) from None
    except TooManyTries as many:
        raise Invalid([Problem("", too_many_tries(many))]) from None


def _new_password() -> str:
    """Typed twice alike. Raises `Invalid`."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise Invalid([Problem("", _("The two new passwords differ."))])
    return new


def _page(status: int = 200, invalid: Invalid | None = None):
    visitor, now = the_visitor(), site().clock.now()
    return render(
        "account.html",
        status=status,
        problems=invalid.problems if invalid else (),
        changed="changed" in request.args,
        visits=visits(_sign_in().sessions(visitor), visitor.session.id, now),
    )


def _sign_in() -> SignIn:
    return SignIn(site().store, site().clock)
