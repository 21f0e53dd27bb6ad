"""What keeps strangers out before there is sign-in: headers, CSRF tokens, and the names we answer to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_wtf import CSRFProtect

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
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def init_app(app: Flask) -> None:
    CSRFProtect(app)
    app.after_request(_add_headers)


def answer_to_loopback_only(app: Flask) -> None:
    """Refuses other names: a site elsewhere may point its own name at 127.0.0.1 and read along (DNS rebinding)."""
    app.before_request(_refuse_strange_names)


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _refuse_strange_names() -> None:
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        abort(400, "This server answers to 127.0.0.1 and localhost only.")
