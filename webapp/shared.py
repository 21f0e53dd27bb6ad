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
class Part:
    tag: str
    """Of the state that it shows; empty for what is no part, such as a redirect: everybody gets their own."""
    html: str
    status: int


@dataclass(frozen=True, slots=True)
class _Made:
    """By whoever came first; the others wait for it."""

    part: AsyncResult[Part] = field(default_factory=AsyncResult)
    at: float = field(default_factory=time.monotonic)


class Parts:
    """Those made last."""

    def __init__(self) -> None:
        self._made: dict[Key, _Made] = {}

    def get(self, key: Key, make: Callable[[], Part]) -> Part:
        found = self._made.get(key)
        if found and time.monotonic() - found.at < LASTS_S:
            return cast(Part, found.part.get())
        made = self._made[key] = _Made()
        self._tidy()
        try:
            made.part.set(make())
        except BaseException as error:
            self._made.pop(key, None)
            made.part.set_exception(error)
            raise
        return cast(Part, made.part.get())

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
        part = _parts().get(key, lambda: _make(view, *args, **kwargs))
        if not part.tag:
            return view(*args, **kwargs)
        html = part.html.replace(_TOKEN, generate_csrf()) if _TOKEN in part.html else part.html
        return unchanged_from(part.tag) or send(html, part.status)

    return from_what_is_made


def _make(view: Callable[..., Response], *args: Any, **kwargs: Any) -> Part:
    g.shared = True
    try:
        response = view(*args, **kwargs)
    finally:
        g.shared = False
    return Part(g.pop("shown_tag", ""), response.get_data(as_text=True), response.status_code)


def _parts() -> Parts:
    return cast(Parts, current_app.extensions["shared_parts"])
