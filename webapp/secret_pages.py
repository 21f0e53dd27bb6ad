"""Secrets: the list, and a secret's page. What they hold is written here and never read."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.command import ChangedMeanwhile, NotFound
from engine.model import Invalid, Problem, Role

from .done import done
from .render import render
from .rights import right
from .site import site
from .view.history import event_lines
from .view.secrets import SecretLine, missing_line, secret_line, secret_lines

secrets = Blueprint("secrets", __name__, url_prefix="/secrets")

NEWEST_EVENTS = 50


@secrets.get("")
@right(Role.EDITOR)
def index():
    return _list(name=request.args.get("name", "")[:64])


@secrets.post("")
@right(Role.ADMIN)
def add():
    name, note = _field("name"), _field("note")
    try:
        site().secrets.set(name, _value(), note, seen=0)
    except Invalid as invalid:
        return _list(422, invalid.problems, name, note)
    except ChangedMeanwhile:
        return _list(422, [_taken(name)], name, note)
    return _done(name, _("The secret %(name)s is set.", name=name))


@secrets.get("/<name>")
@right(Role.EDITOR)
def show(name: str):
    return _page(name)


@secrets.post("/<name>")
@right(Role.ADMIN)
def replace(name: str):
    """Another text, another note, or both; an empty field for the text leaves it as it is."""
    note, value = _field("note"), _value()
    try:
        if value:
            site().secrets.set(name, value, note, seen=_seen())
        else:
            site().secrets.describe(name, note, seen=_seen())
    except Invalid as invalid:
        return _page(name, 422, invalid.problems, note)
    except ChangedMeanwhile:
        return _page(name, 409, [_overtaken(name)], note)
    return _done(name, _("The secret %(name)s is replaced.", name=name) if value else _("The note is saved."))


@secrets.post("/<name>/remove")
@right(Role.ADMIN)
def remove(name: str):
    try:
        site().secrets.remove(name, seen=_seen())
    except ChangedMeanwhile:
        return _page(name, 409, [_overtaken(name)])
    done(_("The secret %(name)s is removed.", name=name))
    return redirect(url_for("secrets.index"), 303)


def _done(name: str, said: str) -> Response:
    done(said, url_for("secrets.show", name=name), _("Show"))
    return redirect(url_for("secrets.index", _anchor=f"secret-{name}"), 303)


def _field(name: str) -> str:
    return request.form.get(name, "").strip()


def _value() -> str:
    """As it was typed: blanks at its ends may belong to it. Never shown again, not even in the form it came from."""
    return request.form.get("value", "")


def _seen() -> int:
    """The revision that the form was made from; one that names none is of no secret."""
    return request.form.get("revision", -1, type=int)


def _taken(name: str) -> Problem:
    there = _("there is a secret %(name)s already", name=repr(name))
    return Problem("name", there, _("choose another name, or replace it on its own page"))


def _overtaken(name: str) -> Problem:
    now = _("%(name)s was changed meanwhile, and nothing was overwritten. Below is what is there now.", name=name)
    return Problem("", now, _("Decide again, if it still needs changing."))


def _list(status: int = 200, problems: Sequence[Problem] = (), name: str = "", note: str = "") -> Response:
    kept = site().secrets
    lines = secret_lines(site().store.secrets.all(), kept.uses(), kept.readable, site().clock.now())
    return render("secrets/list.html", status=status, secrets=lines, problems=problems, name=name, note=note)


def _page(name: str, status: int = 200, problems: Sequence[Problem] = (), note: str | None = None) -> Response:
    secret = _line(name)
    events = event_lines(site().secrets.events(name)[-NEWEST_EVENTS:], site().clock.now())
    shown_note = secret.note if note is None else note
    return render(
        "secrets/secret.html", status=status, secret=secret, problems=problems, note=shown_note, events=events
    )


def _line(name: str) -> SecretLine:
    """Of one that is set, or that definitions name, or that was there once. Raises `NotFound`."""
    kept, found = site().secrets, site().store.secrets.get(name)
    uses = kept.uses()
    if found and found.is_set:
        return secret_line(found, uses, kept.readable(found), site().clock.now())
    if found or name in uses:
        return missing_line(name, uses)
    raise NotFound(_("there is no secret %(name)s", name=repr(name)))
