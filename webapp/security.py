"""What keeps other sites out: headers, CSRF tokens, and the names we answer to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_babel import gettext as _
from flask_wtf import CSRFProtect

from engine.settings import LOOPBACK

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # CSRF's check over https reads the referrer
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_OUR_OWN = frozenset({"same-origin", "none", ""})
"""`none`: typed or bookmarked. Empty: the browser does not say, and the token alone decides."""


def init_app(app: Flask) -> None:
    app.before_request(_refuse_other_origins)
    CSRFProtect(app)
    app.after_request(_add_headers)


def answer_to_loopback_only(app: Flask) -> None:
    """Refuses other names: a site elsewhere may point its own name at 127.0.0.1 and read along (DNS rebinding)."""
    app.before_request(_refuse_strange_names)


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refuse_other_origins() -> None:
    """Other ports of this machine share our cookies, and are other origins all the same."""
    if request.method not in _READS and request.headers.get("Sec-Fetch-Site", "") not in _OUR_OWN:
        abort(400, _("This form was sent by another site."))


def _refuse_strange_names() -> None:
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(400, _("This server answers to 127.0.0.1 and localhost only."))
