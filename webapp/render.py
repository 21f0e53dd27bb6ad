"""Pages and their parts: one template serves both; htmx gets the part that is live."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_htmx import HTMX

from .language import LANGUAGES, ZONE_COOKIE, language, zone_name
from .navigation import places
from .preferences import preferences
from .site import site
from .view.moment import clock_words
from .view.people import role_meaning, role_word
from .view.told import told
from .visit import may


class Htmx(HTMX):  # type: ignore[misc]  # flask_htmx ships no types
    """What a request of htmx 4 says. The trigger, prompt and target of the base class speak htmx 2."""

    @property
    def partial(self) -> bool:
        """Whether a part of a page is wanted, not a page."""
        return bool(self) and request.headers.get("HX-Request-Type") == "partial" and not self.boosted


htmx = Htmx()


def init_app(app: Flask) -> None:
    htmx.init_app(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["told"] = told
    app.context_processor(_about_every_page)


def _about_every_page() -> dict[str, Any]:
    """Who visits is told as far as it is known: the page of an error must not ask the database that is away."""
    visitor = g.get("visitor")
    shown = None if g.get("shared") else visitor
    known = {"visitor": shown, "may": may if visitor else lambda _role: False, "places": places if visitor else tuple}
    spoken = {"language": language(), "languages": LANGUAGES, "preferences": preferences(), "zone_name": zone_name}
    words = {"clock_words": clock_words, "role_word": role_word, "role_meaning": role_meaning}
    return known | spoken | words | {"now": site().clock.now(), "version": current_app.config["VERSION"]}


def render(template: str, *, status: int = 200, tag: str = "", **view: Any) -> Response:
    """The page, or for htmx its live part. `tag` names the state that is shown, see `unchanged`."""
    layout = "part.html" if htmx.partial else "page.html"
    g.shown_tag = for_the_reader(tag)
    html = render_template(template, layout=layout, tag=f'"{g.shown_tag}"', **view)
    return send(html, status)


def send(html: str, status: int = 200) -> Response:
    return _vary(make_response(html.encode("utf-8", "replace"), status))  # an API may answer half a surrogate pair


def unchanged(tag: str) -> Response | None:
    """304 when the part that htmx holds shows this very state; `tag` goes to `render` otherwise."""
    return None if g.get("shared") else unchanged_from(for_the_reader(tag))


def unchanged_from(tag: str) -> Response | None:
    """Likewise, of a tag that knows its reader."""
    if htmx.partial and request.if_none_match.contains_weak(tag):
        return _vary(current_app.response_class(status=304))
    return None


def for_the_reader(tag: str) -> str:
    """What may be done, and the words and the zone it is told in, are part of what is shown."""
    visitor = g.get("visitor")
    reader = f"{language()}-{preferences().zone or request.cookies.get(ZONE_COOKIE, '')}"
    return f"{tag}-{visitor.user.role}-{reader}" if visitor else f"{tag}-{reader}"


def _vary(response: Response) -> Response:
    response.vary.update(("HX-Request", "HX-Request-Type"))
    response.headers["Cache-Control"] = "no-store"  # after signing out, the way back shows nothing
    return response
