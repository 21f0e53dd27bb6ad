"""Errors as pages for people, as toasts for htmx, as JSON for programs. Bad input is never a 500."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, jsonify, redirect, request, url_for
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.wrappers import Response as WerkzeugResponse

from engine.command import NotFound, Refused
from engine.model import Invalid
from engine.store import StoreError, StoreUnavailable

from .render import htmx, render
from .view.told import told

log = structlog.get_logger()

TITLES = {
    400: lazy_gettext("That request cannot be used"),
    401: lazy_gettext("Sign in first"),
    403: lazy_gettext("That is not allowed"),
    404: lazy_gettext("There is no such page"),
    405: lazy_gettext("That cannot be done at this address"),
    409: lazy_gettext("That cannot be done now"),
    410: lazy_gettext("That is over"),
    413: lazy_gettext("That is too large"),
    422: lazy_gettext("Something has to be corrected"),
    429: lazy_gettext("That was too often"),
    500: lazy_gettext("Something went wrong here"),
    503: lazy_gettext("The database does not answer"),
}
_PLAIN = {
    400: lazy_gettext("The server could not understand what was sent."),
    404: lazy_gettext("Nothing is at this address: it may be mistyped, or what was there is gone."),
    405: lazy_gettext("The address is right, what is asked of it is not: start from the page that has the button."),
    413: lazy_gettext("More was sent than the server takes. Send less at once."),
}
"""Said where nothing closer is known."""
_STALE = lazy_gettext("Its form is too old or was not ours. Reload the page that you came from and try again.")
_UNAVAILABLE = lazy_gettext("Tasks go on as soon as it is back. Try again in a moment.")
_BROKEN = lazy_gettext("The fault is ours and has been logged. Tasks are not affected.")


def init_app(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda error: _refuse(404, error))
    app.register_error_handler(Refused, lambda error: _refuse(409, error))
    app.register_error_handler(Invalid, lambda error: _refuse(422, error))
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(StoreError, _unavailable)
    app.register_error_handler(StoreUnavailable, _unavailable)
    app.register_error_handler(Unauthorized, _sign_in_first)
    app.register_error_handler(HTTPException, _http)


def _refuse(status: int, error: Exception) -> Response:
    """What the engine refuses: programs read it as it says it, people in their language."""
    return _answer(status, str(error) if _wants_json() else told(str(error)))


def _stale(error: CSRFError) -> Response:
    log.warning("form refused", path=request.path, why=error.description)
    return _answer(400, str(_STALE))


def _unavailable(error: Exception) -> Response:
    log.error("database unavailable", path=request.path, error=str(error))
    return _answer(503, str(_UNAVAILABLE))


def _sign_in_first(error: Unauthorized) -> Response | WerkzeugResponse:
    """Leads people to the form and from there back to where they wanted to go."""
    if _wants_json():
        return _answer(401, error.description or "")
    form = url_for("sign_in.form", next=_page_wanted() or None)
    if not bool(htmx):
        return redirect(form, 303)
    response = _answer(401, error.description or "")
    response.headers["HX-Redirect"] = form
    return response


def _page_wanted() -> str:
    """The page that is asked for, or that htmx is on; a form's answer is none to come back to."""
    if bool(htmx):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return f"{page.path}?{page.query}".rstrip("?")
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def _http(error: HTTPException) -> Response:
    """Also what nobody caught: Flask has logged its traceback and hands it over as a 500."""
    status = error.code or 500
    response = _answer(status, str(_BROKEN) if status >= 500 else _said(error, status))
    response.headers.extend(_allowed(error))
    return response


def _said(error: HTTPException, status: int) -> str:
    """What the view said, else our own words: the library's are English and know nothing of this place."""
    said = error.description or ""
    return str(_PLAIN.get(status, said)) if said == type(error).description else said


def _allowed(error: HTTPException) -> list[tuple[str, Any]]:
    return [header for header in error.get_headers() if header[0] == "Allow"]


def _answer(status: int, text: str) -> Response:
    title = str(TITLES.get(status, TITLES[400 if status < 500 else 500]))
    text = text[:1].upper() + text[1:]
    if _wants_json():
        response = jsonify(error=text or title)
        response.status_code = status
        return response
    if htmx.partial:
        return _toast(status, title, text)
    return render("error.html", status=status, code=status, title=title, text=text)


def _wants_json() -> bool:
    return request.path.endswith(".json") or request.accept_mimetypes.best == "application/json"


def _toast(status: int, title: str, text: str) -> Response:
    response = render("toast.html", status=status, title=title, text=text)
    response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Reswap"] = "innerHTML"
    return response
