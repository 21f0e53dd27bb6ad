"""Who visits: the cookie of a browser, and the user behind it. The server keeps the session; the cookie names it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import current_app, g, request, session
from werkzeug.wrappers import Response

from engine.command import SignIn, Visitor
from engine.command.sign_in import LONGEST_SESSION
from engine.model import Role, Session, User

from .site import site

_ANYTHING_BUT_A_PATH_OF_OURS = re.compile(r"^(?!/)|^/[/\\]|[\\\x00-\x20\x7f]")
"""Browsers read `//x` and `/\\x` as another host, and drop line breaks and tabs before they look."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
EVERYBODY = Visitor(
    User(id="operator", role=Role.EDITOR, created_at=_BEGINNING),
    Session("", "operator", 0, _BEGINNING, _BEGINNING, _BEGINNING, "", ""),
)
"""Who visits where sign-in is off. No admin: there is nobody to be kept apart from others."""


def visitor() -> Visitor | None:
    """Who has signed in; looked up once for a request."""
    if "visitor" not in g:
        g.visitor = _look_up()
    return g.visitor


def the_visitor() -> Visitor:
    """For views that nobody reaches without having signed in."""
    found = visitor()
    if found is None:
        raise LookupError(f"{request.endpoint} is reached by everybody and needs a user: declare its right")
    return found


def may(role: Role | str) -> bool:
    """Whether who visits has the role or a higher one."""
    found = visitor()
    return found is not None and found.user.role.covers(Role(role))


def begin(user: User, response: Response) -> Response:
    """A new session in place of the one before; what the browser held till now is worth nothing."""
    sign_in = SignIn(site().store, site().clock)
    if (before := visitor()) and before is not EVERYBODY:
        sign_in.end(before, before.session.id)
    session.clear()
    secret = sign_in.begin(user, request.remote_addr or "", request.user_agent.string)
    response.set_cookie(
        cookie_name(), secret, max_age=LONGEST_SESSION, secure=_secure(), httponly=True, samesite="Lax", path="/"
    )
    return response


def end(response: Response) -> Response:
    """Forgets who visits, here and in the browser."""
    if (found := visitor()) and found is not EVERYBODY:
        SignIn(site().store, site().clock).end(found, found.session.id)
    session.clear()
    response.delete_cookie(cookie_name(), secure=_secure(), httponly=True, samesite="Lax", path="/")
    return response


def cookie_name() -> str:
    """With the prefix, no neighbour on a subdomain can plant it."""
    name = f"{current_app.config['SESSION_COOKIE_NAME']}_user"
    return f"__Host-{name}" if _secure() else name


def safe_next(asked: str, otherwise: str) -> str:
    """Where to go after sign-in: a path of ours, whatever the address says."""
    return otherwise if _ANYTHING_BUT_A_PATH_OF_OURS.search(asked) else asked


def _secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _look_up() -> Visitor | None:
    if current_app.config["SIGN_IN"] == "off":
        return EVERYBODY
    secret = request.cookies.get(cookie_name())
    return SignIn(site().store, site().clock).visitor(secret) if secret else None
