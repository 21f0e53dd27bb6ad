"""A live part that many readers ask for after the same news is made once, and each gets their own form tokens in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import generate_csrf
from gevent.event import AsyncResult

from .preferences import preferences
from .render import for_the_reader, htmx, send, unchanged_from

LASTS_S = 5.0
"""Longer than all browsers take that have heard the same news; what changes with time alone comes with the next."""
MOST = 64
_TOKEN = "\ue000csrf-token\ue000"  # noqa: S105  stands for one

Key = tuple[str, ...]
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class _Made:
    """By whoever came first; the others wait for it."""

    html: AsyncResult[tuple[str, str]] = field(default_factory=AsyncResult)
    """(tag, text)."""
    at: float = field(default_factory=time.monotonic)


class Parts:
    """Those made last."""

    def __init__(self) -> None:
        self._made: dict[Key, _Made] = {}

    def get(self, key: Key, make: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        found = self._made.get(key)
        if found and time.monotonic() - found.at < LASTS_S:
            return cast(tuple[str, str], found.html.get())
        made = self._made[key] = _Made()
        self._tidy()
        try:
            made.html.set(make())
        except BaseException as error:
            self._made.pop(key, None)
            made.html.set_exception(error)
            raise
        return cast(tuple[str, str], made.html.get())

    def _tidy(self) -> None:
        while len(self._made) > MOST:
            del self._made[next(iter(self._made))]


def init_app(app: Flask) -> None:
    """After CSRFProtect, whose function it replaces both where it puts it: macros see globals only."""
    app.extensions["shared_parts"] = Parts()
    app.jinja_env.globals["csrf_token"] = _csrf_token
    app.context_processor(lambda: {"csrf_token": _csrf_token})


def _csrf_token() -> str:
    return _TOKEN if g.get("shared") else str(generate_csrf())


def shared(view: Callable[P, Response]) -> Callable[P, Response]:
    """The live part that the view renders is the same for all of a role, language, zone and set of preferences.

    Stands below the right. While it is made for many, templates know no `visitor`. It is kept under the state of things
    that the browser has heard of: what it shows is that state or a later one, whichever process the news came from.
    """

    @wraps(view)
    def from_what_is_made(*args: P.args, **kwargs: P.kwargs) -> Response:
        heard = request.headers.get("Live-Seq", "")
        if not (heard and htmx.partial and request.method == "GET"):
            return view(*args, **kwargs)
        key = (heard, request.full_path, for_the_reader(""), repr(preferences()))
        tag, html = _parts().get(key, lambda: _make(view, *args, **kwargs))
        return unchanged_from(tag) or send(html.replace(_TOKEN, generate_csrf()) if _TOKEN in html else html)

    return from_what_is_made


def _make(view: Callable[..., Response], *args: Any, **kwargs: Any) -> tuple[str, str]:
    g.shared = True
    try:
        response = view(*args, **kwargs)
    finally:
        g.shared = False
    return g.pop("shown_tag", ""), response.get_data(as_text=True)


def _parts() -> Parts:
    return cast(Parts, current_app.extensions["shared_parts"])
