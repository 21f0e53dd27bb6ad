"""A reader of another language, without the pages."""

from __future__ import annotations

from flask import Flask
from flask.ctx import RequestContext

from webapp import language


def speaking(spoken: str) -> RequestContext:
    """Within it, texts are for a browser that asks for the language."""
    app = Flask("reader")
    language.init_app(app)
    return app.test_request_context(headers={"Accept-Language": spoken})
