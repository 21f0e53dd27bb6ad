"""In and out: by name and password, by one-time link, and the way out."""

from __future__ import annotations

import math

from flask import Blueprint, current_app, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from engine.command import DeadLink, SignIn, TooManyTries, WrongPassword

from .language import LANGUAGE_COOKIE, LANGUAGES
from .render import render
from .rights import public
from .site import site
from .visit import begin, end, safe_next, visitor

_YEAR_S = 31_536_000

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
@public
def form():
    """`lang` chooses what this browser is spoken to in until somebody's settings say otherwise."""
    if (chosen := request.args.get("lang", "")) in LANGUAGES:
        return _remember(chosen, redirect(url_for("sign_in.form", next=_next()), 303))
    return redirect(_next(), 303) if visitor() else _form()


@sign_in.post("/sign-in")
@public
def enter():
    name = request.form.get("name", "").strip().lower()
    try:
        user = _ways().by_password(name, request.form.get("password", ""), request.remote_addr or "")
    except WrongPassword:
        return _form(422, _("That name and password do not fit together."))
    except TooManyTries as many:
        response = _form(429, too_many_tries(many))
        response.headers["Retry-After"] = str(many.wait_s)
        return response
    return begin(user, redirect(_next(), 303))


@sign_in.get("/sign-in/<secret>")
@public
def link(secret: str):
    """Looks only: what fetches addresses ahead of a person must not use the link up."""
    if "prefetch" in request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", ""):
        return current_app.response_class(status=204)
    found = visitor()
    try:
        user = _ways().whose(secret)
    except DeadLink:
        return redirect(_next(), 303) if found else _dead()
    if found and found.user.id == user.id:
        return redirect(_next(), 303)
    return render("sign_in/link.html", user=user, next=_next(), without_tls=_without_tls())


@sign_in.post("/sign-in/<secret>")
@public
def enter_by_link(secret: str):
    try:
        user = _ways().by_link(secret)
    except DeadLink:
        return _dead()
    return begin(user, redirect(_next(), 303))


@sign_in.post("/sign-out")
@public
def leave():
    return end(redirect(url_for("sign_in.form"), 303))


def too_many_tries(many: TooManyTries) -> str:
    minutes = math.ceil(many.wait_s / 60)
    return ngettext(
        "Too many tries: wait %(num)s minute, then try again.",
        "Too many tries: wait %(num)s minutes, then try again.",
        minutes,
    )


def _remember(language: str, response: Response) -> Response:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="Lax", httponly=True)
    return response


def _ways() -> SignIn:
    return SignIn(site().store, site().clock)


def _form(status: int = 200, error: str = ""):
    name = request.form.get("name", "")
    return render("sign_in/form.html", status=status, error=error, name=name, next=_next(), without_tls=_without_tls())


def _dead():
    return render("sign_in/dead.html", status=410)


def _next() -> str:
    return safe_next(request.values.get("next", ""), url_for("home.index"))


def _without_tls() -> bool:
    """Whether the browser will throw our cookies away."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"]) and not request.is_secure
