"""How one wants the pages to be: language, time zone, theme, keys, rows, and the views that one has saved."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from flask_babel import gettext as _

from engine.command import NotFound, keep_preferences
from engine.model import LEAST_ROWS, MOST_ROWS, Invalid, Preferences, Role

from .done import done
from .language import LANGUAGE_COOKIE, browser_language, browser_zone, places_with_a_clock, speaking
from .render import render
from .rights import right
from .settings_form import SettingsForm, form_of, read_settings_form, typed_form
from .site import site

settings = Blueprint("settings", __name__, url_prefix="/settings")


@settings.get("")
@right(Role.VIEWER)
def show():
    return _page(form_of(_kept()))


@settings.post("")
@right(Role.VIEWER)
def save():
    """What the sign-in page was last asked to speak gives way to what is chosen here."""
    form = typed_form(request.form)
    try:
        chosen = read_settings_form(form, _kept())
    except Invalid as invalid:
        return _page(form, invalid)
    _keep(chosen)
    with speaking(chosen.language or browser_language(remembered=False)):
        done(_("Your settings are saved."))
    response = redirect(url_for("settings.show"), 303)
    response.delete_cookie(LANGUAGE_COOKIE)
    return response


@settings.post("/views/default")
@right(Role.VIEWER)
def set_default_view():
    """Without a name, the task list opens as it does for everybody."""
    name, kept = request.form.get("name", ""), _kept()
    if name:
        _require_view(kept, name)
    _keep(kept.model_copy(update={"default_view": name}))
    done(_("The task list now opens with “%(view)s”.", view=name) if name else _("The task list now opens with all."))
    return redirect(url_for("settings.show", _anchor="views"), 303)


@settings.post("/views/delete")
@right(Role.VIEWER)
def delete_view():
    name, kept = request.form.get("name", ""), _kept()
    _require_view(kept, name)
    left: dict[str, Any] = {"views": [view for view in kept.views if view.name != name]}
    if kept.default_view == name:
        left["default_view"] = ""
    _keep(kept.model_copy(update=left))
    done(_("The view “%(view)s” is deleted.", view=name))
    return redirect(url_for("settings.show", _anchor="views"), 303)


def _require_view(kept: Preferences, name: str) -> None:
    """Raises `NotFound`."""
    if name not in [view.name for view in kept.views]:
        raise NotFound(_("There is no saved view “%(view)s”: it may have been deleted meanwhile.", view=name[:60]))


def _kept() -> Preferences:
    """Read anew: what is written back must not lose a view that another tab has just saved."""
    return site().store.preferences.get(site().who)


def _keep(chosen: Preferences) -> None:
    keep_preferences(site().store, site().clock, site().who, chosen)


def _page(form: SettingsForm, invalid: Invalid | None = None):
    kept = _kept()
    return render(
        "settings.html",
        status=422 if invalid else 200,
        problems=invalid.problems if invalid else (),
        form=form,
        least_rows=LEAST_ROWS,
        most_rows=MOST_ROWS,
        zones=places_with_a_clock(),
        browser_zone=browser_zone(),
        views=kept.views,
        default_view=kept.default_view,
        shared=current_app.config["SIGN_IN"] == "off",
    )
