"""What is done about drift: the newest answer becomes the sample, or what was seen is forgotten."""

from __future__ import annotations

import json

from flask import redirect, request, url_for
from flask_babel import gettext as _

from engine.command import Loaded, NotFound, Refused
from engine.model import Api, Role, Sighting

from .api_page import catalog
from .apis import apis
from .done import done
from .drifting import forget_drifts
from .rights import right
from .site import site


@apis.post("/<id_>/drift/accept")
@right(Role.EDITOR)
def accept_drift(id_: str):
    """Raises `Invalid` when something that uses the API would not be sound with the new sample."""
    api, seen = _api(id_), _seen(id_)
    sample = api.model_copy(update={"result": json.loads(seen.example)})
    note = _("sample taken from an answer of %(task)s", task=seen.attempt.partition("/")[0])
    catalog().save(Loaded(apis={id_: sample}), note=note)
    _forget(id_)
    done(_("The newest answer is the sample of %(id)s now.", id=id_))
    return redirect(url_for("apis.show", id_=id_), 303)


@apis.post("/<id_>/drift/forget")
@right(Role.EDITOR)
def forget_drift(id_: str):
    _forget(_api(id_).id)
    done(_("Forgotten: what goes on to come is told again."))
    return redirect(url_for("apis.show", id_=id_), 303)


def _api(id_: str) -> Api:
    """Raises `NotFound`."""
    api = site().store.definitions.api(id_)
    if api is None:
        raise NotFound(_("there is no API %(id)s", id=repr(id_)))
    return api


def _seen(id_: str) -> Sighting:
    """The answer that the page showed. Raises `Refused`."""
    digest = request.form.get("shape", "")
    seen = next((one for one in site().store.shapes.of(id_) if one.shape.digest == digest), None)
    if seen is None or not seen.example:
        raise Refused(_("that answer is not kept any more: look at the page again"))
    return seen


def _forget(id_: str) -> None:
    site().store.shapes.forget(id_)
    forget_drifts()
