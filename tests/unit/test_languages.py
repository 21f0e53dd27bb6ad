"""Every text that a page can show is there in every language, and nothing is translated that is not shown."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.unit.visible import unfilled, unwrapped
from webapp.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SHOWN = [("templates/**.html", "jinja2"), ("webapp/**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
TRANSLATED = [code for code in LANGUAGES if code != "en"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def texts() -> set[str | tuple[str, ...]]:
    found = (extract_from_dir(ROOT / folder, [(pattern, how)], keywords=KEYWORDS) for folder, pattern, how in folders())
    return {message for folder in found for _file, _line, message, _comments, _context in folder}


def folders():
    return [(pattern.partition("/")[0], pattern.partition("/")[2], how) for pattern, how in SHOWN]


def catalogues(language: str) -> list[tuple[str, Catalog]]:
    paths = sorted((ROOT / "webapp/translations" / language).glob("*.po"))
    return [(path.name, read_po(BytesIO(path.read_bytes()), locale=language)) for path in paths]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_nothing_else_is(language):
    ids = [message.id for _name, one in catalogues(language) for message in one if message.id]
    assert {"missing": texts() - set(ids), "not shown": set(ids) - texts()} == {"missing": set(), "not shown": set()}


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_has_one_translation(language):
    said: dict[str, str] = {}
    for name, one in catalogues(language):
        for message in filter(lambda message: message.id, one):
            assert said.setdefault(str(message.id), str(message.string)) == str(message.string), f"{name}: {message.id}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_finished_and_keeps_the_placeholders(language):
    for name, one in catalogues(language):
        for message in filter(lambda message: message.id, one):
            english = message.id if isinstance(message.id, str) else message.id[-1]
            said = message.string if isinstance(message.string, str) else (message.string or [""])[-1]
            assert said, f"{name}: {english!r} is not translated"
            assert not message.fuzzy, f"{name}: {english!r} is a guess"
            assert set(PLACEHOLDER.findall(said)) == set(PLACEHOLDER.findall(english)), f"{name}: {english!r}"


# -- what is not wrapped -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_says_nothing_that_cannot_be_translated(path):
    assert unwrapped(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_placeholder_is_given_a_value(path):
    assert unfilled(path.read_text(encoding="utf-8")) == []


def test_a_placeholder_without_a_value_is_found():
    assert unfilled("{{ _('%(count)s ticked') }}{{ _('%(count)s left', count=3) }}") == ["%(count)s ticked"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<p>{{ _('Hello there') }} – {{ name }}</p>", []),
        ("<a title='Close' class='btn open'>{{ x }}</a>", ["Close"]),
        ("{{ 'Change' if x else _('Set') }}", ["Change"]),
        ("<b class=\"{{ 'late soon' if x else 'on' }}\"></b>", ["late soon"]),
        ("<b class=\"{{ 'late' if x else 'on' }}\"></b>", []),
        ("{{ moment(at, 'not yet') }}{{ icon('arrow') }}", ["not yet"]),
        ("{% for act, label in (('a', 'Stop it'),) %}{{ label }}{% endfor %}", ["Stop it"]),
        ("{% if x == 'some' %}<i>1 of 2</i>{% elif y == 'z' %}{% else %}{% endif %}", ["1 of 2"]),
        ("<code>app.py run</code> JSON <b>UTC</b>", []),
        ("{# A note #}{% set x = 'y' %}", []),
    ],
)
def test_what_is_not_wrapped_is_found(source, found):
    assert unwrapped(source) == found
