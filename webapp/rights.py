"""Who may what: every view declares the role it needs, and one that declares nothing is not served."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, abort, current_app, request
from flask_babel import gettext as _

from engine.model import Role

from .view.people import role_word
from .visit import may, visitor

log = structlog.get_logger()

View = TypeVar("View", bound=Callable[..., Any])

_RIGHT = "stepline_right"
_PUBLIC = "public"


def right(role: Role) -> Callable[[View], View]:
    """The view is for users of that role and of higher ones. Stands below the route."""
    return lambda view: _declare(view, role)


def public(view: View) -> View:
    """The view is for everybody, signed in or not."""
    return _declare(view, _PUBLIC)


def declared(view: Callable[..., Any]) -> Role | str | None:
    """What a view declares: a role, `public`, or None, which is a mistake."""
    return getattr(view, _RIGHT, None)


def init_app(app: Flask) -> None:
    public(app.view_functions["static"])
    app.before_request(_require_right)


def _declare(view: View, needed: Role | str) -> View:
    setattr(view, _RIGHT, needed)
    return view


def _require_right() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        visitor()  # routing answers, and its page should know who reads it
        return
    needed = declared(view)
    if needed is None:
        _refuse_undeclared()
    elif needed != _PUBLIC:
        _require(Role(needed))


def _require(needed: Role) -> None:
    found = visitor()
    if found is None:
        abort(401, _("Sign in first."))
    if not may(needed):
        abort(403, _refusal(needed, found.user.role))


def _refusal(needed: Role, mine: Role) -> str:
    roles = {"needed": role_word(needed), "mine": role_word(mine)}
    return _("This needs the role %(needed)s, and yours is %(mine)s. An admin can change that under Users.", **roles)


def _refuse_undeclared() -> None:
    log.error("right_undeclared", endpoint=request.endpoint)
    if current_app.debug:
        raise LookupError(f"{request.endpoint} declares no right: put @right(Role.…) or @public below its route")
    abort(404)
