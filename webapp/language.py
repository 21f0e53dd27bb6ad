"""In which language and time zone a page speaks: as its reader chose, else as the browser says.

The English text is the key. Catalogues are `translations/<language>/*.po`, one a room, read once and never compiled
to files: what is reviewed is what is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

from .preferences import preferences

LANGUAGES = {"en": "English", "zh": "中文"}
"""Code → its own name."""
ZONE_COOKIE = "stepline_zone"
"""Set by `static/zone.js` to the zone that the browser is in."""
LANGUAGE_COOKIE = "stepline_language"
"""Set on the page for sign-in, by who chooses a language there: nobody's settings are known yet."""
_CATALOGUES = Path(__file__).parent / "translations"
_UTC = ZoneInfo("UTC")


def init_app(app: Flask) -> None:
    babel = Babel()
    babel.domain_instance = _Catalogues()
    babel.init_app(app, locale_selector=language)
    app.jinja_env.install_gettext_callables(_text, _one_or_many, newstyle=True)  # type: ignore[attr-defined]  # of i18n


def language() -> str:
    """A key of `LANGUAGES`."""
    return preferences().language or browser_language()


def browser_language(*, remembered: bool = True) -> str:
    """What this browser is to be spoken to in, whoever reads; `remembered`: as chosen in it before."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "") if remembered else ""
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or "en"


def zone() -> tzinfo:
    """The reader's; UTC when nobody reads."""
    return _zone(_zone_name()) if has_request_context() else _UTC


def zone_name() -> str:
    """As people know it: `Europe/Berlin`."""
    return str(zone())


def locale_code() -> str:
    """The language that is being spoken; English when nobody reads. A page asks for it a thousand times."""
    if not has_request_context():
        return "en"
    if "spoken" not in g:
        g.spoken = language()
    return cast(str, g.spoken)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """As long as it is open, the reader is spoken to in that language."""
    before, g.spoken = locale_code(), code
    try:
        yield
    finally:
        g.spoken = before


def browser_zone() -> str:
    """The zone that the browser says it is in; UTC as long as it has said nothing that is one."""
    said = request.cookies.get(ZONE_COOKIE, "")
    return said if said in known_zones() else "UTC"


def _zone_name() -> str:
    return preferences().zone or browser_zone()


@cache
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name) if name in known_zones() else _UTC


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def places_with_a_clock() -> tuple[str, ...]:
    """Of the known zones those that people look for: `Asia/Shanghai`, not `Etc/GMT-8` or `PRC`."""
    return "UTC", *sorted(name for name in known_zones() if "/" in name and not name.startswith("Etc/"))


def _text(text: str) -> str:
    return catalogue(locale_code()).ugettext(text)


def _one_or_many(one: str, many: str, count: int) -> str:
    return catalogue(locale_code()).ungettext(one, many, count)


class _Catalogues(Domain):  # type: ignore[misc]  # flask_babel ships no types
    def get_translations(self) -> NullTranslations:
        return catalogue(locale_code())


@cache
def catalogue(language: str) -> NullTranslations:
    """All of a language's texts; English needs none."""
    merged = Translations()
    for path in sorted((_CATALOGUES / language).glob("*.po")):
        room = _compiled(path)
        merged.merge(room)
        merged.plural = room.plural  # a merge leaves it out
    return merged


def _compiled(path: Path) -> Translations:
    binary = BytesIO()
    with path.open("rb") as file:
        write_mo(binary, read_po(file, locale=path.parent.name))
    binary.seek(0)
    return Translations(binary)
